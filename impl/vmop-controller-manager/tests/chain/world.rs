//! Everything that the controllers meet, in memory.

mod cluster;

use futures::channel::mpsc::{self, UnboundedSender};
use futures::{StreamExt, future, stream};
use guest_cluster_cloud_provider as ccm;
use hopwise_api::{VirtualMachine, VirtualMachineService, VirtualMachineSpec};
use hopwise_apiserver::{Answer, ApiServer, ApiService, Options};
use hopwise_nsx_client::{Credentials, NsxClient};
use hopwise_nsxt::{
    Credentials as Account, Manager, Options as NsxOptions, PolicyApi, Realization,
};
use hopwise_shell::{Clock, SystemClock, Telemetry};
use hopwise_vocab::Safeguards;
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use vmop_controller_manager as vmop;

/// The one node's address.
pub const NODE: &str = "10.0.0.11";
const NAMESPACE: &str = "team";
/// More ticks than any of these scenarios needs.
const MANY: usize = 12;

pub struct World {
    pub guest: Arc<ApiServer>,
    pub supervisor: Arc<ApiServer>,
    pub manager: Arc<Manager>,
    safeguards: Safeguards,
    /// The Supervisor's object for the guest cluster, as ccm is told of it.
    pub owner: OwnerReference,
    ticks: [UnboundedSender<()>; 3],
}

impl World {
    /// A running chain with one node and `addresses` addresses, that hold an address for `delay`
    /// after it was given back.
    pub async fn start(addresses: u8, delay: Duration) -> World {
        World::guarded_by(Safeguards::reference(), addresses, delay).await
    }

    /// The same, with these safeguards.
    pub async fn guarded_by(safeguards: Safeguards, addresses: u8, delay: Duration) -> World {
        let options = |seed| Options {
            seed,
            ..Options::default()
        };
        let (guest, supervisor) = (ApiServer::new(options(1)), ApiServer::new(options(2)));
        let manager = manager(addresses, delay);
        let (ccm_ticks, ccm_tick) = mpsc::unbounded();
        let (vmop_ticks, vmop_tick) = mpsc::unbounded();
        let (ncp_ticks, ncp_tick) = mpsc::unbounded();
        let mut world = World {
            guest,
            supervisor,
            manager,
            safeguards,
            owner: OwnerReference::default(),
            ticks: [ccm_ticks, vmop_ticks, ncp_ticks],
        };
        world.furnish().await;
        world.owner = world.make_cluster().await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        tokio::spawn(ccm::run(
            world.ccm(&clock),
            ccm_tick.flat_map(|()| stream::iter([ccm::Tick::Poll, ccm::Tick::Sync])),
            future::pending(),
        ));
        tokio::spawn(vmop::run(world.vmop(&clock), vmop_tick, future::pending()));
        tokio::spawn(ncp::run(world.ncp(&clock), ncp_tick, future::pending()));
        world
    }

    async fn furnish(&self) {
        let client = client(&self.supervisor);
        let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
        for definition in hopwise_api::custom_resources() {
            definitions
                .create(&PostParams::default(), &definition)
                .await
                .unwrap();
        }
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(NAMESPACE.into());
        let namespaces: Api<Namespace> = Api::all(client);
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .unwrap();
        self.add_machine("node-1", NODE).await;
    }

    fn ccm(&self, clock: &Arc<dyn Clock>) -> ccm::Ctx {
        ccm::Ctx {
            guest: client(&self.guest),
            supervisor: client(&self.supervisor),
            cluster: ccm::Cluster {
                name: "guest".into(),
                namespace: NAMESPACE.into(),
                owner: self.owner.clone(),
            },
            safeguards: self.safeguards.clone(),
            decide: hopwise_core::ccm::decide,
            clock: Arc::clone(clock),
            seed: 1,
            telemetry: Telemetry::of("guest-cluster-cloud-provider"),
        }
    }

    fn vmop(&self, clock: &Arc<dyn Clock>) -> vmop::Ctx {
        vmop::Ctx {
            supervisor: client(&self.supervisor),
            safeguards: self.safeguards.clone(),
            decide: hopwise_core::vmop::decide,
            clock: Arc::clone(clock),
            seed: 1,
            telemetry: Telemetry::of("vmop-controller-manager"),
        }
    }

