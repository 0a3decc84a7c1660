//! ResourceQuotas: how many objects, load balancers and node ports a namespace may have.
//!
//! Source: `pkg/quota/v1/evaluator/core` of Kubernetes. Its controller recounts what is used in the
//! background; here it is recounted with every write.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::service::needs_node_ports;
use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::{Object, map_mut, metadata_text, name_of};
use crate::registry::Resource;
use crate::store::Store;

/// The table of the quotas.
pub(crate) const QUOTAS: &str = "resourcequotas";
/// What can be counted by its bare name.
const PLAIN: [&str; 4] = ["services", "secrets", "configmaps", QUOTAS];

/// What a quota counts: the objects of a table, and how much each of them is.
struct Counted<'a> {
    table: &'a str,
    units: fn(&Value) -> u64,
}

/// What the name of a resource in a quota stands for, unless it is of pods, claims or machines.
fn counted(resource: &str) -> Option<Counted<'_>> {
    let (table, units): (&str, fn(&Value) -> u64) = match resource {
        "services.loadbalancers" => ("services", |it| {
            u64::from(it["spec"]["type"] == "LoadBalancer")
        }),
        "services.nodeports" => ("services", |it| {
            let ports = it["spec"]["ports"].as_array().map_or(0, Vec::len);
            if needs_node_ports(it) {
                ports as u64
            } else {
                0
            }
        }),
        plain if PLAIN.contains(&plain) => (plain, |_| 1),
        other => (other.strip_prefix("count/")?, |_| 1),
    };
    Some(Counted { table, units })
}

/// Fills in the status of a quota, and judges its numbers.
pub(super) fn complete(quota: &mut Value, store: &Store) -> Vec<FieldError> {
    let namespace = metadata_text(quota, "namespace").to_owned();
    let hard = quota["spec"]["hard"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let wrong = hard.iter().filter(|(_, amount)| number(amount).is_none());
    let errors: Vec<FieldError> = wrong
        .map(|(name, amount)| {
            let field = format!("spec.hard[{name}]");
            FieldError::invalid(field, amount.clone(), "must be an integer")
        })
        .collect();
    if errors.is_empty() {
        let used = used(quota, &namespace, store);
        map_mut(quota).insert("status".into(), json!({"hard": hard, "used": used}));
    }
    errors
}

/// Refuses what would be more than a quota of the namespace allows.
pub(super) fn check(
    resource: &Resource,
    old: Option<&Value>,
    new: &Value,
    store: &Store,
) -> Result<(), Failure> {
    let namespace = metadata_text(new, "namespace");
    for quota in store.scan(QUOTAS, Some(namespace)) {
        let mut exceeded: [Vec<String>; 3] = Default::default();
        for (name, hard) in quota.value()["spec"]["hard"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let Some(what) = counted(name).filter(|it| *it.table == *resource.table) else {
                continue;
            };
            let before = old.map_or(0, what.units);
            let requested = (what.units)(new).saturating_sub(before);
            let (used, hard) = (total(&what, namespace, store), number(hard).unwrap_or(0));
            if requested > 0 && used + requested > hard {
                for (list, amount) in exceeded.iter_mut().zip([requested, used, hard]) {
                    list.push(format!("{name}={amount}"));
                }
            }
        }
        let [requested, used, limited] = exceeded.map(|list| list.join(","));
        if !requested.is_empty() {
            let why = format!(
                "exceeded quota: {}, requested: {requested}, used: {used}, limited: {limited}",
                name_of(quota.value())
            );
            return Err(Failure::forbidden(resource, name_of(new), &why));
        }
    }
    Ok(())
}

/// The quotas of a namespace whose status is no longer right, as they have to be.
pub(crate) fn outdated(namespace: &str, store: &Store) -> Vec<(Arc<Object>, Value)> {
    let quotas = store.scan(QUOTAS, Some(namespace)).cloned();
    let outdated = quotas.filter_map(|quota| {
        let used = json!(used(quota.value(), namespace, store));
        let mut new = quota.value().clone();
        (new["status"]["used"] != used).then(|| {
            new["status"]["used"] = used;
            (quota, new)
        })
    });
    outdated.collect()
}

fn used(quota: &Value, namespace: &str, store: &Store) -> BTreeMap<String, String> {
    let hard = quota["spec"]["hard"].as_object();
    let names = hard.into_iter().flatten().map(|(name, _)| name);
    let used = names.filter_map(|name| {
        let total = total(&counted(name)?, namespace, store);
        Some((name.clone(), total.to_string()))
    });
    used.collect()
}

fn total(what: &Counted<'_>, namespace: &str, store: &Store) -> u64 {
    let all = store.scan(what.table, Some(namespace));
    all.map(|object| (what.units)(object.value())).sum()
}

/// A number as a quota has it: an integer, or its text.
fn number(amount: &Value) -> Option<u64> {
    amount.as_u64().or_else(|| amount.as_str()?.parse().ok())
}
