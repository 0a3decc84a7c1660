//! Where two servers said different things.

use crate::server::Said;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One place at which answers differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which step.
    pub step: usize,
    /// Where in its answer: `code`, `warnings`, or a path into the body.
    pub path: String,
    /// The HTTP status that the embedded server answered with.
    pub embedded_code: u16,
    /// What the embedded server said there.
    pub embedded: Value,
    /// What kube-apiserver said there.
    pub real: Value,
}

/// Events with their bookmarks last and once. When one comes, and at which version, is a matter of
/// time; that the initial events end is not.
fn bare(body: &Value) -> Value {
    let Some(events) = body.as_array() else {
        return body.clone();
    };
    let is_bookmark = |event: &&Value| event["type"] == "BOOKMARK";
    let ends = |event: &Value| {
        let annotations = &event["object"]["metadata"]["annotations"];
        annotations["k8s.io/initial-events-end"] == "true"
    };
    let mut bare: Vec<Value> = events
        .iter()
        .filter(|it| !is_bookmark(it))
        .cloned()
        .collect();
    if let Some(end) = events.iter().filter(is_bookmark).find(|it| ends(it)) {
        bare.push(json!({"type": "BOOKMARK", "kind": end["object"]["kind"]}));
    }
    bare.into()
}

/// All places at which the answers to one step differ.
pub fn differences(step: usize, embedded: &Said, real: &Said) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut look = |path: &str, ours: &Value, theirs: &Value| {
        walk(path.to_owned(), ours, theirs, &mut |path, a, b| {
            found.push(Difference {
                step,
                path,
                embedded_code: embedded.code,
                embedded: a.clone(),
                real: b.clone(),
            });
        });
    };
    look("code", &json!(embedded.code), &json!(real.code));
    look("warnings", &json!(embedded.warnings), &json!(real.warnings));
    look("", &bare(&embedded.body), &bare(&real.body));
    found
}

fn walk(path: String, a: &Value, b: &Value, found: &mut dyn FnMut(String, &Value, &Value)) {
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                walk(format!("{path}/{name}"), &a[name], &b[name], found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                walk(format!("{path}/{at}"), left, right, found);
            }
        }
        _ if a == b => {}
        _ => found(path, a, b),
    }
}
