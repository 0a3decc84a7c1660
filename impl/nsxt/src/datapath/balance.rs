//! Which member a new connection goes to, and which ones to try after it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::frontend::{AdminState, Algorithm, Backends, Frontend, Member};

/// What is remembered of a pool between connections.
#[derive(Debug, Default)]
pub(super) struct Balancer {
    turn: u64,
    open: BTreeMap<SocketAddr, u64>,
}

/// Who comes, and to which port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

/// A connection that counts for a member until it is dropped.
pub(super) struct Held {
    balancer: Arc<Mutex<Balancer>>,
    member: SocketAddr,
}

impl Balancer {
    /// The members to try, best first.
    ///
    /// Disabled members, gracefully disabled ones, those that are down or full are left out. Backup
    /// members come in only when fewer primary ones are left than the pool needs.
    pub(super) fn order(
        &mut self,
        backends: &Backends,
        client: Client,
        front: &Frontend,
        is_down: impl Fn(&Member) -> bool,
    ) -> Vec<SocketAddr> {
        let mut candidates: Vec<(SocketAddr, &Member)> = eligible(backends, is_down)
            .into_iter()
            .map(|member| (front.destination(member, client.port), member))
            .filter(|(at, member)| {
                member
                    .max_connections
                    .is_none_or(|most| self.held(*at) < most)
            })
            .collect();
        let turn = self.turn;
        self.turn = turn.wrapping_add(1);
        match backends.algorithm {
            Algorithm::RoundRobin => rotate(&mut candidates, turn, |_| 1),
            Algorithm::WeightedRoundRobin => {
                rotate(&mut candidates, turn, |member| u64::from(member.weight));
            }
            // Turning first lets the equally loaded take turns, since sorting keeps their order.
            Algorithm::LeastConnection => {
                rotate(&mut candidates, turn, |_| 1);
                candidates.sort_by_key(|(at, _)| self.held(*at));
            }
            Algorithm::WeightedLeastConnection => {
                rotate(&mut candidates, turn, |_| 1);
                // Compared crosswise: fractions without rounding.
                candidates.sort_by(|(a, one), (b, other)| {
                    let a = self.held(*a) * u64::from(other.weight);
                    a.cmp(&(self.held(*b) * u64::from(one.weight)))
                });
            }
            Algorithm::IpHash => {
                candidates.sort_by_key(|(at, _)| Reverse(affinity(client.ip, *at)));
            }
        }
        candidates.into_iter().map(|(at, _)| at).collect()
    }

    fn held(&self, member: SocketAddr) -> u64 {
        self.open.get(&member).copied().unwrap_or(0)
    }
}

