//! Guest clusters come and go, and Kubernetes collects what they and others leave behind.

use super::*;
use crate::recording::Party;
use hopwise_protocol::Kind;

impl World {
    /// The cluster's API server with all that is in it, its ccm, and the Supervisor's object for it
    /// are gone at once. What ccm had sent to the Supervisor and given up stays under way.
    pub(super) fn delete_cluster(&mut self, action: Action) -> Result<(), Error> {
        if self.servers.cluster.is_none() {
            return Err(Error::Nothing { action });
        }
        self.kill(Hop::Ccm);
        self.servers.delete_cluster();
        self.late = self.late.take().filter(|it| it.place != Place::Guest);
        self.laggard = self.laggard.take().filter(|it| it.hop != Hop::Ccm);
        self.transcript
            .happens(Place::Supervisor, || "the guest cluster is gone".into());
        Ok(())
    }

    /// Another cluster of the same name: an empty API server, and a ccm that knows its UID.
    pub(super) fn create_cluster(&mut self, action: Action) -> Result<(), Error> {
        if self.servers.cluster.is_some() {
            return Err(Error::Nothing { action });
        }
        self.servers.create_cluster();
        self.transcript.happens(Place::Supervisor, || {
            "there is another guest cluster of the same name".into()
        });
        self.revive(Hop::Ccm);
        Ok(())
    }

    /// What Kubernetes' garbage collector does for one object: it is deleted if nobody of all its
    /// owners is there any more, by UID. Endpoints would go too, and begin a pass that the model does
    /// not have.
    pub(super) fn collect(&mut self, action: Action, object: Object) -> Result<(), Error> {
        let name = &self.subject.supervisor;
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
                return Err(Error::NotYet { action });
            }
        };
        if self.stored(kind).is_none_or(|it| self.is_owned(&it)) {
            return Err(Error::Nothing { action });
        }
        let call = (Method::DELETE, path.as_str());
        let asked = (action, Party::Collector);
        self.ask(asked, Place::Supervisor, call, &Value::Null)
    }

    /// Whether an owner of an object on the Supervisor is there: the guest cluster, or the
    /// VirtualMachineService.
    pub(crate) fn is_owned(&self, found: &Found) -> bool {
        let cluster = self.servers.cluster.as_ref().map(|it| it.uid.clone());
        let vm_service = self.stored(Kind::VmService).map(|it| it.uid);
        let there = [cluster, vm_service];
        let is_there = |owner: &String| there.iter().flatten().any(|uid| uid == owner);
        found.owners.iter().any(is_there)
    }
}
