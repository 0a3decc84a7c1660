//! Ids in NSX-T. They follow from the cluster and the Service's UID, so that asking twice asks
//! for the same thing, and what was written for a Service is found without remembering it.

use hopwise_core::ncp::Listener;
use hopwise_core::{Protocol, Uid};

/// The ids of everything that NSX-T holds for one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(String);

impl Ids {
    /// The ids of what stands for the Service of this UID.
    pub fn new(cluster: &str, service: &Uid) -> Ids {
        Ids(format!("{cluster}-{service}"))
    }

    /// Its IP allocation.
    pub fn allocation(&self) -> &str {
        &self.0
    }

    /// A virtual server of it, and the pool of that: `<cluster>-<UID>-<protocol>-<port>`.
    pub fn part(&self, listener: Listener) -> String {
        let Listener { protocol, port } = listener;
        format!("{}-{}-{port}", self.0, word(protocol))
    }

    /// The group of the clients that it serves.
    pub fn clients(&self) -> &str {
        &self.0
    }

    /// The monitor that asks its nodes at this port.
    pub fn monitor(&self, health_port: u16) -> String {
        format!("{}-health-{health_port}", self.0)
    }

    /// The port at which the monitor of this id asks, if it is the Service's.
    pub fn health_port(&self, monitor: &str) -> Option<u16> {
        let port = monitor.strip_prefix(&self.0)?.strip_prefix("-health-")?;
        port.parse()
            .ok()
            .filter(|port| self.monitor(*port) == monitor)
    }

    /// Which part of the Service's load balancer has this id, if any.
    pub fn listener(&self, id: &str) -> Option<Listener> {
        let part = id.strip_prefix(&self.0)?.strip_prefix('-')?;
        let (protocol, port) = part.split_once('-')?;
        let listener = Listener {
            protocol: protocol_of(protocol)?,
            port: port.parse().ok()?,
        };
        // `080` is no id of ours, and must not pass for one.
        (self.part(listener) == id).then_some(listener)
    }
}

const fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

fn protocol_of(name: &str) -> Option<Protocol> {
    let known = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    known.into_iter().find(|protocol| word(*protocol) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_again_by_its_id_and_nothing_else_is() {
        let ids = Ids::new("guest", &Uid("u-1".into()));
        let listener = Listener {
            protocol: Protocol::Udp,
            port: 53,
        };
        assert_eq!(ids.part(listener), "guest-u-1-udp-53");
        assert_eq!(ids.listener("guest-u-1-udp-53"), Some(listener));
        assert_eq!(ids.health_port(&ids.monitor(30100)), Some(30100));
        assert_eq!(ids.health_port("guest-u-1-health-030100"), None);
        assert_eq!(ids.health_port("guest-u-10-health-30100"), None);
        let others = [
            "guest-u-1-health-30100",
            "guest-u-1",
            "guest-u-10-udp-53",
            "guest-u-1-udp-053",
            "guest-u-1-http-80",
            "other-u-1-udp-53",
        ];
        for other in others {
            assert_eq!(ids.listener(other), None, "{other}");
        }
    }
}
