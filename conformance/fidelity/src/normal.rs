//! The normal form of a server's answers: what two servers may choose for themselves is replaced by
//! where it first occurs.
//!
//! UIDs, given addresses and given ports become numbers in the order of their appearance, versions
//! of objects their rank in the sequence, versions of lists the rank that they are at, and times a
//! `T`. `managedFields` become paths by author, since kube-apiserver sorts them by second.

use crate::memory::{cluster_ip, node_port};
use crate::play::Stage;
use crate::server::Said;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static UID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
        .expect("it is an expression")
});
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$").expect("it is an expression")
});
static AGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d+s$|^\d+m\d*s?$").expect("it is an expression"));
/// Names that a server made after `generateName`.
static MADE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(made[0-9]-)[a-z0-9]{5}").expect("it is an expression"));
/// Addresses and ports of Services in the cells of a table.
static GIVEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\b10)(?:\.\d+){3}|(:)3\d{4}").expect("it is an expression"));
/// The time at which something was deleted, in a refusal.
static DELETED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": field is immutable"#)
        .expect("it is an expression")
});
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(resource ?version[a-z ]*(?:: |\()|record \(|current: )(\d+)")
        .expect("it is an expression")
});

/// The answers of one server in their normal form.
pub fn normal(answers: &[Said], stage: &Stage) -> Vec<Said> {
    let mut answers = answers.to_vec();
    for said in &mut answers {
        order(&mut said.body);
    }
    let answers = &answers;
    let mut normal = Normal {
        stage,
        versions: BTreeSet::new(),
        names: BTreeMap::new(),
        counted: BTreeMap::new(),
    };
    for said in answers {
        normal.find(&said.body);
    }
    answers
        .iter()
        .map(|said| Said {
            code: said.code,
            warnings: said.warnings.iter().map(|it| normal.text(it)).collect(),
            body: status(normal.value("", &said.body)),
        })
        .collect()
}

struct Normal<'a> {
    stage: &'a Stage,
    versions: BTreeSet<u64>,
    names: BTreeMap<String, String>,
    counted: BTreeMap<&'static str, usize>,
}

fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

