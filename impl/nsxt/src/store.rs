//! The file that a manager keeps its state in.
//!
//! It is a redb database: in pure Rust, under MIT or Apache-2.0, kept up, with a stable format and no
//! dependency but libc. `SQLite` would bring a C compiler and SQL for what are three maps. A commit is
//! on disk when it returns and is there whole or not at all, whenever the process is killed.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
};
use serde::{Deserialize, Serialize};

use crate::intent::Intent;
use crate::ipam::{Held, Holding};

/// What the rows mean. A version that writes them otherwise has another number.
const FORMAT: u32 = 1;

const MANAGER: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("manager");
const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
/// By the pool's path and the address.
const HOLDINGS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("holdings");
const SETTINGS: &str = "settings";

/// An open file; no other process can open it.
pub(crate) struct Store {
    database: Database,
}

/// A store that was opened, and what is in it.
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// Nothing where the file is new.
    pub(crate) kept: Option<Kept>,
    /// Where a new file is until it is published.
    pub(crate) fresh: Option<PathBuf>,
}

/// What is neither object nor holding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) format: u32,
    /// Where the sequence of unique ids stands.
    pub(crate) serial: u64,
    pub(crate) partial_patch: bool,
}

/// Everything in a file.
pub(crate) struct Kept {
    pub(crate) settings: Settings,
    pub(crate) objects: Vec<Intent>,
    pub(crate) holdings: Vec<(Held, Holding)>,
}

/// What is to be written; nothing stands for a row that goes.
pub(crate) struct Rows {
    pub(crate) settings: Settings,
    pub(crate) objects: Vec<(String, Option<Intent>)>,
    pub(crate) holdings: Vec<(Held, Option<Holding>)>,
}

impl Settings {
    pub(crate) fn new(serial: u64, partial_patch: bool) -> Settings {
        Settings {
            format: FORMAT,
            serial,
            partial_patch,
        }
    }
}

impl Store {
    /// Opens the file and reads what is in it. Where there is none, or an empty one, a new one is
    /// made beside it, which takes its place when it is [published](publish).
    pub(crate) fn open(path: &Path) -> Result<Opened, String> {
        let there = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unreachable(&error)),
        };
        let there = there.filter(|file| file.metadata().map_or(true, |it| it.len() > 0));
        let Some(file) = there else {
            let fresh = path.with_added_extension("new");
            let file = private(&fresh).map_err(|error| unreachable(&error))?;
            return Ok(Opened {
                store: Store::in_file(file)?,
                kept: None,
                fresh: Some(fresh),
            });
        };
        let store = Store::in_file(file)?;
        let kept = store.read().map_err(|error| unusable(&error))?;
        Ok(Opened {
            store,
            kept: Some(kept),
            fresh: None,
        })
    }

    fn in_file(file: File) -> Result<Store, String> {
        let backend = FileBackend::new(file).map_err(|error| unopened(&error))?;
        Store::over(backend)
    }

    /// With every page looked at once.
    pub(crate) fn over(backend: impl StorageBackend) -> Result<Store, String> {
        let opened = Database::builder()
            .set_check_integrity_on_open(true)
            .create_with_backend(backend);
        let database = opened.map_err(|error| unopened(&error))?;
        Ok(Store { database })
    }

    /// Writes all rows, or none.
    pub(crate) fn write(&self, rows: &Rows) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        {
            let mut manager = transaction.open_table(MANAGER)?;
            manager.insert(SETTINGS, encoded(&rows.settings).as_slice())?;
            let mut objects = transaction.open_table(OBJECTS)?;
            for (path, object) in &rows.objects {
                match object {
                    Some(object) => drop(objects.insert(&**path, encoded(object).as_slice())?),
                    None => drop(objects.remove(&**path)?),
                }
            }
            let mut holdings = transaction.open_table(HOLDINGS)?;
            for ((pool, address), holding) in &rows.holdings {
                let address = address.to_string();
                let key = (&**pool, &*address);
                match holding {
                    Some(holding) => drop(holdings.insert(key, encoded(holding).as_slice())?),
                    None => drop(holdings.remove(key)?),
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn read(&self) -> Result<Kept, String> {
        let transaction = self.database.begin_read().map_err(|it| it.to_string())?;
        let settings = settings(&transaction)?;
        if settings.format != FORMAT {
            return Err(format!(
                "it has format {}, and this program writes {FORMAT}",
                settings.format
            ));
        }
        let (mut objects, mut holdings) = (Vec::new(), Vec::new());
        let table = transaction
            .open_table(OBJECTS)
            .map_err(|it| it.to_string())?;
        for row in table.iter().map_err(|it| it.to_string())? {
            let (path, object) = row.map_err(|it| it.to_string())?;
            let object: Intent = decoded(path.value(), object.value())?;
            if object.path() != path.value() {
                return Err(format!("{} stands at {}", object.path(), path.value()));
            }
            objects.push(object);
        }
        let table = transaction
            .open_table(HOLDINGS)
            .map_err(|it| it.to_string())?;
        for row in table.iter().map_err(|it| it.to_string())? {
            let (key, holding) = row.map_err(|it| it.to_string())?;
            let (pool, address) = key.value();
            let ip: IpAddr = address
                .parse()
                .map_err(|_| format!("{address:?} is no address"))?;
            holdings.push(((pool.to_owned(), ip), decoded(address, holding.value())?));
        }
        Ok(Kept {
            settings,
            objects,
            holdings,
        })
    }
}

fn settings(transaction: &ReadTransaction) -> Result<Settings, String> {
    let table = transaction
        .open_table(MANAGER)
        .map_err(|it| it.to_string())?;
    let row = table.get(SETTINGS).map_err(|it| it.to_string())?;
    let row = row.ok_or_else(|| "it has no settings".to_owned())?;
    decoded(SETTINGS, row.value())
}

/// What to do where a file is there but none of ours, or no longer whole.
pub(crate) fn unusable(why: &str) -> String {
    format!(
        "it is no state of this program's, or it is damaged ({why}): name another file, put back a \
         copy, or remove it to start with nothing"
    )
}

fn unreachable(error: &std::io::Error) -> String {
    format!("{error}: name a file in a folder that can be written")
}

fn unopened(error: &redb::DatabaseError) -> String {
    if matches!(error, redb::DatabaseError::DatabaseAlreadyOpen) {
        "another process has it open: end that one, or name another file".to_owned()
    } else {
        unusable(&error.to_string())
    }
}

/// Gives a new file its name.
pub(crate) fn publish(fresh: Option<&Path>, path: &Path) -> Result<(), String> {
    let Some(fresh) = fresh else {
        return Ok(());
    };
    let renamed = fs::rename(fresh, path).and_then(|()| match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => {
            File::open(folder)?.sync_all()
        }
        Some(_) | None => Ok(()),
    });
    renamed.map_err(|error| unreachable(&error))
}

/// A new file that only its owner can read, in place of what was left of an earlier start.
fn private(path: &Path) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn encoded(row: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(row).expect("rows are plain JSON")
}

fn decoded<T: for<'de> Deserialize<'de>>(what: &str, row: &[u8]) -> Result<T, String> {
    serde_json::from_slice(row).map_err(|error| format!("{what}: {error}"))
}
