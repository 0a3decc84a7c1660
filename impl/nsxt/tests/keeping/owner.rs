//! Somebody who opens managers on files, asks them things, and moves their clock.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsxt::{Credentials, Error, Manager, Options, Realization};
use jiff::Timestamp;
use serde_json::Value;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn new() -> Clock {
        Clock(Arc::new(AtomicI64::new(1_700_000_000_000)))
    }

    pub fn pass(&self, time: Duration) {
        let time = i64::try_from(time.as_millis()).unwrap();
        self.0.fetch_add(time, Ordering::SeqCst);
    }
}

pub fn options(clock: &Clock, pace: Realization, purge: Realization) -> Options {
    let clock = clock.0.clone();
    Options {
        clock: Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap()),
        seed: 1,
        credentials: Credentials {
            username: "admin".into(),
            password: "secret".into(),
        },
        realization: pace,
        purge,
    }
}

pub fn open(clock: &Clock, file: &Path) -> Result<Arc<Manager>, Error> {
    let at_once = Realization::Immediate;
    Manager::open(options(clock, at_once, at_once), file)
}

/// One request by the administrator; the path is below `/policy/api/v1`.
pub fn ask(manager: &Manager, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/policy/api/v1{path}"))
        .header("authorization", "Basic YWRtaW46c2VjcmV0")
        .body(Bytes::from(text))
        .unwrap();
    let response = manager.answer(&request);
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status().as_u16(), body)
}
