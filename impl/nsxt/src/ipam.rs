//! Which address is held by whom: ranges, holdings, and the delay before an address comes free.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The holdings of all pools, by the path of the pool.
///
/// # Guarantees
/// An address has at most one holding in its pool, so it is never given out twice; it comes free
/// only when its release is due.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ipam {
    pools: BTreeMap<String, BTreeMap<IpAddr, Holding>>,
    /// The pools and addresses whose holding is another one, or gone, since somebody last asked;
    /// absent while nobody does.
    touched: Option<BTreeSet<Held>>,
}

/// An address, and the path of the pool it is of.
pub(crate) type Held = (String, IpAddr);

/// Why an address is not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Holding {
    /// By the allocation with this id.
    Allocated { id: String },
    /// The allocation is gone; nobody gets the address before this time.
    Releasing { id: String, until: Timestamp },
}

/// An inclusive range of addresses of one family.
pub(crate) type Range = (IpAddr, IpAddr);

/// Why an allocation got no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Exhausted,
    Taken(IpAddr),
    Outside(IpAddr),
}

impl Ipam {
    /// Gives the allocation `id` the address it asks for, or the lowest free one.
    ///
    /// The lowest, because handing a freed address out again as early as possible is what brings
    /// mistakes in releasing to light.
    pub(crate) fn allocate(
        &mut self,
        pool: &str,
        ranges: &[Range],
        id: &str,
        wanted: Option<IpAddr>,
    ) -> Result<IpAddr, Denied> {
        let held = self.pools.entry(pool.to_owned()).or_default();
        let address = match wanted {
            Some(ip) if !ranges.iter().any(|range| holds(range, ip)) => {
                return Err(Denied::Outside(ip));
            }
            Some(ip) if held.contains_key(&ip) => return Err(Denied::Taken(ip)),
            Some(ip) => ip,
            None => ranges
                .iter()
                .find_map(|range| lowest_free(range, held))
                .ok_or(Denied::Exhausted)?,
        };
        held.insert(address, Holding::Allocated { id: id.to_owned() });
        self.touch(pool, address);
        Ok(address)
    }

    /// Lets go of an allocated address, which comes free at `until`.
    pub(crate) fn release(&mut self, pool: &str, address: IpAddr, until: Timestamp) {
        let Some(holding) = self
            .pools
            .get_mut(pool)
            .and_then(|held| held.get_mut(&address))
        else {
            return;
        };
        if let Holding::Allocated { id } = holding {
            *holding = Holding::Releasing {
                id: std::mem::take(id),
                until,
            };
            self.touch(pool, address);
        }
    }

    /// Frees what is due; answers whether that changed anything.
    pub(crate) fn free_due(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        let touched = &mut self.touched;
        for (pool, held) in &mut self.pools {
            held.retain(|address, holding| {
                let due = matches!(holding, Holding::Releasing { until, .. } if *until <= now);
                if due && let Some(touched) = touched {
                    touched.insert((pool.clone(), *address));
                }
                changed |= due;
                !due
            });
        }
        changed
    }

    /// Frees one address that is being released, whether due or not.
    pub(crate) fn free(&mut self, pool: &str, address: IpAddr) -> bool {
        let Some(held) = self.pools.get_mut(pool) else {
            return false;
        };
        let releasing = matches!(held.get(&address), Some(Holding::Releasing { .. }));
        if releasing {
            held.remove(&address);
            self.touch(pool, address);
        }
        releasing
    }

    /// The next time at which an address comes free.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let all = self.pools.values().flat_map(BTreeMap::values);
        all.filter_map(|holding| match holding {
            Holding::Releasing { until, .. } => Some(*until),
            Holding::Allocated { .. } => None,
        })
        .min()
    }

    /// The holdings of a pool, by address.
    pub(crate) fn held(&self, pool: &str) -> impl Iterator<Item = (&IpAddr, &Holding)> {
        self.pools.get(pool).into_iter().flatten()
    }

    /// Forgets a pool, with whatever was still being released.
    pub(crate) fn drop_pool(&mut self, pool: &str) {
        for address in self.pools.remove(pool).into_iter().flatten() {
            self.touch(pool, address.0);
        }
    }

    /// Puts back a holding that was kept.
    pub(crate) fn restore(&mut self, (pool, address): Held, holding: Holding) {
        self.pools.entry(pool).or_default().insert(address, holding);
    }

    /// All holdings, by pool and address.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, IpAddr, &Holding)> {
        let pools = self.pools.iter();
        pools.flat_map(|(pool, held)| {
            held.iter()
                .map(move |(ip, holding)| (&**pool, *ip, holding))
        })
    }

    /// The holding of one address.
    pub(crate) fn holding(&self, (pool, address): &Held) -> Option<&Holding> {
        self.pools.get(pool)?.get(address)
    }

    /// What changed since this was last asked, and remembers from here on.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<Held> {
        self.touched.replace(BTreeSet::new()).unwrap_or_default()
    }

    /// Remembers no longer what changes.
    pub(crate) fn forget_touched(&mut self) {
        self.touched = None;
    }

    fn touch(&mut self, pool: &str, address: IpAddr) {
        if let Some(touched) = &mut self.touched {
            touched.insert((pool.to_owned(), address));
        }
    }
}

