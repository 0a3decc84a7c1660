//! Mistakes that an API server could make, to see that the ledger finds them.

use crate::embedded::Embedded;
use crate::server::{Said, Server};
use bytes::Bytes;
use hopwise_apiserver::Cursor;
use http::{Method, Request};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A write that names an old version is taken.
    StaleVersions,
    /// A delete does not wait for finalizers.
    Finalizers,
    /// A write of the status changes the spec, too.
    StatusTouchesSpec,
    /// A delete of another UID deletes.
    Uids,
    /// A list has objects in it that are gone.
    Ghosts,
    /// The tests of a JSON patch are not made.
    JsonTests,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 6] = [
        Flaw::StaleVersions,
        Flaw::Finalizers,
        Flaw::StatusTouchesSpec,
        Flaw::Uids,
        Flaw::Ghosts,
        Flaw::JsonTests,
    ];
}

/// The embedded server with a mistake.
pub struct Flawed {
    sound: Embedded,
    flaw: Flaw,
    ghosts: Mutex<BTreeMap<String, Value>>,
}

impl Flawed {
    /// A server like this one, but for the mistake.
    pub fn of(sound: &Embedded, flaw: Flaw) -> Flawed {
        Flawed {
            sound: sound.copy(),
            flaw,
            ghosts: Mutex::default(),
        }
    }

    fn said(&self, request: &Request<Bytes>) -> Said {
        self.sound
            .answer(request)
            .unwrap_or_else(|_| Said::default())
    }

    fn again(&self, method: Method, path: &str, body: &Value) -> Said {
        let bytes = match body.is_null() {
            true => Bytes::new(),
            false => Bytes::from(body.to_string()),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/merge-patch+json")
            .body(bytes)
            .expect("its parts are well formed");
        self.said(&request)
    }

    fn answer(&self, request: &Request<Bytes>) -> Said {
        let path = request.uri().path().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match self.flaw {
            Flaw::StaleVersions => {
                let mut body = body;
                let object = path.strip_suffix("/status").unwrap_or(&path);
                let now = self.again(Method::GET, object, &Value::Null);
                if body.is_object()
                    && body["metadata"]["resourceVersion"].is_string()
                    && now.code == 200
                {
                    body["metadata"]["resourceVersion"] =
                        now.body["metadata"]["resourceVersion"].clone();
                }
                self.said(&with_body(request, &body))
            }
            Flaw::Finalizers => {
                let said = self.said(request);
                if request.method() == Method::DELETE && said.code == 200 {
                    let free = json!({"metadata": {"finalizers": null}});
                    self.again(Method::PATCH, &path, &free);
                }
                said
            }
            Flaw::StatusTouchesSpec => {
                let said = self.said(request);
                if let (Some(object), 200, true) = (
                    path.strip_suffix("/status"),
                    said.code,
                    body["spec"].is_object(),
                ) {
                    self.again(Method::PATCH, object, &json!({"spec": body["spec"]}));
                }
                said
            }
            Flaw::Uids => {
                let mut body = body;
                if let Some(wanted) = body.get_mut("preconditions").and_then(Value::as_object_mut) {
                    wanted.remove("uid");
                }
                self.said(&with_body(request, &body))
            }
            Flaw::Ghosts => self.with_ghosts(request, &path),
            Flaw::JsonTests => match body.as_array() {
                Some(patch) => {
                    let untested = patch.iter().filter(|it| it["op"] != "test");
                    self.said(&with_body(request, &untested.cloned().collect()))
                }
                None => self.said(request),
            },
        }
    }

    fn with_ghosts(&self, request: &Request<Bytes>, path: &str) -> Said {
        if request.method() == Method::DELETE {
            let there = self.again(Method::GET, path, &Value::Null);
            if there.code == 200 {
                self.ghosts.lock().insert(path.into(), there.body);
            }
        }
        let mut said = self.said(request);
        if request.method() == Method::GET
            && let Some(items) = said.body["items"].as_array_mut()
        {
            let there = |name: &Value| items.iter().any(|it| it["metadata"]["name"] == *name);
            let ghosts = self.ghosts.lock();
            let gone = ghosts
                .iter()
                .filter(|(place, _)| place.starts_with(&format!("{path}/")))
                .map(|(_, it)| it)
                .filter(|it| !there(&it["metadata"]["name"]));
            let gone: Vec<Value> = gone.cloned().collect();
            items.extend(gone);
        }
        said
    }
}

fn with_body(request: &Request<Bytes>, body: &Value) -> Request<Bytes> {
    match request.body().is_empty() {
        true => request.clone(),
        false => request.clone().map(|_| Bytes::from(body.to_string())),
    }
}

impl Server for Flawed {
    type Watch = Cursor;

    async fn ask(&self, request: Request<Bytes>) -> Said {
        self.answer(&request)
    }

    async fn watch(&self, request: Request<Bytes>) -> Result<Cursor, Said> {
        self.sound.watch(request).await
    }

    async fn events(&self, watch: Cursor, is_last: &dyn Fn(&Value) -> bool) -> Vec<Value> {
        self.sound.events(watch, is_last).await
    }
}
