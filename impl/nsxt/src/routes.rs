//! From a request to what it means.

use http::{HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use crate::kind::{Kind, Location, collection_path};
use crate::list;
use crate::load_balancer::Runtime;
use crate::monitor::Health;
use crate::node;
use crate::principal;
use crate::refusal::Refusal;
use crate::schema::Body;
use crate::session::Shown;
use crate::state::{Caller, State};
use crate::traffic::Traffic;
use crate::uri::{Query, percent_decoded};
use crate::write::{Manner, References};

/// What goes back, before it is put into HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Option<Value>,
}

impl Answer {
    fn with(body: Value) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    /// 200 without a body, as PATCH and DELETE answer.
    fn empty() -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: None,
        }
    }
}

/// One request, and what it is answered from.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) traffic: &'a Traffic,
    pub(crate) health: &'a Health,
    pub(crate) request: &'a http::Request<bytes::Bytes>,
    pub(crate) now: jiff::Timestamp,
}

impl Desk<'_> {
    /// Answers the request; a refusal has changed nothing.
    pub(crate) fn answer(&mut self) -> Result<Answer, Refusal> {
        if let Some(refusal) = self.state.faults.take_refusal() {
            return Err(refusal);
        }
        let (method, path) = (self.request.method(), self.request.uri().path());
        if path == "/api/session/create" {
            return self.open_session();
        }
        let headers = self.request.headers();
        let shown = Shown {
            method,
            headers,
            certificate: self.request.extensions().get(),
        };
        let user = self.state.sessions.caller(shown, self.now)?;
        self.state.rates.admit(&user, self.now)?;
        if path == "/api/session/destroy" {
            self.state.sessions.close(headers);
            return Ok(Answer::empty());
        }
        let caller = Caller {
            user,
            now: self.now,
        };
        if let Some(rest) = path.strip_prefix("/policy/api/v1/") {
            let decoded: Vec<String> = rest.split('/').map(percent_decoded).collect();
            let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
            return self.policy(&segments, &caller);
        }
        if let Some(rest) = path.strip_prefix(principal::COLLECTION) {
            return self.principals(rest);
        }
        match path.strip_prefix("/api/v1/").and_then(node::answer) {
            Some(body) if *method == Method::GET => Ok(Answer::with(body)),
            Some(_) => Err(self.wrong_method()),
            None => Err(Refusal::not_found(path)),
        }
    }

    fn open_session(&mut self) -> Result<Answer, Refusal> {
        if *self.request.method() != Method::POST {
            return Err(self.wrong_method());
        }
        let State {
            sessions, serial, ..
        } = &mut *self.state;
        let opened = sessions.open(self.request.body(), serial, self.now)?;
        let cookie = format!("JSESSIONID={}; Path=/; Secure; HttpOnly", opened.cookie);
        let mut answer = Answer::empty();
        answer.headers.push((http::header::SET_COOKIE, cookie));
        answer
            .headers
            .push((HeaderName::from_static("x-xsrf-token"), opened.token));
        Ok(answer)
    }

    fn principals(&mut self, rest: &str) -> Result<Answer, Refusal> {
        let body = match (self.request.method(), rest) {
            (&Method::POST, "/with-certificate") => Some(self.body()?),
            _ => None,
        };
        let State {
            sessions, serial, ..
        } = &mut *self.state;
        let principals = &mut sessions.principals;
        match (self.request.method(), rest.strip_prefix('/'), body) {
            (_, _, Some(body)) => principals.register(&body, serial).map(Answer::with),
            (&Method::GET, None, _) => Ok(Answer::with(principals.list())),
            (&Method::GET, Some(id), _) => principals.found(id).map(Answer::with),
            (&Method::DELETE, Some(id), _) => principals.delete(id).map(|()| Answer::empty()),
            (_, _, _) => Err(self.wrong_method()),
        }
    }

    fn policy(&mut self, segments: &[&str], caller: &Caller) -> Result<Answer, Refusal> {
        let query = Query::read(self.request.uri().query());
        match segments {
            ["infra"] => self.infra(caller),
            ["infra", "realized-state", rest @ ..] => self.realized_state(rest, &query),
            ["infra", "lb-service-usage-summary"] => {
                Ok(Answer::with(self.runtime().usage_summary()))
            }
            ["infra", "lb-services", id, rest @ ..] if !rest.is_empty() => {
                self.runtime().answer(id, rest).map(Answer::with)
            }
            ["infra", rest @ ..] => self.intents(rest, &query, caller),
            ["search"] | ["search", "query"] => {
                self.only(&Method::GET)?;
                self.state.search(&query).map(Answer::with)
            }
            ["system-config", "nsx-partial-patch-config"] => self.partial_patch_config(),
            _ => Err(Refusal::not_found(self.request.uri().path())),
        }
    }

    /// A collection or an object of the intent tree.
    fn intents(
        &mut self,
        segments: &[&str],
        query: &Query,
        caller: &Caller,
    ) -> Result<Answer, Refusal> {
        let path = format!("/infra/{}", segments.join("/"));
        if let Some(at) = Location::of_path(&path) {
            return self.object(&at, query, caller);
        }
        let Some((collection, parents)) = segments.split_last() else {
            return Err(Refusal::not_found(path));
        };
        let parent = match parents {
            [] => None,
            _ => Some(
                Location::of_path(&format!("/infra/{}", parents.join("/")))
                    .ok_or_else(|| Refusal::not_found(&path))?,
            ),
        };
        let kind = Kind::of_collection(parent.as_ref().map(|parent| parent.kind), collection)
            .ok_or_else(|| Refusal::not_found(&path))?;
        self.only(&Method::GET)?;
        let parent = parent.map_or_else(|| "/infra".to_owned(), |parent| parent.path());
        if parent != "/infra" && self.state.live(&parent).is_none() {
            return Err(Refusal::InvalidPath { path: parent });
        }
        debug_assert_eq!(collection_path(&parent, kind), path);
        let with_marked = query.is_true("include_mark_for_delete_objects");
        let all = self.state.collection(&parent, kind);
        let shown = all.filter(|intent| with_marked || intent.marked.is_none());
        list::page(shown.map(crate::intent::Intent::answered).collect(), query).map(Answer::with)
    }

    fn object(&mut self, at: &Location, query: &Query, caller: &Caller) -> Result<Answer, Refusal> {
        let path = at.path();
        match *self.request.method() {
            Method::GET => Ok(Answer::with(self.state.found(&path)?.answered())),
            Method::PUT => {
                let body = self.body()?;
                self.state
                    .write(at, &body, Manner::Replace, References::Now, caller)?;
                Ok(Answer::with(self.state.found(&path)?.answered()))
            }
            Method::PATCH => {
                let (body, manner) = (self.body()?, self.patch_manner());
                self.state
                    .write(at, &body, manner, References::Now, caller)?;
                Ok(Answer::empty())
            }
            Method::DELETE => {
                self.state.delete(&path, query.is_true("force"), caller)?;
                Ok(Answer::empty())
            }
            _ => Err(self.wrong_method()),
        }
    }

    fn infra(&mut self, caller: &Caller) -> Result<Answer, Refusal> {
        match *self.request.method() {
            Method::GET => Ok(Answer::with(json!({
                "resource_type": "Infra",
                "id": "infra",
                "display_name": "infra",
                "path": "/infra",
                "relative_path": "infra",
                "marked_for_delete": false,
                "_revision": 0,
            }))),
            Method::PATCH => {
                let (body, manner) = (self.body()?, self.patch_manner());
                self.state.write_tree(&body, manner, caller)?;
                Ok(Answer::empty())
            }
            _ => Err(self.wrong_method()),
        }
    }

    fn realized_state(&mut self, rest: &[&str], query: &Query) -> Result<Answer, Refusal> {
        let intent_path = || {
            query.get("intent_path").ok_or_else(|| {
                Refusal::Invalid(vec!["intent_path is a required property".to_owned()])
            })
        };
        match (self.request.method(), rest) {
            (&Method::GET, ["realized-entities"]) => {
                Ok(Answer::with(self.state.realized_entities(intent_path()?)))
            }
            (&Method::GET, ["status"]) => {
                let enforced = query.is_true("include_enforced_status");
                self.state
                    .status(intent_path()?, enforced)
                    .map(Answer::with)
            }
            (&Method::GET, ["realized-entity"]) => {
                let path = query.get("realized_path").unwrap_or_default();
                self.state.realized_entity(path).map(Answer::with)
            }
            // A refresh asks the platform to look again; here it is never out of date.
            (&Method::POST, ["realized-entity"]) => {
                self.state.found(intent_path()?)?;
                Ok(Answer::empty())
            }
            _ => Err(Refusal::not_found(self.request.uri().path())),
        }
    }

    fn partial_patch_config(&mut self) -> Result<Answer, Refusal> {
        match *self.request.method() {
            Method::GET => Ok(Answer::with(
                json!({ "enable_partial_patch": self.state.partial_patch }),
            )),
            Method::PATCH | Method::PUT => {
                let body = self.body()?;
                let enable = body.get("enable_partial_patch").and_then(Value::as_bool);
                let wrong = || vec!["enable_partial_patch is not a valid boolean".to_owned()];
                self.state.partial_patch = enable.ok_or_else(|| Refusal::Invalid(wrong()))?;
                Ok(Answer::empty())
            }
            _ => Err(self.wrong_method()),
        }
    }

    fn runtime(&self) -> Runtime<'_> {
        Runtime {
            state: self.state,
            traffic: self.traffic,
            health: self.health,
            now: self.now,
        }
    }

    fn patch_manner(&self) -> Manner {
        let header = self.request.headers().get("nsx-enable-partial-patch");
        let asked = header.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
        if asked || self.state.partial_patch {
            Manner::Merge
        } else {
            Manner::Overwrite
        }
    }

    fn body(&self) -> Result<Body, Refusal> {
        serde_json::from_slice(self.request.body())
            .map_err(|error| Refusal::Malformed(error.to_string()))
    }

    fn only(&self, method: &Method) -> Result<(), Refusal> {
        if self.request.method() == method {
            Ok(())
        } else {
            Err(self.wrong_method())
        }
    }

    fn wrong_method(&self) -> Refusal {
        Refusal::Method {
            method: self.request.method().to_string(),
            path: self.request.uri().path().to_owned(),
        }
    }
}
