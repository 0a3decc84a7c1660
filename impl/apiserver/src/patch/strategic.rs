//! Strategic merge patch: a merge patch that knows which lists merge, and by which key.
use std::mem::discriminant;

use serde_json::{Map, Value};

use crate::schema::{List, Schema};

/// Merges `patch` into `target` as the schema says, obeying the `$`-directives. An item of a list that
/// merges has to have its key.
pub(crate) fn strategic(target: &mut Value, patch: &Value, schema: &Schema) -> Result<(), String> {
    let (Value::Object(fields), Value::Object(patch)) = (&mut *target, patch) else {
        // What is of another type, or was not there, is put there as it is.
        *target = without_directives(patch).unwrap_or(Value::Null);
        return Ok(());
    };
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            let kept = patch.iter().filter(|(name, _)| *name != "$patch");
            *fields = kept.map(|(name, it)| (name.clone(), it.clone())).collect();
        }
        Some("delete") => fields.clear(),
        Some(_) | None => merge_fields(fields, patch, schema)?,
    }
    Ok(())
}

fn merge_fields(
    fields: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    schema: &Schema,
) -> Result<(), String> {
    if let Some(Value::Array(kept)) = patch.get("$retainKeys") {
        fields.retain(|name, _| kept.iter().any(|k| k.as_str() == Some(name)));
    }
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        if value.is_null() {
            fields.remove(name);
            continue;
        }
        let below = schema.field(name);
        let merged = match (fields.remove(name), value) {
            (Some(Value::Array(old)), Value::Array(items)) => {
                let order = patch.get(&format!("$setElementOrder/{name}"));
                Some(merge_list(old, items, order, below)?)
            }
            (Some(mut old @ Value::Object(_)), Value::Object(_)) => {
                strategic(&mut old, value, below)?;
                Some(old)
            }
            (Some(_) | None, _) => without_directives(value),
        };
        fields.extend(merged.map(|it| (name.clone(), it)));
    }
    for (directive, value) in patch {
        if let Some(name) = directive.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(list)), Value::Array(gone)) = (fields.get_mut(name), value) {
                list.retain(|item| !gone.contains(item));
            }
        } else if let Some(name) = directive.strip_prefix("$setElementOrder/")
            && !patch.contains_key(name)
            && let (Some(Value::Array(list)), Value::Array(order)) = (fields.get_mut(name), value)
        {
            let key = schema.field(name).merge_key.as_deref();
            let old = list.clone();
            *list = in_order(std::mem::take(list), &old, order, key);
        }
    }
    Ok(())
}

