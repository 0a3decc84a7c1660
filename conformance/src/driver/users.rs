//! What users and administrators do: plain requests at the API servers.

use super::*;
use crate::recording::Party;
use hopwise_protocol::Topology;

impl World {
    pub(super) fn user(&mut self, action: Action, step: UserStep) -> Result<(), Error> {
        let (place, collection) = match self.topology {
            Topology::Hops => (Place::Guest, "/api/v1/namespaces/default/services".into()),
            Topology::Direct => {
                let path = format!("/api/v1/namespaces/{NAMESPACE}/services");
                (Place::Supervisor, path)
            }
        };
        let lane = &mut self.lanes[action.at.service];
        let path = format!("{collection}/{}", lane.subject.guest);
        lane.asked = match step {
            UserStep::Edit => lane.asked.edited(self.edits),
            UserStep::Create | UserStep::Delete => Ports::default(),
            UserStep::Retype | UserStep::Strip => lane.asked,
        };
        let ports = match self.topology {
            Topology::Hops => dictionary::guest_ports(action.at.service, lane.asked),
            Topology::Direct => dictionary::direct_ports(action.at.service, lane.asked),
        };
        let (method, path, body) = match step {
            UserStep::Create => {
                let has_node_ports = self.topology == Topology::Hops;
                let spec = json!({"type": "LoadBalancer", "ports": ports,
                    "allocateLoadBalancerNodePorts": has_node_ports});
                let body = json!({"metadata": {"name": lane.subject.guest}, "spec": spec});
                (Method::POST, collection.as_str(), body)
            }
            UserStep::Edit => (
                Method::PATCH,
                path.as_str(),
                json!({"spec": {"ports": ports}}),
            ),
            UserStep::Delete => (Method::DELETE, path.as_str(), Value::Null),
            UserStep::Retype => {
                let call = (Method::GET, path.as_str());
                let cluster = self.lanes.cluster_of(action.at.service);
                let (_, now) = self.servers.request_of(cluster, place, call, &Value::Null);
                let spec = if now["spec"]["type"] == "LoadBalancer" {
                    json!({"type": "ClusterIP"})
                } else {
                    json!({"type": "LoadBalancer", "ports": ports})
                };
                (Method::PATCH, path.as_str(), json!({"spec": spec}))
            }
            UserStep::Strip => (
                Method::PATCH,
                path.as_str(),
                json!({"metadata": {"finalizers": null}}),
            ),
        };
        self.ask((action, Party::User), place, (method, path), &body)?;
        self.transcript
            .happens(place, || format!("the user's {step} is taken"));
        Ok(())
    }

    pub(super) fn admin(&mut self, action: Action, step: AdminStep) -> Result<(), Error> {
        let name = &self.lanes[action.at.service].subject.supervisor;
        let group = "/apis/vmoperator.vmware.com/v1alpha2";
        let vm_service = format!("{group}/namespaces/{NAMESPACE}/virtualmachineservices/{name}");
        let service = format!("/api/v1/namespaces/{NAMESPACE}/services/{name}");
        let annotations = json!({"metadata": {"annotations": {"example.com/note": "ours"}}});
        let (call, body) = match step {
            AdminStep::DeleteVmService => ((Method::DELETE, vm_service), Value::Null),
            AdminStep::DeleteSupervisorService => ((Method::DELETE, service), Value::Null),
            AdminStep::DeleteLoadBalancer => return self.delete_load_balancer(action),
            AdminStep::Annotate => ((Method::PATCH, vm_service), annotations),
            AdminStep::DeleteCluster => return self.delete_cluster(action),
            AdminStep::CreateCluster => return self.create_cluster(action),
        };
        let asked = (action, Party::Admin);
        self.ask(asked, Place::Supervisor, (call.0, &call.1), &body)?;
        self.transcript.happens(Place::Supervisor, || {
            format!("the administrator's {step} is taken")
        });
        Ok(())
    }

    /// NSX-T refuses to delete a pool that a virtual server uses: each goes after its own.
    fn delete_load_balancer(&mut self, action: Action) -> Result<(), Error> {
        for id in nsx::oldest_load_balancer(self, action.at.service) {
            for collection in ["lb-virtual-servers", "lb-pools"] {
                let path = format!("/policy/api/v1/infra/{collection}/{id}");
                let asked = (action, Party::Admin);
                self.ask(asked, Place::Nsx, (Method::DELETE, &path), &Value::Null)?;
            }
        }
        self.transcript.happens(Place::Nsx, || {
            "the administrator's delete load-balancer is taken".into()
        });
        Ok(())
    }

    pub(super) fn ask(
        &self,
        (action, by): (Action, Party),
        place: Place,
        call: (Method, &str),
        body: &Value,
    ) -> Result<(), Error> {
        let asked = (call.0.clone(), call.1);
        let cluster = self.lanes.cluster_of(action.at.service);
        let (status, answer) = self.servers.request_of(cluster, place, call, body);
        let asked = (&asked.0, asked.1, body);
        self.gate.requested(by, place, asked, (status, &answer));
        if status.is_success() {
            return Ok(());
        }
        let answer = answer.to_string();
        Err(Error::Refused { action, answer })
    }
}
