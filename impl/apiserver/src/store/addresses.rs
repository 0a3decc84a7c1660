//! Cluster addresses and node ports held by stored Services.
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use ipnet::Ipv4Net;
use serde_json::Value;

use crate::object::Object;

/// What is taken. Follows the stored Services; nothing is reserved between two writes.
#[derive(Clone, Default)]
pub(crate) struct Addresses {
    taken: BTreeSet<Ipv4Addr>,
    /// How many Services hold a port: never more than one, but one holds it for two protocols.
    ports: BTreeMap<u16, usize>,
    last_address: Option<Ipv4Addr>,
    last_port: Option<u16>,
}

impl Addresses {
    /// A Service was written in place of another version of itself.
    pub fn replace(&mut self, before: Option<&Object>, after: Option<&Object>) {
        if let Some(before) = before {
            for address in addresses_of(before.value()) {
                self.taken.remove(&address);
            }
            for port in ports_of(before.value()) {
                let count = self.ports.entry(port).or_default();
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.ports.remove(&port);
                }
            }
        }
        if let Some(after) = after {
            for address in addresses_of(after.value()) {
                if self.taken.insert(address) && before.is_none() {
                    self.last_address = Some(address);
                }
            }
            for port in ports_of(after.value()) {
                *self.ports.entry(port).or_default() += 1;
                if before.is_none() {
                    self.last_port = Some(port);
                }
            }
        }
    }

    pub fn has_address(&self, address: Ipv4Addr) -> bool {
        self.taken.contains(&address)
    }

    pub fn has_port(&self, port: u16) -> bool {
        self.ports.contains_key(&port)
    }

    /// The next free address after the one given last, so that a freed one is not reused at once.
    pub fn free_address(&self, range: Ipv4Net) -> Option<Ipv4Addr> {
        let first = u32::from(range.network()) + 1;
        let end = u32::from(range.broadcast());
        let start = self
            .last_address
            .map(|last| u32::from(last).wrapping_add(1))
            .filter(|next| (first..end).contains(next))
            .unwrap_or(first);
        let mut candidates = (start..end).chain(first..start).map(Ipv4Addr::from);
        candidates.find(|address| !self.taken.contains(address))
    }

    /// The next free port after the one given last that is not among `wanted` either.
    pub fn free_port(&self, range: &RangeInclusive<u16>, wanted: &BTreeSet<u16>) -> Option<u16> {
        let start = self
            .last_port
            .and_then(|last| last.checked_add(1))
            .filter(|next| range.contains(next))
            .unwrap_or(*range.start());
        let mut candidates = (start..=*range.end()).chain(*range.start()..start);
        candidates.find(|port| !self.has_port(*port) && !wanted.contains(port))
    }
}

fn addresses_of(service: &Value) -> impl Iterator<Item = Ipv4Addr> {
    let list = service["spec"]["clusterIPs"].as_array();
    list.into_iter()
        .flatten()
        .filter_map(|ip| ip.as_str()?.parse().ok())
}

/// Node ports that a Service holds, each once.
pub(crate) fn ports_of(service: &Value) -> BTreeSet<u16> {
    let spec = &service["spec"];
    let ports = spec["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|port| &port["nodePort"]);
    ports
        .chain([&spec["healthCheckNodePort"]])
        .filter_map(|port| u16::try_from(port.as_u64()?).ok())
        .filter(|port| *port != 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_freed_address_is_not_the_next_one_given() {
        let range: Ipv4Net = "10.96.0.0/29".parse().unwrap();
        let mut addresses = Addresses::default();
        let first = addresses.free_address(range).unwrap();
        let service = Object::new(json!({"spec": {"clusterIPs": [first.to_string()]}}));
        addresses.replace(None, Some(&service));
        addresses.replace(Some(&service), None);
        assert_ne!(addresses.free_address(range), Some(first));
    }

    #[test]
    fn an_exhausted_range_gives_nothing() {
        let range: Ipv4Net = "10.96.0.0/30".parse().unwrap();
        let mut addresses = Addresses::default();
        let ips: Vec<String> = (1..3).map(|i| format!("10.96.0.{i}")).collect();
        addresses.replace(
            None,
            Some(&Object::new(json!({"spec": {"clusterIPs": ips}}))),
        );
        assert_eq!(addresses.free_address(range), None);
    }
}