/// The value without anything that a directive is in, or nothing if one is in it itself; without
/// nulls, too.
fn without_directives(value: &Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key("$patch") => None,
        Value::Object(map) => {
            let kept = map
                .iter()
                .filter(|it| !it.0.starts_with('$') && !it.1.is_null());
            let kept = kept.filter_map(|it| Some((it.0.clone(), without_directives(it.1)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(items.iter().filter_map(without_directives).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

fn merge_list(
    old: Vec<Value>,
    items: &[Value],
    order: Option<&Value>,
    schema: &Schema,
) -> Result<Value, String> {
    let merges = schema.list == List::Set || schema.merge_key.is_some();
    let all = old.iter().chain(items);
    let is_alike = |(a, b): (&Value, &Value)| discriminant(a) == discriminant(b);
    if merges && !all.clone().zip(all.skip(1)).all(is_alike) {
        let shown = [&old, items].map(|it| in_go(&Value::Array(it.to_vec())));
        let shown = shown.join(" ");
        return Err(format!("list element types are not identical: [{shown}]"));
    }
    let order = order.and_then(Value::as_array);
    let named = order.map_or(items, Vec::as_slice);
    let (merged, server) = match (&schema.list, &schema.merge_key) {
        (List::Set, _) => {
            let new = items.iter().filter(|item| !old.contains(item)).cloned();
            (old.iter().cloned().chain(new).collect(), old)
        }
        (_, Some(key)) => merge_keyed(old, items, key, schema.item())?,
        (List::Atomic | List::Keyed(_), None) => return Ok(Value::Array(items.to_vec())),
    };
    let key = schema.merge_key.as_deref();
    Ok(Value::Array(in_order(merged, &server, named, key)))
}

/// The merged list, and what was left of the old one to be merged with.
fn merge_keyed(
    mut old: Vec<Value>,
    items: &[Value],
    key: &str,
    schema: &Schema,
) -> Result<(Vec<Value>, Vec<Value>), String> {
    let is_keyless = |item: &&Value| item.get(key).is_none() && item["$patch"] != "replace";
    if let Some(item) = items.iter().find(is_keyless) {
        let shown = in_go(item);
        return Err(format!(
            "map: {shown} does not contain declared merge key: {key}"
        ));
    }
    let (special, plain): (Vec<&Value>, Vec<&Value>) =
        items.iter().partition(|item| item.get("$patch").is_some());
    if special.iter().any(|item| item["$patch"] == "replace") {
        let list: Vec<Value> = plain.into_iter().cloned().collect();
        return Ok((list.clone(), list));
    }
    let is_gone = |item: &Value| special.iter().any(|gone| gone.get(key) == item.get(key));
    old.retain(|item| !is_gone(item));
    let server = old.clone();
    for item in plain {
        match old.iter_mut().find(|old| old.get(key) == item.get(key)) {
            Some(twin) => strategic(twin, item, schema)?,
            None => old.push(item.clone()),
        }
    }
    Ok((old, server))
}

/// A value as Go prints it.
fn in_go(value: &Value) -> String {
    let joined = |words: Vec<String>| words.join(" ");
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(in_go).collect())),
        Value::Object(map) => {
            let fields = map.iter().map(|(name, it)| format!("{name}:{}", in_go(it)));
            format!("map[{}]", joined(fields.collect()))
        }
    }
}

/// What the patch names is in its order, and everything else in the order that it had. Of one of
/// each, the latter is in front only if both were there and it was.
fn in_order(
    merged: Vec<Value>,
    server: &[Value],
    named: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| {
        list.iter().position(|other| match key {
            Some(key) => other.get(key) == item.get(key),
            None => other == item,
        })
    };
    let (mut patched, rest): (Vec<Value>, Vec<Value>) = merged
        .into_iter()
        .partition(|item| place(named, item).is_some());
    patched.sort_by_key(|item| place(named, item));
    let mut out = Vec::with_capacity(patched.len() + rest.len());
    let (mut rest, mut patched) = (rest.into_iter().peekable(), patched.into_iter().peekable());
    while let (Some(left), Some(right)) = (rest.peek(), patched.peek()) {
        let is_first = match (place(server, left), place(server, right)) {
            (Some(left), Some(right)) => left < right,
            (Some(_) | None, _) => false,
        };
        out.extend(if is_first {
            rest.next()
        } else {
            patched.next()
        });
    }
    out.extend(rest.chain(patched));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::of_builtin;
    use serde_json::json;

    fn patched(mut target: Value, patch: &Value) -> Value {
        strategic(&mut target, patch, &of_builtin("", "Service")).unwrap();
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

    #[test]
    fn what_is_new_comes_before_what_nobody_named() {
        let service = json!({"spec": {"ports": [{"port": 80}, {"port": 53}]}});
        let patch = json!({"spec": {"ports": [{"port": 443}, {"port": 53, "name": "dns"}]}});
        assert_eq!(
            patched(service, &patch)["spec"]["ports"],
            json!([{"port": 443}, {"port": 80}, {"port": 53, "name": "dns"}])
        );
    }

    #[test]
    fn an_item_without_its_key_cannot_be_merged() {
        let service = json!({"spec": {"ports": [{"port": 80}]}});
        let patch = json!({"spec": {"ports": [{"name": "http", "targetPort": null}]}});
        let refused = strategic(&mut service.clone(), &patch, &of_builtin("", "Service"));
        let why = "map: map[name:http targetPort:<nil>] does not contain declared merge key: port";
        assert_eq!(refused, Err(why.into()));
        let patch = json!({"spec": {"ports": [{"port": 80}, 1]}});
        let refused = strategic(&mut service.clone(), &patch, &of_builtin("", "Service"));
        let why = "list element types are not identical: [[map[port:80]] [map[port:80] 1]]";
        assert_eq!(refused, Err(why.into()));
    }
}
