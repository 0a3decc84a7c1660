//! Pinned sizes of scenarios: a model that changes without anybody wanting it changes them.

use crate::nearest::did_you_mean;
use crate::run::{Pinned, ScenarioRun, Search, Size};
use hopwise_protocol::every_scenario;
use std::collections::BTreeMap;

/// The sizes that a file pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    sizes: BTreeMap<&'static str, Size>,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Error {
    line: usize,
    reason: String,
}

impl Baseline {
    /// Reads lines of a scenario's name, its states, steps and depth. What follows a `#` is passed
    /// over.
    ///
    /// # Errors
    /// Names the line, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Baseline, Error> {
        let mut sizes = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = |reason| Error {
                line: index + 1,
                reason,
            };
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some((name, numbers)) = words.split_first() else {
                continue;
            };
            let name = known(name).map_err(wrong)?;
            if sizes.insert(name, size(numbers).map_err(wrong)?).is_some() {
                return Err(wrong(format!("the scenario {name:?} is pinned twice")));
            }
        }
        if sizes.is_empty() {
            return Err(Error {
                line: 1,
                reason: "no scenario is pinned; a line is such as \"create 555593 2935577 91\""
                    .into(),
            });
        }
        Ok(Baseline { sizes })
    }

    /// The pinned size of a scenario.
    pub fn size(&self, scenario: &str) -> Option<Size> {
        self.sizes.get(scenario).copied()
    }

    /// A search compared with its pinned size.
    pub fn compare(&self, run: &ScenarioRun) -> Pinned {
        let found = Size {
            states: run.states,
            steps: run.edges,
            depth: run.depth,
        };
        Pinned {
            scenario: run.name.clone(),
            pinned: self.size(&run.name),
            found: (run.search == Search::Complete).then_some(found),
        }
    }
}

fn known(name: &str) -> Result<&'static str, String> {
    let names = || every_scenario().map(|it| it.name);
    names().find(|it| *it == name).ok_or_else(|| {
        let all: Vec<&str> = names().collect();
        let meant = did_you_mean(name, names());
        format!(
            "unknown scenario {name:?}: one of {}{meant}",
            all.join(", ")
        )
    })
}

fn size(numbers: &[&str]) -> Result<Size, String> {
    let number = |text: &str| text.parse::<u64>().ok();
    let read: Option<Vec<u64>> = numbers.iter().map(|text| number(text)).collect();
    match read.as_deref() {
        Some([states, steps, depth]) => Ok(Size {
            states: *states,
            steps: *steps,
            depth: *depth,
        }),
        Some(_) | None => Err(format!(
            "after the scenario come its states, its steps and its depth, not {:?}",
            numbers.join(" ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_protocol::SCENARIOS;

    #[test]
    fn the_kept_baseline_pins_every_scenario() {
        let kept = include_str!("../../../model/protocol/baseline.txt");
        let baseline = Baseline::parse(kept).unwrap();
        for scenario in SCENARIOS {
            assert!(baseline.size(scenario.name).is_some(), "{}", scenario.name);
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_with_its_number() {
        let error = |text| Baseline::parse(text).unwrap_err().to_string();
        assert!(error("# sizes\ncreat 1 2 3\n").starts_with("line 2: unknown scenario \"creat\""));
        assert!(error("create 1 two 3").contains("not \"1 two 3\""));
        assert!(error("create 1 2 3\ncreate 1 2 3").contains("twice"));
        assert!(error("\n").contains("no scenario is pinned"));
    }
}
