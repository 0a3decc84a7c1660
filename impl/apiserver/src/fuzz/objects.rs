//! Bodies: patches, server-side apply, protobuf, YAML and schemas.
use super::{documents, text};
use crate::ownership::{Applied, Author, apply, wire_form_again};
use crate::patch::{json_patch, merge, strategic};
use crate::schema::{self, Schema};
use crate::{protobuf, request};
use bytes::Bytes;
use hopwise_fuzz::{Target, within};
use serde_json::Value;

const FIELDS: &[&str] = &[
    "metadata",
    "labels",
    "a",
    "finalizers",
    "spec",
    "ports",
    "port",
    "protocol",
    "name",
    "selector",
    "type",
    "status",
    "loadBalancer",
    "ingress",
    "ip",
    "80",
    "\"TCP\"",
    "$patch",
    "\"replace\"",
    "\"delete\"",
    "$setElementOrder/ports",
    "$deleteFromPrimitiveList/finalizers",
    "$retainKeys",
    "null",
    "{}",
    "[]",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "managedFields",
];

#[test]
fn fuzz_json_patches() {
    let target = Target {
        name: "json_patches",
        seeds: &[
            "{\"a\":{\"b\":[1,2]}}\n[{\"op\":\"add\",\"path\":\"/a/b/-\",\"value\":3},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"}]",
            "{\"a\":1}\n[{\"op\":\"test\",\"path\":\"/a\",\"value\":1},{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"},{\"op\":\"remove\",\"path\":\"/b\"}]",
            "{\"a\":[]}\n[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/-\"},{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/-\"},{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]",
        ],
        words: &[
            "op",
            "add",
            "remove",
            "replace",
            "move",
            "copy",
            "test",
            "path",
            "from",
            "value",
            "/a",
            "/a/b",
            "/-",
            "",
            "/",
            "/0",
            "~1",
            "~0",
            "a",
            "b",
            "null",
            "{}",
            "[]",
            ",",
            "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/-\"},",
        ],
        documents: 2,
    };
    target.run(|input| {
        if let Some([mut object, patch]) = documents(input) {
            let _refused = json_patch(&mut object, &patch);
            // It may copy 3 MiB.
            assert!(object.to_string().len() <= 2 * input.len() + (4 << 20));
        }
    });
}

#[test]
fn fuzz_merge_patches() {
    let target = Target {
        name: "merge_patches",
        seeds: &[
            "{\"a\":{\"b\":1},\"c\":[1]}\n{\"a\":{\"b\":null,\"d\":{\"e\":null}},\"c\":[2]}",
            "{\"spec\":{}}\n{\"spec\":{\"ports\":[{\"port\":80}]}}",
        ],
        words: FIELDS,
        documents: 2,
    };
    target.run(|input| {
        let Some([object, patch]) = documents(input) else {
            return;
        };
        let merged = |object: &Value| {
            let mut object = object.clone();
            merge(&mut object, &patch);
            object
        };
        let once = merged(&object);
        within(2, input, &once);
        assert_eq!(merged(&once), once, "a merge patch twice is one");
        if !text(input).contains('$') && !lists_null(&patch) {
            let mut other = object.clone();
            strategic(&mut other, &patch, Schema::anything()).expect("no list has a key");
            assert_eq!(other, once, "without a schema, strategic merge is merge");
        }
    });
}

#[test]
fn fuzz_strategic_patches() {
    let target = Target {
        name: "strategic_patches",
        seeds: &[
            "{\"spec\":{\"ports\":[{\"port\":80},{\"port\":443}]}}\n{\"spec\":{\"$setElementOrder/ports\":[{\"port\":9},{\"port\":80}],\"ports\":[{\"port\":9},{\"$patch\":\"delete\",\"port\":443}]}}",
            "{\"metadata\":{\"finalizers\":[\"a\"],\"labels\":{\"a\":\"b\"}}}\n{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"a\"],\"labels\":{\"$patch\":\"replace\"}},\"spec\":{\"$retainKeys\":[\"type\"]}}",
        ],
        words: FIELDS,
        documents: 2,
    };
    let schema = schema::of_builtin("", "Service");
    target.run(|input| {
        if let Some([mut object, patch]) = documents(input)
            && strategic(&mut object, &patch, &schema).is_ok()
        {
            within(2, input, &object);
        }
    });
}

