//! What stands for what: the names of the world in the words of the model.

use crate::servers::FIRST_ADDRESS;
use crate::wire;
use hopwise_protocol::{Address, Kind, Ports, Told, Uid};
use hopwise_vocab::Slot;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// What of the world has no word in the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model has no word for {what} {value}")]
pub struct Unmapped {
    /// What it is.
    pub what: &'static str,
    /// Its value in the world.
    pub value: String,
}

impl Unmapped {
    /// A value of this sort.
    pub fn new(what: &'static str, value: impl Into<String>) -> Self {
        Unmapped {
            what,
            value: value.into(),
        }
    }
}

/// The UIDs of each kind in the order of their appearance at the server.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    met: [Vec<String>; 3],
}

impl Identities {
    /// Notes a UID, if it is new.
    pub fn meet(&mut self, kind: Kind, uid: &str) {
        let met = &mut self.met[kind as usize];
        if !met.iter().any(|known| known == uid) {
            met.push(uid.into());
        }
    }

    /// The UIDs of a kind.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.met[kind as usize].iter().map(String::as_str)
    }

    /// How many incarnations of a kind there have been.
    pub fn count(&self, kind: Kind) -> u8 {
        u8::try_from(self.met[kind as usize].len()).expect("the model has seven at most")
    }

    /// Which incarnation a UID is.
    ///
    /// # Errors
    /// When no object of this kind was met with it.
    pub fn uid(&self, kind: Kind, uid: &str) -> Result<Uid, Unmapped> {
        let mut known = (1..).zip(&self.met[kind as usize]);
        let found = known.find(|(_, known)| *known == uid);
        found
            .map(|(number, _)| Uid::nth(number))
            .ok_or_else(|| Unmapped::new("the UID", uid))
    }
}

/// How far the nodePorts of one Service lie from those of the next: no two of a cluster are the
/// same.
const APART: u64 = 100;

/// Name, protocol, port and nodePort of every port of a Service, in the order of [`wire::ports`].
fn wired(slot: Slot, ports: Ports) -> Vec<wire::Port> {
    let known = [("http", 80, 30080), ("alternative", 8080, 30081)];
    let known = known.into_iter().enumerate();
    let known = known.filter(|(index, _)| ports.has(*index));
    let port = |(_, (name, port, target)): (usize, (&str, u64, u64))| wire::Port {
        name: name.into(),
        protocol: "TCP".into(),
        port,
        target: target + APART * slot as u64,
    };
    let mut ports: Vec<_> = known.map(port).collect();
    ports.sort();
    ports
}

/// The ports of a Service as the user writes them.
pub fn guest_ports(slot: Slot, ports: Ports) -> Value {
    written(slot, ports, "nodePort")
}

/// The ports as the user of topology `direct` writes them, whose nodes have no nodePort.
pub fn direct_ports(slot: Slot, ports: Ports) -> Value {
    written(slot, ports, "targetPort")
}

/// The ports of a Service, with this name of the port behind each.
fn written(slot: Slot, ports: Ports, behind: &str) -> Value {
    let ports = wired(slot, ports).into_iter().map(|port| {
        let wire::Port {
            name,
            protocol,
            port,
            target,
        } = port;
        json!({"name": name, "protocol": protocol, "port": port, behind: target})
    });
    ports.collect()
}

/// The model's ports of a Service.
///
/// # Errors
/// When they are none that the user ever asks for.
pub fn ports(slot: Slot, found: &[wire::Port]) -> Result<Ports, Unmapped> {
    let mut known = Ports::ALL.into_iter();
    let known = known.find(|known| found == wired(slot, *known));
    known.ok_or_else(|| Unmapped::new("the ports", format!("{found:?}")))
}

/// The model's ports of an object. A Service that is not of type LoadBalancer has no nodePort.
///
/// # Errors
/// When they are none that the user ever asks for.
pub fn ports_of(slot: Slot, found: &wire::Found) -> Result<Ports, Unmapped> {
    if found.is_balanced {
        return ports(slot, &found.ports);
    }
    let bare = found.ports.iter();
    let bare: Vec<_> = bare
        .map(|port| (port.protocol.clone(), port.port))
        .collect();
    listeners(&bare)
}

/// The model's word for what a status tells.
///
/// # Errors
/// When that is an address that is not of the pool.
pub fn told(found: wire::Told) -> Result<Told, Unmapped> {
    Ok(match found {
        wire::Told::Nothing => Told::Nothing,
        wire::Told::Address(ip) => Told::Address(address(ip)?),
        wire::Told::Exhausted => Told::Exhausted,
    })
}

/// The model's ports, of what NSX-T knows of them: protocol and port.
///
/// # Errors
/// When they are none that the user ever asks for.
pub fn listeners(found: &[(String, u64)]) -> Result<Ports, Unmapped> {
    let in_order = |mut listeners: Vec<(String, u64)>| {
        listeners.sort();
        listeners
    };
    let found = in_order(found.to_vec());
    let is_known = |known: &Ports| {
        let ports = wired(Slot::A, *known).into_iter();
        in_order(ports.map(|port| (port.protocol, port.port)).collect()) == found
    };
    let known = Ports::ALL.into_iter().find(is_known);
    known.ok_or_else(|| Unmapped::new("the listeners", format!("{found:?}")))
}

/// The address at this place of the pool.
pub fn ip(index: u8) -> IpAddr {
    let [a, b, c, first] = FIRST_ADDRESS.octets();
    Ipv4Addr::new(a, b, c, first + index).into()
}

/// The model's address.
///
/// # Errors
/// When it is not of the pool.
pub fn address(found: IpAddr) -> Result<Address, Unmapped> {
    let index = (0..Address::MOST).find(|index| ip(*index) == found);
    index
        .map(Address::at)
        .ok_or_else(|| Unmapped::new("the address", found.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incarnations_are_numbered_by_kind_in_the_order_of_their_appearance() {
        let mut identities = Identities::default();
        for (kind, uid) in [
            (Kind::Service, "b"),
            (Kind::VmService, "a"),
            (Kind::Service, "a"),
        ] {
            identities.meet(kind, uid);
            identities.meet(kind, uid);
        }
        assert_eq!(identities.uid(Kind::Service, "a"), Ok(Uid::nth(2)));
        assert_eq!(identities.uid(Kind::VmService, "a"), Ok(Uid::nth(1)));
        assert!(
            identities.uid(Kind::VmService, "b").is_err(),
            "another kind's"
        );
        assert_eq!(identities.count(Kind::Service), 2);
    }

    #[test]
    fn ports_and_addresses_that_nobody_asked_for_have_no_word() {
        for known in Ports::ALL {
            let there = wire::ports(&guest_ports(Slot::A, known));
            assert_eq!(ports(Slot::A, &there), Ok(known));
            assert!(ports(Slot::B, &there).is_err(), "another Service's");
        }
        assert!(ports(Slot::A, &[]).is_err());
        assert_eq!(address(ip(1)), Ok(Address::at(1)));
        assert!(address([192, 0, 2, 77].into()).is_err());
    }
}
