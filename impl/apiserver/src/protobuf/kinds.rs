//! Field numbers of the kinds that are read, from the `generated.proto` files of Kubernetes.

/// What a field holds.
pub(super) enum Shape {
    Text,
    Truth,
    Integer,
    Message(&'static [Field]),
    TextMap,
    BytesMap,
    IntOrString,
}

/// One field of a message.
pub(super) struct Field {
    pub number: u64,
    pub name: &'static str,
    pub shape: Shape,
    pub repeated: bool,
}

const fn one(number: u64, name: &'static str, shape: Shape) -> Field {
    Field {
        number,
        name,
        shape,
        repeated: false,
    }
}

const fn many(number: u64, name: &'static str, shape: Shape) -> Field {
    Field {
        number,
        name,
        shape,
        repeated: true,
    }
}

use Shape::{BytesMap, IntOrString, Integer, Message, Text, TextMap, Truth};

pub(super) const INT_OR_STRING: &[Field] = &[
    one(1, "type", Integer),
    one(2, "number", Integer),
    one(3, "text", Text),
];

const METADATA: &[Field] = &[
    one(1, "name", Text),
    one(2, "generateName", Text),
    one(3, "namespace", Text),
    one(11, "labels", TextMap),
    one(12, "annotations", TextMap),
    many(14, "finalizers", Text),
];
const SERVICE_PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "protocol", Text),
    one(3, "port", Integer),
    one(4, "targetPort", IntOrString),
    one(5, "nodePort", Integer),
    one(6, "appProtocol", Text),
];
const SERVICE_SPEC: &[Field] = &[
    many(1, "ports", Message(SERVICE_PORT)),
    one(2, "selector", TextMap),
    one(3, "clusterIP", Text),
    one(4, "type", Text),
    many(5, "externalIPs", Text),
    one(7, "sessionAffinity", Text),
    one(8, "loadBalancerIP", Text),
    many(9, "loadBalancerSourceRanges", Text),
    one(10, "externalName", Text),
    one(11, "externalTrafficPolicy", Text),
];
const RESOURCE_ATTRIBUTES: &[Field] = &[
    one(1, "namespace", Text),
    one(2, "verb", Text),
    one(3, "group", Text),
    one(4, "version", Text),
    one(5, "resource", Text),
    one(6, "subresource", Text),
    one(7, "name", Text),
];
const PATH_ATTRIBUTES: &[Field] = &[one(1, "path", Text), one(2, "verb", Text)];
const REVIEW_SPEC: &[Field] = &[
    one(1, "resourceAttributes", Message(RESOURCE_ATTRIBUTES)),
    one(2, "nonResourceAttributes", Message(PATH_ATTRIBUTES)),
];

const NAMESPACE: &[Field] = &[one(1, "metadata", Message(METADATA))];
const CONFIG_MAP: &[Field] = &[
    one(1, "metadata", Message(METADATA)),
    one(2, "data", TextMap),
    one(3, "binaryData", BytesMap),
    one(4, "immutable", Truth),
];
const SECRET: &[Field] = &[
    one(1, "metadata", Message(METADATA)),
    one(2, "data", BytesMap),
    one(3, "type", Text),
    one(4, "stringData", TextMap),
];
const SERVICE: &[Field] = &[
    one(1, "metadata", Message(METADATA)),
    one(2, "spec", Message(SERVICE_SPEC)),
];
const SERVICE_ACCOUNT: &[Field] = &[one(1, "metadata", Message(METADATA))];
const ACCESS_REVIEW: &[Field] = &[
    one(1, "metadata", Message(METADATA)),
    one(2, "spec", Message(REVIEW_SPEC)),
];

const RULES_REVIEW_SPEC: &[Field] = &[one(1, "namespace", Text)];
const RULES_REVIEW: &[Field] = &[
    one(1, "metadata", Message(METADATA)),
    one(2, "spec", Message(RULES_REVIEW_SPEC)),
];

/// The fields of a kind; nothing if bodies of it are not read.
pub(super) fn of(api_version: &str, kind: &str) -> Option<&'static [Field]> {
    match (api_version, kind) {
        ("v1", "Namespace") => Some(NAMESPACE),
        ("v1", "ConfigMap") => Some(CONFIG_MAP),
        ("v1", "Secret") => Some(SECRET),
        ("v1", "Service") => Some(SERVICE),
        ("v1", "ServiceAccount") => Some(SERVICE_ACCOUNT),
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview") => Some(ACCESS_REVIEW),
        ("authorization.k8s.io/v1", "SelfSubjectRulesReview") => Some(RULES_REVIEW),
        ("authentication.k8s.io/v1", "SelfSubjectReview") => Some(NAMESPACE),
        _ => None,
    }
}
