//! Judges the options of a list or a watch as `ValidateListOptions` of `k8s.io/apimachinery` does.
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::registry::Resource;
use crate::request::Query;
use crate::selector::Selector;

const MATCH: &str = "resourceVersionMatch";

/// What is wrong with the options of a list.
pub(crate) fn of_list(query: &Query) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let version = query.get("resourceVersion");
    if let Some(asked) = query.get(MATCH) {
        if version.is_none() {
            let detail = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            errors.push(FieldError::forbidden(MATCH, detail));
        }
        if query.get("continue").is_some() {
            let detail = "resourceVersionMatch is forbidden when continue is provided";
            errors.push(FieldError::forbidden(MATCH, detail));
        }
        if !matches!(asked, "Exact" | "NotOlderThan") {
            let choices = ["Exact", "NotOlderThan", ""].map(Value::from);
            errors.push(FieldError::not_supported(MATCH, &json!(asked), &choices));
        }
        if asked == "Exact" && version == Some("0") {
            let detail = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.push(FieldError::forbidden(MATCH, detail));
        }
    }
    if query.get("sendInitialEvents").is_some() {
        let detail = "sendInitialEvents is forbidden for list";
        errors.push(FieldError::forbidden("sendInitialEvents", detail));
    }
    errors
}

/// What is wrong with the options of a watch.
pub(crate) fn of_watch(query: &Query) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let asked = query.get(MATCH);
    let is_initial = query.get("sendInitialEvents").is_some();
    if is_initial && asked != Some("NotOlderThan") {
        let detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        errors.push(FieldError::forbidden(MATCH, detail));
    }
    if let Some(asked) = asked {
        if !is_initial {
            let detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is \
                          provided";
            errors.push(FieldError::forbidden(MATCH, detail));
        }
        if asked != "NotOlderThan" {
            let choices = [json!("NotOlderThan")];
            errors.push(FieldError::not_supported(MATCH, &json!(asked), &choices));
        }
    }
    errors
}

/// What is asked for, unless the options are wrong. The fields that can be selected by are those of
/// a kind's storage, which looks at them last.
pub(crate) fn selector(
    query: &Query,
    resource: &Resource,
    errors: &[FieldError],
) -> Result<Selector, Failure> {
    let wrong = Failure::invalid_options("ListOptions", errors);
    match errors.is_empty() {
        true => Selector::of(query, resource),
        false => match Selector::of(query, resource) {
            Err(failure) if !failure.message.contains("field") => Err(failure),
            Ok(_) | Err(_) => Err(wrong),
        },
    }
}
