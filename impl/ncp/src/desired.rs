//! What ncp writes: the allocation and the load balancer of a Service, and the status it gets.

use crate::{Ctx, Error, Ids};
use hopwise_api::strings::{condition, reason, tag};
use hopwise_core::ncp::{ClientList, Listener, LoadBalancer, Parts};
use hopwise_core::{Clients, Protocol, Told, Uid};
use hopwise_nsx_client::{
    AccessAction, AccessListControl, Group, HttpMonitor, IpAllocation, LbPool, LbService,
    LbVirtualServer, PoolMember, Tag, Tree,
};
use hopwise_shell::narrow;
use hopwise_shell::status::{self, Condition, Holds};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Service;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

const TCP_PROFILE: &str = "/infra/lb-app-profiles/default-tcp-lb-app-profile";
const UDP_PROFILE: &str = "/infra/lb-app-profiles/default-udp-lb-app-profile";

/// What stands for one Service in NSX-T.
pub struct Desired<'a> {
    /// How it is found.
    pub ids: Ids,
    ctx: &'a Ctx,
    service: &'a Service,
    /// The Service's UID.
    pub uid: Uid,
}

impl<'a> Desired<'a> {
    /// What stands for this incarnation of a Service.
    pub fn of(ctx: &'a Ctx, service: &'a Service) -> Desired<'a> {
        let uid = narrow::uid(&service.metadata);
        Desired {
            ids: Ids::new(&ctx.cluster, &uid),
            ctx,
            service,
            uid,
        }
    }

    /// The request for its address, or for this one, under this id.
    pub fn allocation(&self, id: &str, address: Option<IpAddr>) -> IpAllocation {
        IpAllocation {
            id: id.into(),
            display_name: Some(self.display_name()),
            tags: self.tags(),
            allocation_ip: address,
            ..IpAllocation::default()
        }
    }

    /// Its load balancer as one request, which also takes away what is stale.
    ///
    /// # Errors
    /// [`Error::NoVirtualServer`] when NSX-T has none for a port's protocol.
    pub fn program(&self, load_balancer: &LoadBalancer) -> Result<Tree, Error> {
        let mut tree = Tree::default().write_lb_service(&self.lb_service());
        if let Clients::Of(networks) = &load_balancer.clients {
            tree = tree.write_group(&self.group().of_networks(networks));
        }
        if let Some(port) = load_balancer.health_port {
            tree = tree.write_http_monitor(&self.monitor(port));
        }
        for (listener, members) in &load_balancer.servers {
            if listener.protocol == Protocol::Sctp {
                let port = listener.port;
                return Err(Error::NoVirtualServer { port });
            }
            let server = LbVirtualServer {
                access_list_control: self.access_list(&load_balancer.clients),
                ..self.virtual_server(*listener, load_balancer.vip)
            };
            let monitor = load_balancer.health_port.map(|port| self.ids.monitor(port));
            let pool = LbPool {
                active_monitor_paths: monitor.iter().map(|id| HttpMonitor::path_of(id)).collect(),
                ..self.pool(*listener, members)
            };
            tree = tree.write_lb_pool(&pool).write_virtual_server(&server);
        }
        Ok(self.without(tree, &load_balancer.stale))
    }

    /// The removal of its load balancer. The cluster's service stays: others are on it.
    pub fn unprogram(&self, parts: &Parts) -> Tree {
        self.without(Tree::default(), parts)
    }

    /// The virtual server of one port, serving everybody.
    pub fn virtual_server(&self, listener: Listener, vip: IpAddr) -> LbVirtualServer {
        let id = self.ids.part(listener);
        let profile = match listener.protocol {
            Protocol::Udp => UDP_PROFILE,
            Protocol::Tcp | Protocol::Sctp => TCP_PROFILE,
        };
        LbVirtualServer {
            display_name: Some(format!("{}:{}", self.display_name(), listener.port)),
            tags: self.tags(),
            ip_address: vip,
            ports: vec![listener.port.to_string()],
            application_profile_path: profile.into(),
            lb_service_path: Some(format!("/infra/lb-services/{}", self.ctx.cluster)),
            pool_path: Some(format!("/infra/lb-pools/{id}")),
            access_list_control: None,
            default_pool_member_ports: Vec::new(),
            revision: None,
            rest: Map::new(),
            id,
        }
    }

    fn pool(&self, listener: Listener, members: &BTreeSet<SocketAddr>) -> LbPool {
        let member = |at: &SocketAddr| PoolMember::new(at.ip(), at.port());
        LbPool {
            id: self.ids.part(listener),
            display_name: Some(format!("{}:{}", self.display_name(), listener.port)),
            tags: self.tags(),
            members: members.iter().map(member).collect(),
            ..LbPool::default()
        }
    }

    /// The service that carries the virtual servers of the whole cluster. Every program writes it,
    /// so that none depends on another having been first.
    fn lb_service(&self) -> LbService {
        let cluster = &self.ctx.cluster;
        LbService {
            id: cluster.clone(),
            tags: vec![Tag::new(tag::CLUSTER, cluster)],
            connectivity_path: Some(format!("/infra/tier-1s/{}", self.ctx.gateway)),
            size: Some(self.ctx.size.name().into()),
            ..LbService::default()
        }
    }

    fn access_list(&self, clients: &Clients) -> Option<AccessListControl> {
        match clients {
            Clients::All => None,
            Clients::Of(_) => Some(AccessListControl {
                action: AccessAction::Allow,
                group_path: Group::path_of(self.ids.clients()),
                enabled: true,
            }),
        }
    }

    /// The group of those who are served, with nobody in it.
    fn group(&self) -> Group {
        Group {
            id: self.ids.clients().into(),
            display_name: Some(self.display_name()),
            tags: self.tags(),
            ..Group::default()
        }
    }

    /// Asks as the documentation of `healthCheckNodePort` says: kube-proxy answers 200 on a node with
    /// a backend of its own, and 503 on the others.
    fn monitor(&self, port: u16) -> HttpMonitor {
        HttpMonitor {
            id: self.ids.monitor(port),
            display_name: Some(self.display_name()),
            tags: self.tags(),
            monitor_port: port,
            request_url: "/healthz".into(),
            response_status_codes: vec![200],
        }
    }

    fn without(&self, tree: Tree, parts: &Parts) -> Tree {
        let tree = parts.servers.iter().fold(tree, |tree, listener| {
            let id = self.ids.part(*listener);
            tree.delete_virtual_server(&id).delete_lb_pool(&id)
        });
        let tree = match parts.clients {
            ClientList::Present => tree.delete_group(self.ids.clients()),
            ClientList::Absent => tree,
        };
        parts.health_ports.iter().fold(tree, |tree, port| {
            tree.delete_http_monitor(&self.ids.monitor(*port))
        })
    }

    fn tags(&self) -> Vec<Tag> {
        let mut tags = vec![
            Tag::new(tag::CLUSTER, &self.ctx.cluster),
            Tag::new(tag::SERVICE_UID, &self.uid.0),
        ];
        let guest = narrow::guest_service_uid(&self.service.metadata);
        tags.extend(guest.map(|uid| Tag::new(tag::GUEST_SERVICE_UID, uid.0)));
        tags
    }

    fn display_name(&self) -> String {
        let (namespace, name) = narrow::key(self.service);
        format!("{namespace}/{name}")
    }
}

