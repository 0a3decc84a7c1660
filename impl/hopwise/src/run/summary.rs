//! The end of a run on a terminal. Its last line always counts: `N passed, N failed, N skipped`,
//! and between the last two what is not decided, where something is not.

use super::{Covers, Mark, Outcome, Run, ScenarioRun, Search, Tally, Verdict};
use crate::report::words::{duration, plural, thousands, wrap};
use std::fmt::{self, Display, Formatter};

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Tally {
            passed,
            failed,
            undecided,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, ")?;
        if *undecided > 0 {
            write!(f, "{undecided} not decided, ")?;
        }
        write!(f, "{skipped} skipped")
    }
}

impl Mark {
    /// The mark as one character.
    pub const fn sign(self) -> &'static str {
        match self {
            Mark::Holds => "✓",
            Mark::Breaks => "✗",
            Mark::NotDecided => "–",
            Mark::NotAsked => "·",
            Mark::Exempt => "○",
        }
    }

    /// The mark in words.
    pub const fn words(self) -> &'static str {
        match self {
            Mark::Holds => "holds",
            Mark::Breaks => "breaks",
            Mark::NotDecided => "not decided",
            Mark::NotAsked => "vacuous",
            Mark::Exempt => "exempt",
        }
    }
}

/// The columns that stories are broken to.
const COLUMNS: usize = 100;
/// How many counterexamples are told; the others are named in the list of properties.
const MOST_TOLD: usize = 5;

/// The verdict, what was searched and compared, the counterexamples, how to go on, and the count.
impl Display for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.verdict())?;
        for scenario in &self.scenarios {
            write_scenario(f, scenario)?;
        }
        for name in &self.unsearched {
            writeln!(f, "{name}   not searched, since the run was interrupted")?;
        }
        self.write_baseline(f)?;
        self.write_ablations(f)?;
        self.write_decisions(f)?;
        self.write_products(f)?;
        self.write_replays(f)?;
        self.write_mutants(f)?;
        self.write_counterexamples(f)?;
        write!(f, "{}", self.tally())
    }
}

fn write_scenario(f: &mut Formatter<'_>, run: &ScenarioRun) -> fmt::Result {
    let end = match &run.search {
        Search::Complete => "complete",
        Search::Stopped(why) => why,
    };
    let (name, states) = (run.title(), plural(run.states, "state"));
    let took = duration(run.seconds);
    writeln!(f, "{name}   {states}, depth {}, {end}, {took}", run.depth)?;
    for property in &run.properties {
        let mark = run.mark(property);
        let verdict = match (&property.verdict, mark) {
            (Verdict::Breaks { steps, .. }, Mark::Breaks) => {
                format!("breaks in {}", plural(*steps, "step"))
            }
            _ => mark.words().into(),
        };
        let reason = run.reason(property);
        let line = format!(
            "  {} {:<22} {verdict:<20} {reason}",
            mark.sign(),
            property.id
        );
        writeln!(f, "{}", line.trim_end())?;
    }
    write_coverage(f, run)?;
    writeln!(f, "bounds    {}", run.bounds)
}

fn write_coverage(f: &mut Formatter<'_>, run: &ScenarioRun) -> fmt::Result {
    let taken = run.actions.values().filter(|count| **count > 0).count();
    // What a search that was cut has not taken it may not have come to.
    if run.search != Search::Complete {
        let taken = plural(taken as u64, "action");
        return writeln!(f, "coverage  {taken} taken when the search was cut");
    }
    let all = taken + run.never_taken.len();
    write!(f, "coverage  {taken} of {all} actions taken")?;
    if run.never_taken.is_empty() {
        return writeln!(f);
    }
    writeln!(f, ".  Never taken: {}", run.never_taken.join(", "))
}