    fn ncp(&self, clock: &Arc<dyn Clock>) -> ncp::Ctx {
        let credentials = Credentials {
            username: "admin".into(),
            password: "secret".into(),
        };
        ncp::Ctx {
            supervisor: client(&self.supervisor),
            nsx: NsxClient::new(PolicyApi(Arc::clone(&self.manager)), &credentials),
            cluster: "supervisor".into(),
            ip_pool: "pool".into(),
            gateway: "t1".into(),
            size: ncp::Size::default(),
            lists: ncp::Lists::Shared,
            safeguards: self.safeguards.clone(),
            decide: hopwise_core::ncp::decide,
            clock: Arc::clone(clock),
            seed: 1,
            telemetry: Telemetry::of("ncp"),
        }
    }

    /// A machine that the cluster's selector selects.
    pub async fn add_machine(&self, name: &str, address: &str) {
        let machines: Api<VirtualMachine> = Api::namespaced(client(&self.supervisor), NAMESPACE);
        let mut machine = VirtualMachine::new(name, VirtualMachineSpec::default());
        let labels = [
            ("capv.vmware.com/cluster.name", "guest"),
            ("capv.vmware.com/cluster.role", "node"),
        ];
        machine.metadata.labels = Some(labels.map(|(k, v)| (k.into(), v.into())).into());
        machines
            .create(&PostParams::default(), &machine)
            .await
            .unwrap();
        let status = json!({"status": {"network": {"primaryIP4": address}}});
        let params = PatchParams::default();
        machines
            .patch_status(name, &params, &Patch::Merge(status))
            .await
            .unwrap();
    }

    pub async fn user_creates(&self, service: &Value) {
        let service: Service = serde_json::from_value(service.clone()).unwrap();
        self.services()
            .create(&PostParams::default(), &service)
            .await
            .unwrap();
    }

    pub async fn user_edits(&self, name: &str, patch: &Value) {
        let params = PatchParams::default();
        self.services()
            .patch(name, &params, &Patch::Merge(patch))
            .await
            .unwrap();
    }

    pub async fn user_deletes(&self, name: &str) {
        self.services()
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
    }

    /// The user deletes a Service and takes every finalizer off it, before anybody can notice.
    pub fn user_tears_away(&self, name: &str) {
        tear_away(
            &self.guest,
            &format!("/api/v1/namespaces/default/services/{name}"),
        );
    }

    /// An administrator does so with all VirtualMachineServices.
    pub fn admin_tears_away_vm_services(&self) {
        let (group, plural) = ("vmoperator.vmware.com", "virtualmachineservices");
        for one in self.supervisor.objects(group, plural) {
            let name = one["metadata"]["name"].as_str().unwrap();
            let all = format!("/apis/{group}/v1alpha2/namespaces/{NAMESPACE}/{plural}");
            tear_away(&self.supervisor, &format!("{all}/{name}"));
        }
    }

    /// Somebody else annotates the VirtualMachineServices.
    pub async fn admin_annotates(&self) {
        let note = json!({"metadata": {"annotations": {"example.com/note": "mine"}}});
        let api = self.vm_services();
        for one in api.list(&ListParams::default()).await.unwrap() {
            let (name, params) = (one.metadata.name.unwrap(), PatchParams::default());
            api.patch(&name, &params, &Patch::Merge(&note))
                .await
                .unwrap();
        }
    }

    /// The keys of the annotations of all VirtualMachineServices.
    pub async fn annotations(&self) -> Vec<String> {
        let all = self.vm_services().list(&ListParams::default()).await;
        let keys = |one: VirtualMachineService| {
            let annotations = one.metadata.annotations.unwrap_or_default();
            annotations.into_keys().collect::<Vec<_>>()
        };
        all.unwrap().into_iter().flat_map(keys).collect()
    }

    /// What Kubernetes does in the background, to its end.
    pub fn collect_garbage(&self) {
        while self.supervisor.collect_garbage() > 0 {}
    }

    fn vm_services(&self) -> Api<VirtualMachineService> {
        Api::namespaced(client(&self.supervisor), NAMESPACE)
    }

    fn services(&self) -> Api<Service> {
        Api::namespaced(client(&self.guest), "default")
    }

    /// One tick for each hop, and all that follows from it.
    pub async fn tick(&self) {
        for ticks in &self.ticks {
            ticks.unbounded_send(()).expect("the controllers run");
        }
        self.pause().await;
    }

