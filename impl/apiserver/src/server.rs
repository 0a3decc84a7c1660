//! The server: one request, one step.
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch as signal;

use crate::access::{self, Access};
use crate::failure::Failure;
use crate::object::Object;
use crate::options::{Authentication, Clock, Options, User};
use crate::path::Target;
use crate::registry::{self, Resource};
use crate::request::{Query, Request, View};
use crate::resource_call::ResourceCall;
use crate::verbs::{Effect, Part, State, Strictness, Terms};
use crate::watch::{Cursor, Event};
use crate::{discovery, openapi, request};

/// The Kubernetes release whose behaviour is reproduced.
pub(crate) const GIT_VERSION: &str = "v1.34.1+hopwise";

/// Namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// An answer to a request.
pub enum Answer {
    /// A response with its whole body.
    Whole(Response<Bytes>),
    /// A watch: nothing is sent until somebody moves the cursor.
    Watch(Cursor),
}

/// A Kubernetes API server in memory.
///
/// # Guarantees
/// It has no thread, clock or socket of its own: `answer` is one linearizable step, and a watch
/// moves only by [`ApiServer::next_event`]. The same requests with the same options and clock give
/// the same answers, byte for byte.
pub struct ApiServer {
    state: Mutex<State>,
    authentication: Mutex<Authentication>,
    clock: Clock,
    changed: signal::Sender<u64>,
}

impl ApiServer {
    /// A cluster with its four Namespaces and nothing else in it.
    pub fn new(options: Options) -> Arc<ApiServer> {
        let clock = options.clock.clone();
        let authentication = Mutex::new(options.authentication.clone());
        let mut state = State::new(options);
        let mut terms = background_terms(clock());
        let namespaces = registry::builtin("", "namespaces");
        for name in NAMESPACES {
            state
                .create(
                    &namespaces,
                    None,
                    Part::Whole,
                    json!({"metadata": {"name": name}}),
                    &mut terms,
                )
                .expect("an empty server has room for a Namespace of a valid name");
        }
        let changed = signal::Sender::new(state.store.version());
        Arc::new(ApiServer {
            state: Mutex::new(state),
            authentication,
            clock,
            changed,
        })
    }

    /// Another server that holds what this one does, with the same history. From there each goes
    /// its own way, and nobody watches the other yet.
    #[must_use]
    pub fn copy(&self) -> Arc<ApiServer> {
        let state = self.state.lock().clone();
        let changed = signal::Sender::new(state.store.version());
        Arc::new(ApiServer {
            state: Mutex::new(state),
            authentication: Mutex::new(self.authentication.lock().clone()),
            clock: self.clock.clone(),
            changed,
        })
    }

    /// Answers one request.
    pub fn answer(&self, request: &Request) -> Answer {
        self.try_answer(request)
            .unwrap_or_else(|failure| Answer::Whole(failure.response()))
    }

    fn try_answer(&self, request: &Request) -> Result<Answer, Failure> {
        if let Some(response) = public_document(request) {
            return Ok(Answer::Whole(response));
        }
        let authentication = self.authentication.lock();
        let mut state = self.state.lock();
        let audit = state.options.audit.clone();
        let user = access::caller(request, &authentication, &state.store, audit.as_ref())?;
        drop(authentication);
        if let Some(response) = document(&state, request, &user)? {
            return Ok(Answer::Whole(response));
        }
        let Some(target) = Target::parse(request.uri().path()) else {
            access::authorize_path(&user, request, &state.store)?;
            return Err(Failure::unknown_path());
        };
        let resource = find_resource(&state, &target)?;
        let query = Query::of(request);
        let access = Access {
            request,
            query: &query,
            target: &target,
            resource: &resource,
        };
        access.authorize(&user, &state.store, audit.as_ref())?;
        let view = View::negotiated(request)?;
        let terms = terms_of(request, &query, (self.clock)());
        let before = state.store.version();
        let call = ResourceCall {
            request,
            query: &query,
            target: &target,
            resource,
            view,
        };
        let answer = call.answer(&mut state, terms);
        let after = state.store.version();
        drop(state);
        if after != before {
            self.changed.send_replace(after);
        }
        answer
    }

    /// The next event of a watch, if there is one. Moves the cursor.
    pub fn next_event(&self, cursor: &mut Cursor) -> Option<Event> {
        cursor.next(&self.state.lock().store, (self.clock)())
    }

    /// A bookmark at where the watch is; nothing once the watch has failed.
    pub fn bookmark(&self, cursor: &mut Cursor) -> Option<Event> {
        cursor.bookmark()
    }

    /// How many events a watch has not had.
    pub fn lag(&self, cursor: &Cursor) -> usize {
        cursor.lag(&self.state.lock().store)
    }

    /// Forgets history up to and including version `up_to`: watches that are further behind end
    /// with `410 Expired`, as after a compaction of etcd.
    pub fn compact(&self, up_to: u64) {
        self.state.lock().store.compact(up_to);
    }

