//! Reads a Service and what stands for it, with the rights of whoever asks.

use super::{Event, Place, Seen, Supervisor};
use crate::up::connect;
use anyhow::{Context, bail};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{finalizer, label};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{self, Service};
use kube::api::ListParams;
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
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
    let client = guest(access).await?;
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

/// Reads where every Service is that the chain serves or is to serve, without Events.
///
/// # Errors
/// Says which cluster does not answer.
pub async fn look_at_all(access: &Access) -> anyhow::Result<Vec<Seen>> {
    let client = guest(access).await?;
    let services: Vec<Service> = listed(&client, &ListParams::default())
        .await
        .context("list Services in the guest cluster")?;
    let places = services.iter().map(Place::of_service);
    let is_served = |it: &Place| {
        it.is_balanced || it.is_held_by(finalizer::CCM) || it.is_held_by(finalizer::NCP)
    };
    let guests: Vec<Place> = places.filter(is_served).collect();
    let Some(path) = &access.supervisor else {
        let alone = guests.into_iter().map(|guest| Seen {
            guest,
            supervisor: None,
        });
        return Ok(alone.collect());
    };
    let client = connect(path).await?;
    let vm_services: Vec<VirtualMachineService> = listed(&client, &ListParams::default())
        .await
        .context("list VirtualMachineServices on the Supervisor")?;
    let services: Vec<Service> = listed(&client, &ListParams::default())
        .await
        .context("list Services on the Supervisor")?;
    let services: Vec<Place> = services.iter().map(Place::of_service).collect();
    let seen = guests.into_iter().map(|guest| {
        let (namespace, name) = guest.name.split_once('/').unwrap_or_default();
        let stand_for = |it: &&VirtualMachineService| {
            let is = |label, value| it.labels().get(label).is_some_and(|it| it == value);
            is(label::SERVICE_NAME, name) && is(label::SERVICE_NAMESPACE, namespace)
        };
        let vm_service = own(vm_services.iter().filter(stand_for), &guest.uid);
        let named = |it: &&Place| vm_service.as_ref().is_some_and(|vm| vm.name == it.name);
        let service = services.iter().find(named).cloned();
        Seen {
            supervisor: Some(Supervisor {
                vm_service,
                service,
            }),
            guest,
        }
    });
    Ok(seen.collect())
}

/// The namespace that is meant where none is named: that of the guest cluster's kubeconfig.
///
/// # Errors
/// Says which kubeconfig cannot be used.
pub async fn usual_namespace(access: &Access) -> anyhow::Result<String> {
    Ok(guest(access).await?.default_namespace().to_owned())
}

async fn guest(access: &Access) -> anyhow::Result<Client> {
    match &access.guest {
        Some(path) => connect(path).await,
        None => Client::try_default()
            .await
            .context("find the guest cluster: name its kubeconfig with --kubeconfig"),
    }
}

async fn on_supervisor(
    path: &Path,
    name: &str,
    namespace: &str,
    uid: &str,
) -> anyhow::Result<Supervisor> {
    let client = connect(path).await?;
    let named = format!(
        "{}={name},{}={namespace}",
        label::SERVICE_NAME,
        label::SERVICE_NAMESPACE
    );
    let stand_for: Vec<VirtualMachineService> =
        listed(&client, &ListParams::default().labels(&named))
            .await
            .context("list VirtualMachineServices on the Supervisor")?;
    let Some(mut vm_service) = own(stand_for.iter(), uid) else {
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

/// Of those that say they stand for a Service of one name, the one for this incarnation. Several
/// guest clusters may have a Service of the name; an earlier one has another UID.
fn own<'a>(stand_for: impl Iterator<Item = &'a VirtualMachineService>, uid: &str) -> Option<Place> {
    let mut places: Vec<Place> = stand_for.map(Place::of_vm_service).collect();
    let own = places
        .iter()
        .position(|it| it.stands_for.as_deref() == Some(uid));
    (!places.is_empty()).then(|| places.swap_remove(own.unwrap_or(0)))
}

/// The objects of a kind in every namespace, or in that of the context for whoever may not read them
/// all.
async fn listed<K>(client: &Client, which: &ListParams) -> kube::Result<Vec<K>>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + DeserializeOwned + Debug,
{
    let listed = match Api::all(client.clone()).list(which).await {
        Err(kube::Error::Api(status)) if status.code == 403 => {
            let own = Api::namespaced(client.clone(), client.default_namespace());
            own.list(which).await
        }
        listed => listed,
    };
    Ok(listed?.items)
}

async fn last_event(client: &Client, namespace: &str, uid: &str) -> anyhow::Result<Option<Event>> {
    let about = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let events = Api::<v1::Event>::namespaced(client.clone(), namespace)
        .list(&about)
        .await;
    let events = events.with_context(|| format!("list Events in namespace {namespace}"))?;
    Ok(last_of(&events.items))
}

/// Times of Events have whole seconds. Of those of one second, what was written last came last:
/// Kubernetes compares resourceVersions as numbers (KEP-5504).
fn last_of(events: &[v1::Event]) -> Option<Event> {
    let dated = events.iter().filter_map(|event| {
        let version = event.metadata.resource_version.as_deref();
        let version = version.and_then(|text| text.parse::<u64>().ok());
        Some((version, Event::of(event)?))
    });
    let last = dated.max_by_key(|(version, event)| (event.at, *version))?;
    Some(last.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(version: &str, second: &str, reason: &str) -> v1::Event {
        let event = json!({
            "metadata": { "resourceVersion": version }, "involvedObject": {},
            "reason": reason, "message": "it happened", "type": "Normal",
            "source": { "component": "ncp" }, "lastTimestamp": second,
        });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn of_the_events_of_one_second_the_last_was_written_last() {
        let [early, late] = ["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"];
        let first = event("9", late, "First");
        let events = [
            event("10", late, "Second"),
            first,
            event("11", early, "Earlier"),
        ];
        assert_eq!(last_of(&events).unwrap().reason, "Second");
    }
}
