//! A trace in the Informal Trace Format, which viewers of other model checkers open.
//!
//! The form is that of Apalache's ADR-015, with the variable that names the action as Quint's
//! model-based testing has it: <https://apalache-mc.org/docs/adr/015adr-trace.html>.

use super::changes::Tree;
use super::text::Told;
use hopwise_vocab::Trace;
use serde_json::{Map, Value, json};

/// The variable that says which action led to a state.
const ACTION: &str = "mbt::actionTaken";
/// Its value in the initial state.
const INITIAL: &str = "init";

impl Told<'_> {
    /// The states, each with the action that led to it. A cycle goes back to the state at `loop`.
    pub fn to_itf(&self) -> String {
        let labels = self.trace.actions().map(|action| action.to_string());
        let labels = std::iter::once(INITIAL.to_owned()).chain(labels);
        let states = self.walked.states.iter().zip(labels).enumerate();
        let states: Vec<Map<String, Value>> = states
            .map(|(index, (state, label))| {
                let mut values = variables(&Tree::of(state));
                values.insert(ACTION.into(), label.into());
                values.insert("#meta".into(), json!({ "index": index }));
                values
            })
            .collect();
        let vars = states.first().into_iter().flat_map(Map::keys);
        let vars: Vec<&String> = vars.filter(|name| *name != "#meta").collect();
        let mut document = json!({
            "#meta": {
                "format": "ITF",
                "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
                "description": format!("{}: {}", self.trace.header.name, self.verdict.why),
                "source": format!("hopwise, scenario {}", self.trace.header.scenario),
            },
            "vars": vars,
            "states": states,
        });
        if let Some(index) = loops_to(self.trace) {
            document["loop"] = index.into();
        }
        format!("{document:#}\n")
    }
}

/// The state that the last one goes back to: the one before the first step of the cycle.
fn loops_to(trace: &Trace) -> Option<usize> {
    trace.steps.iter().position(|step| step.cycle)
}

/// The parts of a whole state, each a variable.
fn variables(state: &Tree) -> Map<String, Value> {
    match state {
        Tree::Fields(_, fields) => {
            let fields = fields.iter();
            fields.map(|(name, it)| (name.clone(), value(it))).collect()
        }
        Tree::Leaf(_) | Tree::Items(_) => Map::from_iter([("state".into(), value(state))]),
    }
}

fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Leaf(text) => leaf(text),
        Tree::Items(items) => items.iter().map(value).collect(),
        Tree::Fields(name, fields) => Value::Object(record(name, fields)),
    }
}

/// A record that says what it is. A part without a name is its `value`, several are a tuple.
fn record(name: &str, fields: &[(String, Tree)]) -> Map<String, Value> {
    let mut record = Map::from_iter([("kind".into(), name.into())]);
    match fields {
        [(name, only)] if name.is_empty() => {
            record.insert("value".into(), value(only));
        }
        [(name, _), ..] if name.is_empty() => {
            let parts: Vec<Value> = fields.iter().map(|(_, it)| value(it)).collect();
            record.insert("value".into(), json!({ "#tup": parts }));
        }
        named => record.extend(named.iter().map(|(name, it)| (field(name), value(it)))),
    }
    record
}

/// The name of a part. Readers make attributes of them, so none is a reserved word of Python.
fn field(name: &str) -> String {
    let is_reserved = ["from", "in", "is", "pass"].contains(&name);
    name.to_owned() + if is_reserved { "_" } else { "" }
}

fn leaf(text: &str) -> Value {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        number if number.parse::<i64>().is_ok() => json!({ "#bigint": number }),
        word => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{kept, told};
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_lasso_goes_back_to_the_state_before_its_cycle() {
        let trace = kept("edited-realized-without-regular-poll");
        let document: Value = serde_json::from_str(&told(&trace, |it| it.to_itf())).unwrap();
        let states = document["states"].as_array().unwrap();
        let back = usize::try_from(document["loop"].as_u64().unwrap()).unwrap();
        let strip = |state: &Value| {
            let mut state = state.as_object().unwrap().clone();
            state.retain(|name, _| name != "#meta" && name != ACTION);
            state
        };
        assert_eq!(states.len(), trace.steps.len() + 1);
        assert_eq!(strip(&states[back]), strip(states.last().unwrap()));
    }

    #[test]
    fn every_state_has_every_variable() {
        let trace = fixture::trace("walk", &["user create", "deliver ccm service", "ccm poll"]);
        let document: Value = serde_json::from_str(&told(&trace, |it| it.to_itf())).unwrap();
        let vars = document["vars"].as_array().unwrap();
        for state in document["states"].as_array().unwrap() {
            let has = |name: &Value| state.get(name.as_str().unwrap()).is_some();
            assert!(vars.iter().all(has));
            assert_eq!(state.as_object().unwrap().len(), vars.len() + 1);
        }
        insta::assert_snapshot!(told(&trace, |it| it.to_itf()));
    }
}
