//! `GET /search/query`: the objects that a query in Lucene's manner finds.
//!
//! Opposite to lists, the cursor is always there and is a number: how many results have been given
//! so far. The index here follows every write at once.

#[cfg(test)]
mod fuzz;
mod parse;

use serde_json::{Value, json};

use crate::intent::Intent;
use crate::list::{page_size, shown};
use crate::refusal::Refusal;
use crate::state::State;
use crate::uri::Query;
use parse::{Term, parse};

impl State {
    /// Answers a search.
    pub(crate) fn search(&self, query: &Query) -> Result<Value, Refusal> {
        let term = parse(query.get("query").unwrap_or_default()).map_err(Refusal::Query)?;
        let size = page_size(query)?;
        let from: usize = match query.get("cursor") {
            None => 0,
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::Page(format!("cursor {text} is no number")))?,
        };
        let found: Vec<(&Intent, Value)> = self
            .intents
            .values()
            .map(|intent| (intent, intent.answered()))
            .filter(|(_, object)| matches(&term, object))
            .collect();
        let count = found.len();
        let page = found.into_iter().skip(from).take(size);
        let results: Vec<Value> = page
            .map(|(intent, mut object)| {
                object["status"] = self.status(&intent.path(), true)?;
                Ok(shown(object, query.get("included_fields")))
            })
            .collect::<Result<_, Refusal>>()?;
        let cursor = (from + results.len()).to_string();
        Ok(json!({ "results": results, "result_count": count, "cursor": cursor }))
    }
}

fn matches(term: &Term, object: &Value) -> bool {
    match term {
        Term::All => true,
        Term::And(terms) => terms.iter().all(|term| matches(term, object)),
        Term::Or(terms) => terms.iter().any(|term| matches(term, object)),
        Term::Not(term) => !matches(term, object),
        Term::Field { name, pattern } => {
            let path: Vec<&str> = name.split('.').collect();
            texts(object, &path)
                .iter()
                .any(|text| pattern.matches(text))
        }
    }
}

/// All texts at a dotted path, looking into every element of a list: scopes and tags are thereby
/// matched one by one, not as pairs, as in a flattened index.
fn texts(value: &Value, path: &[&str]) -> Vec<String> {
    match (value, path) {
        (Value::Array(items), _) => items.iter().flat_map(|item| texts(item, path)).collect(),
        (Value::Object(fields), [name, rest @ ..]) => fields
            .get(*name)
            .map_or_else(Vec::new, |value| texts(value, rest)),
        (Value::String(text), []) => vec![text.clone()],
        (Value::Number(_) | Value::Bool(_), []) => vec![value.to_string()],
        (
            Value::Object(_) | Value::Null | Value::String(_) | Value::Number(_) | Value::Bool(_),
            _,
        ) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> bool {
        let object = json!({
            "resource_type": "LBPool", "id": "web-1", "marked_for_delete": false,
            "path": "/infra/lb-pools/web-1",
            "tags": [{"scope": "ncp/cluster", "tag": "k8s-1"}, {"scope": "a", "tag": "b"}],
        });
        matches(&parse(query).unwrap(), &object)
    }

    #[test]
    fn real_queries_find_what_they_mean() {
        for query in [
            "resource_type:LBPool AND tags.scope:ncp\\/cluster AND tags.tag:k8s\\-1",
            "resource_type:(LBPool OR LBVirtualServer)",
            "resource_type:LBPool AND (id:web* OR id:other) AND marked_for_delete:false",
            "path:\\/infra\\/lb\\-pools\\/web\\-1",
            "path:\"/infra/lb-pools/web-1\"",
            "NOT id:other",
            "resource_type:LBPool id:web\\-1",
            "tags.scope:ncp\\/cluster AND tags.tag:b",
            "*",
        ] {
            assert!(found(query), "{query}");
        }
    }

    #[test]
    fn real_queries_leave_out_what_they_do_not_mean() {
        for query in [
            "resource_type:LBVirtualServer",
            "resource_type:LBPool AND NOT id:web*",
            "id:web",
            "tags.tag:K8S\\-1",
            "marked_for_delete:true",
            "absent:x",
        ] {
            assert!(!found(query), "{query}");
        }
    }
}
