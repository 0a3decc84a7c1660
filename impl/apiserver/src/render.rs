//! Objects as answers: whole, as tables, or as metadata only, in the version that was asked for.
use std::borrow::Cow;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::event_forms;
use crate::object::{Object, map_mut};
use crate::registry::{Form, Origin, Resource};
use crate::request::View;
use crate::table;

/// An object in the form of the resource that was asked for.
pub(crate) fn presented<'a>(resource: &Resource, stored: &'a Value) -> Cow<'a, Value> {
    match resource.form {
        Form::Stored => Cow::Borrowed(stored),
        Form::OtherVersion => {
            let mut other = stored.clone();
            other["apiVersion"] = resource.api_version().into();
            Cow::Owned(other)
        }
        Form::NewEvent => Cow::Owned(event_forms::to_new(stored)),
    }
}

/// The stored form of an object that came in as `resource`.
pub(crate) fn stored_form(resource: &Resource, value: Value) -> Value {
    match resource.form {
        Form::Stored | Form::OtherVersion => value,
        Form::NewEvent => event_forms::to_core(&value),
    }
}

/// An object as who reads it is shown it. A Service of an external name may be stored with a policy
/// that it has no use for, which a watch tells all the same.
pub(crate) fn as_read(resource: &Resource, object: &Arc<Object>) -> Arc<Object> {
    let spec = &object.value()["spec"];
    let is_hidden =
        resource.is_core("Service") && spec["type"] == "ExternalName" && spec.get(HIDDEN).is_some();
    if !is_hidden {
        return object.clone();
    }
    let mut shown = object.value().clone();
    map_mut(&mut shown["spec"]).remove(HIDDEN);
    Object::new(shown)
}

const HIDDEN: &str = "internalTrafficPolicy";

/// JSON of one object.
pub(crate) fn one(resource: &Resource, object: &Arc<Object>, view: View, now: Timestamp) -> Bytes {
    match (view, resource.form) {
        (View::Object, Form::Stored) => object.json(),
        (View::Object, Form::OtherVersion | Form::NewEvent) => {
            Bytes::from(presented(resource, object.value()).to_string())
        }
        (View::Partial, _) => Bytes::from(partial(object.value()).to_string()),
        (View::Table, _) => Bytes::from(table_of_one(resource, object, now).to_string()),
    }
}

pub(crate) fn table_of_one(resource: &Resource, object: &Arc<Object>, now: Timestamp) -> Value {
    let metadata = json!({"resourceVersion": object.version()});
    table::table(resource, std::slice::from_ref(object), &metadata, now)
}

/// JSON of a list.
pub(crate) fn list(
    resource: &Resource,
    objects: &[Arc<Object>],
    metadata: &Value,
    view: View,
    now: Timestamp,
) -> Bytes {
    if view == View::Table {
        return Bytes::from(table::table(resource, objects, metadata, now).to_string());
    }
    let (kind, api_version) = match view {
        View::Partial => (
            "PartialObjectMetadataList".to_string(),
            "meta.k8s.io/v1".to_string(),
        ),
        View::Object | View::Table => (format!("{}List", resource.kind), resource.api_version()),
    };
    let mut out = BytesMut::with_capacity(256 + objects.len() * 512);
    let head = format!(
        "{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{metadata},\"items\":["
    );
    out.put_slice(head.as_bytes());
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        match (view, resource.origin) {
            (View::Object, Origin::Builtin) => {
                // Items of a typed list do not say again what the list says.
                let object = as_read(resource, object);
                let mut item = presented(resource, object.value()).into_owned();
                let map = map_mut(&mut item);
                map.remove("kind");
                map.remove("apiVersion");
                out.put_slice(item.to_string().as_bytes());
            }
            (View::Object | View::Table | View::Partial, _) => {
                out.put_slice(&one(resource, object, view, now));
            }
        }
    }
    out.put_slice(b"]}");
    out.freeze()
}

/// `PartialObjectMetadata` of an object.
pub(crate) fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"]})
}
