//! The resources that one CustomResourceDefinition adds.
use std::sync::Arc;

use serde_json::Value;

use super::resource::{
    Column, Form, Generation, Origin, Resource, Scope, Unconditional, qualified,
};
use crate::object::texts;
use crate::schema::Schema;

/// One resource per served version of a definition that is established.
pub(super) fn resources(definition: &Value) -> Vec<Resource> {
    let versions = definition["spec"]["versions"].as_array();
    versions
        .into_iter()
        .flatten()
        .filter(|version| version["served"] != Value::Bool(false))
        .map(|version| resource(&definition["spec"], version))
        .collect()
}

fn resource(spec: &Value, version: &Value) -> Resource {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let names = &spec["names"];
    let kind = text(&names["kind"]);
    let group = text(&spec["group"]);
    let plural = text(&names["plural"]);
    let published = version["schema"]["openAPIV3Schema"].clone();
    let stored = version["storage"] == Value::Bool(true);
    Resource {
        version: text(&version["name"]),
        singular: names["singular"]
            .as_str()
            .map_or_else(|| kind.to_lowercase(), String::from),
        short_names: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        scope: if spec["scope"] == "Cluster" {
            Scope::Cluster
        } else {
            Scope::Namespaced
        },
        has_status: version["subresources"]["status"].is_object(),
        generation: Generation::Counted,
        unconditional: Unconditional::Refused,
        origin: Origin::Custom,
        table: Arc::from(qualified(&group, &plural)),
        form: if stored {
            Form::Stored
        } else {
            Form::OtherVersion
        },
        columns: columns(version),
        schema: Arc::new(Schema::of_custom_resource(&published)),
        published_schema: Some(published),
        group,
        plural,
        kind,
    }
}

fn columns(version: &Value) -> Vec<Column> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let columns = version["additionalPrinterColumns"].as_array();
    columns
        .into_iter()
        .flatten()
        .map(|column| Column {
            name: text(&column["name"]),
            kind: text(&column["type"]),
            format: text(&column["format"]),
            description: text(&column["description"]),
            path: text(&column["jsonPath"]),
            priority: column["priority"].as_i64().unwrap_or(0),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_definition_adds_its_served_versions_only() {
        let definition = json!({"spec": {"group": "g.io", "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [
                {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}},
                {"name": "v1alpha1", "served": false, "storage": false}]}});
        let added = resources(&definition);
        assert_eq!(added.len(), 1);
        assert_eq!(
            (added[0].version.as_str(), added[0].singular.as_str()),
            ("v1", "thing")
        );
        assert!(added[0].has_status);
    }
}
