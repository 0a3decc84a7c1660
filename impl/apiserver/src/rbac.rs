//! What stored Roles and bindings allow: `rbac.authorization.k8s.io/v1` as Kubernetes evaluates it.
//! Rules only add up; none takes anything away.
use serde_json::Value;

use crate::options::User;
use crate::store::Store;

/// The API group of Roles and bindings.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";
const ROLES: &str = "roles.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";

/// What somebody wants to do to a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    /// `services`, or `services/status`.
    pub resource: &'a str,
    /// Empty at the cluster scope.
    pub namespace: &'a str,
    /// Empty where no single object is named.
    pub name: &'a str,
}

/// Whether a rule that reaches the user covers the wish.
pub(crate) fn allows(store: &Store, user: &User, wish: &Wish<'_>) -> bool {
    rules_of(store, user, wish.namespace)
        .iter()
        .any(|rule| covers(rule, wish))
}

/// Whether a rule of a ClusterRole that reaches the user covers this verb on this path.
pub(crate) fn allows_path(store: &Store, user: &User, verb: &str, path: &str) -> bool {
    rules_of(store, user, "").iter().any(|rule| {
        has(&rule["verbs"], verb)
            && texts(&rule["nonResourceURLs"]).any(|pattern| is_path(pattern, path))
    })
}

/// The rules that reach a user in a namespace, those of the whole cluster among them.
pub(crate) fn rules_of<'a>(store: &'a Store, user: &User, namespace: &str) -> Vec<&'a Value> {
    let everywhere = store.scan(CLUSTER_BINDINGS, None);
    let here = store.scan(BINDINGS, Some(namespace));
    let here = here.filter(|_| !namespace.is_empty());
    let bindings = everywhere.chain(here).map(|object| object.value());
    bindings
        .filter(|binding| {
            let within = binding["metadata"]["namespace"].as_str().unwrap_or("");
            let mut subjects = binding["subjects"].as_array().into_iter().flatten();
            subjects.any(|subject| is_subject(subject, user, within))
        })
        .filter_map(|binding| role_of(store, binding))
        .flat_map(|role| role["rules"].as_array().into_iter().flatten())
        .collect()
}

fn role_of<'a>(store: &'a Store, binding: &Value) -> Option<&'a Value> {
    let name = binding["roleRef"]["name"].as_str()?;
    let role = match binding["roleRef"]["kind"].as_str()? {
        "ClusterRole" => store.get(CLUSTER_ROLES, "", name),
        "Role" => store.get(ROLES, binding["metadata"]["namespace"].as_str()?, name),
        _ => None,
    };
    role.map(|role| role.value())
}

fn is_subject(subject: &Value, user: &User, within: &str) -> bool {
    let name = subject["name"].as_str().unwrap_or_default();
    match subject["kind"].as_str() {
        Some("User") => user.name == name,
        Some("Group") => user.groups.iter().any(|group| group == name),
        Some("ServiceAccount") => {
            let namespace = subject["namespace"].as_str().unwrap_or(within);
            user.name == format!("system:serviceaccount:{namespace}:{name}")
        }
        Some(_) | None => false,
    }
}

fn covers(rule: &Value, wish: &Wish<'_>) -> bool {
    let names = &rule["resourceNames"];
    let is_named = names.as_array().is_none_or(Vec::is_empty)
        || (!wish.name.is_empty() && texts(names).any(|name| name == wish.name));
    is_named
        && has(&rule["verbs"], wish.verb)
        && has(&rule["apiGroups"], wish.group)
        && texts(&rule["resources"]).any(|resource| is_resource(resource, wish.resource))
}

/// A resource does not cover its subresources; `*/status` covers those of every resource.
fn is_resource(pattern: &str, resource: &str) -> bool {
    let subresource = resource.split_once('/').map(|(_, subresource)| subresource);
    let of_every = pattern.strip_prefix("*/");
    pattern == "*" || pattern == resource || (of_every.is_some() && of_every == subresource)
}

pub(crate) fn is_path(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern == path,
    }
}

fn has(list: &Value, wanted: &str) -> bool {
    texts(list).any(|text| text == "*" || text == wanted)
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
