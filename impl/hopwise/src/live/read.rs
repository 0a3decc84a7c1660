//! Reads a Service and what stands for it, with the rights of whoever asks.

use super::{Event, Place, Seen, Supervisor};
use crate::up::connect;
use anyhow::{Context, bail};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::label;
use k8s_openapi::api::core::v1::{self, Service};
use kube::api::ListParams;
use kube::{Api, Client};
use std::path::{Path, PathBuf};

/// Which Service.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its namespace; the one of the kubeconfig's context unless it is named.
    pub namespace: Option<String>,
}

/// How the two clusters are reached.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The guest cluster; what kubectl would take unless it is named.
    pub guest: Option<PathBuf>,
    /// The Supervisor; not asked unless named.
    pub supervisor: Option<PathBuf>,
}

/// Reads where a Service is.
///
/// # Errors
/// Says which cluster does not answer, or that there is no such Service.
pub async fn look(wanted: &Wanted, access: &Access) -> anyhow::Result<Seen> {
    let client = match &access.guest {
        Some(path) => connect(path).await?,
        None => Client::try_default()
            .await
            .context("find the guest cluster: name its kubeconfig with --kubeconfig")?,
    };
    let namespace = wanted
        .namespace
        .as_deref()
        .unwrap_or(client.default_namespace())
        .to_owned();
    let name = &wanted.name;
    let services = Api::<Service>::namespaced(client.clone(), &namespace);
    let read = services.get_opt(name).await;
    let Some(service) =
        read.with_context(|| format!("read Service {namespace}/{name} in the guest cluster"))?
    else {
        bail!("there is no Service {name} in namespace {namespace} of the guest cluster");
    };
    let mut guest = Place::of_service(&service);
    guest.last_event = last_event(&client, &namespace, &guest.uid).await?;
    let supervisor = match &access.supervisor {
        Some(path) => Some(on_supervisor(path, name, &namespace, &guest.uid).await?),
        None => None,
    };
    Ok(Seen { guest, supervisor })
}

async fn on_supervisor(
    path: &Path,
    name: &str,
    namespace: &str,
    uid: &str,
) -> anyhow::Result<Supervisor> {
    let client = connect(path).await?;
    let listed = vm_services(&client, name, namespace).await?;
    let places: Vec<Place> = listed.iter().map(Place::of_vm_service).collect();
    // Several guest clusters may have a Service of this name; an earlier one has another UID.
    let own = places
        .iter()
        .find(|it| it.stands_for.as_deref() == Some(uid));
    let Some(mut vm_service) = own.or(places.first()).cloned() else {
        return Ok(Supervisor::default());
    };
    let named = vm_service.name.clone();
    let (there, short) = named.split_once('/').unwrap_or_default();
    vm_service.last_event = last_event(&client, there, &vm_service.uid).await?;
    let read = Api::<Service>::namespaced(client.clone(), there)
        .get_opt(short)
        .await;
    let read = read.with_context(|| format!("read Service {short} on the Supervisor"))?;
    let mut service = read.as_ref().map(Place::of_service);
    if let Some(service) = &mut service {
        service.last_event = last_event(&client, there, &service.uid).await?;
    }
    Ok(Supervisor {
        vm_service: Some(vm_service),
        service,
    })
}

/// The VirtualMachineServices that say they stand for a Service of this name: in every namespace, or
/// in that of the context for whoever may not read them all.
async fn vm_services(
    client: &Client,
    name: &str,
    namespace: &str,
) -> anyhow::Result<Vec<VirtualMachineService>> {
    let named = format!(
        "{}={name},{}={namespace}",
        label::SERVICE_NAME,
        label::SERVICE_NAMESPACE
    );
    let named = ListParams::default().labels(&named);
    let listed = match Api::all(client.clone()).list(&named).await {
        Err(kube::Error::Api(status)) if status.code == 403 => {
            let own = Api::namespaced(client.clone(), client.default_namespace());
            own.list(&named).await
        }
        listed => listed,
    };
    let listed = listed.context("list VirtualMachineServices on the Supervisor")?;
    Ok(listed.items)
}

async fn last_event(client: &Client, namespace: &str, uid: &str) -> anyhow::Result<Option<Event>> {
    let about = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let events = Api::<v1::Event>::namespaced(client.clone(), namespace)
        .list(&about)
        .await;
    let events = events.with_context(|| format!("list Events in namespace {namespace}"))?;
    Ok(events
        .items
        .iter()
        .filter_map(Event::of)
        .max_by_key(|it| it.at))
}
