//! A virtual server and its pool, read into types: what the data path serves and what a test reads.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{Body, port_range};
use crate::sources::AccessList;

/// A virtual server as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontend {
    /// The virtual IP.
    pub ip: IpAddr,
    /// First and last port of each range.
    pub ports: Vec<(u16, u16)>,
    /// What the application profile makes of it.
    pub protocol: Protocol,
    /// A disabled one refuses new connections.
    pub enabled: bool,
    /// The intent path of the pool.
    pub pool: Option<String>,
    /// The intent path of the load balancer service.
    pub service: Option<String>,
    /// Ports for members that have none: one for all ports, or one per port.
    pub default_member_ports: Vec<(u16, u16)>,
    /// The most connections at a time.
    pub max_connections: Option<u64>,
    /// Who is let in.
    pub access: Option<AccessList>,
    /// The intent path of the application profile.
    pub profile: String,
}

/// The transport a virtual server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Protocol {
    /// From a fast TCP or an HTTP profile.
    Tcp,
    /// From a fast UDP profile.
    Udp,
}

/// A pool as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backends {
    /// How a member is chosen.
    pub algorithm: Algorithm,
    /// In the order they were written.
    pub members: Vec<Member>,
    /// Fewer primary members than this, and the backup ones take over.
    pub min_active_members: usize,
    /// The intent paths of the active monitors; all must find a member well.
    pub monitors: Vec<String>,
}

/// How a pool chooses a member for a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// Each in turn.
    RoundRobin,
    /// Each in turn, as often as its weight says.
    WeightedRoundRobin,
    /// The one with the fewest open connections.
    LeastConnection,
    /// The one with the fewest open connections per weight.
    WeightedLeastConnection,
    /// The same member for the same client address.
    IpHash,
}

/// One member of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where it is.
    pub ip: IpAddr,
    /// Absent: the virtual server's default member port, or the port the client came to.
    pub port: Option<u16>,
    /// 1 to 256.
    pub weight: u16,
    /// What the administrator lets it do.
    pub admin: AdminState,
    /// Serves only while too few primary members do.
    pub backup: bool,
    /// The most connections at a time.
    pub max_connections: Option<u64>,
}

/// Whether a member takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminState {
    /// Takes connections.
    Enabled,
    /// Takes none.
    Disabled,
    /// Takes none but those that persistence ties to it.
    GracefulDisabled,
}

impl Frontend {
    /// Reads a checked virtual server; the protocol comes from its profile's resource type.
    pub(crate) fn read(fields: &Body, profile_type: &str) -> Option<Frontend> {
        let path = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Frontend {
            ip: fields.get("ip_address")?.as_str()?.parse().ok()?,
            ports: port_ranges(fields, "ports"),
            protocol: match profile_type {
                "LBFastUdpProfile" => Protocol::Udp,
                _ => Protocol::Tcp,
            },
            enabled: fields
                .get("enabled")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            pool: path("pool_path"),
            service: path("lb_service_path"),
            default_member_ports: port_ranges(fields, "default_pool_member_ports"),
            max_connections: fields
                .get("max_concurrent_connections")
                .and_then(Value::as_u64),
            access: AccessList::read(fields),
            profile: path("application_profile_path").unwrap_or_default(),
        })
    }

    /// Every port it listens on, in the order written.
    pub fn listened(&self) -> impl Iterator<Item = u16> + '_ {
        self.ports.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// The port and address a connection to `port` goes to at `member`.
    ///
    /// A member's own port wins; then the default member ports, one for all or pairwise with the
    /// ports listened on; then the port the client came to.
    #[must_use]
    pub fn destination(&self, member: &Member, port: u16) -> SocketAddr {
        let defaults = || {
            self.default_member_ports
                .iter()
                .flat_map(|(first, last)| *first..=*last)
        };
        let mapped = match defaults().count() {
            0 => None,
            1 => defaults().next(),
            _ => self
                .listened()
                .position(|p| p == port)
                .and_then(|n| defaults().nth(n)),
        };
        SocketAddr::new(member.ip, member.port.or(mapped).unwrap_or(port))
    }

    /// The first port of `other` on which both would listen at the same address.
    pub(crate) fn clash(&self, other: &Frontend) -> Option<u16> {
        if self.ip != other.ip || self.protocol != other.protocol {
            return None;
        }
        let overlap = |a: &(u16, u16), b: &(u16, u16)| a.0 <= b.1 && b.0 <= a.1;
        self.ports
            .iter()
            .flat_map(|mine| other.ports.iter().map(move |theirs| (mine, theirs)))
            .find(|(mine, theirs)| overlap(mine, theirs))
            .map(|(mine, theirs)| mine.0.max(theirs.0))
    }
}