impl Held {
    pub(super) fn new(balancer: &Arc<Mutex<Balancer>>, member: SocketAddr) -> Held {
        *balancer.lock().open.entry(member).or_default() += 1;
        Held {
            balancer: balancer.clone(),
            member,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut balancer = self.balancer.lock();
        if let Some(open) = balancer.open.get_mut(&self.member) {
            *open -= 1;
            if *open == 0 {
                balancer.open.remove(&self.member);
            }
        }
    }
}

fn eligible(backends: &Backends, is_down: impl Fn(&Member) -> bool) -> Vec<&Member> {
    let enabled = |member: &&Member| member.admin == AdminState::Enabled && !is_down(member);
    let (backups, primaries): (Vec<&Member>, Vec<&Member>) = backends
        .members
        .iter()
        .filter(enabled)
        .partition(|member| member.backup);
    if primaries.len() < backends.min_active_members && !backups.is_empty() {
        backups
    } else {
        primaries
    }
}

/// Puts the member first whose turn it is; the others follow in their order.
fn rotate(candidates: &mut [(SocketAddr, &Member)], turn: u64, weight: impl Fn(&Member) -> u64) {
    let total: u64 = candidates.iter().map(|(_, member)| weight(member)).sum();
    if total == 0 {
        return;
    }
    let mut slot = turn % total;
    let mut first = 0;
    while slot >= weight(candidates[first].1) {
        slot -= weight(candidates[first].1);
        first += 1;
    }
    candidates.rotate_left(first);
}

/// How strongly a client is drawn to a member (rendezvous hashing): when a member goes, only its
/// own clients go elsewhere.
fn affinity(client: IpAddr, member: SocketAddr) -> u64 {
    // FNV-1a, and a finalizer that spreads neighbouring addresses.
    let text = format!("{client} {member}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::Protocol;

    fn member(last: u8) -> Member {
        Member {
            ip: IpAddr::from([10, 0, 0, last]),
            port: Some(80),
            weight: 1,
            admin: AdminState::Enabled,
            backup: false,
            max_connections: None,
        }
    }

    fn backends(algorithm: Algorithm, members: Vec<Member>) -> Backends {
        Backends {
            algorithm,
            members,
            min_active_members: 1,
            monitors: Vec::new(),
        }
    }

    fn front() -> Frontend {
        Frontend {
            ip: IpAddr::from([1, 1, 1, 1]),
            ports: vec![(80, 80)],
            protocol: Protocol::Tcp,
            enabled: true,
            pool: None,
            service: None,
            default_member_ports: Vec::new(),
            max_connections: None,
            access: None,
            profile: String::new(),
        }
    }

    /// The last octets of the members in the order they would be tried.
    fn order(balancer: &mut Balancer, backends: &Backends, client: u8) -> Vec<u8> {
        let client = Client {
            ip: IpAddr::from([9, 9, 9, client]),
            port: 80,
        };
        // A member that only one test has.
        let down = IpAddr::from([10, 0, 0, 66]);
        let last = |at: SocketAddr| match at.ip() {
            IpAddr::V4(v4) => v4.octets()[3],
            IpAddr::V6(_) => 0,
        };
        balancer
            .order(backends, client, &front(), |member| member.ip == down)
            .into_iter()
            .map(last)
            .collect()
    }

    #[test]
    fn round_robin_takes_each_in_turn_and_falls_back_to_the_next() {
        let backends = backends(Algorithm::RoundRobin, vec![member(1), member(2), member(3)]);
        let mut balancer = Balancer::default();
        let orders = [0; 3].map(|_| order(&mut balancer, &backends, 1));
        assert_eq!(orders, [[1, 2, 3], [2, 3, 1], [3, 1, 2]]);
    }

    #[test]
    fn weighted_round_robin_takes_each_as_often_as_its_weight_says() {
        let heavy = Member {
            weight: 3,
            ..member(2)
        };
        let backends = backends(Algorithm::WeightedRoundRobin, vec![member(1), heavy]);
        let mut balancer = Balancer::default();
        let firsts = [0; 8].map(|_| order(&mut balancer, &backends, 1)[0]);
        assert_eq!(firsts, [1, 2, 2, 2, 1, 2, 2, 2]);
    }

    #[test]
    fn least_connection_takes_the_least_busy() {
        let backends = backends(Algorithm::LeastConnection, vec![member(1), member(2)]);
        let balancer = Arc::new(Mutex::new(Balancer::default()));
        let busy = Held::new(&balancer, "10.0.0.1:80".parse().unwrap());
        let firsts = [0; 2].map(|_| order(&mut balancer.lock(), &backends, 1)[0]);
        assert_eq!(firsts, [2, 2]);
        drop(busy);
        assert_eq!(order(&mut balancer.lock(), &backends, 1)[0], 1);
    }

    #[test]
    fn weighted_least_connection_counts_connections_per_weight() {
        let heavy = Member {
            weight: 4,
            ..member(1)
        };
        let backends = backends(Algorithm::WeightedLeastConnection, vec![heavy, member(2)]);
        let balancer = Arc::new(Mutex::new(Balancer::default()));
        let hold = |at: &str| Held::new(&balancer, at.parse().unwrap());
        let _busy = [
            hold("10.0.0.1:80"),
            hold("10.0.0.1:80"),
            hold("10.0.0.2:80"),
        ];
        assert_eq!(order(&mut balancer.lock(), &backends, 1)[0], 1);
    }

    #[test]
    fn a_client_keeps_its_member_while_another_one_goes() {
        let all = vec![member(1), member(2), member(3)];
        let mut balancer = Balancer::default();
        let before = backends(Algorithm::IpHash, all.clone());
        let firsts: Vec<u8> = (0..50)
            .map(|c| order(&mut balancer, &before, c)[0])
            .collect();
        let after = backends(Algorithm::IpHash, all[..2].to_vec());
        for (client, first) in firsts.iter().enumerate().filter(|(_, first)| **first != 3) {
            let client = u8::try_from(client).unwrap();
            assert_eq!(order(&mut balancer, &after, client)[0], *first);
        }
        assert!((1..=3).all(|member| firsts.contains(&member)));
    }

    #[test]
    fn disabled_and_full_members_are_left_out() {
        let disabled = Member {
            admin: AdminState::Disabled,
            ..member(1)
        };
        let graceful = Member {
            admin: AdminState::GracefulDisabled,
            ..member(2)
        };
        let full = Member {
            max_connections: Some(1),
            ..member(3)
        };
        let members = vec![disabled, graceful, full, member(4)];
        let backends = backends(Algorithm::RoundRobin, members);
        let balancer = Arc::new(Mutex::new(Balancer::default()));
        let _busy = Held::new(&balancer, "10.0.0.3:80".parse().unwrap());
        assert_eq!(order(&mut balancer.lock(), &backends, 1), [4]);
    }

    #[test]
    fn a_member_that_is_down_is_left_out_and_backups_come_in_for_it() {
        let backup = Member {
            backup: true,
            ..member(9)
        };
        let pool = backends(
            Algorithm::RoundRobin,
            vec![member(66), member(1), backup.clone()],
        );
        assert_eq!(order(&mut Balancer::default(), &pool, 1), [1]);
        let pool = backends(Algorithm::RoundRobin, vec![member(66), backup]);
        assert_eq!(order(&mut Balancer::default(), &pool, 1), [9]);
    }

    #[test]
    fn backup_members_come_in_when_too_few_primaries_are_left() {
        let backup = Member {
            backup: true,
            ..member(9)
        };
        let mut pool = backends(Algorithm::RoundRobin, vec![member(1), backup]);
        let mut balancer = Balancer::default();
        assert_eq!(order(&mut balancer, &pool, 1), [1]);
        pool.min_active_members = 2;
        assert_eq!(order(&mut balancer, &pool, 1), [9]);
    }
}
