//! What was done in a storm, and when: newline-delimited JSON.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The lines so far. Clones share them.
#[derive(Clone, Debug)]
pub struct Record {
    start: Instant,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Record {
    /// An empty record; its lines count milliseconds from now.
    #[expect(clippy::disallowed_methods, reason = "a storm happens in real time")]
    pub fn begin() -> Record {
        Record {
            start: Instant::now(),
            lines: Arc::default(),
        }
    }

    /// The time since the record began.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Adds a line of a kind; `more` is an object.
    pub fn add(&self, what: &str, more: Value) {
        let at = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut line = json!({"at": at, "what": what});
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }

    /// How many lines there are of a kind.
    pub fn count(&self, what: &str) -> usize {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line["what"] == what).count()
    }

    /// One line of text for each.
    pub fn to_text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
