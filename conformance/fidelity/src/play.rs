//! Plays a sequence on a server: every step in turn, and then what the watches have to tell.

use crate::memory::Memory;
use crate::server::{Said, Server};
use crate::step::{Ask, Kind, Part, Step, View};
use crate::wire::request;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a sequence is played.
#[derive(Clone, Debug)]
pub struct Stage {
    /// A namespace that nothing else is in. It is made.
    pub namespace: String,
    /// A number that no sequence has which is played at the same time; less than 60.
    pub lane: u16,
}

/// Plays it, and returns one answer per step.
pub async fn play<S: Server>(server: &S, stage: &Stage, steps: &[Step]) -> Vec<Said> {
    let mut memory = Memory::of(&stage.namespace, stage.lane);
    server.ask(namespace(&stage.namespace)).await;
    let mut answers = Vec::with_capacity(steps.len());
    let mut open = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        if is_old(step) {
            // What may be old is brought up to date, so that everybody is told the same.
            server.ask(request(&catching_up(step), &memory)).await;
        }
        let asked = request(step, &memory);
        let said = if step.ask == Ask::Watch {
            match server.watch(asked).await {
                Ok(watch) => {
                    open.insert(at, watch);
                    Said {
                        code: 200,
                        ..Said::default()
                    }
                }
                Err(said) => said,
            }
        } else {
            server.ask(asked).await
        };
        memory.learn(step.kind, &said.body);
        answers.push(said);
    }
    for (at, watch) in open {
        let step = &steps[at];
        let mark = format!("{at}");
        let last = server.ask(request(&last(step, &mark), &memory)).await;
        let ends = move |event: &Value| marked(&event["object"]) == Some(mark.as_str());
        let is_told = last.code < 300 && step.view != View::Table;
        // Where nothing tells the end, nobody knows how long to wait.
        if is_told {
            answers[at].body = server.events(watch, &ends).await.into();
        }
    }
    clear(server, steps, &memory).await;
    answers
}

fn namespace(name: &str) -> Request<Bytes> {
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    Request::post(Kind::Namespace.path(""))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .expect("its parts are well formed")
}

/// Whether a server may answer with what was there some time ago.
fn is_old(step: &Step) -> bool {
    matches!(step.ask, Ask::Get | Ask::List | Ask::Watch)
        && step.query.contains_key("resourceVersion")
}

fn catching_up(step: &Step) -> Step {
    Step {
        ask: Ask::List,
        name: String::new(),
        query: BTreeMap::new(),
        view: View::Metadata,
        ..step.clone()
    }
}

/// Which annotation tells that a watch has told everything.
const MARK: &str = "ledger.example.com/end";

fn marked(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][MARK].as_str()
}

/// A write that a watch hears of after everything else.
fn last(step: &Step, mark: &str) -> Step {
    let selector = |name: &str| step.query.get(name).map_or("", String::as_str);
    let named = selector("fieldSelector").strip_prefix("metadata.name=");
    let labels = match selector("labelSelector") {
        "app=b" => json!({"app": "b"}),
        "tier" => json!({"app": "a", "tier": "x"}),
        "!tier,app" | "app in (a,c)" | "app=a" => json!({"app": "a"}),
        _ => json!({}),
    };
    let spec = match step.kind {
        Kind::Service => json!({"spec": {"ports": [{"port": 9}], "clusterIP": "None"}}),
        Kind::EndpointSlice => json!({"addressType": "IPv4", "endpoints": [], "ports": []}),
        Kind::Event => json!({"involvedObject": {"namespace": "$namespace"}}),
        Kind::VirtualMachineService => json!({"spec": {"type": "ClusterIP"}}),
        Kind::VirtualMachine => json!({"spec": {}}),
        Kind::Namespace | Kind::Endpoints | Kind::ConfigMap | Kind::Secret | Kind::Lease => {
            json!({})
        }
    };
    let mut body = json!({"metadata": {"labels": labels, "annotations": {MARK: mark}}});
    if named.is_none()
        && let (Some(body), Some(spec)) = (body.as_object_mut(), spec.as_object())
    {
        body.extend(spec.clone());
    }
    let query = [("fieldManager", "ledger-end"), ("force", "true")];
    Step {
        ask: match named {
            Some(_) => Ask::Merge,
            None => Ask::Apply,
        },
        kind: step.kind,
        name: named.unwrap_or("zz-end").into(),
        part: Part::Whole,
        view: View::Object,
        query: query
            .map(|(key, value)| (key.into(), value.into()))
            .into_iter()
            .filter(|(key, _): &(String, String)| named.is_none() || key != "force")
            .collect(),
        body,
    }
}

/// Gives back what a cluster gives out once: addresses and ports of Services.
async fn clear<S: Server>(server: &S, steps: &[Step], memory: &Memory) {
    if steps.iter().all(|step| step.kind != Kind::Service) {
        return;
    }
    let services = Step {
        ask: Ask::List,
        kind: Kind::Service,
        name: String::new(),
        part: Part::Whole,
        view: View::Object,
        query: BTreeMap::new(),
        body: Value::Null,
    };
    let found = server.ask(request(&services, memory)).await;
    for service in found.body["items"].as_array().into_iter().flatten() {
        let metadata = &service["metadata"];
        let one = |ask, body| Step {
            ask,
            name: metadata["name"].as_str().unwrap_or_default().into(),
            body,
            ..services.clone()
        };
        if metadata["finalizers"].is_array() {
            let free = json!({"metadata": {"finalizers": null}});
            server.ask(request(&one(Ask::Merge, free), memory)).await;
        }
        server
            .ask(request(&one(Ask::Delete, Value::Null), memory))
            .await;
    }
}
