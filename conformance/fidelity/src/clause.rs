//! The semantic clauses of `docs/fidelity.md`: what an exchange has to be like to count as one.

use crate::corpus::Recorded;
use crate::server::Said;
use crate::step::{Ask, Part, Step, View};
use serde_json::Value;
use std::collections::BTreeSet;

/// Something that a server promises.
pub struct Clause {
    /// What it is called, in the table of `docs/fidelity.md`, too.
    pub id: &'static str,
    /// Whether a question and its answer are about it. The answer is kube-apiserver's.
    happens: fn(&Step, &Said) -> bool,
}

/// The clauses that a sequence is about.
pub fn clauses_of(recorded: &Recorded) -> BTreeSet<&'static str> {
    let exchanges = || recorded.steps.iter().zip(&recorded.answers);
    let is_shown = |clause: &&Clause| exchanges().any(|(step, said)| (clause.happens)(step, said));
    CLAUSES.iter().filter(is_shown).map(|it| it.id).collect()
}

fn has(step: &Step, key: &str) -> bool {
    step.query.contains_key(key)
}

fn is(step: &Step, key: &str, value: &str) -> bool {
    step.query.get(key).is_some_and(|it| it == value)
}

fn reason(said: &Said) -> &str {
    said.body["reason"].as_str().unwrap_or_default()
}

fn metadata(said: &Said) -> &Value {
    &said.body["metadata"]
}

fn guards(step: &Step, field: &str) -> bool {
    let places = [&step.body["metadata"], &step.body["preconditions"]];
    places.iter().any(|it| it[field].is_string())
}

fn causes(said: &Said, part: &str) -> bool {
    let causes = said.body["details"]["causes"].as_object();
    causes
        .into_iter()
        .flatten()
        .any(|(name, _)| name.contains(part))
}

fn says(said: &Said, part: &str) -> bool {
    said.body["message"]
        .as_str()
        .is_some_and(|it| it.contains(part))
}

fn events(said: &Said, kind: &str) -> bool {
    let events = said.body.as_array().into_iter().flatten();
    events.into_iter().any(|it| it["type"] == kind)
}

fn operations(step: &Step, name: &str) -> bool {
    let patch = step.body.as_array().into_iter().flatten();
    step.ask == Ask::JsonPatch && patch.into_iter().any(|it| it["op"] == name)
}

fn is_written(said: &Said) -> bool {
    matches!(said.code, 200 | 201)
}

const fn clause(id: &'static str, happens: fn(&Step, &Said) -> bool) -> Clause {
    Clause { id, happens }
}

