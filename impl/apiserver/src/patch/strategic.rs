//! Strategic merge patch: a merge patch that knows which lists merge, and by which key.
use serde_json::{Map, Value};

use crate::schema::{List, Schema};

/// Merges `patch` into `target` as the schema says, obeying the `$`-directives.
pub(crate) fn strategic(target: &mut Value, patch: &Value, schema: &Schema) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if patch.get("$patch").and_then(Value::as_str) == Some("replace") {
        if target.is_null() {
            // There is nothing to replace, and what is patched in its place is empty.
            *target = Value::Object(Map::new());
            return;
        }
        let kept = patch.iter().filter(|(name, _)| *name != "$patch");
        *target = kept
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        if value.is_null() {
            fields.remove(name);
        } else {
            let slot = fields.entry(name.clone()).or_insert(Value::Null);
            merge_field(slot, value, schema.field(name));
        }
    }
    for (directive, value) in patch.iter().filter(|(name, _)| name.starts_with('$')) {
        obey(fields, directive, value, schema);
    }
}

fn merge_field(slot: &mut Value, patch: &Value, schema: &Schema) {
    let Value::Array(items) = patch else {
        return strategic(slot, patch, schema);
    };
    match (&schema.list, &schema.merge_key) {
        (List::Set, _) => merge_set(slot, items),
        (_, Some(key)) => merge_keyed(slot, items, key, schema.item()),
        (List::Atomic | List::Keyed(_), None) => *slot = patch.clone(),
    }
}

fn list_mut(slot: &mut Value) -> &mut Vec<Value> {
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    slot.as_array_mut().expect("made a list above")
}

fn merge_set(slot: &mut Value, items: &[Value]) {
    // What the patch names comes first, as it names it.
    let list = list_mut(slot);
    let mut merged = items.to_vec();
    merged.extend(list.drain(..).filter(|item| !items.contains(item)));
    *list = merged;
}

fn merge_keyed(slot: &mut Value, items: &[Value], key: &str, schema: &Schema) {
    let list = list_mut(slot);
    if items
        .iter()
        .any(|item| item["$patch"] == "replace" && item.get(key).is_none())
    {
        list.clear();
    }
    for item in items {
        let at = list.iter().position(|old| old.get(key) == item.get(key));
        match (item["$patch"].as_str(), at) {
            (Some("delete"), Some(at)) => {
                list.remove(at);
            }
            (Some("delete"), None) => {}
            (Some("replace"), _) if item.get(key).is_none() => {}
            (_, Some(at)) => strategic(&mut list[at], item, schema),
            (_, None) => {
                let mut new = Value::Object(Map::new());
                strategic(&mut new, item, schema);
                list.push(new);
            }
        }
    }
}

fn obey(fields: &mut Map<String, Value>, directive: &str, value: &Value, schema: &Schema) {
    if let Some(name) = directive.strip_prefix("$deleteFromPrimitiveList/") {
        if let (Some(Value::Array(list)), Value::Array(gone)) = (fields.get_mut(name), value) {
            list.retain(|item| !gone.contains(item));
        }
    } else if let Some(name) = directive.strip_prefix("$setElementOrder/") {
        if let (Some(Value::Array(list)), Value::Array(order)) = (fields.get_mut(name), value) {
            let key = schema.field(name).merge_key.as_deref();
            // Items the order does not name keep their place after those that it names.
            list.sort_by_key(|item| {
                let is_item = |wanted: &Value| match key {
                    Some(key) => wanted.get(key) == item.get(key),
                    None => wanted == item,
                };
                order.iter().position(is_item).unwrap_or(order.len())
            });
        }
    } else if directive == "$retainKeys"
        && let Value::Array(kept) = value
    {
        fields.retain(|name, _| kept.iter().any(|k| k.as_str() == Some(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::of_builtin;
    use serde_json::json;

    fn patched(mut target: Value, patch: &Value) -> Value {
        strategic(&mut target, patch, &of_builtin("", "Service"));
        target
    }

    #[test]
    fn ports_merge_by_port_and_follow_the_order_given() {
        let service = json!({"spec": {"ports": [
            {"port": 80, "nodePort": 30001, "name": "http"}, {"port": 443, "name": "https"}]}});
        let patch = json!({"spec": {
            "$setElementOrder/ports": [{"port": 9000}, {"port": 80}],
            "ports": [{"port": 9000, "name": "admin"}, {"port": 80, "name": "web"},
                {"$patch": "delete", "port": 443}]}});
        assert_eq!(
            patched(service, &patch)["spec"]["ports"],
            json!([{"port": 9000, "name": "admin"}, {"port": 80, "nodePort": 30001, "name": "web"}])
        );
    }

    #[test]
    fn finalizers_are_added_to_and_taken_from() {
        let service = json!({"metadata": {"finalizers": ["a", "b"]}});
        let patch = json!({"metadata": {"finalizers": ["c"],
            "$deleteFromPrimitiveList/finalizers": ["a"]}});
        assert_eq!(
            patched(service, &patch)["metadata"]["finalizers"],
            json!(["c", "b"])
        );
    }

    #[test]
    fn a_replace_directive_replaces_the_map() {
        let service = json!({"metadata": {"labels": {"a": "1"}}});
        let patch = json!({"metadata": {"labels": {"$patch": "replace", "b": "2"}}});
        assert_eq!(
            patched(service, &patch)["metadata"]["labels"],
            json!({"b": "2"})
        );
    }

    #[test]
    fn addresses_of_the_load_balancer_are_replaced_as_a_whole() {
        let service = json!({"status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}});
        let patch = json!({"status": {"loadBalancer": {"ingress": [{"ip": "2.2.2.2"}]}}});
        assert_eq!(
            patched(service, &patch)["status"]["loadBalancer"]["ingress"],
            json!([{"ip": "2.2.2.2"}])
        );
    }
}
