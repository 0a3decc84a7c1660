//! The two forms of an Event. Kubernetes stores both API groups' Events in one place, so that an
//! Event recorded through `events.k8s.io/v1` is seen by `kubectl describe`, which reads `v1`.
use serde_json::{Map, Value};

use crate::object::map_mut;

/// Field of a core Event, and what `events.k8s.io/v1` calls it.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// What a field of the new form is called where it is stored, if it is called otherwise.
pub(crate) fn stored_name(new: &str) -> Option<&'static str> {
    NAMES.iter().find(|pair| pair.1 == new).map(|pair| pair.0)
}

/// A stored Event as `events.k8s.io/v1`.
pub(crate) fn to_new(core: &Value) -> Value {
    renamed(core, "events.k8s.io/v1", |name| {
        NAMES.iter().find(|pair| pair.0 == name).map(|pair| pair.1)
    })
}

/// An `events.k8s.io/v1` Event as it is stored.
pub(crate) fn to_core(new: &Value) -> Value {
    renamed(new, "v1", stored_name)
}

fn renamed(
    event: &Value,
    api_version: &str,
    rename: impl Fn(&str) -> Option<&'static str>,
) -> Value {
    let fields = event.as_object().into_iter().flatten();
    let mut other: Map<String, Value> = fields
        .map(|(name, value)| {
            (
                rename(name).map_or_else(|| name.clone(), String::from),
                value.clone(),
            )
        })
        .collect();
    other.insert("apiVersion".into(), api_version.into());
    let mut other = Value::Object(other);
    map_mut(&mut other).insert("kind".into(), "Event".into());
    other
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_survives_the_way_there_and_back() {
        let new = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "hello",
            "regarding": {"name": "web"}, "reportingController": "ccm", "type": "Normal"});
        let core = to_core(&new);
        assert_eq!(
            (&core["message"], &core["involvedObject"]["name"]),
            (&json!("hello"), &json!("web"))
        );
        assert_eq!(to_new(&core), new);
    }
}
