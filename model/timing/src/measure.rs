//! What a run measures.

use hopwise_vocab::{Deed, Hop, Object, Verb};
use std::time::Duration;

/// How long many Services took, from the shortest to the longest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution(Vec<Duration>);

impl Distribution {
    /// Of these, in any order.
    pub fn of(measured: impl IntoIterator<Item = Duration>) -> Distribution {
        let mut sorted: Vec<Duration> = measured.into_iter().collect();
        sorted.sort_unstable();
        Distribution(sorted)
    }

    /// How many were measured.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest that this share of all, in percent, does not exceed; zero of none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The shortest.
    pub fn least(&self) -> Duration {
        self.percentile(0)
    }

    /// Half are not longer.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The longest.
    pub fn most(&self) -> Duration {
        self.percentile(100)
    }

    /// The mean; zero of none.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.count()).expect("fewer Services than that are simulated");
        self.0.iter().sum::<Duration>() / count.max(1)
    }
}

/// Requests that the Supervisor's API server was asked, watch events not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// ccm's polls: a LIST per tick, or, as built, a GET per Service.
    pub polls: u64,
    /// ccm's live reads.
    pub reads: u64,
    /// ccm's writes.
    pub writes: u64,
    /// Reads and writes of vmop and ncp.
    pub others: u64,
}

impl Requests {
    /// Counts what a step asks of the Supervisor, if it does.
    pub(crate) fn count(&mut self, deed: Deed) {
        let Deed::Serve(hop, verb, object) = deed else {
            return;
        };
        match (hop, object) {
            (Hop::Ccm, Object::VmService) => match verb {
                Verb::List => self.polls += 1,
                Verb::Read => self.reads += 1,
                Verb::Hold | Verb::Create | Verb::Update | Verb::Publish => self.writes += 1,
                Verb::Delete | Verb::Release => self.writes += 1,
                Verb::Allocate | Verb::Withdraw | Verb::Program | Verb::Unprogram => (),
            },
            (Hop::Vmop | Hop::Ncp, Object::VmService | Object::SupervisorService) => {
                self.others += 1;
            }
            // The guest's API server and NSX-T are asked.
            (Hop::Ccm | Hop::Vmop | Hop::Ncp, _) => (),
        }
    }

    /// All of ccm's.
    pub fn by_ccm(&self) -> u64 {
        self.polls + self.reads + self.writes
    }

    pub(crate) fn add(&mut self, more: &Requests) {
        self.polls += more.polls;
        self.reads += more.reads;
        self.writes += more.writes;
        self.others += more.others;
    }
}

/// What a run measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurements {
    /// From the user's create until the guest Service shows its address: `created ⇝ published`.
    pub published: Distribution,
    /// From the user's edit until NSX-T serves the new ports: `edited ⇝ realized`.
    pub realized: Distribution,
    /// From the user's delete until the guest Service is gone, which is what a client waits for.
    pub gone: Distribution,
    /// From the user's delete until nothing is left anywhere and the address is free:
    /// `deleted ⇝ gone`.
    pub free: Distribution,
    /// What the Supervisor was asked about each cluster.
    pub requests: Vec<Requests>,
    /// How long that was counted: until the last Service had come to its end.
    pub lasted: Duration,
    /// Services that had not come to their end when the run was cut. What they had reached by then
    /// is measured.
    pub unfinished: usize,
}

impl Measurements {
    /// What the Supervisor was asked about all clusters.
    pub fn all_requests(&self) -> Requests {
        let mut all = Requests::default();
        for cluster in &self.requests {
            all.add(cluster);
        }
        all
    }

    /// So many, per second of the run.
    pub fn per_second(&self, requests: u64) -> f64 {
        requests as f64 / self.lasted.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values_and_never_between_two() {
        let of = Distribution::of((1..=10).rev().map(Duration::from_secs));
        let seconds = [0, 50, 90, 99, 100].map(|percent| of.percentile(percent).as_secs());
        assert_eq!(seconds, [1, 5, 9, 10, 10]);
        assert_eq!(of.mean(), Duration::from_millis(5500));
    }

    #[test]
    fn of_nothing_everything_is_zero() {
        assert_eq!(Distribution::default().most(), Duration::ZERO);
        assert_eq!(Distribution::default().mean(), Duration::ZERO);
    }

    #[test]
    fn only_requests_to_the_supervisor_are_counted() {
        let mut requests = Requests::default();
        requests.count(Deed::Serve(Hop::Ccm, Verb::Hold, Object::Service));
        requests.count(Deed::Serve(Hop::Ncp, Verb::Read, Object::Nsx));
        requests.count(Deed::Hear(Hop::Ccm, Verb::Create, Object::VmService));
        assert_eq!(requests, Requests::default());
        requests.count(Deed::Serve(Hop::Ccm, Verb::Create, Object::VmService));
        assert_eq!(requests.writes, 1);
    }
}
