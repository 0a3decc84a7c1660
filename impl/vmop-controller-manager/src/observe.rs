//! What vmop has seen, and which VirtualMachineServices a thing seen is about.

use crate::Hop;
use futures::{Stream, StreamExt, stream};
use hopwise_api::{VirtualMachine, VirtualMachineService};
use hopwise_core::{mirror, vmop};
use hopwise_shell::{Heard, Watched, is_ready, narrow};
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// What a pass begins with.
pub struct Snapshot {
    /// The Service as seen.
    pub service: Option<Arc<Service>>,
    /// The same and all else, as the decision takes it.
    pub observed: vmop::Observed,
}

impl Hop {
    /// Everything that has been seen about a VirtualMachineService.
    pub fn snapshot(&self, vm_service: &VirtualMachineService) -> Snapshot {
        let (namespace, name) = narrow::key(vm_service);
        let service = self.services.get(&ObjectRef::new(&name).within(&namespace));
        let endpoints = self
            .endpoints
            .get(&ObjectRef::new(&name).within(&namespace));
        // Before the first list nothing is known, and a Service that exists would look absent.
        let downstream = match &service {
            _ if !is_ready(&self.services) => mirror::Seen::NotPolled,
            None => mirror::Seen::Absent,
            Some(found) => mirror::Seen::Present(narrow::supervisor_service_below(found)),
        };
        let observed = vmop::Observed {
            mirror: mirror::Observed {
                upstream: Some(narrow::vm_service(vm_service)),
                downstream,
                live: None,
            },
            endpoints: endpoints.map(|found| narrow::endpoints(&found)),
            backends: self.backends(vm_service, &namespace),
        };
        Snapshot { service, observed }
    }

    /// The addresses of the selected machines; none at all without a selector, or while machines
    /// or Endpoints are not known yet.
    fn backends(
        &self,
        vm_service: &VirtualMachineService,
        namespace: &str,
    ) -> Option<BTreeSet<IpAddr>> {
        let selector = &vm_service.spec.selector;
        if selector.is_empty() || !is_ready(&self.machines) || !is_ready(&self.endpoints) {
            return None;
        }
        let is_selected = |machine: &VirtualMachine| {
            let labels = machine.labels();
            machine.namespace().as_deref() == Some(namespace)
                && selector
                    .iter()
                    .all(|(key, value)| labels.get(key) == Some(value))
        };
        let machines = self.machines.state();
        let selected = machines.iter().filter(|machine| is_selected(machine));
        Some(
            selected
                .filter_map(|machine| narrow::machine_address(machine))
                .collect(),
        )
    }

    fn all(&self) -> Vec<ObjectRef<VirtualMachineService>> {
        let known = self.vm_services.state();
        known
            .iter()
            .map(|one| ObjectRef::from_obj(&**one))
            .collect()
    }

    fn in_namespace(&self, namespace: &str) -> Vec<ObjectRef<VirtualMachineService>> {
        let mut known = self.all();
        known.retain(|one| one.namespace.as_deref() == Some(namespace));
        known
    }
}

/// An object concerns the VirtualMachineService of its name.
pub fn by_name<K: Watched>(
    hop: Arc<Hop>,
    heard: impl Stream<Item = Heard<K>> + Send + 'static,
) -> impl Stream<Item = ObjectRef<VirtualMachineService>> + Send + 'static {
    heard.flat_map(move |heard| {
        stream::iter(match heard {
            Heard::Touched(object) => {
                let (namespace, name) = narrow::key(&object);
                vec![ObjectRef::new(&name).within(&namespace)]
            }
            Heard::Listed => hop.all(),
        })
    })
}

/// A machine concerns every VirtualMachineService of its namespace: its labels may have been
/// others before.
pub fn by_namespace(
    hop: Arc<Hop>,
    heard: impl Stream<Item = Heard<VirtualMachine>> + Send + 'static,
) -> impl Stream<Item = ObjectRef<VirtualMachineService>> + Send + 'static {
    heard.flat_map(move |heard| {
        stream::iter(match heard {
            Heard::Touched(machine) => hop.in_namespace(&machine.namespace().unwrap_or_default()),
            Heard::Listed => hop.all(),
        })
    })
}
