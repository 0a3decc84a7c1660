//! Field selectors, and which fields each kind can be selected by.
//!
//! The fields are those of the `AddFieldLabelConversionFunc` of each kind in Kubernetes. Absent:
//! `selectableFields` of custom resources.
use serde_json::Value;

use crate::event_forms;
use crate::registry::{Form, Origin, Resource};

/// What one field has to be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    /// Where the field stands in the stored form.
    pointer: String,
    equals: bool,
    value: String,
}

impl Requirement {
    pub fn holds(&self, object: &Value) -> bool {
        let found = match object.pointer(&self.pointer) {
            Some(Value::String(text)) => text == &self.value,
            Some(Value::Bool(flag)) => flag.to_string() == self.value,
            // A field that is not there is empty, and a flag that is not there is not set.
            _ => self.value.is_empty() || self.value == "false",
        };
        found == self.equals
    }
}

/// The requirements of a selector, all of which have to hold.
pub(super) fn parse(text: &str, resource: &Resource) -> Result<Vec<Requirement>, String> {
    let clauses = text.split(',').filter(|clause| !clause.is_empty());
    clauses
        .map(|clause| requirement(clause, text, resource))
        .collect()
}

fn requirement(clause: &str, whole: &str, resource: &Resource) -> Result<Requirement, String> {
    let (field, equals, value) = if let Some((field, value)) = clause.split_once("!=") {
        (field, false, value)
    } else if let Some((field, value)) = clause.split_once("==").or_else(|| clause.split_once('='))
    {
        (field, true, value)
    } else {
        return Err(format!(
            "invalid selector: '{whole}'; can't understand '{clause}'"
        ));
    };
    let field = field.trim();
    if !is_selectable(resource, field) {
        return Err(refusal(resource, field));
    }
    Ok(Requirement {
        pointer: pointer(resource, field),
        equals,
        value: value.trim().to_string(),
    })
}

const OF_EVENTS: [&str; 11] = [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];
const OF_NEW_EVENTS: [&str; 10] = [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
];

/// What objects of a kind can be selected by, besides name and namespace.
fn own_fields(resource: &Resource) -> &'static [&'static str] {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "events") => &OF_EVENTS,
        ("events.k8s.io", "events") => &OF_NEW_EVENTS,
        ("", "namespaces") => &["status.phase"],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        _ => &[],
    }
}

fn is_selectable(resource: &Resource, field: &str) -> bool {
    match field {
        "metadata.name" => true,
        "metadata.namespace" => resource.is_namespaced() || own_fields(resource).is_empty(),
        _ => own_fields(resource).contains(&field),
    }
}

fn refusal(resource: &Resource, field: &str) -> String {
    if own_fields(resource).is_empty() && resource.origin == Origin::Builtin {
        let only = "only \"metadata.name\", \"metadata.namespace\"";
        format!("{field:?} is not a known field selector: {only}")
    } else {
        format!("field label not supported: {field}")
    }
}

fn pointer(resource: &Resource, field: &str) -> String {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    let stored = match resource.form {
        Form::NewEvent => event_forms::stored_name(first).unwrap_or(first),
        Form::Stored | Form::OtherVersion => first,
    };
    match (stored, rest) {
        ("source", "") => "/source/component".to_string(),
        (_, "") => format!("/{stored}"),
        _ => format!("/{stored}/{}", rest.replace('.', "/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::builtin;
    use serde_json::json;

    fn selects(selector: &str, resource: &Resource, object: &Value) -> bool {
        let all = parse(selector, resource).unwrap();
        all.iter().all(|it| it.holds(object))
    }

    #[test]
    fn an_event_is_found_by_what_it_is_about_in_both_forms() {
        let event = json!({"involvedObject": {"name": "web"}, "metadata": {"name": "e"},
            "reportingComponent": "ccm", "source": {"component": "ccm"}});
        let (core, new) = (builtin("", "events"), builtin("events.k8s.io", "events"));
        let selector = "involvedObject.name=web,metadata.name!=x,source=ccm";
        assert!(selects(selector, &core, &event));
        assert!(selects(
            "regarding.name==web,reportingController=ccm",
            &new,
            &event
        ));
        assert!(!selects("regarding.name=x", &new, &event));
    }

    #[test]
    fn a_field_that_is_not_there_is_empty_or_not_set() {
        let (service, node) = (builtin("", "services"), builtin("", "nodes"));
        assert!(selects(
            "spec.clusterIP=,spec.type!=LoadBalancer",
            &service,
            &json!({})
        ));
        assert!(selects("spec.unschedulable=false", &node, &json!({})));
        let cordoned = json!({"spec": {"unschedulable": true}});
        assert!(selects("spec.unschedulable=true", &node, &cordoned));
    }

    #[test]
    fn a_field_that_cannot_be_selected_by_is_refused_in_the_words_of_its_kind() {
        for (plural, selector, why) in [
            ("services", "spec.x=1", "field label not supported: spec.x"),
            (
                "configmaps",
                "data=1",
                "\"data\" is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\"",
            ),
            (
                "services",
                "a",
                "invalid selector: 'a'; can't understand 'a'",
            ),
        ] {
            assert_eq!(parse(selector, &builtin("", plural)).unwrap_err(), why);
        }
    }
}
