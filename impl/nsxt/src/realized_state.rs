//! The realized-state family: what the platform made of an intent, told by intent path.

use serde_json::{Value, json};

use crate::intent::{Alarm, Intent, Progress};
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::state::State;

const ENFORCEMENT_POINT: &str = "/infra/sites/default/enforcement-points/default";
const REALIZED_ROOT: &str = "/infra/realized-state/enforcement-points/default";

impl State {
    /// `realized-entities`: none while the object was never realized and its platform part does
    /// not exist, one otherwise. An unknown intent path has none either.
    pub(crate) fn realized_entities(&self, intent_path: &str) -> Value {
        let entities: Vec<Value> = self
            .intents
            .get(intent_path)
            .and_then(|i| self.entity(i))
            .into_iter()
            .collect();
        json!({ "result_count": entities.len(), "results": entities })
    }

    /// `realized-entity`, by the path of the realized object.
    pub(crate) fn realized_entity(&self, realized_path: &str) -> Result<Value, Refusal> {
        let suffix = realized_path.strip_prefix(REALIZED_ROOT);
        let intent = suffix.and_then(|suffix| self.intents.get(&format!("/infra{suffix}")));
        let entity = intent.and_then(|intent| self.entity(intent));
        entity.ok_or_else(|| Refusal::not_found(realized_path))
    }

    /// `realized-state/status` of an object that exists.
    pub(crate) fn status(&self, intent_path: &str, enforced: bool) -> Result<Value, Refusal> {
        let intent = self
            .intents
            .get(intent_path)
            .ok_or_else(|| Refusal::not_found(intent_path))?;
        let consolidated = json!({ "consolidated_status": consolidated(self.standing(intent)) });
        let mut status = json!({
            "publish_status": self.standing(intent).name(),
            "consolidated_status": consolidated,
            "intent_path": intent_path,
            "intent_version": intent.revision.to_string(),
        });
        if enforced {
            status["consolidated_status_per_enforcement_point"] = json!([{
                "resource_type": "ConsolidatedStatusPerEnforcementPoint",
                "consolidated_status": consolidated,
                "site_path": "/infra/sites/default",
                "enforcement_point_path": ENFORCEMENT_POINT,
                "enforcement_point_id": "default",
            }]);
        }
        Ok(status)
    }

    /// How an object stands, with what the data path reports taken in.
    pub(crate) fn standing<'a>(&'a self, intent: &'a Intent) -> Standing<'a> {
        if let Some(report) = self.unbindable.get(&intent.path()) {
            return Standing::Unbindable(report);
        }
        match &intent.progress {
            Progress::Realized => Standing::Realized,
            Progress::Failed(alarm) => Standing::Failed(alarm),
            Progress::Pending { .. } | Progress::Detached => Standing::Unrealized,
        }
    }

    fn entity(&self, intent: &Intent) -> Option<Value> {
        let entity_type = intent.at.kind.entity()?;
        let path = intent.path();
        let realized_path = path.replacen("/infra", REALIZED_ROOT, 1);
        let parent_path = realized_path
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        let standing = self.standing(intent);
        Some(json!({
            "extended_attributes": attributes(intent),
            "entity_type": entity_type,
            "intent_paths": [path],
            "intent_reference": [],
            "resource_type": "GenericPolicyRealizedResource",
            "id": intent.at.id,
            "display_name": intent.display_name(),
            "path": realized_path,
            "relative_path": intent.at.id,
            "parent_path": parent_path,
            "unique_id": intent.unique_id,
            "realization_specific_identifier": intent.unique_id,
            "realization_api": realization_api(intent),
            "state": standing.name(),
            "alarms": standing.alarms(),
            "runtime_status": "UNINITIALIZED",
            "enforcement_point_path": ENFORCEMENT_POINT,
            "_create_user": "system",
            "_create_time": intent.created.at.as_millisecond(),
            "_last_modified_user": "system",
            "_last_modified_time": intent.modified.at.as_millisecond(),
            "_system_owned": false,
            "_protection": "NOT_PROTECTED",
            "_revision": intent.revision,
        }))
    }
}

/// How far an intent has come, as a client is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing<'a> {
    Unrealized,
    Realized,
    Failed(&'a Alarm),
    /// Realized, but the data path cannot listen; the text says why.
    Unbindable(&'a str),
}

impl Standing<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Standing::Unrealized => "UNREALIZED",
            Standing::Realized => "REALIZED",
            Standing::Failed(_) | Standing::Unbindable(_) => "ERROR",
        }
    }

    /// The alarm that explains an error. Code 23797 is ours: in NSX-T nothing else listens on an
    /// edge node.
    pub(crate) fn alarm(self) -> Option<Alarm> {
        match self {
            Standing::Failed(alarm) => Some(alarm.clone()),
            Standing::Unbindable(why) => Some(Alarm::of_load_balancer(23797, why.to_owned())),
            Standing::Unrealized | Standing::Realized => None,
        }
    }

    fn alarms(self) -> Vec<Value> {
        self.alarm().iter().map(Alarm::body).collect()
    }
}

fn consolidated(standing: Standing<'_>) -> &'static str {
    match standing {
        Standing::Unrealized => "IN_PROGRESS",
        Standing::Realized => "SUCCESS",
        Standing::Failed(_) | Standing::Unbindable(_) => "ERROR",
    }
}

/// The allocated address comes first: clients read the first attribute.
fn attributes(intent: &Intent) -> Vec<Value> {
    let attribute = |key: &str, value: String| {
        let (data_type, multivalue, values) = ("STRING", false, [value]);
        json!({ "data_type": data_type, "multivalue": multivalue, "values": values, "key": key })
    };
    let address = intent
        .address()
        .map(|ip| attribute("allocation_ip", ip.to_string()));
    let subnet = (intent.at.kind == Kind::IpSubnet)
        .then(|| {
            intent
                .text("cidr")
                .map(|cidr| attribute("cidr", cidr.to_owned()))
        })
        .flatten();
    address.into_iter().chain(subnet).collect()
}

/// Where the older manager interface would show the same object.
fn realization_api(intent: &Intent) -> String {
    let family = match intent.at.kind {
        Kind::LbService => "loadbalancer/services",
        Kind::LbVirtualServer => "loadbalancer/virtual-servers",
        Kind::LbPool => "loadbalancer/pools",
        Kind::LbAppProfile => "loadbalancer/application-profiles",
        Kind::LbMonitorProfile => "loadbalancer/monitors",
        Kind::LbPersistenceProfile => "loadbalancer/persistence-profiles",
        Kind::IpPool | Kind::IpSubnet | Kind::IpAllocation => "pools/ip-pools",
        Kind::Domain => "domains",
        Kind::Group => "ns-groups",
    };
    format!("/api/v1/{family}/{}", intent.unique_id)
}
