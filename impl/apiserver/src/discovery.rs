//! `/api`, `/apis` and below, in the legacy and in the aggregated form.
use std::collections::BTreeSet;
use std::sync::Arc;

use http::{Method, header};
use serde_json::{Value, json};

use crate::registry::{Registry, Resource};
use crate::request::{Request, header_text};

const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const STATUS_VERBS: [&str; 3] = ["get", "patch", "update"];

/// Media type of the aggregated form.
pub(crate) const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A discovery document and its media type; nothing if the path is not one of discovery's.
pub(crate) fn document(registry: &Registry, request: &Request) -> Option<(Value, &'static str)> {
    if request.method() != Method::GET {
        return None;
    }
    let accept = header_text(request, header::ACCEPT);
    let aggregated = accept
        .split(',')
        .any(|clause| clause.contains("as=APIGroupDiscoveryList") && clause.contains("v=v2;"));
    let path: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    let plain = |value: Value| Some((value, "application/json"));
    match path.as_slice() {
        ["api"] if aggregated => Some((aggregated_list(registry, true), AGGREGATED)),
        ["apis"] if aggregated => Some((aggregated_list(registry, false), AGGREGATED)),
        ["api"] => plain(json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": []})),
        ["apis"] => {
            let groups: Vec<Value> = groups(registry)
                .into_iter()
                .filter(|name| !name.is_empty())
                .map(|name| group(registry, name))
                .collect();
            plain(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] if groups(registry).contains(*name) => {
            let mut group = group(registry, name);
            group["kind"] = "APIGroup".into();
            group["apiVersion"] = "v1".into();
            plain(group)
        }
        ["api", version] => plain(resource_list(registry, "", version)?),
        ["apis", group, version] => plain(resource_list(registry, group, version)?),
        _ => None,
    }
}

fn groups(registry: &Registry) -> BTreeSet<&str> {
    let own = ["authorization.k8s.io", "authentication.k8s.io"];
    registry
        .all()
        .map(|resource| resource.group.as_str())
        .chain(own)
        .collect()
}

fn versions<'a>(registry: &'a Registry, group: &'a str) -> Vec<&'a str> {
    let of_group = registry.all().filter(|resource| resource.group == group);
    let mut versions: Vec<&str> = of_group.map(|resource| resource.version.as_str()).collect();
    if is_review_group(group) {
        versions.push("v1");
    }
    versions.sort_unstable();
    versions.dedup();
    // Kubernetes prefers released versions to betas and alphas.
    versions.sort_by_key(|version| version.contains("alpha") || version.contains("beta"));
    versions
}

fn is_review_group(group: &str) -> bool {
    matches!(group, "authorization.k8s.io" | "authentication.k8s.io")
}

/// The kinds of a group that only answers questions about the caller.
fn reviews(group: &str) -> &'static [&'static str] {
    match group {
        "authorization.k8s.io" => &["SelfSubjectAccessReview", "SelfSubjectRulesReview"],
        "authentication.k8s.io" => &["SelfSubjectReview"],
        _ => &[],
    }
}

fn of<'a>(
    registry: &'a Registry,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Arc<Resource>> {
    registry
        .all()
        .filter(move |r| r.group == group && r.version == version)
}

fn group(registry: &Registry, name: &str) -> Value {
    let versions: Vec<Value> = versions(registry, name)
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
        .collect();
    json!({"name": name, "preferredVersion": versions.first(), "versions": versions})
}

fn resource_list(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    for resource in of(registry, group, version) {
        let namespaced = resource.is_namespaced();
        resources.push(
            json!({"name": resource.plural, "singularName": resource.singular,
            "namespaced": namespaced, "kind": resource.kind, "verbs": VERBS,
            "shortNames": resource.short_names, "categories": resource.categories,
            "storageVersionHash": ""}),
        );
        if resource.has_status {
            resources.push(json!({"name": format!("{}/status", resource.plural),
                "singularName": "", "namespaced": namespaced, "kind": resource.kind,
                "verbs": STATUS_VERBS}));
        }
    }
    for kind in reviews(group).iter().filter(|_| version == "v1") {
        let singular = kind.to_lowercase();
        resources.push(
            json!({"name": format!("{singular}s"), "singularName": singular, "namespaced": false,
            "kind": kind, "verbs": ["create"]}),
        );
    }
    let group_version = if group.is_empty() {
        version.to_string()
    } else {
        format!("{group}/{version}")
    };
    (!resources.is_empty()).then(|| {
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
            "resources": resources})
    })
}

fn aggregated_list(registry: &Registry, core: bool) -> Value {
    let items: Vec<Value> = groups(registry)
        .into_iter()
        .filter(|name| name.is_empty() == core)
        .map(|name| {
            let versions: Vec<Value> = versions(registry, name)
                .into_iter()
                .map(|version| {
                    let resources: Vec<Value> = of(registry, name, version)
                        .map(|resource| aggregated_resource(resource))
                        .chain(aggregated_reviews(name))
                        .collect();
                    json!({"version": version, "freshness": "Current", "resources": resources})
                })
                .collect();
            json!({"metadata": {"name": name, "creationTimestamp": null}, "versions": versions})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items})
}

fn aggregated_resource(resource: &Resource) -> Value {
    let kind = json!({"group": resource.group, "version": resource.version,
        "kind": resource.kind});
    let scope = if resource.is_namespaced() {
        "Namespaced"
    } else {
        "Cluster"
    };
    let mut value = json!({"resource": resource.plural, "responseKind": kind, "scope": scope,
        "singularResource": resource.singular, "verbs": VERBS});
    if !resource.short_names.is_empty() {
        value["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        value["categories"] = json!(resource.categories);
    }
    if resource.has_status {
        value["subresources"] =
            json!([{"subresource": "status", "responseKind": kind, "verbs": STATUS_VERBS}]);
    }
    value
}

fn aggregated_reviews(group: &str) -> impl Iterator<Item = Value> {
    reviews(group).iter().map(move |kind| {
        let singular = kind.to_lowercase();
        json!({"resource": format!("{singular}s"), "singularResource": singular,
            "scope": "Cluster", "verbs": ["create"],
            "responseKind": {"group": group, "version": "v1", "kind": kind}})
    })
}
