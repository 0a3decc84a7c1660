//! What the lanes say of seeded mistakes.

use super::{Mark, Run};
use crate::report::words::plural;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// One seeded mistake, and what caught it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MutantRun {
    /// Its name.
    pub name: String,
    /// The part of the project that it is in.
    pub part: String,
    /// What it does, in one sentence.
    pub sentence: String,
    /// The pattern or hazard that it stands for.
    pub stands_for: String,
    /// The scenario in which it is looked for.
    pub scenario: String,
    /// What is to catch it.
    pub killer: Killer,
    /// What each lane says.
    pub lanes: Vec<LaneRun>,
}

/// What is to catch a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Killer {
    /// The lane.
    pub lane: String,
    /// The first field that differs, or the property that breaks.
    pub by: String,
}

/// What one lane says of a mutant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LaneRun {
    /// The lane.
    pub lane: String,
    /// What it says.
    pub found: Found,
    /// How long it took.
    pub seconds: f64,
}

/// Whether a lane sees a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// It looks at nothing that the mutant changes.
    NotAsked,
    /// It sees no mistake, in so many questions, traces or properties.
    Missed(u64),
    /// It does.
    Caught {
        /// The first field that differs, or the property that breaks.
        by: String,
        /// What differs, in words.
        told: String,
        /// How many steps it takes; of a free run, how many choices.
        steps: u64,
        /// The text of the trace; empty where it is a recording.
        trace: String,
    },
}

impl MutantRun {
    /// Whether its named killer caught it, which is what is wanted.
    pub fn mark(&self) -> Mark {
        let is_killer = |it: &&LaneRun| it.lane == self.killer.lane;
        match self.lanes.iter().find(is_killer).map(|it| &it.found) {
            Some(Found::Caught { by, .. }) if *by == self.killer.by => Mark::Holds,
            Some(Found::Caught { .. } | Found::Missed(_) | Found::NotAsked) | None => Mark::Breaks,
        }
    }

    /// What became of it, in a few words.
    pub fn fate(&self) -> String {
        let Killer { lane, by } = &self.killer;
        let caught = self.lanes.iter().filter_map(|it| match &it.found {
            Found::Caught { by, .. } => Some(format!("{} by {by}", it.lane)),
            Found::NotAsked | Found::Missed(_) => None,
        });
        let caught: Vec<String> = caught.collect();
        match (self.mark(), caught.is_empty()) {
            (Mark::Holds, _) => format!("caught in {lane} by {by}"),
            (_, true) => format!("nothing caught it; {lane} was to, by {by}"),
            (_, false) => {
                let caught = caught.join(", ");
                format!("{lane} was to catch it by {by}; it was caught in {caught}")
            }
        }
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Found::NotAsked => f.pad("·"),
            Found::Missed(_) => f.pad("–"),
            Found::Caught { steps, .. } => f.pad(&steps.to_string()),
        }
    }
}

/// How the matrix is read.
pub const LEGEND: &str = "numbers: the steps to where a lane sees the mutant; of accept the choices of a shrunk free run · not looked at – not seen";

impl Run {
    /// The lanes of the mutants, in order.
    pub fn mutant_lanes(&self) -> Vec<&str> {
        let first = self.mutants.first();
        let lanes = first.map_or(&[][..], |it| &it.lanes);
        lanes.iter().map(|it| it.lane.as_str()).collect()
    }

    /// The mutants that their named killers did not catch.
    pub fn survivors(&self) -> impl Iterator<Item = &MutantRun> {
        self.mutants.iter().filter(|it| it.mark() == Mark::Breaks)
    }

    pub(super) fn write_mutants(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.mutants.is_empty() {
            return Ok(());
        }
        let all = self.mutants.len();
        let caught = all - self.survivors().count();
        let mutants = plural(all as u64, "mutant");
        writeln!(f, "{mutants}, {caught} caught by the named killer")?;
        let is_alone = self.scenarios.is_empty() && self.replays.is_empty();
        if is_alone {
            write!(f, "    {:<38} {:<11}", "", "")?;
            for lane in self.mutant_lanes() {
                write!(f, " {lane:>9}")?;
            }
            writeln!(f)?;
        }
        for mutant in &self.mutants {
            match (mutant.mark(), is_alone) {
                (Mark::Holds, false) => (),
                (Mark::Holds, true) => write_row(f, mutant)?,
                (_, _) => {
                    write_row(f, mutant)?;
                    writeln!(f, "      {} {}", mutant.sentence, mutant.fate())?;
                }
            }
        }
        if is_alone {
            writeln!(f, "{LEGEND}")?;
        }
        Ok(())
    }
}

fn write_row(f: &mut Formatter<'_>, mutant: &MutantRun) -> fmt::Result {
    let (sign, name, part) = (mutant.mark().sign(), &mutant.name, &mutant.part);
    write!(f, "  {sign} {name:<38} {part:<11}")?;
    for lane in &mutant.lanes {
        write!(f, " {:>9}", lane.found)?;
    }
    writeln!(f, "   {} {}", mutant.killer.lane, mutant.killer.by)
}

/// The matrix in Markdown.
pub fn to_markdown(run: &Run) -> String {
    let lanes = run.mutant_lanes();
    let heads: String = lanes.iter().map(|lane| format!(" {lane} |")).collect();
    let rules = "---|".repeat(lanes.len());
    let mut text = format!("| | mutant | part |{heads} killer |\n|---|---|---|{rules}---|\n");
    for it in &run.mutants {
        let cells: String = it
            .lanes
            .iter()
            .map(|lane| format!(" {} |", lane.found))
            .collect();
        let (sign, killer) = (it.mark().sign(), &it.killer);
        let row = format!(
            "| {sign} | {} | {} |{cells} {}: {} |\n",
            it.name, it.part, killer.lane, killer.by
        );
        text += &row;
    }
    text + "\n" + LEGEND + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_mutant_that_something_else_catches_is_not_caught_as_it_should() {
        let mut mutant = fixture::mutant();
        assert_eq!(mutant.mark(), Mark::Holds);
        mutant.killer.by = "uid".into();
        assert_eq!(mutant.mark(), Mark::Breaks);
        assert!(mutant.fate().contains("was to catch it by uid"));
    }

    #[test]
    fn the_matrix_is_a_table_on_a_terminal_and_in_markdown() {
        let mut run = Run::new("hopwise mutants", jiff::Timestamp::UNIX_EPOCH);
        let mut survivor = fixture::mutant();
        survivor
            .lanes
            .iter_mut()
            .for_each(|it| it.found = Found::Missed(3));
        run.mutants = vec![fixture::mutant(), survivor];
        insta::assert_snapshot!(format!("{run}\n\n{}", to_markdown(&run)));
    }
}
