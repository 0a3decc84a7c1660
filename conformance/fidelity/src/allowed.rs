//! Differences that are explained. Every row has its reason, a test pins the rows, and a row that
//! matches nothing any more is reported.

use crate::difference::Difference;
use crate::step::{Kind, Step, View};
use serde_json::Value;

/// A difference that is explained.
pub struct Allowed {
    /// What it is called.
    pub id: &'static str,
    /// Why it is there.
    pub reason: &'static str,
    /// Whether the servers go their own ways from there, so that nothing after it is compared.
    pub parts: bool,
    matches: fn(&Step, &Difference) -> bool,
}

impl Allowed {
    /// Whether this row explains a difference.
    pub fn explains(&self, step: &Step, difference: &Difference) -> bool {
        (self.matches)(step, difference)
    }
}

/// The row that explains a difference.
pub fn explanation(step: &Step, difference: &Difference) -> Option<&'static Allowed> {
    ALLOWED.iter().find(|row| row.explains(step, difference))
}

/// Both messages go on like this one, in other words.
fn both_begin(difference: &Difference, beginning: &str) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (ours, theirs) = (text(&difference.embedded), text(&difference.real));
    difference.path == "/message"
        && ours.contains(beginning)
        && ours.split(beginning).next() == theirs.split(beginning).next()
}

fn both_say(difference: &Difference, words: &str) -> bool {
    let says = |value: &Value| value.as_str().is_some_and(|it| it.contains(words));
    difference.path == "/message" && says(&difference.embedded) && says(&difference.real)
}

/// Two causes say the same of one field, and show its value in other words.
fn shows_otherwise(difference: &Difference, field: &str) -> bool {
    let causes = "/details/causes/";
    let begins = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.starts_with("Invalid value: ") || text.starts_with("Duplicate value: ")
    };
    let place = difference.path.strip_prefix(causes).unwrap_or_default();
    place.starts_with(field) && begins(&difference.embedded) && begins(&difference.real)
}

/// All rows.
pub const ALLOWED: &[Allowed] = &[
    Allowed {
        id: "decoder-words",
        reason: "what a body has to be like is said by Go's decoder there, which names Go types",
        parts: false,
        matches: |_, it| both_say(it, " cannot be handled as a "),
    },
    Allowed {
        id: "typed-patch-words",
        reason: "what an applied configuration has to be like is said by the diff library there, \
                 which names items by their keys and values by their Go types",
        parts: false,
        matches: |_, it| {
            both_begin(it, "failed to create typed patch object")
                || both_begin(it, "failed to convert new object")
        },
    },
    Allowed {
        id: "continue-words",
        reason: "a continue token is opaque, and each server says in its own words what is wrong \
                 inside one",
        parts: false,
        matches: |_, it| both_begin(it, "continue key is not valid"),
    },
    Allowed {
        id: "patched-value",
        reason: "the object that a patch spoils is shown as JSON, whose order is Go's there",
        parts: false,
        matches: |_, it| shows_otherwise(it, "patch FieldValueInvalid"),
    },
    Allowed {
        id: "owners-value",
        reason: "the owners that cannot all be controllers are shown as JSON, whose order is Go's \
                 there",
        parts: false,
        matches: |_, it| shows_otherwise(it, "metadata.ownerReferences FieldValueInvalid"),
    },
    Allowed {
        id: "duplicate-port-value",
        reason: "a port that is there twice is shown as the Go struct that it is there",
        parts: false,
        matches: |_, it| shows_otherwise(it, "spec.ports["),
    },
    Allowed {
        id: "column-descriptions",
        reason: "a table describes the columns of a built-in kind with the documentation of the \
                 Go types; kubectl does not show it",
        parts: false,
        matches: |_, it| {
            it.path.starts_with("/columnDefinitions/")
                && it.path.ends_with("/description")
                && it.embedded == ""
        },
    },
    Allowed {
        id: "empty-slice-lists",
        reason: "an empty list in an applied EndpointSlice is null there, since Go has both",
        parts: false,
        matches: |_, it| {
            (it.path.ends_with("/endpoints") || it.path.ends_with("/ports"))
                && it.embedded == Value::Array(Vec::new())
                && it.real.is_null()
        },
    },
    Allowed {
        id: "empty-metadata-list",
        reason: "a list of no metadata has null for its items there, which kube-rs would not read",
        parts: false,
        matches: |step, it| {
            step.view == View::Metadata
                && it.path == "/items"
                && it.embedded == Value::Array(Vec::new())
                && it.real.is_null()
        },
    },
    Allowed {
        id: "kube-apiserver-panics",
        reason: "a Service that is made headless with PreferDualStack, or that has no address and \
                 becomes an ExternalName, makes kube-apiserver index what is not there: it panics, \
                 and drops the connection",
        parts: true,
        matches: |step, it| {
            let is_dropped = it.path == "code" && it.real == 0
                || it.path.is_empty()
                    && it
                        .real
                        .as_str()
                        .is_some_and(|it| it.contains("IncompleteMessage"));
            step.kind == Kind::Service && is_dropped
        },
    },
];
