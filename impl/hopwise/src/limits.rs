//! How far a search may go, and in which words it is said that it did not go further.

use clap::Args;
use hopwise_checker::{Bounds, Why};
use hopwise_protocol::State;
use std::fmt;

/// The flags that bound a search and say how it runs.
#[derive(Clone, Debug, Default, Args)]
pub struct Search {
    /// Stop after so many states: what is not decided by then stays so.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub states: Option<u64>,
    /// Search at most so many steps deep.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub depth: Option<u64>,
    /// Stop when the graph of one search would be larger, such as 512M or 2G.
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// How many searches run side by side; as many as the machine has cores if nothing is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Nothing on standard error but errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// End with 0 where the search was cut and nothing broke. It still says "not decided".
    #[arg(long)]
    pub allow_undecided: bool,
}

impl Search {
    /// The limits among the flags.
    pub fn limits(&self) -> Limits {
        Limits {
            states: self.states,
            depth: self.depth,
            memory: self.memory,
        }
    }

    /// How many searches run side by side.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(all, usize::from)
    }
}

/// How far one search may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most so many states.
    pub states: Option<u64>,
    /// At most so many steps from the start.
    pub depth: Option<u64>,
    /// At most so much memory for the graph.
    pub memory: Option<Memory>,
}

/// The steps of a state, on average: rather too many than too few.
const STEPS_PER_STATE: u64 = 8;

/// What the graph needs for one state: the state itself, its row and parent, 8 bytes a step, and
/// an entry of the table; twice, because what grows is copied.
const BYTES_PER_STATE: u64 = 2 * (size_of::<State>() as u64 + 16 + 8 * STEPS_PER_STATE + 8);

impl Limits {
    /// The limits as the checker takes them.
    pub fn bounds<'a>(self) -> Bounds<'a> {
        let number = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX);
        let states = [self.states, self.states_in_memory()].into_iter().flatten();
        Bounds {
            states: states.min().map(number),
            depth: self.depth.map(number),
            ..Bounds::default()
        }
    }

    fn states_in_memory(self) -> Option<u64> {
        self.memory
            .map(|memory| (memory.0 / BYTES_PER_STATE).max(1))
    }

    /// Why a search with these limits did not see everything.
    pub fn stopped_at(self, why: &Why) -> String {
        if why.stopped > 0 {
            return "interrupted".into();
        }
        if why.states > 0 {
            return match (self.memory, self.states_in_memory()) {
                (Some(memory), Some(fit)) if self.states.is_none_or(|states| fit < states) => {
                    format!("stopped at --memory {memory}")
                }
                _ => format!("stopped at --states {}", self.states.unwrap_or_default()),
            };
        }
        match self.depth {
            Some(depth) if why.depth > 0 => format!("stopped at depth {depth}"),
            _ => why.to_string(),
        }
    }
}

/// A size in bytes, written as a number with or without K, M, G or T.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(pub u64);

const UNITS: [(char, u64); 4] = [
    ('T', 1 << 40),
    ('G', 1 << 30),
    ('M', 1 << 20),
    ('K', 1 << 10),
];

impl std::str::FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no size such as 512M or 2G");
        let upper = text.trim().to_uppercase();
        let digits = upper.trim_end_matches('B').trim_end_matches('I');
        let unit = UNITS.iter().find(|(letter, _)| digits.ends_with(*letter));
        let (digits, factor) = unit.map_or((digits, 1), |(letter, factor)| {
            (digits.trim_end_matches(*letter), *factor)
        });
        let count: u64 = digits.trim().parse().map_err(|_| bad())?;
        match count.checked_mul(factor) {
            None => Err(bad()),
            Some(0) => Err(format!("{text:?}: nothing can be searched in no memory")),
            Some(bytes) => Ok(Memory(bytes)),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, unit)| self.0.is_multiple_of(*unit)) {
            Some((letter, unit)) => write!(f, "{}{letter}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_people_write_it() {
        for (text, bytes) in [
            ("512M", 512 << 20),
            ("2GiB", 2 << 30),
            ("4k", 4096),
            ("77", 77),
        ] {
            assert_eq!(text.parse(), Ok(Memory(bytes)), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "many"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_tighter_limit_is_the_one_that_is_named() {
        let limits = |states| Limits {
            states: Some(states),
            memory: Some(Memory(1 << 20)),
            ..Limits::default()
        };
        let why = Why {
            states: 3,
            ..Why::default()
        };
        assert_eq!(limits(10).stopped_at(&why), "stopped at --states 10");
        assert_eq!(limits(u64::MAX).stopped_at(&why), "stopped at --memory 1M");
    }
}
