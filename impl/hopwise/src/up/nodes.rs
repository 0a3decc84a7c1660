//! Nodes for a laptop: every node port of a guest Service is answered on every node's address by
//! a backend that says who it is. They stand in for kubelet, kube-proxy and pods.

use anyhow::Context;
use futures::TryStreamExt;
use hopwise_api::VirtualMachine;
use hopwise_api::strings::label::{NODE_CLUSTER, NODE_ROLE, NODE_ROLE_NODE};
use k8s_openapi::api::core::v1::{Endpoints, Node, Service};
use kube::api::{Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which nodes there are, and whose.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Their addresses. They must be addresses of this machine.
    pub addresses: Vec<IpAddr>,
    /// The guest cluster's name.
    pub cluster: String,
    /// The Supervisor namespace where the nodes' VirtualMachines live.
    pub namespace: String,
    /// Whether their backends stand for the pods that a Service selects, and are written down as
    /// its Endpoints. Where nothing is between NSX-T and the guest cluster, these are its members.
    pub are_endpoints: bool,
}

impl Nodes {
    /// Writes a Node into the guest cluster for each.
    ///
    /// # Errors
    /// Says which object cannot be written.
    pub async fn register(&self, guest: &Client) -> anyhow::Result<()> {
        for (name, address) in self.named() {
            let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
            let status = json!({"status": {
                "addresses": [{"type": "InternalIP", "address": address}],
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                    "message": "the backend listens", "lastHeartbeatTime": null,
                    "lastTransitionTime": null}],
            }});
            apply(&Api::<Node>::all(guest.clone()), &name, &node, &status).await?;
        }
        Ok(())
    }

    /// Writes a VirtualMachine into the Supervisor for each.
    ///
    /// # Errors
    /// Says which object cannot be written.
    pub async fn register_machines(&self, supervisor: &Client) -> anyhow::Result<()> {
        for (name, address) in self.named() {
            let machine = json!({
                "apiVersion": "vmoperator.vmware.com/v1alpha2", "kind": "VirtualMachine",
                "metadata": {"name": name, "namespace": self.namespace, "labels": {
                    NODE_CLUSTER: self.cluster, NODE_ROLE: NODE_ROLE_NODE}},
                "spec": {},
            });
            let status = json!({"status": {"network": {"primaryIP4": address}}});
            let machines = Api::<VirtualMachine>::namespaced(supervisor.clone(), &self.namespace);
            apply(&machines, &name, &machine, &status).await?;
        }
        Ok(())
    }

    /// Answers every node port of the guest's Services until it is dropped.
    ///
    /// # Errors
    /// Ends only if the watch ends for good.
    pub async fn answer(self, guest: Client) -> anyhow::Result<()> {
        let mut open: BTreeMap<String, Vec<Backend>> = BTreeMap::new();
        let services = Api::<Service>::all(guest.clone());
        let services = watcher(services, watcher::Config::default());
        let mut events = Box::pin(services.default_backoff());
        loop {
            match events.try_next().await {
                Ok(Some(watcher::Event::Apply(service) | watcher::Event::InitApply(service))) => {
                    let key = key_of(&service);
                    let kept = open.remove(&key).unwrap_or_default();
                    open.insert(key, self.backends(&service, kept).await);
                    if self.are_endpoints
                        && let Err(error) = self.publish(&guest, &service).await
                    {
                        tracing::error!(%error, "write the Endpoints of a Service");
                    }
                }
                Ok(Some(watcher::Event::Delete(service))) => drop(open.remove(&key_of(&service))),
                Ok(Some(watcher::Event::Init | watcher::Event::InitDone)) => {}
                Ok(None) => anyhow::bail!("the watch of guest Services ended"),
                Err(error) => tracing::warn!(%error, "watch guest Services"),
            }
        }
    }

    /// Writes the Endpoints of a Service, owned by it, as the cluster's own controller would.
    async fn publish(&self, guest: &Client, service: &Service) -> anyhow::Result<()> {
        let ports = service.spec.iter().flat_map(|it| it.ports.iter().flatten());
        let ports = ports.filter_map(|it| {
            let port = it.node_port?;
            Some(json!({"name": it.name, "port": port, "protocol": it.protocol}))
        });
        let addresses = self
            .named()
            .map(|(name, address)| json!({"ip": address, "nodeName": name}));
        let (name, namespace) = (service.name_any(), service.namespace().unwrap_or_default());
        let endpoints = json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {"name": name, "ownerReferences": [service.controller_owner_ref(&())]},
            "subsets": [{
                "addresses": addresses.collect::<Vec<_>>(),
                "ports": ports.collect::<Vec<_>>(),
            }],
        });
        Api::<Endpoints>::namespaced(guest.clone(), &namespace)
            .patch(&name, &params(), &Patch::Apply(endpoints))
            .await
            .with_context(|| format!("write Endpoints {namespace}/{name}"))?;
        Ok(())
    }

    fn named(&self) -> impl Iterator<Item = (String, IpAddr)> + '_ {
        (1..)
            .zip(&self.addresses)
            .map(|(n, address)| (format!("{}-node-{n}", self.cluster), *address))
    }

    /// The listeners that a Service needs: those of `kept` that still fit, and new ones.
    async fn backends(&self, service: &Service, kept: Vec<Backend>) -> Vec<Backend> {
        let mut backends = Vec::new();
        let mut kept: BTreeMap<_, _> = kept.into_iter().map(|it| (it.key(), it)).collect();
        for (number, answerer) in answerers(service) {
            let Ok(number) = u16::try_from(number) else {
                continue;
            };
            for (node, address) in self.named() {
                let says = format!("{}, {answerer}, answered by {node}\n", service.name_any());
                let address = SocketAddr::new(address, number);
                if let Some(backend) = kept.remove(&(address, says.clone())) {
                    backends.push(backend);
                } else {
                    backends.extend(Backend::open(address, says).await);
                }
            }
        }
        backends
    }
}

