//! What NSX-T answers when ncp reads what it holds for one Supervisor Service.

use super::objects;
use crate::dictionary;
use crate::servers::{CLUSTER, POOL};
use hopwise_protocol::{Kind, Place, Realization, Uid, VirtualServer};
use serde_json::{Value, json};

/// The ports of the model, by their index.
const PORTS: [u16; 2] = [80, 8080];

/// What NSX-T holds, and for whom.
pub(super) struct Held<'a> {
    /// The Supervisor Service.
    pub uid: Uid,
    /// What is held for it.
    pub place: &'a Place,
}

impl Held<'_> {
    /// The answer to a GET of this target; nothing where there is no such object.
    pub(super) fn answer(&self, target: &str) -> Option<Value> {
        let target = target.replace("%2F", "/").replace("%2f", "/");
        let id = self.id();
        let intent = target.split_once("intent_path=").map(|(_, intent)| intent);
        match (intent, target.as_str()) {
            (Some(intent), _) => Some(results(&self.entities(intent))),
            (None, target) if target.ends_with("/infra/lb-virtual-servers") => {
                Some(results(&self.listed(|index| self.server(index))))
            }
            (None, target) if target.ends_with("/infra/lb-pools") => Some(results(
                &self.listed(|index| json!({ "id": self.part(index), "members": [] })),
            )),
            (None, target)
                if target.ends_with(&format!("/ip-pools/{POOL}/ip-allocations/{id}")) =>
            {
                self.place.allocation.map(|_| json!({ "id": id }))
            }
            (None, _) => None,
        }
    }

    /// The ports whose virtual server and pool are there.
    pub(super) fn there(&self) -> Parts {
        Parts::both(self.servers().map(|server| server != VirtualServer::Absent))
    }

    /// The same after a tree of changes.
    pub(super) fn left_by(&self, tree: &Value) -> Parts {
        let mut parts = self.there();
        for child in tree["children"].as_array().into_iter().flatten() {
            let is_there = child["marked_for_delete"] != true;
            for index in 0..PORTS.len() {
                let is_it = |kind: &str| child[kind]["id"] == self.part(index).as_str();
                if is_it("LBVirtualServer") {
                    parts.servers[index] = is_there;
                }
                if is_it("LBPool") {
                    parts.pools[index] = is_there;
                }
            }
        }
        parts
    }

    /// The id of its allocation.
    pub(super) fn id(&self) -> String {
        format!(
            "{CLUSTER}-{}",
            objects::uid(Kind::SupervisorService, self.uid)
        )
    }

    fn part(&self, index: usize) -> String {
        format!("{}-tcp-{}", self.id(), PORTS[index])
    }

    fn servers(&self) -> [VirtualServer; 2] {
        self.place
            .load_balancer
            .map_or([VirtualServer::Absent; 2], |there| there.servers)
    }

    fn listed(&self, of: impl Fn(usize) -> Value) -> Vec<Value> {
        let there = |index: &usize| self.servers()[*index] != VirtualServer::Absent;
        (0..PORTS.len()).filter(there).map(of).collect()
    }

    fn server(&self, index: usize) -> Value {
        let vip = self.place.load_balancer.map(|there| there.vip);
        json!({
            "id": self.part(index),
            "ip_address": vip.map(|vip| dictionary::ip(vip.index())),
            "ports": [PORTS[index].to_string()],
            "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
            "lb_service_path": format!("/infra/lb-services/{CLUSTER}"),
            "pool_path": format!("/infra/lb-pools/{}", self.part(index)),
        })
    }

    /// What has become of an intent.
    fn entities(&self, intent: &str) -> Vec<Value> {
        if intent.contains("/ip-allocations/") {
            let realization = self.place.allocation.map(|there| there.realization);
            return realization.map(allocation).into_iter().collect();
        }
        let is_pool = intent.contains("/lb-pools/");
        let index = (0..PORTS.len()).find(|index| intent.ends_with(&self.part(*index)));
        let state = index.map(|index| self.servers()[index]);
        state
            .map(|state| part(state, is_pool))
            .into_iter()
            .collect()
    }
}

/// What there is of each port, from the lowest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    servers: [bool; 2],
    pools: [bool; 2],
}

impl Parts {
    fn both(there: [bool; 2]) -> Parts {
        Parts {
            servers: there,
            pools: there,
        }
    }
}

fn results(results: &[Value]) -> Value {
    json!({ "results": results })
}

fn allocation(realization: Realization) -> Value {
    let of_type = "AllocationIpAddress";
    match realization {
        Realization::Pending => entity(of_type, "UNREALIZED"),
        Realization::Address(address) => {
            let ip = dictionary::ip(address.index()).to_string();
            let mut done = entity(of_type, "REALIZED");
            done["extended_attributes"] = json!([{ "key": "allocation_ip", "values": [ip] }]);
            done
        }
        Realization::Failed => failed(of_type, 5109, "the pool is exhausted"),
    }
}

/// A virtual server that fails, fails by itself: its pool is realized.
fn part(state: VirtualServer, is_pool: bool) -> Value {
    let of_type = if is_pool {
        "LbPoolDto"
    } else {
        "LbVirtualServerDto"
    };
    match state {
        VirtualServer::Failed if !is_pool => {
            failed(of_type, 23707, "Exceed maximum number of load balancer.")
        }
        VirtualServer::Failed | VirtualServer::Realized => entity(of_type, "REALIZED"),
        VirtualServer::Unrealized | VirtualServer::Absent => entity(of_type, "UNREALIZED"),
    }
}

fn entity(of_type: &str, state: &str) -> Value {
    json!({ "entity_type": of_type, "state": state })
}

fn failed(of_type: &str, code: i64, message: &str) -> Value {
    let mut failed = entity(of_type, "ERROR");
    let details = json!({ "error_code": code, "error_message": message });
    failed["alarms"] = json!([{ "error_details": details }]);
    failed
}
