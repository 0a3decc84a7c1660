//! The profiles and monitors that NSX-T brings along; nobody can change or delete them.

use serde_json::Value;

use crate::kind::{Kind, Location};
use crate::schema::Body;
use crate::state::{Caller, State};

/// Kind, id and type of each. The names of the monitors and of the persistence profiles are from
/// memory; those of the application profiles are documented.
const BUILT_IN: &[(Kind, &str, &str)] = &[
    (
        Kind::LbAppProfile,
        "default-tcp-lb-app-profile",
        "LBFastTcpProfile",
    ),
    (
        Kind::LbAppProfile,
        "default-udp-lb-app-profile",
        "LBFastUdpProfile",
    ),
    (
        Kind::LbAppProfile,
        "default-http-lb-app-profile",
        "LBHttpProfile",
    ),
    (
        Kind::LbMonitorProfile,
        "default-tcp-lb-monitor",
        "LBTcpMonitorProfile",
    ),
    (
        Kind::LbMonitorProfile,
        "default-http-lb-monitor",
        "LBHttpMonitorProfile",
    ),
    (
        Kind::LbMonitorProfile,
        "default-https-lb-monitor",
        "LBHttpsMonitorProfile",
    ),
    (
        Kind::LbMonitorProfile,
        "default-icmp-lb-monitor",
        "LBIcmpMonitorProfile",
    ),
    (
        Kind::LbMonitorProfile,
        "default-passive-lb-monitor",
        "LBPassiveMonitorProfile",
    ),
    (
        Kind::LbPersistenceProfile,
        "default-source-ip-lb-persistence-profile",
        "LBSourceIpPersistenceProfile",
    ),
    (
        Kind::LbPersistenceProfile,
        "default-cookie-lb-persistence-profile",
        "LBCookiePersistenceProfile",
    ),
    (Kind::Domain, "default", "Domain"),
];

impl State {
    /// Puts the built-in objects into the tree that are not there.
    pub(crate) fn build_in(&mut self, caller: &Caller) {
        for (kind, id, of_type) in BUILT_IN {
            let at = Location {
                kind: *kind,
                parent: "/infra".to_owned(),
                id: (*id).to_owned(),
            };
            if self.intents.contains_key(&at.path()) {
                continue;
            }
            let mut body = Body::new();
            body.insert("resource_type".to_owned(), Value::from(*of_type));
            self.seed(&at, &body, caller);
            if let Some(intent) = self.intents.get_mut(&at.path()) {
                intent.system_owned = true;
            }
        }
    }
}