impl Run {
    fn write_baseline(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, pinned) in self.baseline.iter().enumerate() {
            if index == 0 {
                writeln!(f, "pinned sizes")?;
            }
            let (sign, name) = (pinned.mark().sign(), &pinned.scenario);
            writeln!(f, "  {sign} {name:<22} {pinned}")?;
        }
        Ok(())
    }

    /// What was not to break, shortest first, with what to type next.
    fn write_counterexamples(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        let unasked = || findings.iter().filter(|it| it.ablated.is_none());
        for finding in unasked().take(MOST_TOLD) {
            writeln!(f, "\n{}", finding.headline())?;
            f.write_str(&wrap(&finding.told(), 2, COLUMNS))?;
            if let Some(folder) = &self.traces {
                let file = format!("{folder}/{}.ndjson", finding.id());
                writeln!(f, "  hopwise explain {file}\n  hopwise replay {file}")?;
            }
        }
        if unasked().count() > MOST_TOLD {
            let more = unasked().count() - MOST_TOLD;
            writeln!(f, "\n{} more", plural(more as u64, "counterexample"))?;
        }
        if let (None, Some(folder), Some(first)) =
            (unasked().next(), &self.traces, findings.first())
        {
            let (count, id) = (plural(findings.len() as u64, "trace"), first.id());
            writeln!(
                f,
                "traces    {count} in {folder}, such as: hopwise explain {folder}/{id}.ndjson"
            )?;
        }
        if unasked().next().is_none() {
            return Ok(());
        }
        writeln!(f, "\nagain     {}", self.command)?;
        if self.traces.is_none() {
            let keep = "add --out DIR: it writes the traces that trace, explain and replay take";
            writeln!(f, "to keep   {keep}")?;
        }
        Ok(())
    }

    fn write_ablations(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, safeguard) in self.ablated().enumerate() {
            if index == 0 {
                writeln!(f, "safeguards, each taken away in turn")?;
            }
            let mark = self.ablation_mark(safeguard);
            write!(f, "  {} {:<24} ", mark.sign(), safeguard.name())?;
            let found = self
                .without(safeguard)
                .flat_map(|a| a.run.findings(Some(safeguard)));
            match (found.min_by_key(|finding| finding.steps), mark) {
                (Some(it), _) => {
                    let (id, steps) = (&it.property.id, plural(it.steps, "step"));
                    let others = it.scenario.off.off().filter(|other| *other != safeguard);
                    let others: String = others.map(|it| format!(", with {it} off, too")).collect();
                    writeln!(f, "{id} breaks in {steps} ({}{others})", it.scenario.name)?;
                }
                (None, Mark::Breaks) => writeln!(f, "its removal breaks nothing")?,
                (None, Mark::Holds | Mark::NotDecided | Mark::NotAsked | Mark::Exempt) => {
                    writeln!(f, "{}", mark.words())?;
                }
            }
        }
        if !self.ablations.is_empty() {
            write!(f, "what breaks without what\n{}", self.matrix().to_text())?;
        }
        Ok(())
    }

    fn write_decisions(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, lane) in self.decisions.iter().enumerate() {
            if index == 0 {
                writeln!(f, "decisions, asked at every state")?;
            }
            let sign = if lane.divergences.is_empty() {
                "✓"
            } else {
                "✗"
            };
            let (asked, states) = (thousands(lane.asked), plural(lane.states, "state"));
            let differ = plural(lane.divergences.len() as u64, "divergence");
            let name = format!("{} ({})", lane.scenario, lane.off);
            writeln!(f, "  {sign} {name:<24} {asked} asked at {states}, {differ}")?;
            for divergence in lane.divergences.iter().take(3) {
                writeln!(f, "      {divergence}")?;
            }
        }
        Ok(())
    }

    fn write_replays(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.replays.is_empty() {
            return Ok(());
        }
        writeln!(f, "replays, taken by the controllers")?;
        let mut followed = (0, 0);
        for replay in &self.replays {
            match &replay.outcome {
                Outcome::NotReplayed(why) => writeln!(f, "  · {}: {why}", replay.name)?,
                Outcome::Followed if let Some(covers) = replay.covers => {
                    let Covers { edges, walks } = covers;
                    let (name, took) = (&replay.scenario, duration(replay.seconds));
                    let (edges, walks) = (plural(edges, "step"), plural(walks, "walk"));
                    let steps = plural(replay.steps, "step");
                    writeln!(
                        f,
                        "  ✓ {name:<22} all {edges}, by {walks} of {steps}, {took}"
                    )?;
                }
                Outcome::Followed => followed = (followed.0 + 1, followed.1 + replay.steps),
                Outcome::Diverged {
                    step,
                    action,
                    difference,
                } => {
                    let (name, of) = (&replay.name, replay.steps);
                    writeln!(f, "  ✗ {name} diverged at step {step} of {of}, {action}:")?;
                    difference
                        .lines()
                        .try_for_each(|line| writeln!(f, "      {line}"))?;
                }
            }
        }
        if self.replays.iter().all(|replay| replay.covers.is_some()) {
            return Ok(());
        }
        let (traces, steps) = (plural(followed.0, "trace"), plural(followed.1, "step"));
        writeln!(
            f,
            "  {} {traces} followed, {steps}",
            if followed.0 > 0 { "✓" } else { "·" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_end_of_a_good_run() {
        insta::assert_snapshot!(fixture::run().to_string());
    }

    #[test]
    fn the_end_of_a_run_in_which_something_broke() {
        insta::assert_snapshot!(fixture::mixed().to_string());
    }

    #[test]
    fn the_end_of_a_run_whose_traces_were_kept() {
        let mut run = fixture::mixed();
        run.traces = Some("found".into());
        let text = run.to_string();
        assert!(
            text.contains("hopwise explain found/hop_order-create.ndjson"),
            "{text}"
        );
    }

    #[test]
    fn the_end_of_ablations_whose_traces_were_kept_names_one_of_them() {
        let mut run = fixture::run();
        run.traces = Some("found".into());
        let text = run.to_string();
        let named = "traces    2 traces in found, such as: hopwise explain found/";
        assert!(text.contains(named), "{text}");
    }

    #[test]
    fn the_end_of_a_run_that_was_cut() {
        let mut run = fixture::run();
        run.command = "hopwise check create --states 10".into();
        run.scenarios.truncate(1);
        run.scenarios[0].search = Search::Stopped("stopped at --states 10".into());
        run.ablations.clear();
        run.decisions.clear();
        run.products.clear();
        run.replays.clear();
        run.mutants.clear();
        insta::assert_snapshot!(run.to_string());
    }

    #[test]
    fn a_divergence_is_told_with_its_step() {
        let mut run = fixture::run();
        run.replays[0].outcome = fixture::diverged();
        let text = run.to_string();
        assert!(text.contains("diverged at step 9 of"), "{text}");
        assert!(text.contains("1 failed"), "{text}");
    }

    #[test]
    fn walks_that_take_every_step_are_told_by_the_scenario() {
        let mut run = Run::new("hopwise cover", jiff::Timestamp::UNIX_EPOCH);
        run.replays = fixture::run().replays;
        run.replays.truncate(1);
        run.replays[0].covers = Some(Covers { edges: 7, walks: 2 });
        let text = run.to_string();
        assert!(text.contains("all 7 steps, by 2 walks of"), "{text}");
        assert!(!text.contains("trace followed"), "{text}");
    }
}
