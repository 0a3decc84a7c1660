//! UIDs, versions, ports and addresses, each way.

use super::Error;
use hopwise_core::{Lifecycle, Port, Protocol, ResourceVersion, Told, Uid, ncp};
use hopwise_protocol as model;
use hopwise_protocol::{Kind, Version};
use hopwise_vocab::Object;
use std::net::{IpAddr, Ipv4Addr};

pub(super) fn kind_name(kind: Kind) -> &'static str {
    Object::from(kind).name()
}

pub(super) fn uid(kind: Kind, uid: model::Uid) -> Uid {
    Uid(format!("{}-{}", kind_name(kind), uid.number()))
}

pub(super) fn uid_back(kind: Kind, uid: &Uid) -> Result<model::Uid, Error> {
    let number = uid
        .0
        .strip_prefix(kind_name(kind))
        .and_then(|rest| rest.strip_prefix('-'));
    let number = number
        .and_then(|number| number.parse().ok())
        .map(model::Uid::nth);
    number.ok_or_else(|| Error::Unknown {
        what: kind_name(kind),
        name: uid.0.clone(),
    })
}

pub(super) fn version(version: Version) -> ResourceVersion {
    ResourceVersion(match version {
        Version::Old => "old".into(),
        Version::Current => "current".into(),
    })
}

pub(super) fn version_back(version: &ResourceVersion) -> Result<Version, Error> {
    match version.0.as_str() {
        "old" => Ok(Version::Old),
        "current" => Ok(Version::Current),
        other => Err(Error::Unknown {
            what: "resourceVersion",
            name: other.into(),
        }),
    }
}

pub(super) fn ports(ports: model::Ports) -> Vec<Port> {
    let known = [("http", 80, 30080), ("alternative", 8080, 30081)];
    let known = known.into_iter().enumerate();
    let known = known.filter(|(index, _)| ports.has(*index));
    let port = |(_, (name, port, target)): (usize, (&str, u16, u16))| Port {
        port,
        protocol: Protocol::Tcp,
        name: name.into(),
        target,
    };
    known.map(port).collect()
}

pub(super) fn ports_back(found: &[Port]) -> Result<model::Ports, Error> {
    let known = model::Ports::ALL
        .into_iter()
        .find(|known| ports(*known) == found);
    known.ok_or_else(|| Error::Unknown {
        what: "ports",
        name: format!("{found:?}"),
    })
}

pub(super) fn address(address: model::Address) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, address.index()).into()
}

pub(super) fn address_back(found: IpAddr) -> Result<model::Address, Error> {
    let mut known = (0..model::Address::MOST).map(model::Address::at);
    known
        .find(|known| address(*known) == found)
        .ok_or_else(|| Error::Unknown {
            what: "address",
            name: found.to_string(),
        })
}

pub(super) fn lifecycle(lifecycle: model::Lifecycle) -> Lifecycle {
    match lifecycle {
        model::Lifecycle::Live => Lifecycle::Live,
        model::Lifecycle::Deleting => Lifecycle::Deleting,
    }
}

pub(super) fn listener(port: &Port) -> ncp::Listener {
    ncp::Listener {
        protocol: port.protocol,
        port: port.port,
    }
}

pub(super) fn listeners_back<'a>(
    found: impl Iterator<Item = &'a ncp::Listener> + Clone,
) -> Result<model::Ports, Error> {
    let mut known = model::Ports::ALL.into_iter();
    let fits = |known: &model::Ports| {
        let ports = ports(*known);
        ports.iter().map(listener).eq(found.clone().copied())
    };
    known.find(fits).ok_or_else(|| Error::Unknown {
        what: "listeners",
        name: format!("{:?}", found.collect::<Vec<_>>()),
    })
}

pub(super) fn told(told: model::Told) -> Told {
    match told {
        model::Told::Nothing => Told::Nothing,
        model::Told::Address(found) => Told::Address(address(found)),
        model::Told::Exhausted => Told::Exhausted,
    }
}

pub(super) fn told_back(told: Told) -> Result<model::Told, Error> {
    Ok(match told {
        Told::Nothing => model::Told::Nothing,
        Told::Address(found) => model::Told::Address(address_back(found)?),
        Told::Exhausted => model::Told::Exhausted,
    })
}
