//! A watch of an API server that others wrote, whose events are held back until somebody takes them.

use super::PATIENCE;
use super::door::Troubles;
use super::history::{History, Target};
use crate::gate::Feed;
use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::BodyExt;
use kube::client::Body;
use parking_lot::{Condvar, Mutex};
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// What has come of a watch.
#[derive(Default)]
struct Arrived {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    all: Vec<Bytes>,
    has_ended: bool,
    /// Whether what was due did not come: nobody waits for it again.
    is_late: bool,
}

/// What comes of a watch, read until this is dropped.
pub(super) struct Reader {
    arrived: Arc<Arrived>,
    reading: JoinHandle<()>,
}

impl Reader {
    /// Reads the answer to a watch.
    pub(super) fn of(handle: &Handle, answer: Response<Body>) -> Reader {
        let arrived = Arc::<Arrived>::default();
        let reading = handle.spawn(read(answer.into_body(), Arc::clone(&arrived)));
        Reader { arrived, reading }
    }

    /// Every line that has come, after waiting until there are so many.
    pub(super) fn lines(&self, due: usize) -> Vec<Bytes> {
        let mut lines = self.arrived.lines.lock();
        while lines.all.len() < due && !lines.has_ended && !lines.is_late {
            let waited = self.arrived.more.wait_for(&mut lines, PATIENCE);
            lines.is_late = waited.timed_out();
        }
        lines.all.clone()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// A watch of somebody behind the gate.
pub(super) struct Stream {
    reader: Reader,
    history: Arc<History>,
    target: Target,
    from: u64,
    troubles: Arc<Troubles>,
    /// How many of the lines that have come are known to be what has to be told.
    checked: usize,
    taken: usize,
}

impl Stream {
    /// Follows a watch that was answered. What it has to tell is said by the history.
    pub(super) fn follow(
        reader: Reader,
        (history, target, from, troubles): (Arc<History>, Target, u64, Arc<Troubles>),
    ) -> Stream {
        Stream {
            reader,
            history,
            target,
            from,
            troubles,
            checked: 0,
            taken: 0,
        }
    }

    /// Waits for what has to be told, and sees that it is what is told.
    fn catch_up(&self) -> (Vec<Bytes>, usize) {
        let due = self.history.since(&self.target, self.from);
        let all = self.reader.lines(due.len());
        let wrong = (self.checked..due.len()).find(|&at| {
            let line = all.get(at).map(parsed).unwrap_or_default();
            !due[at].is_told_by(&line)
        });
        if let Some(at) = wrong {
            let told = all.get(at).map_or("nothing".into(), told_in);
            let (uri, from, due) = (self.target.uri(), self.from, &due[at]);
            self.troubles.note(format!(
                "the watch of {uri} from {from} should tell {due:?}, and tells {told}"
            ));
        }
        (all, due.len())
    }
}

impl Feed for Stream {
    fn next(&mut self) -> Option<Bytes> {
        let (lines, checked) = self.catch_up();
        self.checked = checked;
        let line = lines.get(self.taken).cloned();
        self.taken += usize::from(line.is_some());
        line
    }

    fn waiting(&self) -> Vec<Bytes> {
        let (mut lines, _) = self.catch_up();
        lines.split_off(self.taken.min(lines.len()))
    }

    fn lag(&self) -> usize {
        self.waiting().len()
    }
}

/// Reads a watch to its end. A bookmark tells of no object and comes when the server likes, so that
/// it is left out, which a server that has no bookmarks does too.
async fn read(mut body: Body, arrived: Arc<Arrived>) {
    let mut rest = BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        rest.extend_from_slice(&data);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = rest.split_to(end + 1).freeze();
            if parsed(&line)["type"] != "BOOKMARK" {
                arrived.lines.lock().all.push(line);
                arrived.more.notify_all();
            }
        }
    }
    arrived.lines.lock().has_ended = true;
    arrived.more.notify_all();
}

pub(super) fn parsed(line: &Bytes) -> Value {
    serde_json::from_slice(line).unwrap_or_default()
}

fn told_in(line: &Bytes) -> String {
    let line = parsed(line);
    let metadata = &line["object"]["metadata"];
    format!(
        "{} of {} at {}",
        line["type"], metadata["name"], metadata["resourceVersion"]
    )
}
