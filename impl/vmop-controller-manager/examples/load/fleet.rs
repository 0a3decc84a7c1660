//! One Supervisor, one NSX-T manager, and guest clusters with a ccm each, in one process.

use crate::requests::Requests;
use anyhow::Context;
use futures::StreamExt;
use futures::stream::BoxStream;
use guest_cluster_cloud_provider as ccm;
use hopwise_api::strings::component;
use hopwise_api::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
use hopwise_api::{VirtualMachine, VirtualMachineSpec};
use hopwise_apiserver::{ApiServer, ApiService, Options};
use hopwise_nsx_client::{self as nsx, Credentials, NsxClient};
use hopwise_nsxt::{Credentials as Account, Manager, PolicyApi, Realization, keep_time};
use hopwise_serve::{Transport, listen, serve};
use hopwise_shell::{Clock, SystemClock, Telemetry};
use hopwise_vocab::Safeguards;
use http::{HeaderValue, Request, header};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;
use vmop_controller_manager as vmop;

const POOL: &str = "vips";
const ADMIN: &str = "admin";
const PASSWORD: &str = "load";
/// Jitter and ids follow from it.
const SEED: u64 = 1;
/// How long NSX-T takes to realize something, as in `hopwise up`.
const REALIZATION: Duration = Duration::from_millis(50);
/// How long it takes to answer, where no network is between.
const ANSWER: Duration = Duration::from_millis(1);

/// What is put together.
pub struct Plan {
    /// How many guest clusters.
    pub clusters: usize,
    /// Whether requests travel as HTTP over ports of this machine, or within the process.
    pub is_over_http: bool,
}

/// When controllers look.
pub struct Ticks {
    /// The polls of each ccm.
    pub ccm: Vec<BoxStream<'static, ()>>,
    /// vmop's looks at everything.
    pub vmop: BoxStream<'static, ()>,
    /// ncp's looks at everything.
    pub ncp: BoxStream<'static, ()>,
}

/// A guest cluster.
pub struct Guest {
    /// Its name, and that of its namespace on the Supervisor.
    pub name: String,
    /// Its user, who is not counted.
    pub user: Client,
}

/// Everything, running; it ends when it is dropped.
pub struct Fleet {
    /// The guest clusters.
    pub guests: Vec<Guest>,
    /// What came to the guest clusters.
    pub to_guests: Requests,
    /// What came to the Supervisor.
    pub to_supervisor: Requests,
    /// What came to NSX-T.
    pub to_nsx: Requests,
    is_over_http: bool,
    clock: Arc<dyn Clock>,
    tasks: JoinSet<()>,
}

/// An API server whose requests are counted.
struct Reached {
    server: Arc<ApiServer>,
    requests: Requests,
    /// Where it listens, if it does.
    url: Option<String>,
}

impl Fleet {
    /// Starts servers and controllers.
    ///
    /// # Errors
    /// Says what cannot be made or listened on.
    pub async fn start(plan: &Plan, ticks: Ticks) -> anyhow::Result<Fleet> {
        let mut fleet = Fleet {
            guests: Vec::new(),
            to_guests: Requests::default(),
            to_supervisor: Requests::default(),
            to_nsx: Requests::default(),
            is_over_http: plan.is_over_http,
            clock: Arc::new(SystemClock),
            tasks: JoinSet::new(),
        };
        let supervisor = fleet.reach(0, fleet.to_supervisor.clone()).await?;
        let admin = Client::new(ApiService::new(Arc::clone(&supervisor.server)), "default");
        for definition in hopwise_api::custom_resources() {
            let definitions = Api::<CustomResourceDefinition>::all(admin.clone());
            create(&definitions, &definition).await?;
        }
        for (index, polls) in (1..=plan.clusters).zip(ticks.ccm) {
            let index = u32::try_from(index)?;
            fleet.add_guest(index, &supervisor, &admin, polls).await?;
        }
        fleet.run_vmop(&supervisor, ticks.vmop)?;
        fleet.run_ncp(&supervisor, ticks.ncp).await?;
        Ok(fleet)
    }

    async fn add_guest(
        &mut self,
        index: u32,
        supervisor: &Reached,
        admin: &Client,
        polls: BoxStream<'static, ()>,
    ) -> anyhow::Result<()> {
        let name = format!("guest-{index}");
        let owner = make_cluster(admin, &name, index).await?;
        let guest = self.reach(u64::from(index), self.to_guests.clone()).await?;
        let user = Client::new(ApiService::new(Arc::clone(&guest.server)), "default");
        self.guests.push(Guest {
            name: name.clone(),
            user,
        });
        let ctx = ccm::Ctx {
            guest: guest.client(component::CCM)?,
            supervisor: supervisor.client(component::CCM)?,
            cluster: ccm::Cluster {
                name: name.clone(),
                namespace: name,
                owner,
            },
            safeguards: Safeguards::reference(),
            decide: hopwise_core::ccm::decide,
            clock: Arc::clone(&self.clock),
            seed: SEED,
            telemetry: Telemetry::of(component::CCM),
        };
        let polls = polls.map(|()| ccm::Tick::Poll);
        self.tasks.spawn(ccm::run(ctx, polls, pending()));
        Ok(())
    }

    fn run_vmop(
        &mut self,
        supervisor: &Reached,
        ticks: BoxStream<'static, ()>,
    ) -> anyhow::Result<()> {
        let ctx = vmop::Ctx {
            supervisor: supervisor.client(component::VMOP)?,
            safeguards: Safeguards::reference(),
            decide: hopwise_core::vmop::decide,
            clock: Arc::clone(&self.clock),
            seed: SEED,
            telemetry: Telemetry::of(component::VMOP),
        };
        self.tasks.spawn(vmop::run(ctx, ticks, pending()));
        Ok(())
    }

