//! What a storm will do: a function of the seed, and of nothing else.

use fastrand::Rng;
use hopwise_vocab::Hop;
use std::collections::BTreeMap;
use std::time::Duration;

/// The ports that Services ask for.
const PORTS: [u16; 6] = [8080, 8081, 8443, 9090, 9091, 9443];
/// How many deeds a Service sees at most.
const DEEDS: usize = 7;
/// How long the deeds go on, as a part of the storm: some kills come after the last of them.
const DEEDS_PART: f64 = 0.9;

/// Something that the user does to a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Creates it with these ports.
    Create(Vec<u16>),
    /// Gives it these ports.
    Edit(Vec<u16>),
    /// Deletes it.
    Delete,
    /// Deletes it and takes its finalizers away.
    TearAway,
}

/// Deeds and kills with their times, counted from the start of the storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When which controller is killed, in order.
    pub kills: Vec<(Duration, Hop)>,
    /// What is done to each Service, in order.
    pub services: BTreeMap<String, Vec<(Duration, Deed)>>,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, services: u32, kills: u32, kill_every: Duration) -> Plan {
        let mut chance = Rng::with_seed(seed);
        let length = kill_every * kills;
        let mut kills: Vec<_> = (0..kills)
            .map(|_| {
                let hop = Hop::ALL[chance.usize(..Hop::ALL.len())];
                (length.mul_f64(chance.f64()), hop)
            })
            .collect();
        kills.sort();
        let services = (0..services)
            .map(|n| (format!("web-{n:03}"), deeds(&mut chance, length)))
            .collect();
        Plan { kills, services }
    }

    /// The ports of every Service that is there in the end.
    pub fn wanted(&self) -> BTreeMap<String, Vec<u16>> {
        let last = |deeds: &Vec<(Duration, Deed)>| match deeds.last() {
            Some((_, Deed::Create(ports) | Deed::Edit(ports))) => Some(ports.clone()),
            Some((_, Deed::Delete | Deed::TearAway)) | None => None,
        };
        let all = self.services.iter();
        all.filter_map(|(name, deeds)| Some((name.clone(), last(deeds)?)))
            .collect()
    }
}

fn deeds(chance: &mut Rng, length: Duration) -> Vec<(Duration, Deed)> {
    let mut times: Vec<_> = (0..chance.usize(1..=DEEDS))
        .map(|_| length.mul_f64(chance.f64() * DEEDS_PART))
        .collect();
    times.sort();
    let mut is_there = false;
    let deed = |at| {
        let deed = match (is_there, chance.u8(..10)) {
            (false, _) => Deed::Create(ports(chance)),
            (true, 0..5) => Deed::Edit(ports(chance)),
            (true, 5..8) => Deed::Delete,
            (true, _) => Deed::TearAway,
        };
        is_there = matches!(deed, Deed::Create(_) | Deed::Edit(_));
        (at, deed)
    };
    times.into_iter().map(deed).collect()
}

fn ports(chance: &mut Rng) -> Vec<u16> {
    let mut ports = chance.choose_multiple(PORTS, 2);
    ports.truncate(chance.usize(1..=2));
    ports.sort_unstable();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_same_seed_gives_the_same_deeds_and_kills_and_another_gives_others() {
        assert_eq!(Plan::of(7, 100, 200, SECOND), Plan::of(7, 100, 200, SECOND));
        assert_ne!(Plan::of(7, 100, 200, SECOND), Plan::of(8, 100, 200, SECOND));
    }

    #[test]
    fn every_kind_of_deed_happens_and_every_controller_is_killed() {
        let plan = Plan::of(1, 100, 200, SECOND);
        let deeds: Vec<_> = plan.services.values().flatten().map(|(_, it)| it).collect();
        for is_kind in [
            |deed: &Deed| matches!(deed, Deed::Create(_)),
            |deed: &Deed| matches!(deed, Deed::Edit(_)),
            |deed: &Deed| matches!(deed, Deed::Delete),
            |deed: &Deed| matches!(deed, Deed::TearAway),
        ] {
            assert!(deeds.iter().any(|deed| is_kind(deed)));
        }
        assert_eq!(plan.kills.len(), 200);
        for hop in Hop::ALL {
            assert!(plan.kills.iter().any(|(_, killed)| killed == hop));
        }
    }

    #[test]
    fn what_is_wanted_is_what_was_done_last() {
        let mut plan = Plan::of(1, 0, 1, SECOND);
        let deeds = [Deed::Create(vec![80]), Deed::Edit(vec![81])];
        plan.services
            .insert("kept".into(), deeds.map(|deed| (SECOND, deed)).to_vec());
        let deeds = [Deed::Create(vec![80]), Deed::TearAway];
        plan.services
            .insert("gone".into(), deeds.map(|deed| (SECOND, deed)).to_vec());
        assert_eq!(plan.wanted(), BTreeMap::from([("kept".into(), vec![81])]));
    }
}
