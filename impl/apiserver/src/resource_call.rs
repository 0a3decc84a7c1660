//! One request about objects: from method and path to the verb, and from its result to a response.
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::object::Object;
use crate::path::Target;
use crate::registry::{Origin, Resource};
use crate::render;
use crate::request::{self, Query, Request, View};
use crate::selector::Selector;
use crate::server::{Answer, json_response};
use crate::store::Key;
use crate::verbs::{
    DeleteOptions, Deleted, ListRequest, Part, PatchRequest, State, Terms, Written, options,
    version_of,
};
use crate::watch::{Cursor, WatchRequest};

/// What Kubernetes says about Endpoints since 1.33.
const OLD_ENDPOINTS: &str =
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

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
        if self.resource.is_core("Endpoints") {
            terms.warnings.push(OLD_ENDPOINTS.into());
        }
        let watches = self.target.name.is_none() && method == Method::GET && self.asks_watch();
        // Warnings are for whoever is refused, too.
        let answer = match watches {
            true => match self.watch(state) {
                Ok(cursor) => return Ok(Answer::Watch(cursor)),
                Err(failure) => Err(failure),
            },
            false => self.whole(state, &mut terms),
        };
        let mut response = answer.unwrap_or_else(|failure| failure.response());
        for warning in &terms.warnings {
            let escaped = warning.replace('\\', "\\\\").replace('"', "\\\"");
            if let Ok(text) = HeaderValue::from_str(&format!("299 - \"{escaped}\"")) {
                response.headers_mut().append(header::WARNING, text);
            }
        }
        Ok(Answer::Whole(response))
    }

    fn whole(&self, state: &mut State, terms: &mut Terms) -> Result<Response<Bytes>, Failure> {
        let method = self.request.method();
        match &self.target.name {
            None if method == Method::GET => self.list(state, terms.now),
            None if method == Method::POST => self.create(state, terms),
            None if method == Method::DELETE => self.delete_collection(state, terms),
            Some(name) => {
                let key = State::key(&self.resource, self.target.namespace.as_deref(), name);
                self.on_object(state, &key, terms)
            }
            None => Err(Failure::method_not_allowed()),
        }
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
            version_of(self.query).map_err(Failure::of_one_read)?;
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
        let object = state.create(&self.resource, namespace, Part::Whole, body, terms)?;
        Ok(self.object(StatusCode::CREATED, &object, terms.now))
    }

    fn list(&self, state: &State, now: Timestamp) -> Result<Response<Bytes>, Failure> {
        let asked = ListRequest::of(self.query, &self.resource, self.view)?;
        let namespace = self.target.namespace.as_deref();
        let (objects, metadata) = state.list(&self.resource, namespace, &asked)?;
        let body = render::list(&self.resource, &objects, &metadata, self.view, now);
        Ok(json_response(StatusCode::OK, body))
    }

    fn watch(&self, state: &State) -> Result<Cursor, Failure> {
        let errors = options::of_watch(self.query);
        let selector = options::selector(self.query, &self.resource, &errors)?;
        let version = version_of(self.query).map_err(Failure::of_one_read)?;
        let current = state.store.version();
        if let Some(asked) = version.filter(|asked| *asked > current) {
            return Err(Failure::too_large(asked, current));
        }
        let bookmarks = self.query.is_set("allowWatchBookmarks");
        // Whoever wants bookmarks and names no version is told where the initial events end.
        let legacy =
            bookmarks && version.unwrap_or(0) == 0 && self.query.get("sendInitialEvents").is_none();
        let send_initial = self.query.is_set("sendInitialEvents") || legacy;
        let asked = WatchRequest {
            resource: self.resource.clone(),
            namespace: self.target.namespace.clone(),
            selector,
            view: self.view,
            version,
            send_initial,
            bookmarks,
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
        let selector = Selector::of(self.query, &self.resource)?;
        let options = self.delete_options()?;
        let namespace = self.target.namespace.as_deref();
        let mut metadata = json!({"resourceVersion": state.store.version().to_string()});
        if self.resource.origin == Origin::Custom {
            metadata["continue"] = "".into();
        }
        let objects =
            state.delete_collection(&self.resource, namespace, &selector, &options, terms)?;
        let body = render::list(&self.resource, &objects, &metadata, self.view, terms.now);
        Ok(json_response(StatusCode::OK, body))
    }

    fn object(&self, status: StatusCode, object: &Arc<Object>, now: Timestamp) -> Response<Bytes> {
        let object = match self.target.subresource {
            Some(_) => object.clone(),
            None => render::as_read(&self.resource, object),
        };
        json_response(status, render::one(&self.resource, &object, self.view, now))
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
        let mut details = json!({"name": deleted.object.name(), "kind": self.resource.plural,
            "uid": deleted.object.uid()});
        if !self.resource.group.is_empty() {
            details["group"] = self.resource.group.as_str().into();
        }
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Success", "details": details});
        json_response(StatusCode::OK, Bytes::from(status.to_string()))
    }
}
