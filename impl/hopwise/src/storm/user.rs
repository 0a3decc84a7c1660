//! A user who does what the plan says, and tries again until it is done.

use super::Record;
use super::plan::Deed;
use k8s_openapi::api::core::v1::Service;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use std::time::Duration;

/// How long until a deed that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// Which deed made a Service: a lost answer is told from a Service that was there before.
const DEED: &str = "hopwise.example/deed";

/// Does all deeds to one Service, each at its time or as soon as the one before is done.
pub async fn act(api: Api<Service>, name: String, deeds: Vec<(Duration, Deed)>, record: Record) {
    for (n, (at, deed)) in deeds.into_iter().enumerate() {
        tokio::time::sleep(at.saturating_sub(record.elapsed())).await;
        while !is_done(&api, &name, n, &deed).await {
            tokio::time::sleep(RETRY).await;
        }
        record.add(word(&deed), json!({"service": name, "ports": ports(&deed)}));
    }
}

async fn is_done(api: &Api<Service>, name: &str, n: usize, deed: &Deed) -> bool {
    match deed {
        Deed::Create(ports) => {
            let made = api
                .create(&PostParams::default(), &service(name, n, ports))
                .await;
            made.is_ok() || is_made(api, name, n).await
        }
        Deed::Edit(_) => {
            let patch = Patch::Merge(json!({"spec": {"ports": ports(deed)}}));
            let edited = api.patch(name, &PatchParams::default(), &patch).await;
            edited.is_ok()
        }
        Deed::Delete => is_gone_or_ok(api.delete(name, &DeleteParams::default()).await),
        Deed::TearAway => {
            if !is_gone_or_ok(api.delete(name, &DeleteParams::default()).await) {
                return false;
            }
            let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            is_gone_or_ok(api.patch(name, &PatchParams::default(), &patch).await)
        }
    }
}

/// An answer that was lost does not undo what was done.
async fn is_made(api: &Api<Service>, name: &str, n: usize) -> bool {
    let found = api.get_opt(name).await.ok().flatten();
    found.is_some_and(|found| found.annotations().get(DEED) == Some(&n.to_string()))
}

fn is_gone_or_ok<T>(answer: Result<T, kube::Error>) -> bool {
    match answer {
        Ok(_) => true,
        Err(error) => matches!(error, kube::Error::Api(status) if status.code == 404),
    }
}

fn service(name: &str, n: usize, ports: &[u16]) -> Service {
    let service = json!({
        "metadata": {"name": name, "annotations": {DEED: n.to_string()}},
        "spec": {"type": "LoadBalancer", "ports": in_words(ports)},
    });
    serde_json::from_value(service).expect("this is a Service")
}

fn ports(deed: &Deed) -> Value {
    match deed {
        Deed::Create(ports) | Deed::Edit(ports) => in_words(ports),
        Deed::Delete | Deed::TearAway => Value::Null,
    }
}

fn in_words(ports: &[u16]) -> Value {
    let ports = ports
        .iter()
        .map(|port| json!({"name": format!("p{port}"), "port": port}));
    ports.collect()
}

const fn word(deed: &Deed) -> &'static str {
    match deed {
        Deed::Create(_) => "create",
        Deed::Edit(_) => "edit",
        Deed::Delete => "delete",
        Deed::TearAway => "tear-away",
    }
}