/// All of them, in the order of the table.
pub const CLAUSES: &[Clause] = &[
    clause("create", |q, a| q.ask == Ask::Create && a.code == 201),
    clause("create-again", |_, a| reason(a) == "AlreadyExists"),
    clause("create-generated", |q, a| {
        q.ask == Ask::Create && a.code == 201 && metadata(a)["generateName"].is_string()
    }),
    clause("create-in-terminating-namespace", |_, a| {
        causes(a, "metadata.namespace NamespaceTerminating")
    }),
    clause("create-invalid", |q, a| {
        q.ask == Ask::Create && a.code == 422
    }),
    clause("body-undecodable", |_, a| {
        a.code == 400 && says(a, "cannot be handled as a")
    }),
    clause("body-unknown-field", |_, a| {
        a.warnings.iter().any(|it| it.contains("unknown field"))
    }),
    clause("body-unknown-field-strict", |q, a| {
        is(q, "fieldValidation", "Strict") && says(a, "strict decoding error")
    }),
    clause("dry-run", |q, a| is(q, "dryRun", "All") && is_written(a)),
    clause("get", |q, a| q.ask == Ask::Get && a.code == 200),
    clause("get-absent", |q, a| q.ask == Ask::Get && a.code == 404),
    clause("get-at-version", |q, a| {
        q.ask == Ask::Get && has(q, "resourceVersion") && a.code == 200
    }),
    clause("list-selected", |q, a| {
        q.ask == Ask::List && has(q, "labelSelector") && a.code == 200
    }),
    clause("list-selected-by-field", |q, a| {
        q.ask == Ask::List && has(q, "fieldSelector") && a.code == 200
    }),
    clause("list-bad-selector", |q, a| {
        q.ask == Ask::List && has(q, "labelSelector") && a.code == 400
    }),
    clause("list-page", |q, a| {
        q.ask == Ask::List && metadata(a)["continue"] == "…"
    }),
    clause("list-next-page", |q, a| {
        q.ask == Ask::List && is(q, "continue", "$continue") && a.code == 200
    }),
    clause("list-exact", |q, a| {
        is(q, "resourceVersionMatch", "Exact") && a.code == 200
    }),
    clause("list-not-older-than", |q, a| {
        q.ask == Ask::List && is(q, "resourceVersionMatch", "NotOlderThan") && a.code == 200
    }),
    clause("list-options-invalid", |q, a| {
        q.ask == Ask::List && causes(a, "resourceVersionMatch")
    }),
    clause("list-as-table", |q, a| {
        q.ask == Ask::List && q.view == View::Table && a.code == 200
    }),
    clause("list-as-metadata", |q, a| {
        q.ask == Ask::List && q.view == View::Metadata && a.code == 200
    }),
    clause("update", |q, a| {
        matches!(q.ask, Ask::Edit | Ask::Replace) && q.part == Part::Whole && a.code == 200
    }),
    clause("update-creates", |q, a| {
        matches!(q.ask, Ask::Edit | Ask::Replace) && a.code == 201
    }),
    clause("update-absent", |q, a| {
        matches!(q.ask, Ask::Edit | Ask::Replace) && a.code == 404
    }),
    clause("update-unversioned", |q, a| {
        q.kind.is_custom() && causes(a, "metadata.resourceVersion")
    }),
    clause("conflict-of-version", |_, a| {
        says(a, "the object has been modified")
    }),
    clause("conflict-of-uid", |q, a| {
        reason(a) == "Conflict" && q.ask != Ask::Delete && says(a, "UID in precondition")
    }),
    clause("patch-of-uid", |_, a| causes(a, "metadata.uid")),
    clause("immutable-field", |_, a| {
        a.body["details"]["causes"]
            .to_string()
            .contains("immutable")
            || a.body["details"]["causes"]
                .to_string()
                .contains("may not change once set")
    }),
    clause("merge-patch", |q, a| q.ask == Ask::Merge && a.code == 200),
    clause("merge-patch-removes", |q, a| {
        q.ask == Ask::Merge && a.code == 200 && q.body.to_string().contains(":null")
    }),
    clause("json-patch", |q, a| {
        q.ask == Ask::JsonPatch && a.code == 200
    }),
    clause("json-patch-test-passes", |q, a| {
        operations(q, "test") && a.code == 200
    }),
    clause("json-patch-test-fails", |q, a| {
        operations(q, "test") && a.code == 422
    }),
    clause("json-patch-of-null", |q, a| {
        operations(q, "test") && q.body.to_string().contains("\"value\":null") && a.code == 200
    }),
    clause("strategic-patch", |q, a| {
        q.ask == Ask::Strategic && a.code == 200
    }),
    clause("strategic-patch-directive", |q, a| {
        q.ask == Ask::Strategic && q.body.to_string().contains('$') && a.code == 200
    }),
    clause("strategic-patch-of-custom", |q, a| {
        q.ask == Ask::Strategic && q.kind.is_custom() && a.code == 415
    }),
    clause("apply-creates", |q, a| q.ask == Ask::Apply && a.code == 201),
    clause("apply", |q, a| q.ask == Ask::Apply && a.code == 200),
    clause("apply-conflict", |_, a| causes(a, "FieldManagerConflict")),
    clause("apply-forced", |q, a| {
        q.ask == Ask::Apply && is(q, "force", "true") && a.code == 200
    }),
    clause("apply-unnamed", |q, a| {
        q.ask == Ask::Apply && causes(a, "fieldManager")
    }),
    clause("apply-untyped", |_, a| {
        says(a, "failed to create typed patch object")
    }),
    clause("ownership-of-two", |_, a| {
        metadata(a)["managedFields"]
            .as_object()
            .is_some_and(|it| it.len() > 1)
    }),
    clause("ownership-before-first-apply", |_, a| {
        metadata(a)["managedFields"]
            .to_string()
            .contains("before-first-apply")
    }),
    clause("ownership-of-status", |_, a| {
        metadata(a)["managedFields"]
            .to_string()
            .contains(" status\"")
    }),
    clause("status-written", |q, a| {
        q.part == Part::Status && q.ask != Ask::Get && is_written(a)
    }),
    clause("status-of-custom", |q, a| {
        q.part == Part::Status && q.kind.is_custom() && q.ask != Ask::Get && a.code == 200
    }),
    clause("status-read", |q, a| {
        q.part == Part::Status && q.ask == Ask::Get && a.code == 200
    }),
    clause("status-absent-subresource", |q, a| {
        q.part == Part::Status && !q.kind.has_status() && a.code == 404
    }),
    clause("generation", |_, a| {
        metadata(a)["generation"].as_i64().is_some_and(|it| it > 1)
    }),
    clause("delete", |q, a| q.ask == Ask::Delete && a.code == 200),
    clause("delete-absent", |q, a| {
        q.ask == Ask::Delete && a.code == 404
    }),
    clause("delete-held", |q, a| {
        q.ask == Ask::Delete && metadata(a)["deletionTimestamp"].is_string()
    }),
    clause("delete-of-uid", |q, a| {
        q.ask == Ask::Delete && guards(q, "uid") && a.code == 200
    }),
    clause("delete-of-other-uid", |q, a| {
        q.ask == Ask::Delete && guards(q, "uid") && a.code == 409
    }),
    clause("delete-of-other-version", |q, a| {
        q.ask == Ask::Delete && says(a, "ResourceVersion in the precondition")
    }),
    clause("delete-foreground", |q, a| {
        q.body["propagationPolicy"] == "Foreground" && a.code == 200
    }),
    clause("delete-orphan", |q, a| {
        q.body["propagationPolicy"] == "Orphan" && a.code == 200
    }),
    clause("delete-collection", |q, a| {
        q.ask == Ask::DeleteCollection && a.code == 200
    }),
    clause("delete-options-invalid", |_, a| {
        causes(a, "propagationPolicy")
    }),
    clause("finalizer-released", |q, a| {
        matches!(q.ask, Ask::Merge | Ask::JsonPatch | Ask::Edit)
            && a.code == 200
            && metadata(a)["deletionTimestamp"].is_string()
    }),
    clause("finalizer-too-late", |_, a| {
        causes(a, "metadata.finalizers FieldValueForbidden")
    }),
    clause("watch-added", |q, a| {
        q.ask == Ask::Watch && events(a, "ADDED")
    }),
    clause("watch-modified", |q, a| {
        q.ask == Ask::Watch && events(a, "MODIFIED")
    }),
    clause("watch-deleted", |q, a| {
        q.ask == Ask::Watch && events(a, "DELETED")
    }),
    clause("watch-bookmark", |q, a| {
        q.ask == Ask::Watch && events(a, "BOOKMARK")
    }),
    clause("watch-from-version", |q, a| {
        q.ask == Ask::Watch && is(q, "resourceVersion", "$old-version") && a.code == 200
    }),
    clause("watch-selected", |q, a| {
        q.ask == Ask::Watch && has(q, "labelSelector") && a.code == 200
    }),
    clause("watch-list", |q, a| {
        q.ask == Ask::Watch && has(q, "sendInitialEvents") && a.code == 200
    }),
    clause("watch-options-invalid", |q, a| {
        q.ask == Ask::Watch && a.code == 422
    }),
    clause("watch-as-metadata", |q, a| {
        q.ask == Ask::Watch && q.view == View::Metadata && a.code == 200
    }),
    clause("service-defaults", |_, a| {
        a.body["spec"]["internalTrafficPolicy"].is_string()
    }),
    clause("service-addresses", |_, a| {
        a.body["spec"]["clusterIP"] == "some address"
    }),
    clause("service-address-asked-for", |_, a| {
        a.body["spec"]["clusterIP"] == "the address asked for"
    }),
    clause("service-address-taken", |_, a| {
        a.body["details"]["causes"]
            .to_string()
            .contains("already allocated")
    }),
    clause("service-node-ports", |_, a| {
        a.body["spec"]["ports"].to_string().contains("some port")
    }),
    clause("endpoints-deprecated", |_, a| {
        a.warnings
            .iter()
            .any(|it| it.contains("Endpoints is deprecated"))
    }),
    clause("endpoints-loopback", |_, a| {
        a.body["details"]["causes"]
            .to_string()
            .contains("loopback range")
    }),
];
