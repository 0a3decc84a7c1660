//! What kubectl asks before and beside the objects themselves.

use crate::common::*;
use serde_json::{Value, json};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

#[test]
fn the_version_is_one_that_current_clients_accept() {
    // The second is the path that the OpenAPI document gives, which generated clients ask for.
    for path in ["/version", "/version/"] {
        let (_, version) = get(&cluster(), path);
        assert_eq!(
            (&version["major"], &version["minor"]),
            (&json!("1"), &json!("34"))
        );
    }
}

#[test]
fn discovery_is_answered_in_both_forms() {
    let server = cluster();
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let (_, core) = get_as(&server, "/api", &format!("{aggregated},application/json"));
    let resources = core["items"][0]["versions"][0]["resources"]
        .as_array()
        .unwrap();
    let service = resources
        .iter()
        .find(|r| r["resource"] == "services")
        .unwrap();
    assert_eq!(service["shortNames"], json!(["svc"]));
    assert_eq!(service["subresources"][0]["subresource"], "status");
    let (_, legacy) = get(&server, "/api/v1");
    assert!(
        legacy["resources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|r| r["name"] == "endpoints")
    );
    let (_, groups) = get(&server, "/apis");
    let names: Vec<&Value> = groups["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| &g["name"])
        .collect();
    assert!(names.contains(&&json!("coordination.k8s.io")), "{names:?}");
    assert_eq!(get(&server, "/apis/coordination.k8s.io").0, 200);
    assert_eq!(get(&server, "/apis/no.such.group").0, 404);
}

#[test]
fn openapi_tells_kubectl_that_the_server_validates() {
    let server = cluster();
    let (_, index) = get(&server, "/openapi/v3");
    let url = index["paths"]["api/v1"]["serverRelativeURL"]
        .as_str()
        .unwrap();
    let (code, document) = get(&server, url);
    assert_eq!(code, 200);
    let path = "/api/v1/namespaces/{namespace}/services/{name}";
    let operation = &document["paths"][path]["patch"];
    let parameters = operation["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|p| p["name"] == "fieldValidation"));
    assert_eq!(
        operation["x-kubernetes-group-version-kind"]["kind"],
        "Service"
    );
}

#[test]
fn openapi_describes_the_fields_of_a_service_and_of_what_it_refers_to() {
    let (_, document) = get(&cluster(), "/openapi/v3/api/v1");
    let schemas = &document["components"]["schemas"];
    let port = &schemas["io.k8s.api.core.v1.ServicePort"]["properties"]["port"];
    assert_eq!(
        port["description"],
        "The port that will be exposed by this service."
    );
    let mut unresolved = Vec::new();
    unresolved_references(&document["components"], schemas, &mut unresolved);
    assert_eq!(unresolved, Vec::<String>::new());
}

fn unresolved_references(value: &Value, schemas: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let name = map
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.rsplit('/').next());
            found.extend(
                name.filter(|name| schemas[*name].is_null())
                    .map(String::from),
            );
            map.values()
                .for_each(|value| unresolved_references(value, schemas, found));
        }
        Value::Array(items) => {
            items
                .iter()
                .for_each(|value| unresolved_references(value, schemas, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn openapi_of_a_custom_resource_resolves_its_metadata() {
    let server = cluster();
    post(&server, DEFINITIONS, &definition());
    let (_, document) = get(&server, "/openapi/v3/apis/example.com/v1");
    let schemas = &document["components"]["schemas"];
    assert!(schemas["com.example.v1.Thing"]["properties"]["spec"].is_object());
    let mut unresolved = Vec::new();
    unresolved_references(&document["components"], schemas, &mut unresolved);
    assert_eq!(unresolved, Vec::<String>::new());
}

#[test]
fn a_table_of_services_has_the_columns_people_know() {
    let server = cluster();
    post(&server, SERVICES, &service("web", "LoadBalancer"));
    let (_, table) = get_as(&server, SERVICES, TABLE);
    let names: Vec<&Value> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["name"])
        .collect();
    assert_eq!(
        names,
        [
            "Name",
            "Type",
            "Cluster-IP",
            "External-IP",
            "Port(s)",
            "Age",
            "Selector"
        ]
    );
    assert_eq!(
        table["rows"][0]["cells"],
        json!([
            "web",
            "LoadBalancer",
            "10.96.0.1",
            "<pending>",
            "80:30000/TCP",
            "0s",
            "app=web"
        ])
    );
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[test]
fn a_table_of_custom_resources_has_their_own_columns() {
    let server = cluster();
    post(&server, DEFINITIONS, &definition());
    post(&server, THINGS, &thing("a", 3));
    let (_, table) = get_as(&server, THINGS, TABLE);
    assert_eq!(table["columnDefinitions"][1]["name"], "Size");
    assert_eq!(table["rows"][0]["cells"], json!(["a", 3]));
}

#[test]
fn metadata_alone_can_be_asked_for() {
    let server = cluster();
    post(&server, SERVICES, &service("web", "ClusterIP"));
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let (_, list) = get_as(&server, SERVICES, accept);
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert!(list["items"][0].get("spec").is_none());
}
