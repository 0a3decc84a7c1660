//! Was it good? Three outcomes, and a fourth for a run that judged nothing.

use super::{Ablation, Pinned, PropertyRun, Run, ScenarioRun, Search, Verdict};
use hopwise_vocab::Safeguard;

/// What may be said about one thing that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It is not promised there.
    Exempt,
    /// Nobody asked, or it is vacuous: its premise was never reached.
    NotAsked,
    /// It is true, of everything.
    Holds,
    /// The search was cut.
    NotDecided,
    /// It is false.
    Breaks,
}

/// How many things passed, failed, were not decided and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Good.
    pub passed: usize,
    /// Broken.
    pub failed: usize,
    /// Cut before it was known.
    pub undecided: usize,
    /// Vacuous, not promised, or nothing to judge.
    pub skipped: usize,
}

impl Tally {
    fn add(&mut self, mark: Mark) {
        match mark {
            Mark::Holds => self.passed += 1,
            Mark::Breaks => self.failed += 1,
            Mark::NotDecided => self.undecided += 1,
            Mark::NotAsked | Mark::Exempt => self.skipped += 1,
        }
    }
}

/// What a whole run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Everything was decided and is good.
    Holds,
    /// Something broke, whatever else was not decided.
    Breaks,
    /// Nothing broke, and something was cut.
    NotDecided,
    /// Nothing was judged at all.
    Nothing,
}

impl Judgement {
    /// The program's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Judgement::Holds => 0,
            Judgement::Breaks => 1,
            Judgement::NotDecided => 3,
            Judgement::Nothing => 4,
        }
    }

    /// The judgement in words.
    pub const fn words(self) -> &'static str {
        match self {
            Judgement::Holds => "holds",
            Judgement::Breaks => "breaks",
            Judgement::NotDecided => "not decided",
            Judgement::Nothing => "nothing to judge",
        }
    }
}

/// A counterexample, with where it was found.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The search that found it.
    pub scenario: &'a ScenarioRun,
    /// The property that breaks.
    pub property: &'a PropertyRun,
    /// The safeguard that was taken away on purpose, if so.
    pub ablated: Option<Safeguard>,
    /// How many steps it has.
    pub steps: u64,
    /// What is false at its end.
    pub clause: &'a str,
    /// The text of its trace.
    pub trace: &'a str,
    /// Whether its end repeats for ever.
    pub cycle: bool,
}

impl Finding<'_> {
    /// A name made of letters, digits and dashes: unique in a run, and good for a file.
    pub fn id(&self) -> String {
        let mut id = format!("{}-{}", slug(&self.property.id), slug(&self.scenario.name));
        for safeguard in self.scenario.off.off() {
            id += "-without-";
            id += safeguard.name();
        }
        id
    }
}

impl ScenarioRun {
    /// What may be said about a property: a search that was cut never says that it holds, and a
    /// property whose premise was never reached is vacuous. One that is not promised here is
    /// exempt, whatever the search says.
    pub fn mark(&self, property: &PropertyRun) -> Mark {
        if property.exempt.is_some() {
            return Mark::Exempt;
        }
        match (&property.verdict, &self.search) {
            (Verdict::Breaks { .. }, _) => Mark::Breaks,
            (Verdict::NotDecided { .. }, _) | (Verdict::Holds, Search::Stopped(_)) => {
                Mark::NotDecided
            }
            (Verdict::Holds, Search::Complete) if property.premise_states == Some(0) => {
                Mark::NotAsked
            }
            (Verdict::Holds, Search::Complete) => Mark::Holds,
        }
    }

    /// The counterexamples of this search, shortest first.
    pub fn findings(&self, ablated: Option<Safeguard>) -> Vec<Finding<'_>> {
        let promised = self.properties.iter().filter(|it| it.exempt.is_none());
        let found = promised.filter_map(|property| {
            let Verdict::Breaks {
                steps,
                clause,
                trace,
                cycle,
            } = &property.verdict
            else {
                return None;
            };
            Some(Finding {
                scenario: self,
                property,
                ablated,
                steps: *steps,
                clause,
                trace,
                cycle: *cycle,
            })
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|finding| finding.steps);
        found
    }
}

