//! Guest clusters come and go, and Kubernetes collects what they and others leave behind.

use super::*;
use crate::recording::Party;
use hopwise_protocol::Kind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

impl World {
    /// The cluster's API server with all that is in it, its ccm, and the Supervisor's object for it
    /// are gone at once. What ccm had sent to the Supervisor and given up stays under way.
    pub(super) fn delete_cluster(&mut self, action: Action) -> Result<(), Error> {
        let cluster = self.lanes.cluster_of(action.at.service);
        if self.owner(cluster).is_none() {
            return Err(Error::Nothing { action });
        }
        for who in self.ccms_of(cluster) {
            self.kill(who);
        }
        self.servers.delete_cluster(cluster);
        for slot in self.lanes.slots() {
            if self.lanes.cluster_of(slot) == cluster {
                let lane = &mut self.lanes[slot];
                lane.late.take_if(|it| it.place == Place::Guest);
                lane.laggard.take_if(|it| it.who.hop == Hop::Ccm);
            }
        }
        self.transcript
            .happens(Place::Supervisor, || "the guest cluster is gone".into());
        Ok(())
    }

    /// Another cluster of the same name: an empty API server, and a ccm that knows its UID.
    pub(super) fn create_cluster(&mut self, action: Action) -> Result<(), Error> {
        let cluster = self.lanes.cluster_of(action.at.service);
        if self.owner(cluster).is_some() {
            return Err(Error::Nothing { action });
        }
        self.servers.create_cluster(cluster);
        self.transcript.happens(Place::Supervisor, || {
            "there is another guest cluster of the same name".into()
        });
        for who in self.ccms_of(cluster) {
            self.revive(who);
        }
        Ok(())
    }

    /// Every replica of a cluster's ccm.
    fn ccms_of(&self, cluster: Slot) -> Vec<Who> {
        let all = self.all_of(Hop::Ccm).into_iter();
        all.filter(|who| who.cluster == cluster).collect()
    }

    /// The Supervisor's object for a cluster.
    pub(crate) fn owner(&self, cluster: Slot) -> Option<&OwnerReference> {
        self.servers.clusters[cluster as usize].owner.as_ref()
    }

    /// What Kubernetes' garbage collector does for one object: it is deleted if nobody of all its
    /// owners is there any more, by UID. Endpoints would go too, and begin a pass that the model does
    /// not have.
    pub(super) fn collect(&mut self, action: Action, object: Object) -> Result<(), Error> {
        let slot = action.at.service;
        let name = &self.lanes[slot].subject.supervisor;
        let (kind, path) = match object {
            Object::VmService => {
                let group = "/apis/vmoperator.vmware.com/v1alpha2";
                let all = format!("{group}/namespaces/{NAMESPACE}/virtualmachineservices");
                (Kind::VmService, format!("{all}/{name}"))
            }
            Object::SupervisorService => {
                let path = format!("/api/v1/namespaces/{NAMESPACE}/services/{name}");
                (Kind::SupervisorService, path)
            }
            Object::Service | Object::Allocation | Object::LoadBalancer | Object::Nsx => {
                return Err(Error::Nothing { action });
            }
        };
        if self
            .stored(slot, kind)
            .is_none_or(|it| self.is_owned(slot, &it))
        {
            return Err(Error::Nothing { action });
        }
        let call = (Method::DELETE, path.as_str());
        let asked = (action, Party::Collector);
        self.ask(asked, Place::Supervisor, call, &Value::Null)
    }

    /// Whether an owner of an object on the Supervisor is there: the guest cluster, or the
    /// VirtualMachineService.
    pub(crate) fn is_owned(&self, slot: Slot, found: &Found) -> bool {
        let cluster = self.owner(self.lanes.cluster_of(slot));
        let cluster = cluster.map(|it| it.uid.clone());
        let vm_service = self.stored(slot, Kind::VmService).map(|it| it.uid);
        let there = [cluster, vm_service];
        let is_there = |owner: &String| there.iter().flatten().any(|uid| uid == owner);
        found.owners.iter().any(is_there)
    }
}
