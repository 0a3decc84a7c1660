//! A manager whose state outlives its process.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::ipam::{Held, Holding};
use crate::manager::{Manager, Options, system};
use crate::serial::Serial;
use crate::state::State;
use crate::store::{Kept, Rows, Settings, Store, publish};

/// Writes down what each step changes.
pub(crate) struct Keeper {
    store: Store,
    written: Mutex<Settings>,
    broken: OnceLock<String>,
}

impl Manager {
    /// A manager that keeps its state in `file`: one that goes on where the last one with this file
    /// stopped, however that ended, or a new one where there is no file.
    ///
    /// # Guarantees
    /// A step is on disk, whole, before anybody is told of it. Objects with their revisions, unique
    /// ids, realized state and addresses come back, and releasing addresses with their times.
    /// Sessions, armed faults, what the data path reported, and counters do not, as on a restart of
    /// NSX-T. Where a step cannot be written, every request from then on is refused with 503.
    ///
    /// Whoever can read the file can guess sessions: it is made for its owner alone.
    ///
    /// # Errors
    /// When the file cannot be opened, is another process's, or is none of these; the text says what
    /// to do.
    pub fn open(options: Options, file: &Path) -> Result<Arc<Manager>, crate::Error> {
        let refused = |why: String| crate::Error::State {
            file: file.to_owned(),
            why,
        };
        let opened = Store::open(file).map_err(refused)?;
        let manager = Manager::kept_in(options, opened.store, opened.kept).map_err(refused)?;
        // A file that has the name is never half made.
        publish(opened.fresh.as_deref(), file).map_err(refused)?;
        Ok(manager)
    }

    /// Around what is in a store, and then with all of it in the store.
    fn kept_in(options: Options, store: Store, kept: Option<Kept>) -> Result<Arc<Manager>, String> {
        let mut state = State::empty(&options);
        if let Some(kept) = kept {
            state
                .restore(kept)
                .map_err(|why| crate::store::unusable(&why))?;
        }
        state.build_in(&system((options.clock)()));
        // From here on, only what changes.
        state.intents.take_touched();
        state.ipam.take_touched();
        store
            .write(&state.everything())
            .map_err(|error| format!("write it: {error}"))?;
        let keeper = Keeper {
            store,
            written: Mutex::new(state.settings()),
            broken: OnceLock::new(),
        };
        Ok(Manager::around(options, state, Some(keeper)))
    }
}

impl State {
    fn settings(&self) -> Settings {
        Settings::new(self.serial.position(), self.partial_patch)
    }

    fn everything(&self) -> Rows {
        let holdings = self.ipam.all().map(|(pool, ip, _)| (pool.to_owned(), ip));
        self.rows(self.intents.keys().cloned(), holdings)
    }

    /// How these objects and holdings stand now.
    fn rows(
        &self,
        objects: impl IntoIterator<Item = String>,
        holdings: impl IntoIterator<Item = Held>,
    ) -> Rows {
        let object = |path: String| {
            let object = self.intents.get(&path).cloned();
            (path, object)
        };
        let holding = |held: Held| {
            let holding = self.ipam.holding(&held).cloned();
            (held, holding)
        };
        Rows {
            settings: self.settings(),
            objects: objects.into_iter().map(object).collect(),
            holdings: holdings.into_iter().map(holding).collect(),
        }
    }

    /// Becomes what was kept.
    fn restore(&mut self, kept: Kept) -> Result<(), String> {
        self.serial = Serial::new(kept.settings.serial);
        self.partial_patch = kept.settings.partial_patch;
        for object in kept.objects {
            let due = object
                .marked
                .map_or_else(|| object.progress.due(), |mark| mark.due);
            self.due.extend(due.map(|due| (due, object.path())));
            self.intents.put(object.path(), object);
        }
        for (held, holding) in kept.holdings {
            self.ipam.restore(held, holding);
        }
        self.each_address_has_one_owner()
    }

    /// What keeps an address from being given out twice: allocations and holdings say the same.
    fn each_address_has_one_owner(&self) -> Result<(), String> {
        let mut owned = 0;
        for object in self.intents.values() {
            let Some(address) = object.address() else {
                continue;
            };
            let held = (object.at.parent.clone(), address);
            match self.ipam.holding(&held) {
                Some(Holding::Allocated { id }) if *id == object.at.id => owned += 1,
                Some(Holding::Allocated { .. } | Holding::Releasing { .. }) | None => {
                    return Err(format!("{} does not hold {address}", object.path()));
                }
            }
        }
        let is_allocated = |holding: &Holding| matches!(holding, Holding::Allocated { .. });
        let held = self.ipam.all().filter(|held| is_allocated(held.2)).count();
        match held == owned {
            true => Ok(()),
            false => Err(format!("{held} addresses are held, by {owned} allocations")),
        }
    }
}

impl Keeper {
    /// Writes what the last step changed; answers whether all that ever changed is on disk.
    pub(crate) fn keep(&self, state: &mut State) -> bool {
        if self.broken.get().is_some() {
            return false;
        }
        let (objects, holdings) = (state.intents.take_touched(), state.ipam.take_touched());
        let settings = state.settings();
        let mut written = self.written.lock();
        if objects.is_empty() && holdings.is_empty() && *written == settings {
            return true;
        }
        let rows = state.rows(objects, holdings);
        if let Err(error) = self.store.write(&rows) {
            tracing::error!(%error, "the state cannot be kept: every request is refused from here on");
            self.broken.get_or_init(|| error.to_string());
            return false;
        }
        *written = settings;
        true
    }

    /// Why the state is no longer kept.
    pub(crate) fn obstacle(&self) -> Option<String> {
        self.broken.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credentials, Realization};
    use bytes::Bytes;
    use redb::StorageBackend;
    use redb::backends::InMemoryBackend;
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A disk that is full on command.
    #[derive(Debug)]
    struct Disk {
        memory: InMemoryBackend,
        full: Arc<AtomicBool>,
    }

    impl StorageBackend for Disk {
        fn len(&self) -> io::Result<u64> {
            self.memory.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.memory.read(offset, out)
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            self.memory.set_len(len)
        }

        fn sync_data(&self) -> io::Result<()> {
            self.memory.sync_data()
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            match self.full.load(Ordering::SeqCst) {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => self.memory.write(offset, data),
            }
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_to_nobody_and_nothing_is_answered_from_then_on() {
        let options = Options {
            clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
            seed: 1,
            credentials: Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization: Realization::Immediate,
            purge: Realization::Immediate,
        };
        let full = Arc::new(AtomicBool::new(false));
        let (memory, is_full) = (InMemoryBackend::new(), full.clone());
        let store = Store::over(Disk {
            memory,
            full: is_full,
        })
        .unwrap();
        let manager = Manager::kept_in(options, store, None).unwrap();
        let ask = |method: &str, id: &str| {
            let request = http::Request::builder()
                .method(method)
                .uri(format!("/policy/api/v1/infra/lb-pools/{id}"))
                .header("authorization", "Basic YWRtaW46c2VjcmV0");
            let answer = manager.answer(&request.body(Bytes::from_static(b"{}")).unwrap());
            answer.status().as_u16()
        };
        assert_eq!(ask("PUT", "a"), 200);
        let mut changed = manager.changed();
        changed.mark_unchanged();
        full.store(true, Ordering::SeqCst);
        assert_eq!(ask("PUT", "b"), 503);
        full.store(false, Ordering::SeqCst);
        assert_eq!([ask("GET", "a"), ask("GET", "b")], [503, 503]);
        assert!(!changed.has_changed().unwrap());
    }
}
