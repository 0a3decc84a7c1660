//! Who calls, and whether they may.
use http::{Method, header};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::{Audit, Authentication, Grant, Judged, User};
use crate::path::Target;
use crate::rbac::{self, Wish};
use crate::registry::{Resource, Unconditional};
use crate::request::{Query, Request, header_text};
use crate::store::Store;

/// What every authenticated user may read: `system:discovery` of Kubernetes.
const DISCOVERY: [&str; 7] = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/openapi",
    "/openapi/*",
    "/version/",
];

/// The caller of a request: whoever its token names, or whom that user impersonates.
pub(crate) fn caller(
    request: &Request,
    authentication: &Authentication,
    store: &Store,
    audit: Option<&Audit>,
) -> Result<User, Failure> {
    let real = match authentication {
        Authentication::Anonymous => User::admin("kubernetes-admin"),
        Authentication::Tokens(tokens) => {
            let authorization = header_text(request, header::AUTHORIZATION);
            let token = authorization.strip_prefix("Bearer ").map(str::trim);
            let user = token.and_then(|token| tokens.get(token));
            user.cloned().ok_or_else(Failure::unauthorized)?
        }
    };
    let account = real
        .as_service_account()
        .filter(|_| real.grant == Grant::Roles);
    if let Some((namespace, name)) = account
        && store.get("serviceaccounts", namespace, name).is_none()
    {
        return Err(Failure::unauthorized());
    }
    let headers = request.headers();
    match headers.get("impersonate-user").map(|name| name.to_str()) {
        None if headers.contains_key("impersonate-group") => Err(Failure::bad_request(
            "requested groups to impersonate without a user",
        )),
        None => Ok(real),
        Some(Err(_)) => Err(Failure::bad_request("Impersonate-User is no text")),
        Some(Ok(name)) => impersonated(request, &real, name, store, audit),
    }
}

fn impersonated(
    request: &Request,
    real: &User,
    name: &str,
    store: &Store,
    audit: Option<&Audit>,
) -> Result<User, Failure> {
    let groups = request.headers().get_all("impersonate-group");
    let groups: Vec<&str> = groups.iter().filter_map(|one| one.to_str().ok()).collect();
    let mut user = User::of_roles(name, &groups);
    let account = user.as_service_account();
    let account = account.map(|(namespace, name)| User::service_account(namespace, name));
    let mut wishes: Vec<_> = groups.iter().map(|group| ("groups", "", *group)).collect();
    match user.as_service_account() {
        Some((namespace, name)) => wishes.push(("serviceaccounts", namespace, name)),
        None => wishes.push(("users", "", name)),
    }
    for (resource, namespace, name) in wishes {
        let wish = Wish {
            verb: "impersonate",
            group: "",
            resource,
            namespace,
            name,
        };
        if !is_allowed(real, &wish, store, audit) {
            let why = refusal(real, &wish);
            let message = format!("{resource} {name:?} is forbidden: {why}");
            return Err(Failure::new(403, "Forbidden", message));
        }
    }
    if groups.is_empty() {
        user = account.unwrap_or(user);
    }
    if groups.contains(&"system:masters") {
        user.grant = Grant::All;
    }
    Ok(user)
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

/// A request that is about a resource.
pub(crate) struct Access<'a> {
    pub request: &'a Request,
    pub query: &'a Query,
    pub target: &'a Target,
    pub resource: &'a Resource,
}

impl Access<'_> {
    /// Refuses what the caller's grant does not cover. A PUT or an apply that makes its object is
    /// a `create` as well.
    pub fn authorize(
        &self,
        user: &User,
        store: &Store,
        audit: Option<&Audit>,
    ) -> Result<(), Failure> {
        let verb = verb(self.request.method(), self.target, self.query);
        self.judge(user, verb, store, audit)?;
        let Some(name) = self
            .target
            .name
            .as_deref()
            .filter(|_| self.may_create(verb))
        else {
            return Ok(());
        };
        let namespace = self.target.namespace.as_deref().unwrap_or_default();
        match store.get(&self.resource.table, namespace, name) {
            Some(_) => Ok(()),
            None => self.judge(user, "create", store, audit),
        }
    }

    fn may_create(&self, verb: &str) -> bool {
        let content = header_text(self.request, header::CONTENT_TYPE);
        let creates = match verb {
            "patch" => content.starts_with("application/apply-patch"),
            "update" => self.resource.unconditional == Unconditional::Creates,
            _ => false,
        };
        creates && self.target.subresource.is_none()
    }

    fn judge(
        &self,
        user: &User,
        verb: &str,
        store: &Store,
        audit: Option<&Audit>,
    ) -> Result<(), Failure> {
        let (target, resource) = (self.target, self.resource);
        let plural = match &target.subresource {
            Some(subresource) => format!("{}/{subresource}", resource.plural),
            None => resource.plural.clone(),
        };
        // Whoever may read one object by name may list it by that name; to make one is no such thing.
        let selects = ["list", "watch", "deletecollection"].contains(&verb);
        let selected = self.query.get("fieldSelector").filter(|_| selects);
        let selected = selected.and_then(|text| text.strip_prefix("metadata.name="));
        let name = target.name.as_deref().or(selected).unwrap_or_default();
        // A Namespace is judged as if it were inside itself, so that a Role can speak of it.
        let own = target
            .name
            .as_deref()
            .filter(|_| resource.is_core("Namespace"));
        let wish = Wish {
            verb,
            group: &resource.group,
            resource: &plural,
            namespace: target.namespace.as_deref().or(own).unwrap_or_default(),
            name,
        };
        if is_allowed(user, &wish, store, audit) {
            return Ok(());
        }
        let name = target.name.as_deref().unwrap_or_default();
        Err(Failure::forbidden(resource, name, &refusal(user, &wish)))
    }
}