    async fn run_ncp(
        &mut self,
        supervisor: &Reached,
        ticks: BoxStream<'static, ()>,
    ) -> anyhow::Result<()> {
        let ctx = ncp::Ctx {
            supervisor: supervisor.client(component::NCP)?,
            nsx: self.nsx_client().await?,
            cluster: "supervisor".into(),
            ip_pool: POOL.into(),
            gateway: "t1".into(),
            size: ncp::Size::Xlarge,
            lists: ncp::Lists::Shared,
            safeguards: Safeguards::reference(),
            decide: hopwise_core::ncp::decide,
            clock: Arc::clone(&self.clock),
            seed: SEED,
            telemetry: Telemetry::of(component::NCP),
        };
        self.tasks.spawn(ncp::run(ctx, ticks, pending()));
        Ok(())
    }

    /// A new API server.
    async fn reach(&mut self, number: u64, requests: Requests) -> anyhow::Result<Reached> {
        let server = ApiServer::new(Options {
            clock: Arc::new(|| SystemClock.now()),
            seed: number,
            ..Options::default()
        });
        let url = match self.is_over_http {
            false => None,
            true => {
                let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
                let url = format!("http://{}", listener.local_addr()?);
                let service = ApiService::new(Arc::clone(&server));
                let service = service.map_request(requests.counting());
                let served = serve(listener, Transport::Insecure, service, pending());
                self.tasks.spawn(served);
                Some(url)
            }
        };
        Ok(Reached {
            server,
            requests,
            url,
        })
    }

    async fn nsx_client(&mut self) -> anyhow::Result<NsxClient> {
        // Its time passes as that of the sleeps, also where a test lets that pass.
        let (start, begun) = (SystemClock.now(), Instant::now());
        let manager = Manager::new(hopwise_nsxt::Options {
            clock: Arc::new(move || start + begun.elapsed()),
            seed: SEED,
            credentials: Account {
                username: ADMIN.into(),
                password: PASSWORD.into(),
            },
            realization: Realization::After(REALIZATION),
            purge: Realization::Immediate,
        });
        let last = [10, 64, 255, 254].into();
        manager.add_pool(POOL, [10, 64, 0, 1].into(), last, Duration::ZERO)?;
        let credentials = Credentials {
            username: ADMIN.into(),
            password: PASSWORD.into(),
        };
        self.tasks.spawn(keep_time(Arc::clone(&manager)));
        if !self.is_over_http {
            let service = PolicyApi(manager).map_request(self.to_nsx.counting());
            // An answer that takes no time would never come while another is under way.
            let service = service.then(|answer| async move {
                sleep(ANSWER).await;
                answer
            });
            return Ok(NsxClient::new(service, &credentials));
        }
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let service = PolicyApi(manager).map_request(self.to_nsx.counting());
        let served = serve(listener, Transport::Insecure, service, pending());
        self.tasks.spawn(served);
        let account = nsx::Account {
            username: ADMIN.into(),
            password: nsx::Source::Given(PASSWORD.into()),
        };
        Ok(NsxClient::connect(nsx::Access {
            addresses: vec![url],
            identity: nsx::Identity::Basic(account),
            authority: None,
            seed: SEED,
        })?)
    }
}

impl Reached {
    /// A client of this name.
    fn client(&self, name: &'static str) -> anyhow::Result<Client> {
        let agent = HeaderValue::from_static(name);
        let Some(url) = &self.url else {
            let mut counting = self.requests.counting();
            let named = move |mut request: Request<_>| {
                let headers = request.headers_mut();
                headers.insert(header::USER_AGENT, agent.clone());
                counting(request)
            };
            let service = ApiService::new(Arc::clone(&self.server)).map_request(named);
            return Ok(Client::new(service, "default"));
        };
        let mut config = kube::Config::new(url.parse()?);
        config.default_retry = false;
        config.headers.push((header::USER_AGENT, agent));
        Ok(Client::try_from(config)?)
    }
}

/// The Supervisor's namespace and object for a guest cluster, and the cluster's one node.
async fn make_cluster(
    supervisor: &Client,
    name: &str,
    index: u32,
) -> anyhow::Result<OwnerReference> {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.into());
    create(&Api::all(supervisor.clone()), &namespace).await?;
    let clusters = Api::<TanzuKubernetesCluster>::namespaced(supervisor.clone(), name);
    let cluster = create(
        &clusters,
        &TanzuKubernetesCluster::new(name, TanzuKubernetesClusterSpec::default()),
    )
    .await?;
    let machines = Api::<VirtualMachine>::namespaced(supervisor.clone(), name);
    let mut machine = VirtualMachine::new("node-1", VirtualMachineSpec::default());
    let labels = [
        ("capv.vmware.com/cluster.name", name),
        ("capv.vmware.com/cluster.role", "node"),
    ];
    machine.metadata.labels = Some(labels.map(|(k, v)| (k.into(), v.into())).into());
    create(&machines, &machine).await?;
    let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 1, 0, 0)) + index);
    let status = json!({"status": {"network": {"primaryIP4": address}}});
    let (params, patch) = (PatchParams::default(), Patch::Merge(status));
    machines.patch_status("node-1", &params, &patch).await?;
    cluster.owner_ref(&()).context("the cluster has a UID")
}

async fn create<K>(api: &Api<K>, object: &K) -> anyhow::Result<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + serde::Serialize + std::fmt::Debug,
{
    let name = object.meta().name.as_deref().unwrap_or_default();
    let what = || format!("make {} {name}", K::kind(&()));
    api.create(&PostParams::default(), object)
        .await
        .with_context(what)
}
