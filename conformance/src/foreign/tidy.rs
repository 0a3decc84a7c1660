//! What a world finds at control planes that others wrote: what the chain needs, and nothing that an
//! earlier world left behind.

use super::{OF_THE_SERVER, PATIENCE};
use crate::servers::NAMESPACE;
use hopwise_api::{TanzuKubernetesCluster, VirtualMachine, VirtualMachineService};
use k8s_openapi::api::core::v1::{Endpoints, Event, Namespace, Service};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::runtime::conditions::is_crd_established;
use kube::runtime::wait::{Condition, await_condition};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fmt::Debug;
use std::time::Duration;

/// How often something that is waited for is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// Makes what the chain needs: on the Supervisor the custom resources and the tenant's namespace.
pub(super) async fn prepare(guests: &[Client], supervisor: &Client) -> Result<(), kube::Error> {
    let definitions = Api::<CustomResourceDefinition>::all(supervisor.clone());
    for definition in hopwise_api::custom_resources() {
        create(&definitions, &definition).await?;
        let name = definition.name_any();
        settled(&definitions, &name, is_crd_established()).await;
    }
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": NAMESPACE}}))
        .expect("a name is all that a namespace has to have");
    create(&Api::all(supervisor.clone()), &namespace).await?;
    // What was just defined is refused with 429 for a while.
    listed::<TanzuKubernetesCluster>(supervisor).await?;
    listed::<VirtualMachineService>(supervisor).await?;
    listed::<VirtualMachine>(supervisor).await?;
    for guest in guests {
        // Made now, it is not made in the middle of a world.
        let services = Api::<Service>::namespaced(guest.clone(), "default");
        settled(&services, OF_THE_SERVER, |it: Option<&Service>| {
            it.is_some()
        })
        .await;
    }
    Ok(())
}

/// Creates what may be there.
async fn create<K>(api: &Api<K>, object: &K) -> Result<(), kube::Error>
where
    K: Clone + DeserializeOwned + Debug + Serialize,
{
    match api.create(&PostParams::default(), object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        created => created.map(|_| ()),
    }
}

/// Waits, and goes on where it does not come true: what follows says what is missing.
async fn settled<K>(api: &Api<K>, name: &str, is_so: impl Condition<K>)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let waiting = await_condition(api.clone(), name, is_so);
    let _late = tokio::time::timeout(PATIENCE, waiting).await;
}

/// Waits until a kind can be listed.
async fn listed<K>(client: &Client) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + DeserializeOwned + Debug,
{
    let api = Api::<K>::namespaced(client.clone(), NAMESPACE);
    let mut waited = Duration::ZERO;
    loop {
        match api.list(&ListParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 429 && waited < PATIENCE => {}
            listed => return listed.map(|_| ()),
        }
        tokio::time::sleep(GLANCE).await;
        waited += GLANCE;
    }
}

/// Removes all that a chain makes in a guest cluster.
pub(super) async fn empty_guest(client: &Client) -> Result<(), kube::Error> {
    remove::<Service>(client, "default").await?;
    remove::<Event>(client, "default").await
}

/// The same on the Supervisor.
pub(super) async fn empty_supervisor(client: &Client) -> Result<(), kube::Error> {
    remove::<Service>(client, NAMESPACE).await?;
    remove::<Endpoints>(client, NAMESPACE).await?;
    remove::<VirtualMachineService>(client, NAMESPACE).await?;
    remove::<VirtualMachine>(client, NAMESPACE).await?;
    remove::<TanzuKubernetesCluster>(client, NAMESPACE).await?;
    remove::<Event>(client, NAMESPACE).await
}

/// Removes every object of a kind, whoever holds it.
async fn remove<K>(client: &Client, namespace: &str) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + DeserializeOwned + Debug,
{
    let api = Api::<K>::namespaced(client.clone(), namespace);
    for object in api.list(&ListParams::default()).await? {
        let name = object.name_any();
        if name == OF_THE_SERVER {
            continue;
        }
        if !object.finalizers().is_empty() {
            let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            gone(api.patch(&name, &PatchParams::default(), &free).await)?;
        }
        gone(api.delete(&name, &DeleteParams::default()).await)?;
    }
    Ok(())
}

/// What was to go may have gone.
fn gone<T>(answer: Result<T, kube::Error>) -> Result<(), kube::Error> {
    match answer {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        answer => answer.map(|_| ()),
    }
}
