//! Writes down what passes the gate.

use super::{Line, Party, narrowed};
use crate::call::{Asked, is_list};
use crate::foreign::OF_THE_SERVER;
use crate::gate::{Call, Place};
use bytes::Bytes;
use hopwise_vocab::{Hop, Object};
use http::{Method, Request, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;

/// Keeps the lines of a run. Clones are the same recorder.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Line>>>);

impl Recorder {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.0.lock().clone()
    }

    fn write(&self, line: Line) {
        self.0.lock().push(line);
    }

    pub(crate) fn starts(&self, hop: Hop) {
        self.write(Line::Starts { hop });
    }

    pub(crate) fn asks(&self, number: u64, call: &Call) {
        if is_kept(call.asked, &call.request) {
            let target = call.request.uri();
            let path = target.path_and_query().map_or("/", |path| path.as_str());
            self.write(Line::Asks {
                hop: call.who.hop,
                server: call.place,
                call: number,
                method: call.request.method().to_string(),
                path: path.into(),
                body: body_of(call.request.body()),
            });
        }
    }

    pub(crate) fn acts(&self, number: u64, call: &Call) {
        if is_kept(call.asked, &call.request)
            && let Some(answer) = call.answer()
        {
            self.lands(number, call.place, answer.status(), answer.body());
        }
    }

    pub(crate) fn lands(&self, call: u64, server: Place, status: StatusCode, answer: &Bytes) {
        let answer = if status.is_success() {
            body_of(answer)
        } else {
            Value::Null
        };
        self.write(Line::Acts {
            server,
            call,
            status: status.as_u16(),
            answer,
        });
    }

    pub(crate) fn hears(&self, number: u64, hop: Hop, asked: Asked, request: &Request<Bytes>) {
        if is_kept(asked, request) {
            self.write(Line::Hears { hop, call: number });
        }
    }

    pub(crate) fn fails(&self, number: u64, hop: Hop, asked: Asked, request: &Request<Bytes>) {
        if is_kept(asked, request) {
            self.write(Line::Fails { hop, call: number });
        }
    }

    pub(crate) fn delivers(&self, hop: Hop, object: Object, event: &Bytes) {
        let event: Value = serde_json::from_slice(event).unwrap_or_default();
        let kind = event["type"].as_str().unwrap_or_default();
        if kind != "BOOKMARK" {
            self.write(Line::Delivers {
                hop,
                object,
                event: kind.into(),
                found: narrowed(&event["object"]),
            });
        }
    }

    pub(crate) fn requests(
        &self,
        by: Party,
        server: Place,
        (method, path, body): (&Method, &str, &Value),
        (status, answer): (StatusCode, &Value),
    ) {
        let answer = if status.is_success() {
            narrowed(answer)
        } else {
            Value::Null
        };
        self.write(Line::Requests {
            by,
            server,
            method: method.to_string(),
            path: path.into(),
            body: narrowed(body),
            status: status.as_u16(),
            answer,
        });
    }
}

/// What the protocol speaks of, and the lists that watches begin with. Whatever else a controller
/// asks is no part of the model.
fn is_kept(asked: Asked, request: &Request<Bytes>) -> bool {
    match asked {
        Asked::Protocol(..) | Asked::NsxRead | Asked::Sweep | Asked::Unknown => true,
        Asked::Watch(_) => is_list(request),
        Asked::Beside => false,
    }
}

/// What of a body matters. The Service that a kube-apiserver makes for itself is in every list, never
/// changes, and is none of the chain's.
fn body_of(body: &Bytes) -> Value {
    let Ok(mut body) = serde_json::from_slice::<Value>(body) else {
        return Value::Null;
    };
    if let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| item["metadata"]["name"] != OF_THE_SERVER);
    }
    narrowed(&body)
}
