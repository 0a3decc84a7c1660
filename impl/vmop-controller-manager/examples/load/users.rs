//! The users of the guest clusters: they create Services, and see when each gets its address.

use crate::fleet::Guest;
use anyhow::Context;
use futures::{StreamExt, TryStreamExt, future, pin_mut};
use k8s_openapi::api::core::v1::Service;
use kube::api::PostParams;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Creates so many Services one after another, and waits until all of them are published. Returns
/// how long each took from the answer to its creation on.
///
/// # Errors
/// Says which Service cannot be created.
pub async fn create_and_wait(guest: &Guest, services: usize) -> anyhow::Result<Vec<Duration>> {
    let api: Api<Service> = Api::namespaced(guest.user.clone(), "default");
    let (created, published) =
        future::try_join(create(guest, &api, services), hear(&api, services)).await?;
    let took = published.iter().map(|(name, at)| {
        let from = created.get(name);
        from.map(|from| at.saturating_duration_since(*from))
            .context("only what was created is published")
    });
    took.collect()
}

async fn create(
    guest: &Guest,
    api: &Api<Service>,
    services: usize,
) -> anyhow::Result<BTreeMap<String, Instant>> {
    let mut created = BTreeMap::new();
    for index in 1..=services {
        let name = format!("web-{index}");
        let service = json!({
            "metadata": {"name": name},
            "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]},
        });
        let service: Service = serde_json::from_value(service)?;
        api.create(&PostParams::default(), &service)
            .await
            .with_context(|| format!("create Service {name} in {}", guest.name))?;
        created.insert(name, Instant::now());
    }
    Ok(created)
}

/// When each Service first showed an address.
async fn hear(api: &Api<Service>, services: usize) -> anyhow::Result<BTreeMap<String, Instant>> {
    let seen = watcher(api.clone(), watcher::Config::default()).applied_objects();
    let served = seen.try_filter(|service| {
        let status = service.status.as_ref();
        let balancer = status.and_then(|status| status.load_balancer.as_ref());
        let ingress = balancer.and_then(|balancer| balancer.ingress.as_ref());
        future::ready(ingress.is_some_and(|ingress| !ingress.is_empty()))
    });
    pin_mut!(served);
    let mut published = BTreeMap::new();
    while published.len() < services {
        let service = served.next().await.context("the watch goes on")??;
        published
            .entry(service.name_any())
            .or_insert_with(Instant::now);
    }
    Ok(published)
}
