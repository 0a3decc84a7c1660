//! The table of built-in resources.
use std::sync::{Arc, OnceLock};

use super::resource::{Form, Generation, Origin, Resource, Scope, Unconditional, qualified};
use crate::rbac::GROUP;
use crate::schema;

#[derive(Clone, Copy)]
struct Row {
    group: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    scope: Scope,
    has_status: bool,
    generation: Generation,
    unconditional: Unconditional,
}

const fn row(
    group: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    unconditional: Unconditional,
) -> Row {
    Row {
        group,
        plural,
        kind,
        short,
        scope: Scope::Namespaced,
        has_status: false,
        generation: Generation::Absent,
        unconditional,
    }
}

const fn of_cluster(row: Row) -> Row {
    Row {
        scope: Scope::Cluster,
        ..row
    }
}

const fn with_status(row: Row) -> Row {
    Row {
        has_status: true,
        ..row
    }
}

const fn counted(row: Row) -> Row {
    Row {
        generation: Generation::Counted,
        ..row
    }
}

use Unconditional::{Creates, CreatesOnly, Refused, Replaces};

const TABLE: &[Row] = &[
    with_status(of_cluster(row(
        "",
        "namespaces",
        "Namespace",
        &["ns"],
        Replaces,
    ))),
    with_status(row("", "services", "Service", &["svc"], Creates)),
    row("", "endpoints", "Endpoints", &["ep"], Creates),
    row("", "configmaps", "ConfigMap", &["cm"], Replaces),
    row("", "secrets", "Secret", &[], Replaces),
    row("", "serviceaccounts", "ServiceAccount", &["sa"], Replaces),
    with_status(row(
        "",
        "resourcequotas",
        "ResourceQuota",
        &["quota"],
        Replaces,
    )),
    with_status(of_cluster(row("", "nodes", "Node", &["no"], Replaces))),
    row("", "events", "Event", &["ev"], Creates),
    counted(row(
        "discovery.k8s.io",
        "endpointslices",
        "EndpointSlice",
        &[],
        Replaces,
    )),
    row("coordination.k8s.io", "leases", "Lease", &[], CreatesOnly),
    counted(with_status(row(
        "apps",
        "deployments",
        "Deployment",
        &["deploy"],
        Replaces,
    ))),
    row(GROUP, "roles", "Role", &[], Replaces),
    row(GROUP, "rolebindings", "RoleBinding", &[], Replaces),
    of_cluster(row(GROUP, "clusterroles", "ClusterRole", &[], Replaces)),
    of_cluster(row(
        GROUP,
        "clusterrolebindings",
        "ClusterRoleBinding",
        &[],
        Replaces,
    )),
    row("events.k8s.io", "events", "Event", &["ev"], Creates),
    counted(with_status(of_cluster(row(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        &["crd", "crds"],
        Refused,
    )))),
];

/// The built-in resources, shared by every server of the process.
pub(super) fn resources() -> &'static [Arc<Resource>] {
    static RESOURCES: OnceLock<Vec<Arc<Resource>>> = OnceLock::new();
    RESOURCES.get_or_init(|| TABLE.iter().map(|row| Arc::new(resource(row))).collect())
}

fn resource(row: &Row) -> Resource {
    let new_event = row.group == "events.k8s.io";
    let table = if new_event {
        "events".into()
    } else {
        qualified(row.group, row.plural)
    };
    let in_all = ["services", "deployments"].contains(&row.plural);
    Resource {
        group: row.group.into(),
        version: "v1".into(),
        plural: row.plural.into(),
        singular: row.kind.to_lowercase(),
        kind: row.kind.into(),
        short_names: row.short.iter().map(|s| (*s).into()).collect(),
        categories: if in_all { vec!["all".into()] } else { vec![] },
        scope: row.scope,
        has_status: row.has_status,
        generation: row.generation,
        unconditional: row.unconditional,
        origin: Origin::Builtin,
        table: table.into(),
        form: if new_event {
            Form::NewEvent
        } else {
            Form::Stored
        },
        columns: Vec::new(),
        schema: schema::of_builtin(row.group, row.kind),
        published_schema: None,
    }
}
