//! One request about objects: from method and path to the verb, and from its result to a response.
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::object::Object;
use crate::path::Target;
use crate::registry::Resource;
use crate::render;
use crate::request::{self, Query, Request, View};
use crate::selector::Selector;
use crate::server::{Answer, json_response};
use crate::store::Key;
use crate::verbs::{
    DeleteOptions, Deleted, ListRequest, Part, PatchRequest, State, Terms, Written, version_of,
};
use crate::watch::{Cursor, WatchRequest};

/// A request whose path names a resource.
pub(crate) struct ResourceCall<'a> {
    pub request: &'a Request,
    pub query: &'a Query,
    pub target: &'a Target,
    pub resource: Arc<Resource>,
    pub view: View,
}

impl ResourceCall<'_> {
    pub fn answer(&self, state: &mut State, mut terms: Terms) -> Result<Answer, Failure> {
        let method = self.request.method();
        if self.target.name.is_none() && method == Method::GET && self.asks_watch() {
            return self.watch(state).map(Answer::Watch);
        }
        let now = terms.now;
        let mut response = match &self.target.name {
            None if method == Method::GET => self.list(state, now)?,
            None if method == Method::POST => self.create(state, &mut terms)?,
            None if method == Method::DELETE => self.delete_collection(state, &terms)?,
            Some(name) => {
                let key = State::key(&self.resource, self.target.namespace.as_deref(), name);
                self.on_object(state, &key, &mut terms)?
            }
            None => return Err(Failure::method_not_allowed()),
        };
        for warning in &terms.warnings {
            let escaped = warning.replace('\\', "\\\\").replace('"', "\\\"");
            if let Ok(text) = HeaderValue::from_str(&format!("299 - \"{escaped}\"")) {
                response.headers_mut().append(header::WARNING, text);
            }
        }
        Ok(Answer::Whole(response))
    }

    fn on_object(
        &self,
        state: &mut State,
        key: &Key,
        terms: &mut Terms,
    ) -> Result<Response<Bytes>, Failure> {
        let method = self.request.method();
        let part = match self.target.subresource.as_deref() {
            Some("status") => Part::Status,
            Some("finalize") => Part::Finalize,
            Some(_) | None => Part::Whole,
        };
        if method == Method::GET {
            let namespace = self.target.namespace.as_deref();
            let object = state.find(&self.resource, namespace, &key.name)?;
            return Ok(self.object(StatusCode::OK, &object, terms.now));
        }
        if method == Method::PUT {
            let body = request::body(self.request)?;
            return Ok(self.written(
                &state.put(&self.resource, key, part, body, terms)?,
                terms.now,
            ));
        }
        if method == Method::PATCH {
            let patch = self.patch_request()?;
            let written = state.patch(&self.resource, key, part, patch, terms)?;
            return Ok(self.written(&written, terms.now));
        }
        if method == Method::DELETE && part == Part::Whole {
            let options = self.delete_options()?;
            let deleted = state.delete(&self.resource, key, &options, terms)?;
            return Ok(self.deleted(&deleted, terms.now));
        }
        Err(Failure::method_not_allowed())
    }

    fn asks_watch(&self) -> bool {
        self.query.is_set("watch")
    }

    fn create(&self, state: &mut State, terms: &mut Terms) -> Result<Response<Bytes>, Failure> {
        let body = request::body(self.request)?;
        let namespace = self.target.namespace.as_deref();
        let object = state.create(&self.resource, namespace, body, terms)?;
        Ok(self.object(StatusCode::CREATED, &object, terms.now))
    }

    fn list(&self, state: &State, now: Timestamp) -> Result<Response<Bytes>, Failure> {
        let asked = ListRequest::of(self.query, &self.resource)?;
        let namespace = self.target.namespace.as_deref();
        let (objects, metadata) = state.list(&self.resource, namespace, &asked)?;
        let body = render::list(&self.resource, &objects, &metadata, self.view, now);
        Ok(json_response(StatusCode::OK, body))
    }

    fn watch(&self, state: &State) -> Result<Cursor, Failure> {
        let version = version_of(self.query)?;
        let current = state.store.version();
        if let Some(asked) = version.filter(|asked| *asked > current) {
            return Err(Failure::too_large(asked, current));
        }
        let send_initial = self.query.is_set("sendInitialEvents");
        if send_initial && self.query.get("resourceVersionMatch") != Some("NotOlderThan") {
            return Err(Failure::new(
                422,
                "Invalid",
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
                 sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
        }
        let asked = WatchRequest {
            resource: self.resource.clone(),
            namespace: self.target.namespace.clone(),
            selector: Selector::of(self.query, &self.resource)?,
            view: self.view,
            version,
            send_initial,
            bookmarks: self.query.is_set("allowWatchBookmarks"),
            timeout_seconds: self.query.count("timeoutSeconds")?,
        };
        Ok(Cursor::open(&state.store, asked))
    }

    fn patch_request(&self) -> Result<PatchRequest<'_>, Failure> {
        let content_type = request::header_text(self.request, header::CONTENT_TYPE);
        Ok(PatchRequest {
            media_type: content_type.split(';').next().unwrap_or_default().trim(),
            body: request::patch_body(self.request)?,
            force: self.query.is_set("force"),
            names_manager: self.query.get("fieldManager").is_some(),
        })
    }

    fn delete_options(&self) -> Result<DeleteOptions, Failure> {
        let body = if self.request.body().is_empty() {
            Value::Null
        } else {
            request::body(self.request)?
        };
        DeleteOptions::of(&body, self.query)
    }

    fn delete_collection(
        &self,
        state: &mut State,
        terms: &Terms,
    ) -> Result<Response<Bytes>, Failure> {
        let options = self.delete_options()?;
        let selector = Selector::of(self.query, &self.resource)?;
        let namespace = self.target.namespace.as_deref();
        let objects =
            state.delete_collection(&self.resource, namespace, &selector, &options, terms)?;
        let metadata = json!({"resourceVersion": state.store.version().to_string()});
        let body = render::list(&self.resource, &objects, &metadata, self.view, terms.now);
        Ok(json_response(StatusCode::OK, body))
    }

    fn object(&self, status: StatusCode, object: &Arc<Object>, now: Timestamp) -> Response<Bytes> {
        json_response(status, render::one(&self.resource, object, self.view, now))
    }

    fn written(&self, written: &Written, now: Timestamp) -> Response<Bytes> {
        let status = if written.created {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        self.object(status, &written.object, now)
    }

    fn deleted(&self, deleted: &Deleted, now: Timestamp) -> Response<Bytes> {
        // Most kinds answer a finished delete with a Status; Kubernetes chose the object for two.
        let shows_object = matches!(
            self.resource.plural.as_str(),
            "services" | "serviceaccounts"
        );
        if !deleted.removed || shows_object {
            return self.object(StatusCode::OK, &deleted.object, now);
        }
        let details = json!({"name": deleted.object.name(), "group": self.resource.group,
            "kind": self.resource.plural, "uid": deleted.object.uid()});
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Success", "details": details});
        json_response(StatusCode::OK, Bytes::from(status.to_string()))
    }
}
