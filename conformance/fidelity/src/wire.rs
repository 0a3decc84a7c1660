//! A step as the HTTP request that it becomes for one server.

use crate::memory::Memory;
use crate::step::{Ask, Kind, Part, Step};
use bytes::Bytes;
use http::{Method, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// The program that asks, which names the author of what is written otherwise than by apply.
const AGENT: &str = "ledger/1";

/// The request.
///
/// # Panics
/// Never: paths and headers are made of names and escaped texts.
pub fn request(step: &Step, memory: &Memory) -> Request<Bytes> {
    let (method, media) = form(step.ask);
    let body = body(step, memory).map(|body| body.to_string());
    let mut request = Request::builder()
        .method(method)
        .uri(uri(step, memory))
        .header("user-agent", AGENT)
        .header("accept", step.view.accept(step.ask));
    if body.is_some() {
        request = request.header("content-type", media);
    }
    request
        .body(Bytes::from(body.unwrap_or_default()))
        .expect("its parts are well formed")
}

fn form(ask: Ask) -> (Method, &'static str) {
    match ask {
        Ask::Create => (Method::POST, "application/json"),
        Ask::Get | Ask::List | Ask::Watch => (Method::GET, ""),
        Ask::Replace | Ask::Edit => (Method::PUT, "application/json"),
        Ask::Merge => (Method::PATCH, "application/merge-patch+json"),
        Ask::JsonPatch => (Method::PATCH, "application/json-patch+json"),
        Ask::Strategic => (Method::PATCH, "application/strategic-merge-patch+json"),
        Ask::Apply => (Method::PATCH, "application/apply-patch+yaml"),
        Ask::Delete | Ask::DeleteCollection => (Method::DELETE, "application/json"),
    }
}

fn uri(step: &Step, memory: &Memory) -> String {
    let mut uri = step.kind.path(&memory.namespace);
    let name = match step.kind {
        Kind::Namespace => memory.namespace.as_str(),
        Kind::Service
        | Kind::Endpoints
        | Kind::EndpointSlice
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::Event
        | Kind::Lease
        | Kind::VirtualMachineService
        | Kind::VirtualMachine => step.name.as_str(),
    };
    let of_collection = matches!(
        step.ask,
        Ask::Create | Ask::List | Ask::Watch | Ask::DeleteCollection
    );
    if !of_collection {
        uri += &format!("/{name}");
    }
    if step.part == Part::Status {
        uri += "/status";
    }
    let watch = (step.ask == Ask::Watch).then(|| "watch=true".to_owned());
    let asked = step.query.iter().filter_map(|(key, value)| {
        let value = match value.starts_with('$') {
            true => memory.meaning(step.kind, &step.name, value)?,
            false => Value::from(value.as_str()),
        };
        let value = utf8_percent_encode(value.as_str()?, NON_ALPHANUMERIC);
        Some(format!("{key}={value}"))
    });
    let query: Vec<String> = watch.into_iter().chain(asked).collect();
    if !query.is_empty() {
        uri += &format!("?{}", query.join("&"));
    }
    uri
}

fn body(step: &Step, memory: &Memory) -> Option<Value> {
    let said = || {
        memory
            .resolved(step.kind, &step.name, &step.body)
            .unwrap_or(Value::Null)
    };
    match step.ask {
        Ask::Get | Ask::List | Ask::Watch => None,
        Ask::Delete | Ask::DeleteCollection => Some(said()).filter(|it| !it.is_null()),
        Ask::Merge | Ask::JsonPatch | Ask::Strategic => Some(said()),
        Ask::Create | Ask::Replace | Ask::Apply => Some(complete(step, memory, &said())),
        Ask::Edit => {
            let mut seen = match memory.latest(step.kind, &step.name) {
                Some(seen) => seen.clone(),
                None => return Some(complete(step, memory, &said())),
            };
            merge(&mut seen, &said());
            Some(seen)
        }
    }
}

/// An object says what it is, unless it says something else already.
fn complete(step: &Step, memory: &Memory, said: &Value) -> Value {
    let (version, kind, _) = step.kind.names();
    let name = match step.kind == Kind::Namespace {
        true => &memory.namespace,
        false => &step.name,
    };
    let mut object = json!({"apiVersion": version, "kind": kind});
    if !name.is_empty() {
        object["metadata"] = json!({"name": name});
    }
    merge(&mut object, said);
    object
}

/// RFC 7386.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (field, value) in fields {
        match value {
            Value::Null => {
                target.as_object_mut().map(|it| it.remove(field));
            }
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => merge(&mut target[field], value),
        }
    }
}
