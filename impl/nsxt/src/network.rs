//! Networks around address ranges.

use std::net::IpAddr;

use ipnet::IpNet;

/// The smallest network that holds both addresses; absent when they are no range of one family.
pub(crate) fn enclosing(first: IpAddr, last: IpAddr) -> Option<IpNet> {
    if first > last || first.is_ipv4() != last.is_ipv4() {
        return None;
    }
    let longest = if first.is_ipv4() { 32 } else { 128 };
    (0..=longest)
        .rev()
        .filter_map(|prefix| IpNet::new(first, prefix).ok())
        .map(|network| network.trunc())
        .find(|network| network.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_network_is_found() {
        let network = |first: &str, last: &str| {
            enclosing(first.parse().unwrap(), last.parse().unwrap()).map(|found| found.to_string())
        };
        assert_eq!(
            network("127.100.0.10", "127.100.0.20").as_deref(),
            Some("127.100.0.0/27")
        );
        assert_eq!(
            network("10.0.0.1", "10.0.0.1").as_deref(),
            Some("10.0.0.1/32")
        );
        assert_eq!(network("fd00::1", "fd00::2").as_deref(), Some("fd00::/126"));
        assert_eq!(network("10.0.0.2", "10.0.0.1"), None);
    }
}
