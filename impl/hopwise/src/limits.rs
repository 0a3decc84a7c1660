//! How far a search may go, and in which words it is said that it did not go further.

mod available;

use available::available;
use clap::Args;
use hopwise_checker::{Bounds, Why};
use std::fmt;
use std::num::NonZero;

/// The flags that bound a search and say how it runs.
#[derive(Clone, Debug, Default, Args)]
pub struct Search {
    /// Stop after so many states: what is not decided by then stays so.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub states: Option<u64>,
    /// Search at most so many steps deep.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub depth: Option<u64>,
    /// Stop when the graph of one search would be larger, such as 512M or 2G; a quarter of the
    /// memory there is if nothing is said.
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// How many threads search; one for each processor if nothing is said.
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
    /// The limits among the flags, for one of so many searches.
    pub fn limits(&self, searches: usize) -> Limits {
        Limits {
            states: self.states,
            depth: self.depth,
            memory: self.memory.or_else(|| self.share(searches)),
            threads: NonZero::new((self.threads() / self.side_by_side(searches)).max(1)),
        }
    }

    /// What one of so many searches may take where nobody says: a quarter of what there is, since the
    /// table that finds states, and the judgements, need memory besides the graph.
    fn share(&self, searches: usize) -> Option<Memory> {
        let side_by_side = u64::try_from(self.side_by_side(searches)).unwrap_or(u64::MAX);
        let bytes = available()? / 4 / side_by_side;
        Some(Memory((bytes >> 20 << 20).max(1 << 20)))
    }

    /// How many of so many searches run side by side.
    pub fn side_by_side(&self, searches: usize) -> usize {
        self.threads().clamp(1, searches.max(1))
    }

    /// How many threads all of them have.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(all, usize::from)
    }
}

/// How far one search may go, and how it is shared out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most so many states.
    pub states: Option<u64>,
    /// At most so many steps from the start.
    pub depth: Option<u64>,
    /// At most so much memory for the graph.
    pub memory: Option<Memory>,
    /// On so many threads; none is one for each processor.
    pub threads: Option<NonZero<usize>>,
}

impl Limits {
    /// The limits as the checker takes them.
    pub fn bounds<'a>(self) -> Bounds<'a> {
        let number = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX);
        Bounds {
            states: self.states.map(number),
            depth: self.depth.map(number),
            bytes: self.memory.map(|memory| number(memory.0)),
            threads: self.threads,
            ..Bounds::default()
        }
    }

    /// Why a search with these limits did not see everything: the first limit that it met.
    pub fn stopped_at(self, why: &Why) -> String {
        if why.stopped > 0 {
            return "interrupted".into();
        }
        match (self.memory, self.states, self.depth) {
            (Some(memory), _, _) if why.bytes > 0 => format!("stopped at --memory {memory}"),
            (_, Some(states), _) if why.states > 0 => format!("stopped at --states {states}"),
            (_, _, Some(depth)) if why.depth > 0 => format!("stopped at depth {depth}"),
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
    fn the_limit_that_was_met_is_the_one_that_is_named() {
        let limits = Limits {
            states: Some(10),
            memory: Some(Memory(1 << 20)),
            ..Limits::default()
        };
        let mut why = Why {
            states: 3,
            ..Why::default()
        };
        assert_eq!(limits.stopped_at(&why), "stopped at --states 10");
        why.bytes = 1;
        assert_eq!(limits.stopped_at(&why), "stopped at --memory 1M");
        why.stopped = 1;
        assert_eq!(limits.stopped_at(&why), "interrupted");
    }

    #[test]
    fn threads_are_shared_between_the_searches_that_run_side_by_side() {
        let search = |threads| Search {
            threads: Some(threads),
            ..Search::default()
        };
        assert_eq!(search(8).side_by_side(2), 2);
        assert_eq!(search(8).limits(2).threads, NonZero::new(4));
        assert_eq!(search(1).side_by_side(6), 1);
        assert_eq!(search(1).limits(6).threads, NonZero::new(1));
    }
}