fn refusal(user: &User, wish: &Wish<'_>) -> String {
    let place = match wish.namespace {
        "" => "at the cluster scope".to_string(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    format!(
        "User {:?} cannot {} resource {:?} in API group {:?} {place}",
        user.name, wish.verb, wish.resource, wish.group
    )
}

fn is_allowed(user: &User, wish: &Wish<'_>, store: &Store, audit: Option<&Audit>) -> bool {
    let allowed = grants(user, wish, store);
    if let Some(audit) = audit.filter(|_| user.grant == Grant::Roles) {
        audit(&Judged {
            user: user.name.clone(),
            verb: wish.verb.into(),
            group: wish.group.into(),
            resource: wish.resource.into(),
            namespace: wish.namespace.into(),
            name: wish.name.into(),
            allowed,
        });
    }
    allowed
}

fn grants(user: &User, wish: &Wish<'_>, store: &Store) -> bool {
    match &user.grant {
        Grant::All => true,
        Grant::Namespace(own) if wish.group.is_empty() && wish.resource == "namespaces" => {
            wish.verb == "get" && wish.name == own
        }
        Grant::Namespace(own) => wish.namespace == own,
        Grant::Roles => rbac::allows(store, user, wish),
    }
}

/// Refuses a path that is no resource's to who may not read it.
pub(crate) fn authorize_path(user: &User, request: &Request, store: &Store) -> Result<(), Failure> {
    let (path, verb) = (
        request.uri().path(),
        request.method().as_str().to_lowercase(),
    );
    if may_on_path(user, &verb, path, store) {
        return Ok(());
    }
    let message = format!(
        "forbidden: User {:?} cannot {verb} path {path:?}",
        user.name
    );
    Err(Failure::new(403, "Forbidden", message).with_details(json!({})))
}

fn may_on_path(user: &User, verb: &str, path: &str, store: &Store) -> bool {
    let is_discovery = DISCOVERY.iter().any(|pattern| rbac::is_path(pattern, path));
    match &user.grant {
        Grant::All | Grant::Namespace(_) => true,
        Grant::Roles => {
            (verb == "get" && is_discovery) || rbac::allows_path(store, user, verb, path)
        }
    }
}

/// Answers a SelfSubjectAccessReview: what the caller may do.
pub(crate) fn review(user: &User, mut review: Value, store: &Store) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (asked, path) = (
        &review["spec"]["resourceAttributes"],
        &review["spec"]["nonResourceAttributes"],
    );
    let allowed = if asked.is_null() {
        may_on_path(user, &text(&path["verb"]), &text(&path["path"]), store)
    } else {
        let resource = match asked["subresource"]
            .as_str()
            .filter(|name| !name.is_empty())
        {
            Some(subresource) => format!("{}/{subresource}", text(&asked["resource"])),
            None => text(&asked["resource"]),
        };
        let wish = Wish {
            verb: &text(&asked["verb"]),
            group: &text(&asked["group"]),
            resource: &resource,
            namespace: &text(&asked["namespace"]),
            name: &text(&asked["name"]),
        };
        grants(user, &wish, store)
    };
    review["apiVersion"] = "authorization.k8s.io/v1".into();
    review["kind"] = "SelfSubjectAccessReview".into();
    review["status"] = json!({"allowed": allowed});
    review
}

/// Answers a SelfSubjectRulesReview: all that the caller may do in a namespace.
pub(crate) fn rules(user: &User, mut review: Value, store: &Store) -> Value {
    let namespace = review["spec"]["namespace"].as_str().unwrap_or_default();
    let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
    let mut paths = vec![json!({"verbs": ["get"], "nonResourceURLs": DISCOVERY})];
    let resources = match &user.grant {
        Grant::All => {
            paths = vec![json!({"verbs": ["*"], "nonResourceURLs": ["*"]})];
            vec![everything]
        }
        Grant::Namespace(own) if own == namespace => {
            let itself = json!({"verbs": ["get"], "apiGroups": [""], "resources": ["namespaces"],
                "resourceNames": [own]});
            vec![everything, itself]
        }
        Grant::Namespace(_) => vec![],
        Grant::Roles => {
            let all = rbac::rules_of(store, user, namespace).into_iter().cloned();
            let (of_paths, of_resources): (Vec<_>, _) =
                all.partition(|rule| rule["nonResourceURLs"].is_array());
            paths.extend(of_paths);
            of_resources
        }
    };
    review["apiVersion"] = "authorization.k8s.io/v1".into();
    review["kind"] = "SelfSubjectRulesReview".into();
    review["status"] = json!({"incomplete": false, "resourceRules": resources,
        "nonResourceRules": paths});
    review
}

/// Answers a SelfSubjectReview: who the caller is.
pub(crate) fn whoami(user: &User) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
        "metadata": {"creationTimestamp": null},
        "status": {"userInfo": {"username": user.name, "groups": user.groups}}})
}
