//! The way to one API server: a request at a time.

use super::history::{History, Target};
use super::stream::{Reader, Stream};
use super::{Api, PATIENCE};
use crate::gate::{Answer, Server};
use bytes::Bytes;
use hopwise_api::VirtualMachineService;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::Resource;
use kube::client::Body;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::runtime::Handle;

/// What went wrong on the way, for whoever judges the world.
#[derive(Default)]
pub(super) struct Troubles(Mutex<Vec<String>>);

impl Troubles {
    pub(super) fn note(&self, trouble: String) {
        self.0.lock().push(trouble);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// The way to an API server that others wrote, as its administrator.
pub(super) struct Door {
    name: &'static str,
    handle: Handle,
    client: Client,
    history: Arc<History>,
    troubles: Arc<Troubles>,
}

impl Door {
    pub(super) fn new(
        name: &'static str,
        handle: Handle,
        client: Client,
        troubles: Arc<Troubles>,
    ) -> Door {
        Door {
            name,
            handle,
            client,
            history: Arc::default(),
            troubles,
        }
    }

    fn send(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        let sending = self.client.send(request);
        let answered = async { tokio::time::timeout(PATIENCE, sending).await };
        match self.handle.block_on(answered) {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer after {PATIENCE:?}")),
        }
    }

    /// The whole answer to a request. That there is none is told as a proxy tells it.
    fn ask(&self, request: Request<Body>) -> Response<Bytes> {
        let line = format!("{} {}", request.method(), request.uri());
        let asked = self.send(request).and_then(|answer| self.whole(answer));
        asked.unwrap_or_else(|error| {
            self.troubles
                .note(format!("{}: {line}: {error}", self.name));
            bad_gateway(&error)
        })
    }

    fn whole(&self, answer: Response<Body>) -> Result<Response<Bytes>, String> {
        let (head, body) = answer.into_parts();
        let collected = self.handle.block_on(body.collect());
        let body = collected.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(head, body))
    }

    /// What a collection has now.
    fn list(&self, target: &Target) -> Value {
        let request = Request::get(target.uri()).body(Body::empty());
        let answer = self.ask(request.expect("a target is a path and a query"));
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// Notes what a collection has before it is watched, and watches it itself from there on.
    fn learn(&self, target: &Target) {
        if self.history.knows(target) {
            return;
        }
        let list = self.list(target);
        let uri = target.watched_from(&list);
        let request = Request::get(&uri).body(Body::empty());
        match self.send(request.expect("a target is a path and a query")) {
            Ok(answer) => {
                let reader = Reader::of(&self.handle, answer);
                self.history.learn(target, &list, Some(reader));
            }
            Err(error) => self
                .troubles
                .note(format!("{}: GET {uri}: {error}", self.name)),
        }
    }

    fn watch(&self, target: Target, request: Request<Body>) -> Answer {
        let uri = request.uri().clone();
        let from = version_in(uri.query().unwrap_or_default());
        match self.send(request) {
            Ok(answer) if answer.status().is_success() => {
                let history = Arc::clone(&self.history);
                let troubles = Arc::clone(&self.troubles);
                let follow = (history, target, from, troubles);
                let reader = Reader::of(&self.handle, answer);
                Answer::Watch(Box::new(Stream::follow(reader, follow)))
            }
            Ok(answer) => Answer::Whole(self.whole(answer).unwrap_or_else(|it| bad_gateway(&it))),
            Err(error) => {
                self.troubles
                    .note(format!("{}: GET {uri}: {error}", self.name));
                Answer::Whole(bad_gateway(&error))
            }
        }
    }
}

impl Server for Door {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let forwarded = forwarded(request);
        let target = Target::of(request);
        if *request.method() != Method::GET {
            let answer = self.ask(forwarded);
            for target in self.history.touched_by(request.uri().path()) {
                let list = self.list(&target);
                self.history.note(&target, &list);
            }
            return Answer::Whole(answer);
        }
        let Some(target) = target else {
            return Answer::Whole(self.ask(forwarded));
        };
        self.learn(&target);
        let query = request.uri().query().unwrap_or_default();
        match query.split('&').any(|it| it == "watch=true") {
            true => self.watch(target, forwarded),
            false => Answer::Whole(self.ask(forwarded)),
        }
    }
}

impl Api for Door {
    fn object(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let root = match group {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/{}", VirtualMachineService::version(&())),
        };
        let uri = format!("{root}/namespaces/{namespace}/{plural}/{name}");
        let request = Request::get(&uri).body(Body::empty());
        let answer = self.ask(request.expect("names are valid in a path"));
        match answer.status() {
            StatusCode::OK => serde_json::from_slice(answer.body()).ok().map(Arc::new),
            StatusCode::NOT_FOUND => None,
            status => {
                self.troubles
                    .note(format!("{}: GET {uri}: {status}", self.name));
                None
            }
        }
    }
}

/// The request as it is sent on: by the administrator, whoever asks.
fn forwarded(request: &Request<Bytes>) -> Request<Body> {
    let mut sent = request.clone().map(Body::from);
    sent.headers_mut().remove(http::header::AUTHORIZATION);
    sent
}

/// From which version on a watch tells.
fn version_in(query: &str) -> u64 {
    let version = query
        .split('&')
        .find_map(|part| part.strip_prefix("resourceVersion="));
    version.and_then(|it| it.parse().ok()).unwrap_or_default()
}

fn bad_gateway(error: &str) -> Response<Bytes> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 502,
        "reason": "InternalError", "message": error});
    let body = Bytes::from(status.to_string());
    Response::builder()
        .status(StatusCode::BAD_GATEWAY)
        .header("content-type", "application/json")
        .body(body)
        .expect("the header is valid")
}
