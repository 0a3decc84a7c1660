//! When ccm polls.

use hopwise_vocab::{Safeguard, Safeguards};
use std::fmt;
use std::time::Duration;

/// When ccm polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Ours: one LIST of the cluster's VirtualMachineServices in every interval, also after
    /// success.
    Regular {
        /// From one tick to the next.
        interval: Duration,
    },
    /// As the cloud provider is built: one GET per Service that waits, again after a delay that
    /// doubles, and none after success.
    AsBuilt {
        /// The first delay.
        first: Duration,
        /// The longest.
        longest: Duration,
    },
}

/// What shares a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// The Services of a cluster.
    Cluster,
    /// None: every Service polls for itself.
    Nobody,
}

impl Policy {
    /// The delays of the open-source cloud provider: from 5 s to 300 s.
    pub const AS_BUILT: Policy = Policy::AsBuilt {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(300),
    };

    /// The rule that the model follows; the policy adds no more than the times.
    pub fn safeguards(self) -> Safeguards {
        match self {
            Policy::Regular { .. } => Safeguards::reference(),
            Policy::AsBuilt { .. } => Safeguards::reference().without(Safeguard::RegularPoll),
        }
    }

    pub(crate) fn sharing(self) -> Sharing {
        match self {
            Policy::Regular { .. } => Sharing::Cluster,
            Policy::AsBuilt { .. } => Sharing::Nobody,
        }
    }

    /// The longest time from one poll to the next.
    pub(crate) fn longest(self) -> Duration {
        match self {
            Policy::Regular { interval } => interval,
            Policy::AsBuilt { longest, .. } => longest,
        }
    }

    /// How long a Service waits with its next poll after so many in a row. The first, which what
    /// the user did has caused, is at once.
    pub(crate) fn backoff(self, polls: u32) -> Duration {
        match (self, polls) {
            (Policy::Regular { interval }, _) => interval,
            (Policy::AsBuilt { .. }, 0) => Duration::ZERO,
            (Policy::AsBuilt { first, longest }, n) => {
                let doubled = first.saturating_mul(2_u32.saturating_pow(n - 1));
                doubled.min(longest)
            }
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Regular { interval } => write!(f, "regular, every {interval:?}"),
            Policy::AsBuilt { first, longest } => {
                write!(f, "as built, {first:?} doubling to {longest:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_as_built_is_the_one_of_the_cloud_provider() {
        let seconds = (0..9).map(|polls| Policy::AS_BUILT.backoff(polls).as_secs());
        let expected = [0, 5, 10, 20, 40, 80, 160, 300, 300];
        assert_eq!(seconds.collect::<Vec<_>>(), expected);
    }
}