/// Whether there is a null in a list, which a strategic merge leaves out and a merge keeps.
fn lists_null(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|it| it.to_string().contains("null")),
        Value::Object(fields) => fields.values().any(lists_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[test]
fn fuzz_server_side_apply() {
    let target = Target {
        name: "server_side_apply",
        seeds: &[
            "{\"metadata\":{\"managedFields\":[{\"manager\":\"a\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:spec\":{\"f:ports\":{\"k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:port\":{}}}},\"f:metadata\":{\"f:finalizers\":{\"v:\\\"x\\\"\":{}}}}}]},\"spec\":{\"ports\":[{\"port\":80}]}}\n{\"spec\":{\"ports\":[{\"port\":443}]},\"metadata\":{\"finalizers\":[\"x\"]}}",
            "{}\n{\"spec\":{\"type\":\"LoadBalancer\",\"selector\":{\"a\":\"b\"}}}",
        ],
        words: &[
            "metadata",
            "managedFields",
            "manager",
            "operation",
            "\"Apply\"",
            "fieldsV1",
            "f:spec",
            "f:ports",
            "f:",
            "k:",
            "v:",
            ".",
            "k:{\"port\":80}",
            "v:\"x\"",
            "spec",
            "ports",
            "port",
            "80",
            "finalizers",
            "x",
            "a",
            "{}",
            "[]",
            "null",
        ],
        documents: 2,
    };
    let schema = schema::of_builtin("", "Service");
    let author = Author {
        name: "a",
        subresource: "",
        api_version: "v1",
        time: "2026-01-01T00:00:00Z",
    };
    target.run(|input| {
        let Some([old, configuration]) = documents(input) else {
            return;
        };
        wire_form_again(&old);
        if let Applied::Conflicts(conflicts) =
            apply(&old, &configuration, &schema, &author, true, true, None)
        {
            panic!("an apply that is forced conflicts: {conflicts:?}");
        }
    });
}

#[test]
fn fuzz_protobuf() {
    let target = Target {
        name: "protobuf",
        seeds: &[
            "k8s\0\n\x0f\n\x02v1\x12\x09ConfigMap\x12\x1d\n\x0a\n\x08settings\x12\x0f\n\x05color\x12\x06bluish",
            "k8s\0\n\x0d\n\x02v1\x12\x07Service\x12\x16\n\x05\n\x03web\x12\x0d\n\x04\x18P\x10\x01\"\x05x\x01yz\x02",
        ],
        words: &[
            "k8s\0",
            "\n",
            "\x12",
            "\x1a",
            "\x08",
            "\x02v1",
            "\x09ConfigMap",
            "\x07Service",
            "\x7f",
            "\0",
            "\x01",
        ],
        documents: 0,
    };
    target.run(|input| {
        let read = protobuf::decode(input);
        if let Some(object) = &read {
            within(2, input, object);
        }
        // Field 15 is in no envelope: a reader passes over what it does not know.
        let longer = [input, b"\x7a\x01x"].concat();
        if read.is_some() {
            assert_eq!(protobuf::decode(&longer), read);
        }
    });
}

#[test]
fn fuzz_schemas() {
    let target = Target {
        name: "schemas",
        seeds: &[
            "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"integer\",\"default\":3,\"minimum\":1},\"b\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^a+$\",\"maxLength\":3}}}}\n{\"a\":5,\"b\":[\"aa\",7],\"c\":null}",
            "{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"a\"],\"items\":{\"type\":\"object\",\"x-kubernetes-embedded-resource\":true}}\n[{\"a\":1},{\"a\":1}]",
        ],
        words: &[
            "type",
            "\"object\"",
            "\"array\"",
            "\"string\"",
            "\"integer\"",
            "\"number\"",
            "\"boolean\"",
            "properties",
            "items",
            "additionalProperties",
            "default",
            "required",
            "enum",
            "nullable",
            "pattern",
            "\"(a|b)*\"",
            "minimum",
            "maxLength",
            "minItems",
            "x-kubernetes-int-or-string",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-embedded-resource",
            "x-kubernetes-list-type",
            "\"set\"",
            "\"map\"",
            "x-kubernetes-list-map-keys",
            "a",
            "b",
            "true",
            "null",
            "3",
            "{}",
            "[]",
        ],
        documents: 2,
    };
    target.run(|input| {
        let Some([openapi, mut object]) = documents(input) else {
            return;
        };
        let schema = Schema::of_custom_resource(&openapi);
        for typed in [true, false] {
            let mut object = object.clone();
            if schema::conform(&mut object, &schema, typed).is_ok() {
                let again = schema::conform(&mut object.clone(), &schema, typed);
                assert_eq!(again, Ok(vec![]), "what conforms, conforms");
            }
        }
        schema::fill_defaults(&mut object, &schema);
        let _found = schema::validate(&object, &schema);
    });
}

#[test]
fn fuzz_yaml_bodies() {
    let target = Target {
        name: "yaml_bodies",
        seeds: &[
            "kind: Service\nspec:\n  ports: [{port: 80}]\n",
            "a: &x [1, 2]\nb: *x\nc: |\n  text\n",
            "? a\n: {b: !!str 1}\n---\nb\n",
        ],
        words: &[
            "a", ": ", "- ", "\n", "  ", "&x ", "*x", "[", "]", "{", "}", ",", "|", ">", "? ",
            "!!str ", "---\n", "\"", "'", "#", "<<: ", "~",
        ],
        documents: 1,
    };
    target.run(|input| {
        let request = http::Request::post("/").header("content-type", "application/yaml");
        let request = request.body(Bytes::copy_from_slice(input)).unwrap();
        if let Ok(object) = request::body(&request) {
            within(100, input, &object);
        }
    });
}