impl Normal<'_> {
    /// Finds the versions of objects.
    fn find(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let metadata = &value["metadata"];
                if metadata["uid"].is_string() {
                    self.versions.extend(number(&metadata["resourceVersion"]));
                }
                for field in fields.values() {
                    self.find(field);
                }
            }
            Value::Array(items) => items.iter().for_each(|it| self.find(it)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// A thing that is chosen by the server, by the order in which it came.
    fn counted(&mut self, what: &'static str, chosen: &str) -> String {
        if let Some(name) = self.names.get(chosen) {
            return name.clone();
        }
        let count = self.counted.entry(what).or_default();
        *count += 1;
        let name = format!("{what}-{count}");
        self.names.insert(chosen.into(), name.clone());
        name
    }

    fn version(&self, version: u64, is_object: bool) -> String {
        let rank = self.versions.range(..=version).count();
        match is_object {
            true => format!("v{rank}"),
            false => format!("at v{rank}"),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let text = text
            .replace(&self.stage.namespace, "NAMESPACE")
            .replace(&cluster_ip(self.stage.lane), "the address asked for")
            .replace(
                &node_port(self.stage.lane).to_string(),
                "the port asked for",
            );
        let text = DELETED.replace_all(&text, "\"T\": field is immutable");
        let mut text = MADE.replace_all(&text, "$1…").into_owned();
        let uids: Vec<String> = UID.find_iter(&text).map(|it| it.as_str().into()).collect();
        for uid in uids {
            let name = self.counted("uid", &uid);
            text = text.replace(&uid, &name);
        }
        let ranked = VERSION.replace_all(&text, |found: &regex::Captures| {
            let version: u64 = found[2].parse().unwrap_or(0);
            format!("{}{}", &found[1], self.version(version, true))
        });
        ranked.into_owned()
    }

    fn value(&mut self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.string(field, text),
            Value::Number(port) if matches!(field, "nodePort" | "healthCheckNodePort") => given(
                port.as_u64() == Some(node_port(self.stage.lane).into()),
                "port",
            )
            .into(),
            Value::Array(items) if field == "managedFields" => owners(items),
            Value::Array(items) => items.iter().map(|it| self.value(field, it)).collect(),
            Value::Object(fields) => {
                let is_object = fields.get("uid").is_some_and(Value::is_string);
                let mut normal = Map::new();
                for (name, field) in fields {
                    let field = match (name.as_str(), number(field)) {
                        ("resourceVersion", Some(version)) => {
                            self.version(version, is_object).into()
                        }
                        _ => self.value(name, field),
                    };
                    normal.insert(name.clone(), field);
                }
                Value::Object(normal)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn string(&mut self, field: &str, text: &str) -> Value {
        match field {
            "clusterIP" | "clusterIPs" if text.parse::<std::net::IpAddr>().is_ok() => {
                given(text == cluster_ip(self.stage.lane), "address").into()
            }
            "continue" if !text.is_empty() => "…".into(),
            "cells" if AGE.is_match(text) => "AGE".into(),
            "cells" => {
                let text = GIVEN.replace_all(text, "$1…");
                MADE.replace_all(&text, "$1…").into_owned().into()
            }
            "creationTimestamp" | "deletionTimestamp" if TIME.is_match(text) => "T".into(),
            _ => self.text(text).into(),
        }
    }
}

/// Puts what is named by chance in the order in which it was made, among what is named alike.
fn order(body: &mut Value) {
    let place = |item: &Value| {
        // An item, a row of a table, or an event.
        let object = item.get("object").unwrap_or(item);
        let metadata = &object["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default().to_owned();
        let is_made = MADE.is_match(&name);
        let version = number(&metadata["resourceVersion"]).filter(|_| is_made);
        (MADE.replace(&name, "$1").into_owned(), version)
    };
    for list in ["items", "rows"] {
        if let Some(items) = body.get_mut(list).and_then(Value::as_array_mut) {
            items.sort_by_cached_key(place);
        }
    }
}

/// Something that a cluster gives out once: what was asked for, or what it chose.
fn given(asked: bool, what: &str) -> String {
    match asked {
        true => format!("the {what} asked for"),
        false => format!("some {what}"),
    }
}

/// A refusal without what follows from the rest of it: its causes as a set, and no message where
/// there are causes, since the message lists them.
fn status(mut body: Value) -> Value {
    let causes = body["details"]["causes"].as_array();
    let mut by_field: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for cause in causes.into_iter().flatten() {
        let text = |field: &str| cause[field].as_str().unwrap_or_default();
        let at = format!("{} {}", text("field"), text("reason"));
        by_field
            .entry(at)
            .or_default()
            .insert(text("message").into());
    }
    if body["kind"] == "Status" && !by_field.is_empty() {
        body["details"]["causes"] = json!(by_field);
        body["message"] = Value::Null;
    }
    body
}

/// Who owns which fields.
fn owners(entries: &[Value]) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries: BTreeMap<String, Value> = entries
        .iter()
        .map(|entry| {
            let author = format!(
                "{} {} {} {}",
                text(&entry["manager"]),
                text(&entry["operation"]),
                text(&entry["apiVersion"]),
                text(&entry["subresource"])
            );
            let mut paths = Vec::new();
            leaves(&entry["fieldsV1"], String::new(), &mut paths);
            (author.trim_end().to_owned(), json!(paths))
        })
        .collect();
    json!(entries)
}

fn leaves(fields: &Value, at: String, paths: &mut Vec<String>) {
    let fields = fields.as_object().filter(|it| !it.is_empty());
    let Some(fields) = fields else {
        paths.push(at);
        return;
    };
    for (name, field) in fields {
        let name = name.strip_prefix("f:").unwrap_or(name);
        leaves(field, format!("{at}/{name}"), paths);
    }
}