impl Pinned {
    /// Whether the size is what it was.
    pub fn mark(&self) -> Mark {
        match (&self.pinned, &self.found) {
            (_, None) => Mark::NotDecided,
            (Some(pinned), Some(found)) if pinned == found => Mark::Holds,
            (Some(_) | None, Some(_)) => Mark::Breaks,
        }
    }
}

impl Ablation {
    /// Whether the search was made for this safeguard, alone or as one of two that stand in for
    /// each other.
    pub fn is_about(&self, safeguard: Safeguard) -> bool {
        !self.run.off.has(safeguard)
    }

    /// Whether its removal was noticed, which is what is wanted of a safeguard.
    pub fn mark(&self) -> Mark {
        let marks = self.run.properties.iter().map(|p| self.run.mark(p));
        match marks.max() {
            Some(Mark::Breaks) => Mark::Holds,
            Some(Mark::NotDecided) => Mark::NotDecided,
            Some(Mark::Holds) => Mark::Breaks,
            Some(Mark::NotAsked | Mark::Exempt) | None => Mark::NotAsked,
        }
    }
}

impl Run {
    /// Every counterexample, those that nobody asked for first, shortest first.
    pub fn findings(&self) -> Vec<Finding<'_>> {
        let mut asked = Vec::new();
        for ablation in self.ablations.iter().chain(&self.pairs) {
            asked.extend(ablation.run.findings(Some(ablation.safeguard)));
        }
        asked.sort_by_key(|finding| finding.steps);
        let mut found = Vec::new();
        for scenario in &self.scenarios {
            found.extend(scenario.findings(None));
        }
        found.sort_by_key(|finding| finding.steps);
        found.extend(asked);
        found
    }

    /// Whether taking a safeguard away was noticed in any of its searches, alone or, where it was
    /// tried, together with another.
    pub fn ablation_mark(&self, safeguard: Safeguard) -> Mark {
        let marks: Vec<Mark> = self.without(safeguard).map(Ablation::mark).collect();
        let known = [Mark::Holds, Mark::NotDecided, Mark::Breaks];
        let first = known.into_iter().find(|mark| marks.contains(mark));
        first.unwrap_or(Mark::NotAsked)
    }

    /// The safeguards that were taken away, in the order of the protocol.
    pub fn ablated(&self) -> impl Iterator<Item = Safeguard> + '_ {
        let all = Safeguard::ALL.iter().copied();
        all.filter(|safeguard| self.ablations.iter().any(|a| a.is_about(*safeguard)))
    }

    /// The searches that say something about a safeguard.
    pub fn without(&self, safeguard: Safeguard) -> impl Iterator<Item = &Ablation> {
        let alone = self.ablations.iter();
        let pairs = self.pairs.iter();
        alone
            .filter(move |it| it.is_about(safeguard))
            .chain(pairs.filter(move |it| it.safeguard == safeguard))
    }

    fn marks(&self) -> Vec<Mark> {
        self.checks().into_iter().map(|check| check.mark).collect()
    }

    /// What became of all properties, safeguards, lanes, replays and mutants, counted.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.marks().into_iter().for_each(|mark| tally.add(mark));
        tally
    }

    /// What the run comes to. A search that was cut is never a pass.
    pub fn judgement(&self) -> Judgement {
        match self.marks().into_iter().max() {
            Some(Mark::Breaks) => Judgement::Breaks,
            Some(Mark::NotDecided) => Judgement::NotDecided,
            Some(Mark::Holds) => Judgement::Holds,
            Some(Mark::NotAsked | Mark::Exempt) | None => Judgement::Nothing,
        }
    }
}