/// The Service's status with what it is told, in NSX-T's words where there is no address.
pub fn status(service: &Service, told: Told, words: &str, now: Timestamp) -> Value {
    let (holds, reason, message) = match told {
        Told::Address(ip) => {
            let message = format!("NSX-T serves the Service at {ip}");
            (Holds::True, reason::PROGRAMMED, message)
        }
        Told::Exhausted => (Holds::False, reason::POOL_EXHAUSTED, words.to_owned()),
        Told::Nothing => (Holds::False, reason::NO_ADDRESS, words.to_owned()),
    };
    let seen = narrow::service_conditions(service);
    let both = [condition::READY, condition::LOAD_BALANCER_PROGRAMMED];
    let both = both.map(|type_| Condition {
        type_,
        holds,
        reason,
        message: message.clone(),
    });
    let ours: Vec<_> = both
        .into_iter()
        .chain(status::exhaustion(told, seen, words))
        .collect();
    let generation = service.metadata.generation;
    json!({
        "loadBalancer": status::load_balancer(told),
        "conditions": status::with_conditions(seen, &ours, generation, now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use hopwise_apiserver::{ApiServer, ApiService};
    use hopwise_nsx_client::{Credentials, NsxClient};
    use hopwise_nsxt::{Manager, PolicyApi, Realization};
    use hopwise_shell::{SystemClock, Telemetry};
    use hopwise_vocab::Safeguards;
    use kube::Client;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn ctx() -> Ctx {
        let manager = Manager::new(hopwise_nsxt::Options {
            clock: Arc::new(|| Timestamp::UNIX_EPOCH),
            seed: 1,
            credentials: hopwise_nsxt::Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization: Realization::Immediate,
            purge: Realization::Immediate,
        });
        let credentials = Credentials {
            username: "admin".into(),
            password: "secret".into(),
        };
        let server = ApiServer::new(hopwise_apiserver::Options::default());
        Ctx {
            supervisor: Client::new(ApiService::new(server), "default"),
            nsx: NsxClient::new(PolicyApi(manager), &credentials),
            cluster: "sup".into(),
            ip_pool: "vips".into(),
            gateway: "t1".into(),
            lists: crate::Lists::Shared,
            size: Size::Large,
            safeguards: Safeguards::reference(),
            decide: hopwise_core::ncp::decide,
            clock: Arc::new(SystemClock),
            seed: 1,
            telemetry: Telemetry::of("ncp"),
        }
    }

    fn service() -> Service {
        serde_json::from_value(json!({ "metadata": {
            "name": "web", "namespace": "default", "uid": "u1",
            "annotations": { "run.tanzu.vmware.com/service.uid": "g1" },
        }}))
        .unwrap()
    }

    fn listener(protocol: Protocol, port: u16) -> Listener {
        Listener { protocol, port }
    }

    fn load_balancer(listener: Listener, stale: &[Listener]) -> LoadBalancer {
        LoadBalancer {
            vip: "10.0.0.1".parse().unwrap(),
            servers: BTreeMap::from([(listener, ["10.1.0.5:30053".parse().unwrap()].into())]),
            clients: Clients::All,
            health_port: None,
            stale: Parts {
                servers: stale.iter().copied().collect(),
                ..Parts::default()
            },
        }
    }

    #[tokio::test]
    async fn one_tree_writes_what_is_wanted_and_takes_what_is_stale() {
        let (ctx, service) = (ctx(), service());
        let wanted = load_balancer(listener(Protocol::Udp, 53), &[listener(Protocol::Tcp, 80)]);
        let tree = Desired::of(&ctx, &service).program(&wanted).unwrap();
        let body = tree.body();
        let children = &body["children"];
        let ids: Vec<_> = ["LBService", "LBPool", "LBVirtualServer"]
            .iter()
            .enumerate()
            .map(|(index, kind)| children[index][kind]["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["sup", "sup-u1-udp-53", "sup-u1-udp-53"]);
        assert_eq!(
            children[0]["LBService"]["connectivity_path"],
            "/infra/tier-1s/t1"
        );
        assert_eq!(children[0]["LBService"]["size"], "LARGE");
        let server = &children[2]["LBVirtualServer"];
        assert_eq!(server["ip_address"], "10.0.0.1");
        assert_eq!(server["pool_path"], "/infra/lb-pools/sup-u1-udp-53");
        assert_eq!(server["application_profile_path"], UDP_PROFILE);
        assert_eq!(children[1]["LBPool"]["members"][0]["port"], "30053");
        for (index, kind) in [(3, "LBVirtualServer"), (4, "LBPool")] {
            assert_eq!(children[index]["marked_for_delete"], true);
            assert_eq!(children[index][kind]["id"], "sup-u1-tcp-80");
        }
    }

    #[tokio::test]
    async fn sctp_is_refused_since_nsx_has_no_virtual_server_for_it() {
        let (ctx, service) = (ctx(), service());
        let wanted = load_balancer(listener(Protocol::Sctp, 5060), &[]);
        let refused = Desired::of(&ctx, &service).program(&wanted);
        assert!(matches!(
            refused,
            Err(Error::NoVirtualServer { port: 5060 })
        ));
    }

    #[tokio::test]
    async fn the_tags_name_the_cluster_the_service_and_the_guest_service() {
        let (ctx, service) = (ctx(), service());
        let wanted = [
            Tag::new("ncp/cluster", "sup"),
            Tag::new("ncp/service_uid", "u1"),
            Tag::new("ncp/guest_service_uid", "g1"),
        ];
        let allocation = Desired::of(&ctx, &service).allocation("a", None);
        assert_eq!(allocation.tags, wanted);
    }
}