/// The ports at which nodes answer for a Service, and who answers there: what it has behind it, and
/// where it wants nodes with something behind it only, the node itself. All nodes have something.
fn answerers(service: &Service) -> Vec<(i32, String)> {
    let ports = service.spec.iter().flat_map(|it| it.ports.iter().flatten());
    let of_ports = ports.filter_map(|port| {
        let name = port.name.as_deref().unwrap_or("the only port");
        Some((port.node_port?, name.to_owned()))
    });
    let health = service
        .spec
        .as_ref()
        .and_then(|it| it.health_check_node_port);
    let of_node = health.map(|port| (port, "one local endpoint".to_owned()));
    of_ports.chain(of_node).collect()
}

fn key_of(service: &Service) -> String {
    format!(
        "{}/{}",
        service.namespace().unwrap_or_default(),
        service.name_any()
    )
}

fn params() -> PatchParams {
    PatchParams::apply("hopwise-nodes").force()
}

async fn apply<K>(
    api: &Api<K>,
    name: &str,
    object: &serde_json::Value,
    status: &serde_json::Value,
) -> anyhow::Result<()>
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    api.patch(name, &params(), &Patch::Apply(object))
        .await
        .with_context(|| format!("write {name}"))?;
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(status))
        .await
        .with_context(|| format!("write the status of {name}"))?;
    Ok(())
}

/// One listener on one node port; it closes when it is dropped.
struct Backend {
    address: SocketAddr,
    says: String,
    task: JoinHandle<()>,
}

impl Backend {
    async fn open(address: SocketAddr, says: String) -> Option<Backend> {
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, %address, "listen on a node port");
                return None;
            }
        };
        let answer = says.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream, answer.clone()));
            }
        });
        Some(Backend {
            address,
            says,
            task,
        })
    }

    fn key(&self) -> (SocketAddr, String) {
        (self.address, self.says.clone())
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One HTTP/1.1 answer to whatever is asked. Reading to the end of the head keeps clients that
/// are still writing from seeing a reset.
async fn respond(mut stream: TcpStream, says: String) {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|it| it == b"\r\n\r\n") && head.len() < 65_536 {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => head.extend_from_slice(&chunk[..length]),
        }
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{says}",
        says.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _closed_by_the_client = stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_answer_for_every_port_and_where_they_are_asked_whether_they_serve() {
        let service = json!({ "metadata": {}, "spec": {
            "ports": [{ "name": "http", "port": 80, "nodePort": 30080 }, { "port": 81 }],
            "healthCheckNodePort": 30100,
        }});
        let service = serde_json::from_value(service).expect("it is a Service");
        let wanted = [(30080, "http"), (30100, "one local endpoint")];
        assert_eq!(
            answerers(&service),
            wanted.map(|(port, who)| (port, who.to_owned()))
        );
    }
}