impl Backends {
    /// Reads a checked pool.
    pub(crate) fn read(fields: &Body) -> Backends {
        let algorithm = match fields.get("algorithm").and_then(Value::as_str) {
            Some("WEIGHTED_ROUND_ROBIN") => Algorithm::WeightedRoundRobin,
            Some("LEAST_CONNECTION") => Algorithm::LeastConnection,
            Some("WEIGHTED_LEAST_CONNECTION") => Algorithm::WeightedLeastConnection,
            Some("IP_HASH") => Algorithm::IpHash,
            _ => Algorithm::RoundRobin,
        };
        let members = fields.get("members").and_then(Value::as_array);
        let least = fields
            .get("min_active_members")
            .and_then(Value::as_u64)
            .unwrap_or(1);
        Backends {
            algorithm,
            members: members
                .into_iter()
                .flatten()
                .filter_map(Member::read)
                .collect(),
            min_active_members: usize::try_from(least).unwrap_or(usize::MAX),
            monitors: paths(fields, "active_monitor_paths"),
        }
    }
}

impl Member {
    fn read(value: &Value) -> Option<Member> {
        let weight = value.get("weight").and_then(Value::as_u64).unwrap_or(1);
        Some(Member {
            ip: value.get("ip_address")?.as_str()?.parse().ok()?,
            port: value
                .get("port")
                .and_then(Value::as_str)
                .and_then(|port| port.parse().ok()),
            weight: u16::try_from(weight).unwrap_or(1),
            admin: match value.get("admin_state").and_then(Value::as_str) {
                Some("DISABLED") => AdminState::Disabled,
                Some("GRACEFUL_DISABLED") => AdminState::GracefulDisabled,
                _ => AdminState::Enabled,
            },
            backup: value
                .get("backup_member")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            max_connections: value
                .get("max_concurrent_connections")
                .and_then(Value::as_u64),
        })
    }
}

fn paths(fields: &Body, name: &str) -> Vec<String> {
    let paths = fields.get(name).and_then(Value::as_array);
    let texts = paths.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn port_ranges(fields: &Body, name: &str) -> Vec<(u16, u16)> {
    let ports = fields.get(name).and_then(Value::as_array);
    ports
        .into_iter()
        .flatten()
        .filter_map(|port| port_range(port.as_str()?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frontend(fields: &Value) -> Frontend {
        Frontend::read(fields.as_object().unwrap(), "LBFastTcpProfile").unwrap()
    }

    fn member(port: Option<u16>) -> Member {
        let read = Backends::read(
            json!({"members": [{"ip_address": "10.0.0.1"}]})
                .as_object()
                .unwrap(),
        );
        Member {
            port,
            ..read.members[0].clone()
        }
    }

    #[test]
    fn a_members_own_port_wins_over_the_defaults() {
        let front = frontend(&json!({
            "ip_address": "1.1.1.1", "ports": ["80"], "default_pool_member_ports": ["8080"]
        }));
        assert_eq!(front.destination(&member(Some(9)), 80).port(), 9);
        assert_eq!(front.destination(&member(None), 80).port(), 8080);
    }

    #[test]
    fn default_member_ports_pair_with_the_ports_listened_on() {
        let front = frontend(&json!({
            "ip_address": "1.1.1.1", "ports": ["80", "443"],
            "default_pool_member_ports": ["8080-8081"]
        }));
        assert_eq!(front.destination(&member(None), 443).port(), 8081);
    }

    #[test]
    fn without_any_mapping_the_clients_port_is_kept() {
        let front = frontend(&json!({"ip_address": "1.1.1.1", "ports": ["80-90"]}));
        assert_eq!(front.destination(&member(None), 85).port(), 85);
    }

    #[test]
    fn two_clash_where_address_protocol_and_port_are_the_same() {
        let wide = frontend(&json!({"ip_address": "1.1.1.1", "ports": ["80-90"]}));
        let one = frontend(&json!({"ip_address": "1.1.1.1", "ports": ["85"]}));
        let udp = Frontend {
            protocol: Protocol::Udp,
            ..one.clone()
        };
        assert_eq!(wide.clash(&one), Some(85));
        assert_eq!(wide.clash(&udp), None);
    }
}