/// How many addresses the ranges hold together.
pub(crate) fn size(ranges: &[Range]) -> u128 {
    ranges
        .iter()
        .map(|(first, last)| number(*last).saturating_sub(number(*first)) + 1)
        .sum()
}

/// Whether two ranges have an address in common.
pub(crate) fn overlap(a: &Range, b: &Range) -> bool {
    a.0.is_ipv4() == b.0.is_ipv4() && a.0 <= b.1 && b.0 <= a.1
}

pub(crate) fn holds(range: &Range, address: IpAddr) -> bool {
    overlap(range, &(address, address))
}

fn lowest_free(range: &Range, held: &BTreeMap<IpAddr, Holding>) -> Option<IpAddr> {
    let mut candidate = range.0;
    for taken in held.range(range.0..=range.1).map(|(address, _)| *address) {
        if candidate < taken {
            break;
        }
        candidate = after(taken)?;
    }
    (candidate <= range.1).then_some(candidate)
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4)
            .checked_add(1)
            .map(|n| Ipv4Addr::from(n).into()),
        IpAddr::V6(v6) => u128::from(v6)
            .checked_add(1)
            .map(|n| Ipv6Addr::from(n).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "/infra/ip-pools/p";

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_lowest_free_address_is_given_out_first() {
        let (mut ipam, ranges) = (Ipam::default(), [(ip(5), ip(6)), (ip(1), ip(2))]);
        let got = ["a", "b", "c", "d", "e"].map(|id| ipam.allocate(POOL, &ranges, id, None));
        assert_eq!(
            got,
            [
                Ok(ip(5)),
                Ok(ip(6)),
                Ok(ip(1)),
                Ok(ip(2)),
                Err(Denied::Exhausted)
            ]
        );
    }

    #[test]
    fn a_released_address_is_held_until_its_time() {
        let (mut ipam, ranges) = (Ipam::default(), [(ip(1), ip(1))]);
        ipam.allocate(POOL, &ranges, "a", None).unwrap();
        ipam.release(POOL, ip(1), at(120));
        assert!(!ipam.free_due(at(119)));
        assert_eq!(
            ipam.allocate(POOL, &ranges, "b", None),
            Err(Denied::Exhausted)
        );
        assert_eq!(ipam.next_due(), Some(at(120)));
        assert!(ipam.free_due(at(120)));
        assert_eq!(ipam.allocate(POOL, &ranges, "b", None), Ok(ip(1)));
    }

    #[test]
    fn an_address_asked_for_is_granted_refused_or_outside() {
        let (mut ipam, ranges) = (Ipam::default(), [(ip(1), ip(3))]);
        assert_eq!(ipam.allocate(POOL, &ranges, "a", Some(ip(2))), Ok(ip(2)));
        assert_eq!(
            ipam.allocate(POOL, &ranges, "b", Some(ip(2))),
            Err(Denied::Taken(ip(2)))
        );
        assert_eq!(
            ipam.allocate(POOL, &ranges, "c", Some(ip(9))),
            Err(Denied::Outside(ip(9)))
        );
    }

    #[test]
    fn an_allocated_address_is_not_freed_on_command() {
        let (mut ipam, ranges) = (Ipam::default(), [(ip(1), ip(1))]);
        ipam.allocate(POOL, &ranges, "a", None).unwrap();
        assert!(!ipam.free(POOL, ip(1)));
        ipam.release(POOL, ip(1), at(120));
        assert!(ipam.free(POOL, ip(1)));
    }

    #[test]
    fn the_last_address_of_all_ends_a_range_without_overflow() {
        let (mut ipam, last) = (Ipam::default(), IpAddr::from([255, 255, 255, 255]));
        assert_eq!(ipam.allocate(POOL, &[(last, last)], "a", None), Ok(last));
        assert_eq!(
            ipam.allocate(POOL, &[(last, last)], "b", None),
            Err(Denied::Exhausted)
        );
    }
}
