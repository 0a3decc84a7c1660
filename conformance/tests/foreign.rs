//! The way to API servers that others wrote, tried on embedded ones behind a client: what is not in
//! the way there is not in the way before a kube-apiserver.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use hopwise_apiserver::{Answer, ApiServer, ApiService, Options};
use hopwise_conformance::caller::Caller;
use hopwise_conformance::foreign::{ControlPlanes, Error, run_at};
use hopwise_vocab::Trace;
use http::{Method, Request};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use kube::Client;
use kube::client::Body;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tower::{BoxError, ServiceExt};

fn traces() -> Vec<Trace> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("traces");
    let folders = [folder.clone(), folder.join("as-built")];
    let files = folders.iter().flat_map(|it| std::fs::read_dir(it).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap());
    texts.map(|text| Trace::parse(&text).unwrap()).collect()
}

fn server(seed: u64) -> Client {
    let server = ApiServer::new(Options {
        seed,
        ..Options::default()
    });
    // A kube-apiserver makes this one for itself.
    let kubernetes = r#"{"metadata": {"name": "kubernetes"}, "spec": {"ports": [{"port": 443}]}}"#;
    let request = Request::post("/api/v1/namespaces/default/services")
        .header("content-type", "application/json");
    let Answer::Whole(made) = server.answer(&request.body(kubernetes.into()).unwrap()) else {
        panic!("it is no watch")
    };
    assert!(made.status().is_success(), "{made:?}");
    Client::new(
        tower::service_fn(move |request| answer(Arc::clone(&server), request)),
        "default",
    )
}

type Answered = http::Response<UnsyncBoxBody<Bytes, BoxError>>;

/// Answers as a control plane does that has no garbage collector.
async fn answer(server: Arc<ApiServer>, request: Request<Body>) -> Result<Answered, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let request = Request::from_parts(head, body);
    if request.method() == Method::GET {
        let request = request.map(Full::new);
        return ApiService::new(server).oneshot(request).await;
    }
    match server.answer(&request) {
        Answer::Whole(answered) => Ok(answered.map(|body| {
            let never = |never: Infallible| match never {};
            Full::new(body).map_err(never).boxed_unsync()
        })),
        Answer::Watch(_) => panic!("a watch is a GET"),
    }
}

fn planes(runtime: &Runtime, guests: u64) -> Arc<ControlPlanes> {
    let _inside = runtime.enter();
    let guests = (0..guests).map(|seed| server(10 + seed)).collect();
    let handle = runtime.handle().clone();
    Arc::new(ControlPlanes::new(handle, guests, server(1)).unwrap())
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

fn replayed(planes: &Arc<ControlPlanes>, trace: &Trace) -> Result<usize, Error> {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    run_at(planes, trace, None, &mut caller).map(|it| it.steps)
}

#[test]
fn every_kept_trace_is_followed_one_after_the_other_on_the_same_servers() {
    let runtime = runtime();
    let planes = planes(&runtime, 2);
    let all = traces();
    assert!(all.len() >= 48);
    for trace in &all {
        if let Err(error) = replayed(&planes, trace) {
            panic!("{}: {error}", trace.header.name);
        }
    }
}

#[test]
fn a_trace_with_more_guest_clusters_than_there_are_is_named_with_the_reason() {
    let runtime = runtime();
    let planes = planes(&runtime, 1);
    let mut all = traces().into_iter();
    let clusters = all.find(|it| it.header.name == "clusters").unwrap();
    let error = replayed(&planes, &clusters).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not replayed: it has 2 guest clusters, and there are 1"
    );
}
