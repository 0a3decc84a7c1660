//! Who calls, and whether they may.
use http::{Method, header};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::{Authentication, Grant, User};
use crate::path::Target;
use crate::registry::Resource;
use crate::request::{Query, Request, header_text};

/// The caller of a request.
pub(crate) fn caller(request: &Request, authentication: &Authentication) -> Result<User, Failure> {
    let tokens = match authentication {
        Authentication::Anonymous => return Ok(User::admin("kubernetes-admin")),
        Authentication::Tokens(tokens) => tokens,
    };
    let authorization = header_text(request, header::AUTHORIZATION);
    let token = authorization.strip_prefix("Bearer ").map(str::trim);
    let user = token.and_then(|token| tokens.get(token));
    user.cloned().ok_or_else(Failure::unauthorized)
}

/// The verb that a request is, as roles name it.
pub(crate) fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    match (method.as_str(), target.name.is_some()) {
        ("GET", false) if query.is_set("watch") => "watch",
        ("GET", false) => "list",
        ("GET", true) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => "unknown",
    }
}

/// Refuses what the caller's grant does not cover.
pub(crate) fn authorize(
    user: &User,
    resource: &Resource,
    target: &Target,
    verb: &str,
) -> Result<(), Failure> {
    let granted = match &user.grant {
        Grant::All => true,
        Grant::Namespace(own) => covers(own, resource, target, verb),
    };
    if granted {
        return Ok(());
    }
    let plural = match &target.subresource {
        Some(subresource) => format!("{}/{subresource}", resource.plural),
        None => resource.plural.clone(),
    };
    let place = match &target.namespace {
        Some(namespace) => format!("in the namespace {namespace:?}"),
        None => "at the cluster scope".to_string(),
    };
    let why = format!(
        "User {:?} cannot {verb} resource {plural:?} in API group {:?} {place}",
        user.name, resource.group
    );
    Err(Failure::forbidden(
        resource,
        target.name.as_deref().unwrap_or_default(),
        &why,
    ))
}

fn covers(own: &str, resource: &Resource, target: &Target, verb: &str) -> bool {
    if resource.is_core("Namespace") {
        return verb == "get" && target.name.as_deref() == Some(own);
    }
    target.namespace.as_deref() == Some(own)
}

/// Answers a SelfSubjectAccessReview: what the caller may do.
pub(crate) fn review(user: &User, mut review: Value) -> Value {
    let attributes = &review["spec"]["resourceAttributes"];
    let allowed = match &user.grant {
        Grant::All => true,
        Grant::Namespace(_) if attributes.is_null() => true,
        Grant::Namespace(own) => attributes["namespace"] == own.as_str(),
    };
    review["apiVersion"] = "authorization.k8s.io/v1".into();
    review["kind"] = "SelfSubjectAccessReview".into();
    review["status"] = json!({"allowed": allowed});
    review
}

/// Answers a SelfSubjectRulesReview: all that the caller may do in a namespace.
pub(crate) fn rules(user: &User, mut review: Value) -> Value {
    let namespace = review["spec"]["namespace"].as_str().unwrap_or_default();
    let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
    let read = json!(["get"]);
    let (resources, verbs) = match &user.grant {
        Grant::All => (vec![everything], json!(["*"])),
        Grant::Namespace(own) if own == namespace => {
            let itself = json!({"verbs": read, "apiGroups": [""], "resources": ["namespaces"],
                "resourceNames": [own]});
            (vec![everything, itself], read)
        }
        Grant::Namespace(_) => (vec![], read),
    };
    review["apiVersion"] = "authorization.k8s.io/v1".into();
    review["kind"] = "SelfSubjectRulesReview".into();
    review["status"] = json!({"incomplete": false, "resourceRules": resources,
        "nonResourceRules": [{"verbs": verbs, "nonResourceURLs": ["*"]}]});
    review
}

/// Answers a SelfSubjectReview: who the caller is.
pub(crate) fn whoami(user: &User) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
        "metadata": {"creationTimestamp": null},
        "status": {"userInfo": {"username": user.name, "groups": user.groups}}})
}
