//! What a client remembers of a server's answers, and what the placeholders of a step stand for.

use crate::step::Kind;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What one server has told so far.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The namespace that the sequence has for itself.
    pub namespace: String,
    /// Numbers of its own for what a cluster gives out once.
    pub lane: u16,
    seen: BTreeMap<(Kind, String), Seen>,
    continues: BTreeMap<Kind, String>,
    lists: BTreeMap<Kind, String>,
}

/// The address that the sequences of a lane ask for. It is of the part of the range that nothing is
/// given out of by itself.
pub fn cluster_ip(lane: u16) -> String {
    format!("10.96.0.{}", 200 + lane)
}

/// The same of the node ports.
pub fn node_port(lane: u16) -> u16 {
    30_060 + lane
}

#[derive(Clone, Debug, Default)]
struct Seen {
    latest: Value,
    versions: Vec<String>,
    uids: Vec<String>,
}

fn note(list: &mut Vec<String>, value: &Value) {
    if let Some(text) = value.as_str()
        && list.last().is_none_or(|last| last != text)
    {
        list.push(text.into());
    }
}

impl Memory {
    /// Nothing is known yet.
    pub fn of(namespace: &str, lane: u16) -> Memory {
        Memory {
            namespace: namespace.into(),
            lane,
            ..Memory::default()
        }
    }

    /// Takes note of an answer: of an object, or of a list and what is in it.
    pub fn learn(&mut self, kind: Kind, answer: &Value) {
        let metadata = &answer["metadata"];
        if let Value::Array(_) | Value::Null = answer["items"]
            && answer["kind"]
                .as_str()
                .is_some_and(|it| it.ends_with("List"))
        {
            let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
            let version = metadata["resourceVersion"].as_str().unwrap_or_default();
            self.lists.insert(kind, version.into());
            match metadata["continue"].as_str() {
                Some(token) => self.continues.insert(kind, token.into()),
                None => self.continues.remove(&kind),
            };
            for item in items {
                self.learn(kind, item);
            }
        } else if let (Some(_), Some(name)) = (metadata["uid"].as_str(), metadata["name"].as_str())
        {
            let seen = self.seen.entry((kind, name.into())).or_default();
            note(&mut seen.versions, &metadata["resourceVersion"]);
            note(&mut seen.uids, &metadata["uid"]);
            if answer["kind"] == kind.names().1 {
                seen.latest = answer.clone();
            }
        }
    }

    /// The object as it was last seen.
    pub fn latest(&self, kind: Kind, name: &str) -> Option<&Value> {
        let seen = self.seen.get(&(kind, name.into()))?;
        Some(&seen.latest).filter(|it| it.is_object())
    }

    /// What a placeholder stands for, if anything is known.
    pub fn meaning(&self, kind: Kind, name: &str, placeholder: &str) -> Option<Value> {
        let seen = self.seen.get(&(kind, name.into()));
        let text = match placeholder {
            "$version" => seen?.versions.last()?,
            "$old-version" => seen?.versions.first()?,
            "$uid" => seen?.uids.last()?,
            "$old-uid" => seen?.uids.first()?,
            "$continue" => self.continues.get(&kind)?,
            "$list-version" => self.lists.get(&kind)?,
            "$namespace" => &self.namespace,
            "$cluster-ip" => return Some(cluster_ip(self.lane).into()),
            "$node-port" => return Some(node_port(self.lane).into()),
            _ => return None,
        };
        Some(text.clone().into())
    }

    /// The value with every placeholder replaced; fields of which nothing is known are left out.
    pub fn resolved(&self, kind: Kind, name: &str, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if text.starts_with('$') => self.meaning(kind, name, text),
            Value::Array(items) => Some(
                items
                    .iter()
                    .filter_map(|item| self.resolved(kind, name, item))
                    .collect(),
            ),
            Value::Object(fields) => {
                let known = fields.iter().filter_map(|(field, value)| {
                    Some((field.clone(), self.resolved(kind, name, value)?))
                });
                Some(Value::Object(known.collect::<Map<_, _>>()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Some(value.clone())
            }
        }
    }
}
