//! kube-rs as a client: typed access, watcher, finalizer and a whole Controller.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::*;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::{Action as Requeue, Controller};
use kube::runtime::finalizer::{Event, finalizer};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::json;

fn typed<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn typed_objects_go_in_and_out() {
    let server = cluster();
    let services: Api<Service> = Api::default_namespaced(client(&server));
    let web: Service = typed(service("web", "LoadBalancer"));
    let created = services.create(&PostParams::default(), &web).await.unwrap();
    let spec = created.spec.unwrap();
    assert_eq!(spec.cluster_ip.as_deref(), Some("10.96.0.1"));
    let error = services
        .create(&PostParams::default(), &web)
        .await
        .unwrap_err();
    assert!(matches!(error, kube::Error::Api(status) if status.is_already_exists()));
    assert_eq!(
        services
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert!(
        services
            .delete("web", &DeleteParams::default())
            .await
            .unwrap()
            .is_left()
    );
    assert!(services.get_opt("web").await.unwrap().is_none());
}

#[tokio::test]
async fn a_watcher_lists_and_then_follows_in_both_ways() {
    for config in [
        watcher::Config::default(),
        watcher::Config::default().streaming_lists(),
    ] {
        let server = cluster();
        let maps: Api<ConfigMap> = Api::default_namespaced(client(&server));
        post(&server, CONFIG_MAPS, &config_map("a"));
        let mut seen = watcher(maps, config).touched_objects().boxed();
        let first = seen.try_next().await.unwrap().unwrap();
        assert_eq!(first.metadata.name.as_deref(), Some("a"));
        let client = client(&server);
        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        maps.create(&PostParams::default(), &typed(config_map("b")))
            .await
            .unwrap();
        let second = seen.try_next().await.unwrap().unwrap();
        assert_eq!(second.metadata.name.as_deref(), Some("b"));
    }
}

#[tokio::test]
async fn an_apply_of_a_status_is_seen_by_its_reader() {
    let server = cluster();
    let services: Api<Service> = Api::default_namespaced(client(&server));
    let web: Service = typed(service("web", "LoadBalancer"));
    services.create(&PostParams::default(), &web).await.unwrap();
    let status = json!({"apiVersion": "v1", "kind": "Service",
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
    let by = PatchParams::apply("ccm").force();
    let reported = services
        .patch_status("web", &by, &Patch::Apply(&status))
        .await
        .unwrap();
    let ingress = reported
        .status
        .unwrap()
        .load_balancer
        .unwrap()
        .ingress
        .unwrap();
    assert_eq!(ingress[0].ip.as_deref(), Some("192.0.2.1"));
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("finalizer: {0}")]
    Finalizer(#[source] Box<kube::runtime::finalizer::Error<std::convert::Infallible>>),
}

struct Context {
    client: kube::Client,
    cleaned: Arc<AtomicUsize>,
}

async fn reconcile(map: Arc<ConfigMap>, context: Arc<Context>) -> Result<Requeue, Refusal> {
    let maps: Api<ConfigMap> = Api::default_namespaced(context.client.clone());
    finalizer(&maps, "example.com/hold", map, |event| {
        if let Event::Cleanup(_) = event {
            context.cleaned.fetch_add(1, Ordering::Relaxed);
        }
        std::future::ready(Ok(Requeue::await_change()))
    })
    .await
    .map_err(|error| Refusal::Finalizer(Box::new(error)))
}

#[tokio::test]
async fn a_controller_with_a_finalizer_cleans_up_before_its_object_goes() {
    let server = cluster();
    let cleaned = Arc::new(AtomicUsize::new(0));
    let maps: Api<ConfigMap> = Api::default_namespaced(client(&server));
    let context = Context {
        client: client(&server),
        cleaned: cleaned.clone(),
    };
    let controller = Controller::new(maps.clone(), watcher::Config::default()).run(
        reconcile,
        |_, _, _| Requeue::await_change(),
        Arc::new(context),
    );
    let running = tokio::spawn(controller.for_each(|_| async {}));
    let mut changed = server.changed();
    maps.create(&PostParams::default(), &typed(config_map("a")))
        .await
        .unwrap();
    let finalizers = || {
        let map = server.object("", "configmaps", "default", "a");
        map.map(|map| map["metadata"]["finalizers"].clone())
    };
    let limit = Duration::from_secs(20);
    let until = changed.wait_for(|_| finalizers() == Some(json!(["example.com/hold"])));
    tokio::time::timeout(limit, until).await.unwrap().unwrap();
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    let until = changed.wait_for(|_| finalizers().is_none());
    tokio::time::timeout(limit, until).await.unwrap().unwrap();
    assert_eq!(cleaned.load(Ordering::Relaxed), 1);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_quiet_watch_gets_a_bookmark_each_minute_and_ends_on_time() {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let server = cluster();
    let uri = format!("{CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=130");
    let request = http::Request::builder()
        .uri(uri)
        .body(http_body_util::Empty::<bytes::Bytes>::new())
        .unwrap();
    let service = hopwise_apiserver::ApiService::new(server);
    let body = service.oneshot(request).await.unwrap().into_body();
    let text = body.collect().await.unwrap().to_bytes();
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    // The first says that the initial events end.
    assert_eq!(lines.count(), 3);
}