/// Letters, digits and single dashes of a name; the arrow of *leads to* becomes words.
fn slug(name: &str) -> String {
    let spelled = name.replace('⇝', "leads-to");
    let words = spelled.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use std::collections::BTreeSet;

    fn only_scenarios() -> Run {
        let mut run = fixture::run();
        run.ablations.clear();
        run.decisions.clear();
        run.products.clear();
        run.replays.clear();
        run.mutants.clear();
        run
    }

    #[test]
    fn a_run_in_which_everything_holds_and_every_safeguard_is_noticed_is_good() {
        assert_eq!(fixture::run().judgement(), Judgement::Holds);
        assert_eq!(fixture::run().judgement().exit_code(), 0);
    }

    #[test]
    fn a_search_that_was_cut_never_holds() {
        let mut run = only_scenarios();
        run.scenarios[0].search = Search::Stopped("--time 1s".into());
        let scenario = &run.scenarios[0];
        assert_eq!(scenario.mark(&scenario.properties[0]), Mark::NotDecided);
        assert_eq!(run.judgement().exit_code(), 3);
        assert_eq!(run.tally().undecided, scenario.properties.len());
        let said = run.tally().to_string();
        let counted = format!("0 failed, {} not decided", scenario.properties.len());
        assert!(said.contains(&counted), "{said}");
    }

    #[test]
    fn a_property_that_breaks_wins_over_one_that_is_not_decided() {
        let mut run = only_scenarios();
        run.scenarios[0].search = Search::Stopped("--time 1s".into());
        run.scenarios[0].properties[1].verdict = fixture::breaks_hop_order();
        assert_eq!(run.judgement().exit_code(), 1);
    }

    #[test]
    fn a_run_of_nothing_is_no_pass() {
        let mut run = only_scenarios();
        run.scenarios.clear();
        assert_eq!(run.judgement().exit_code(), 4);
    }

    #[test]
    fn a_premise_that_is_never_reached_is_no_pass() {
        let mut run = only_scenarios();
        run.scenarios.truncate(1);
        run.scenarios[0].properties.truncate(1);
        run.scenarios[0].properties[0].premise_states = Some(0);
        assert_eq!(run.judgement(), Judgement::Nothing);
        assert_eq!(run.tally().skipped, 1);
    }

    #[test]
    fn what_breaks_where_it_is_not_promised_fails_nothing() {
        let mut run = only_scenarios();
        let before = run.tally();
        run.scenarios[0].properties[0].exempt = Some("nobody promised".into());
        run.scenarios[0].properties[0].verdict = fixture::breaks_hop_order();
        assert_eq!(run.judgement(), Judgement::Holds);
        assert_eq!(run.tally().skipped, before.skipped + 1);
        assert!(run.findings().is_empty());
    }

    #[test]
    fn a_safeguard_whose_removal_breaks_nothing_fails_the_run() {
        let mut run = fixture::run();
        for property in &mut run.ablations[0].run.properties {
            property.verdict = Verdict::Holds;
        }
        assert_eq!(run.judgement(), Judgement::Breaks);
    }

    #[test]
    fn a_replay_that_diverges_fails_the_run() {
        let mut run = fixture::run();
        run.replays[0].outcome = fixture::diverged();
        assert_eq!(run.judgement(), Judgement::Breaks);
        assert_eq!(run.tally().failed, 1);
    }

    #[test]
    fn a_mutant_that_survives_fails_the_run() {
        let mut run = fixture::run();
        run.mutants[0].killer.lane = "replay".into();
        assert_eq!(run.judgement(), Judgement::Breaks);
        assert!(run.headline().contains("ccm-waits-to-be-rid"));
    }

    #[test]
    fn a_decisions_lane_that_asked_nothing_is_skipped() {
        let mut run = fixture::run();
        let before = run.tally();
        run.decisions[0].asked = 0;
        assert_eq!(run.tally().skipped, before.skipped + 1);
    }

    #[test]
    fn every_finding_has_a_name_of_its_own() {
        let run = fixture::run();
        let ids: BTreeSet<String> = run.findings().iter().map(Finding::id).collect();
        assert_eq!(ids.len(), run.findings().len());
        assert!(ids.contains("created-leads-to-published-exhausted-without-wake-on-release"));
    }
}