    /// An object as it is stored; the namespace of cluster-scoped ones is empty.
    pub fn object(
        &self,
        group: &str,
        plural: &str,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<Value>> {
        let table = registry::qualified(group, plural);
        self.state
            .lock()
            .store
            .get(&table, namespace, name)
            .map(|object| object.shared())
    }

    /// Every object of a resource, in the order of namespace and name.
    pub fn objects(&self, group: &str, plural: &str) -> Vec<Arc<Value>> {
        let table = registry::qualified(group, plural);
        let state = self.state.lock();
        state
            .store
            .scan(&table, None)
            .map(|object: &Arc<Object>| object.shared())
            .collect()
    }

    /// The version of the newest write.
    pub fn resource_version(&self) -> u64 {
        self.state.lock().store.version()
    }

    /// Tells of every write, for whoever pushes watches.
    pub fn changed(&self) -> signal::Receiver<u64> {
        self.changed.subscribe()
    }

    /// One round of what Kubernetes does in the background: dependents of objects that are gone
    /// are deleted, Namespaces and definitions that are being deleted are emptied, and finished
    /// deletions end. Returns how many writes it made; 0 means that all is settled.
    pub fn collect_garbage(&self) -> usize {
        let mut state = self.state.lock();
        let mut terms = background_terms((self.clock)());
        let writes = state.collect_garbage(&mut terms);
        let version = state.store.version();
        drop(state);
        if writes > 0 {
            self.changed.send_replace(version);
        }
        writes
    }

    /// Replaces the tokens. Requests that follow are judged by the new ones; watches that are
    /// open stay open.
    pub fn set_tokens(&self, tokens: BTreeMap<String, User>) {
        *self.authentication.lock() = Authentication::Tokens(tokens);
    }
}

/// Documents that are about the server and not about objects.
fn document(
    state: &State,
    request: &Request,
    user: &User,
) -> Result<Option<Response<Bytes>>, Failure> {
    let path = request.uri().path();
    if request.method() == Method::POST {
        let review = match path {
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
                access::review(user, review_body(request)?, &state.store)
            }
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => {
                access::rules(user, review_body(request)?, &state.store)
            }
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => access::whoami(user),
            _ => return Ok(None),
        };
        let review = Bytes::from(review.to_string());
        return Ok(Some(json_response(StatusCode::CREATED, review)));
    }
    if let Some((document, media_type)) = discovery::document(&state.registry, request) {
        let mut response = json_response(StatusCode::OK, Bytes::from(document.to_string()));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        return Ok(Some(response));
    }
    let document = openapi::document(&state.registry, path, state.store.version());
    Ok(document.map(|d| json_response(StatusCode::OK, Bytes::from(d.to_string()))))
}

/// A question about the caller; what is no object cannot be answered.
fn review_body(request: &Request) -> Result<Value, Failure> {
    let body = request::body(request)?;
    let spec = &body["spec"];
    if body.is_object() && (spec.is_object() || spec.is_null()) {
        Ok(body)
    } else {
        Err(Failure::bad_request(
            "the body is no review: it has to be an object with a spec",
        ))
    }
}

fn background_terms(now: Timestamp) -> Terms {
    Terms {
        field_manager: "kube-controller-manager".into(),
        effect: Effect::Persisted,
        strictness: Strictness::Ignore,
        now,
        warnings: Vec::new(),
        emptied: Vec::new(),
    }
}

fn terms_of(request: &Request, query: &Query, now: Timestamp) -> Terms {
    let agent = request::header_text(request, header::USER_AGENT)
        .split('/')
        .next();
    let agent = agent.filter(|agent| !agent.is_empty()).unwrap_or("unknown");
    Terms {
        field_manager: query.get("fieldManager").unwrap_or(agent).to_string(),
        effect: if query.asks_dry_run() {
            Effect::DryRun
        } else {
            Effect::Persisted
        },
        strictness: match query.get("fieldValidation") {
            Some("Strict") => Strictness::Strict,
            Some("Ignore") => Strictness::Ignore,
            Some(_) | None => Strictness::Warn,
        },
        now,
        warnings: Vec::new(),
        emptied: Vec::new(),
    }
}

fn find_resource(state: &State, target: &Target) -> Result<Arc<Resource>, Failure> {
    let found = state
        .registry
        .find(&target.group, &target.version, &target.plural);
    let resource = found.ok_or_else(Failure::unknown_path)?;
    let subresource_exists = match target.subresource.as_deref() {
        None => true,
        Some("status") => resource.has_status,
        Some("finalize") => resource.is_core("Namespace"),
        Some(_) => false,
    };
    // A cluster-scoped resource is not below a namespace, a namespaced object is not above it.
    let placed = match (&target.namespace, resource.is_namespaced()) {
        (Some(_), namespaced) => namespaced,
        (None, namespaced) => !namespaced || target.name.is_none(),
    };
    if subresource_exists && placed {
        Ok(resource.clone())
    } else {
        Err(Failure::unknown_path())
    }
}

/// What is answered to anybody.
fn public_document(request: &Request) -> Option<Response<Bytes>> {
    // kubectl asks for `/version`, the generated clients of every language for `/version/`.
    let path = request.uri().path();
    match path.strip_suffix('/').unwrap_or(path) {
        "/healthz" | "/readyz" | "/livez" => {
            let mut response = Response::new(Bytes::from_static(b"ok"));
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            Some(response)
        }
        "/version" => {
            let version = json!({"major": "1", "minor": "34", "gitVersion": GIT_VERSION,
                "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
                "goVersion": "", "compiler": "rustc", "platform": "linux/amd64"});
            Some(json_response(
                StatusCode::OK,
                Bytes::from(version.to_string()),
            ))
        }
        _ => None,
    }
}

pub(crate) fn json_response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        const { HeaderValue::from_static("application/json") },
    );
    response
}
