//! Reads a Service and what stands for it, with the rights of whoever asks.

use super::asked::Cluster;
use super::{Event, Place, Seen, Supervisor};
use crate::exit::Failure;
use crate::up::chain::DIRECTORY;
use crate::up::connect;
use anyhow::{Context, anyhow};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{finalizer, label};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{self, Service};
use kube::api::ListParams;
use kube::config::KubeConfigOptions;
use kube::{Api, Client, Config, Resource, ResourceExt};
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

/// Why there is nothing to see.
#[derive(Debug)]
pub enum Unseen {
    /// A kubeconfig cannot be used.
    Unusable(anyhow::Error),
    /// There is no such Service.
    Absent(anyhow::Error),
    /// A cluster does not answer, or not as it should.
    Silent(anyhow::Error),
}

impl Unseen {
    /// What a command ends with.
    pub fn failure(self) -> Failure {
        match self {
            Unseen::Unusable(error) | Unseen::Absent(error) => Failure::usage(error),
            Unseen::Silent(error) => error.into(),
        }
    }
}

/// Reads where a Service is.
///
/// # Errors
/// Says which cluster does not answer, or that there is no such Service.
pub async fn look(wanted: &Wanted, access: &Access) -> Result<Seen, Unseen> {
    let client = guest(access).await?;
    let namespace = wanted
        .namespace
        .as_deref()
        .unwrap_or(client.default_namespace())
        .to_owned();
    let name = &wanted.name;
    let services = Api::<Service>::namespaced(client.clone(), &namespace);
    let of_guest = Cluster::guest(access);
    let read = services.get_opt(name).await;
    let Some(service) = of_guest.said(read, || format!("read Service {namespace}/{name}"))? else {
        let why = anyhow!("there is no Service {name} in namespace {namespace} of {of_guest}");
        return Err(Unseen::Absent(why));
    };
    let mut guest = Place::of_service(&service);
    guest.last_event = last_event(&of_guest, &client, &namespace, &guest.uid).await?;
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
pub async fn look_at_all(access: &Access) -> Result<Vec<Seen>, Unseen> {
    let client = guest(access).await?;
    let every = ListParams::default();
    let services: Vec<Service> = listed(&Cluster::guest(access), &client, &every).await?;
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
    let client = connect(path).await.map_err(Unseen::Unusable)?;
    let there = Cluster::Supervisor(path);
    let vm_services: Vec<VirtualMachineService> = listed(&there, &client, &every).await?;
    let services: Vec<Service> = listed(&there, &client, &every).await?;
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
pub async fn usual_namespace(access: &Access) -> Result<String, Unseen> {
    Ok(guest(access).await?.default_namespace().to_owned())
}

async fn guest(access: &Access) -> Result<Client, Unseen> {
    match &access.guest {
        Some(path) => connect(path).await,
        None => as_kubectl().await,
    }
    .map_err(Unseen::Unusable)
}

/// What kubectl would take.
async fn as_kubectl() -> anyhow::Result<Client> {
    let config = match Config::from_kubeconfig(&KubeConfigOptions::default()).await {
        Ok(config) => Ok(config),
        // In a Pod there is no kubeconfig. Elsewhere what is wrong with it is what helps.
        Err(error) => Config::incluster().map_err(|_| error),
    };
    let config = config.with_context(|| {
        format!(
            "find the guest cluster: run this where `hopwise up` was started, which leaves {DIRECTORY} \
             there, or name a kubeconfig with --kubeconfig or KUBECONFIG"
        )
    })?;
    Client::try_from(config).context("connect to the guest cluster")
}

async fn on_supervisor(
    path: &Path,
    name: &str,
    namespace: &str,
    uid: &str,
) -> Result<Supervisor, Unseen> {
    let client = connect(path).await.map_err(Unseen::Unusable)?;
    let on = Cluster::Supervisor(path);
    let named = format!(
        "{}={name},{}={namespace}",
        label::SERVICE_NAME,
        label::SERVICE_NAMESPACE
    );
    let named = ListParams::default().labels(&named);
    let stand_for: Vec<VirtualMachineService> = listed(&on, &client, &named).await?;
    let Some(mut vm_service) = own(stand_for.iter(), uid) else {
        return Ok(Supervisor::default());
    };
    let named = vm_service.name.clone();
    let (there, short) = named.split_once('/').unwrap_or_default();
    vm_service.last_event = last_event(&on, &client, there, &vm_service.uid).await?;
    let read = Api::<Service>::namespaced(client.clone(), there)
        .get_opt(short)
        .await;
    let read = on.said(read, || format!("read Service {there}/{short}"))?;
    let mut service = read.as_ref().map(Place::of_service);
    if let Some(service) = &mut service {
        service.last_event = last_event(&on, &client, there, &service.uid).await?;
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
async fn listed<K>(
    cluster: &Cluster<'_>,
    client: &Client,
    which: &ListParams,
) -> Result<Vec<K>, Unseen>
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
    let what = || format!("list {}", K::plural(&()));
    Ok(cluster.said(listed, what)?.items)
}

async fn last_event(
    cluster: &Cluster<'_>,
    client: &Client,
    namespace: &str,
    uid: &str,
) -> Result<Option<Event>, Unseen> {
    let about = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let events = Api::<v1::Event>::namespaced(client.clone(), namespace)
        .list(&about)
        .await;
    let events = cluster.said(events, || format!("list events in namespace {namespace}"))?;
    Ok(last_of(&events.items))
}

/// Times of Events have whole seconds. Of those of one second a warning counts most: what is tried
/// again, and fails again, says both. Otherwise what was written last came last: Kubernetes compares
/// resourceVersions as numbers (KEP-5504).
fn last_of(events: &[v1::Event]) -> Option<Event> {
    let dated = events.iter().filter_map(|event| {
        let version = event.metadata.resource_version.as_deref();
        let version = version.and_then(|text| text.parse::<u64>().ok());
        Some((version, Event::of(event)?))
    });
    let last = dated.max_by_key(|(version, event)| (event.at, event.is_warning, *version))?;
    Some(last.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(version: &str, second: &str, reason: &str) -> v1::Event {
        let type_ = if reason == "Failed" {
            "Warning"
        } else {
            "Normal"
        };
        let event = json!({
            "metadata": { "resourceVersion": version }, "involvedObject": {},
            "reason": reason, "message": "it happened", "type": type_,
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
        let failed = [event("9", late, "Failed"), event("10", late, "TriedAgain")];
        assert_eq!(last_of(&failed).unwrap().reason, "Failed");
    }
}
