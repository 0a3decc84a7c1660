//! The end of a run on a terminal. Its last line is always `N passed, N failed, N skipped`.

use super::{Mark, Outcome, Run, ScenarioRun, Search, Tally, Verdict};
use crate::report::words::{duration, plural, thousands};
use std::fmt::{self, Display, Formatter};

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Tally {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
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
        }
    }

    /// The mark in words.
    pub const fn words(self) -> &'static str {
        match self {
            Mark::Holds => "holds",
            Mark::Breaks => "breaks",
            Mark::NotDecided => "not decided",
            Mark::NotAsked => "not asked",
        }
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for scenario in &self.scenarios {
            write_scenario(f, scenario)?;
        }
        self.write_ablations(f)?;
        self.write_decisions(f)?;
        self.write_replays(f)?;
        write!(f, "{}", self.tally())
    }
}

fn write_scenario(f: &mut Formatter<'_>, run: &ScenarioRun) -> fmt::Result {
    let name = match run.off.off().next() {
        None => run.name.clone(),
        Some(_) => format!("{}, {}", run.name, run.off),
    };
    let end = match &run.search {
        Search::Complete => "complete",
        Search::Stopped(_) => "stopped",
    };
    let (states, took) = (plural(run.states, "state"), duration(run.seconds));
    writeln!(f, "{name}   {states}, depth {}, {end}, {took}", run.depth)?;
    for property in &run.properties {
        let mark = run.mark(property);
        let (verdict, reason) = match (&property.verdict, &run.search) {
            (Verdict::Breaks { steps, clause, .. }, _) => {
                (format!("breaks in {}", plural(*steps, "step")), &**clause)
            }
            (Verdict::NotDecided { why }, _) | (Verdict::Holds, Search::Stopped(why)) => {
                (mark.words().into(), &**why)
            }
            (Verdict::Holds, Search::Complete) if mark == Mark::NotAsked => {
                (mark.words().into(), "its premise was never reached")
            }
            (Verdict::Holds, Search::Complete) => (mark.words().into(), ""),
        };
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
    let all = taken + run.never_taken.len();
    write!(f, "coverage  {taken} of {all} actions taken")?;
    if run.never_taken.is_empty() {
        return writeln!(f);
    }
    writeln!(f, ".  Never taken: {}", run.never_taken.join(", "))
}

impl Run {
    fn write_ablations(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, safeguard) in self.ablated().enumerate() {
            if index == 0 {
                writeln!(f, "safeguards, each taken away in turn")?;
            }
            let mark = self.ablation_mark(safeguard);
            write!(f, "  {} {:<24} ", mark.sign(), safeguard.name())?;
            let of_it = self.ablations.iter().filter(|a| a.safeguard == safeguard);
            let found = of_it.flat_map(|a| a.run.findings(Some(safeguard)));
            match (found.min_by_key(|finding| finding.steps), mark) {
                (Some(it), _) => {
                    let (id, steps) = (&it.property.id, plural(it.steps, "step"));
                    writeln!(f, "{id} breaks in {steps} ({})", it.scenario.name)?;
                }
                (None, Mark::Breaks) => writeln!(f, "its removal breaks nothing")?,
                (None, Mark::Holds | Mark::NotDecided | Mark::NotAsked) => {
                    writeln!(f, "{}", mark.words())?;
                }
            }
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
    use crate::report::fixture;

    #[test]
    fn the_end_of_a_run_tells_verdicts_coverage_bounds_and_the_count() {
        let text = fixture::run().to_string();
        for piece in [
            "create   1,204,331 states, depth 34, complete, 0:41\n",
            "  ✓ hop_order              holds\n",
            "  · edited ⇝ realized      not asked            its premise was never reached\n",
            "coverage  28 of 30 actions taken.  Never taken: user edit, serve ccm update",
            "bounds    1 Service, created once",
            "  ✓ hold-until-gone          hop_order breaks in 13 steps (delete-race)\n",
            "  ✓ create (reference)       9,870 asked at 1,204,331 states, 0 divergences\n",
            "  ✓ 2 traces followed, 50 steps\n",
        ] {
            assert!(text.contains(piece), "{piece:?} is not in\n{text}");
        }
        assert!(text.ends_with(" passed, 0 failed, 2 skipped"), "{text}");
    }

    #[test]
    fn a_divergence_is_told_with_its_step() {
        let mut run = fixture::run();
        run.replays[0].outcome = fixture::diverged();
        let text = run.to_string();
        assert!(text.contains("diverged at step 9 of"), "{text}");
        assert!(text.contains("1 failed"), "{text}");
    }
}