    /// Ends when nobody has anything to do: the clock is paused.
    pub async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    /// Ticks until there is nothing left that a tick could bring about.
    pub async fn settle(&self) {
        for _ in 0..MANY {
            self.tick().await;
        }
    }

    pub fn guest_service(&self, name: &str) -> Option<Value> {
        let found = self.guest.object("", "services", "default", name)?;
        Some((*found).clone())
    }

    /// What stands for guest Services there, on any kind.
    pub fn left_on_the_supervisor(&self) -> Vec<Value> {
        let all = self.on_the_supervisor();
        all.map(|object| (*object).clone()).collect()
    }

    fn on_the_supervisor(&self) -> impl Iterator<Item = Arc<Value>> {
        let kinds = [
            ("vmoperator.vmware.com", "virtualmachineservices"),
            ("", "services"),
            ("", "endpoints"),
        ];
        let all = kinds
            .into_iter()
            .flat_map(|(group, plural)| self.supervisor.objects(group, plural));
        all.filter(|object| object["metadata"]["namespace"] == NAMESPACE)
    }

    pub fn listening_ports(&self) -> Vec<String> {
        let paths = self.manager.paths();
        let servers = paths
            .iter()
            .filter(|path| path.contains("/lb-virtual-servers/"));
        let ports = servers.map(|path| self.manager.object(path).unwrap()["ports"][0].clone());
        ports
            .map(|port| port.as_str().unwrap().to_owned())
            .collect()
    }

    pub fn pool_members(&self) -> Vec<String> {
        let paths = self.manager.paths();
        let pools = paths.iter().filter(|path| path.contains("/lb-pools/"));
        let text = |member: &Value| {
            let part = |name: &str| member[name].as_str().unwrap().to_owned();
            format!("{}:{}", part("ip_address"), part("port"))
        };
        let members = pools.map(|path| self.manager.object(path).unwrap()["members"].clone());
        members
            .flat_map(|members| {
                members
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(text)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Who told what in a namespace of the guest cluster.
    pub fn events_in(&self, namespace: &str) -> Vec<(String, String)> {
        let events = self.guest.objects("", "events");
        let ours = events
            .iter()
            .filter(|event| event["metadata"]["namespace"] == namespace);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut told: Vec<_> = ours
            .map(|event| (text(&event["source"]["component"]), text(&event["reason"])))
            .collect();
        told.sort();
        told
    }

    /// What objects on all hops say of the pool's exhaustion, of those that say anything.
    pub fn says_exhausted(&self) -> Vec<String> {
        let guest = self.guest.objects("", "services");
        let all = guest.into_iter().chain(self.on_the_supervisor());
        let conditions = all.flat_map(|object| {
            let conditions = object["status"]["conditions"].as_array();
            conditions.cloned().unwrap_or_default()
        });
        conditions
            .filter(|one| one["type"] == "vmoperator.vmware.com/AddressPoolExhausted")
            .map(|one| one["status"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The revisions of everything.
    pub fn versions(&self) -> (u64, u64, Vec<String>) {
        let objects = self.manager.paths();
        let objects = objects
            .iter()
            .map(|path| format!("{:?}", self.manager.object(path)));
        (
            self.guest.resource_version(),
            self.supervisor.resource_version(),
            objects.collect(),
        )
    }
}

fn tear_away(server: &ApiServer, uri: &str) {
    for (method, body) in [
        ("DELETE", ""),
        ("PATCH", r#"{"metadata":{"finalizers":null}}"#),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", "application/merge-patch+json")
            .body(body.into())
            .unwrap();
        let Answer::Whole(answer) = server.answer(&request) else {
            unreachable!("it is no watch");
        };
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

fn client(server: &Arc<ApiServer>) -> Client {
    Client::new(ApiService::new(Arc::clone(server)), "default")
}

fn manager(addresses: u8, delay: Duration) -> Arc<Manager> {
    let manager = Manager::new(NsxOptions {
        clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
        seed: 3,
        credentials: Account {
            username: "admin".into(),
            password: "secret".into(),
        },
        realization: Realization::Immediate,
        purge: Realization::Immediate,
    });
    let first = [192, 0, 2, 1].into();
    let last = [192, 0, 2, addresses].into();
    manager.add_pool("pool", first, last, delay).unwrap();
    manager
}
