//! A run, a search and a counterexample, each in a line or two.

use super::{
    Finding, Judgement, Mark, Pinned, PropertyRun, Run, ScenarioRun, Search, Size, Verdict,
};
use crate::report::words::thousands;
use crate::report::{self, words::plural};
use hopwise_vocab::Trace;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

impl Run {
    /// Every property that was judged with the safeguards asked for, and the worst that any search
    /// says about it.
    pub fn property_marks(&self) -> BTreeMap<&str, Mark> {
        let mut marks = BTreeMap::new();
        for scenario in &self.scenarios {
            for property in &scenario.properties {
                let mark = marks.entry(property.id.as_str()).or_insert(Mark::Exempt);
                *mark = scenario.mark(property).max(*mark);
            }
        }
        marks
    }

    /// The verdict, and what it is about, in one line.
    pub fn verdict(&self) -> String {
        let is_about_properties = self
            .property_marks()
            .values()
            .any(|it| match self.judgement() {
                Judgement::Breaks => *it == Mark::Breaks,
                Judgement::Holds | Judgement::NotDecided | Judgement::Nothing => true,
            });
        let word = match (self.judgement(), is_about_properties) {
            (Judgement::NotDecided, _) => return self.headline(),
            (Judgement::Holds, false) => "passed",
            (Judgement::Breaks, false) => "failed",
            (judgement, _) => judgement.words(),
        };
        format!("{word}: {}", self.headline())
    }

    /// What the verdict is about in one line.
    pub fn headline(&self) -> String {
        let marks = self.property_marks();
        let count = |wanted| marks.values().filter(|mark| **mark == wanted).count();
        let (all, broken) = (marks.len(), count(Mark::Breaks));
        match self.judgement() {
            Judgement::Nothing => "nothing was judged".into(),
            Judgement::Breaks if broken > 0 => {
                let names = marks.iter().filter(|(_, mark)| **mark == Mark::Breaks);
                let names: Vec<&str> = names.map(|(id, _)| *id).collect();
                format!("{broken} of {all} properties broken: {}", names.join(", "))
            }
            Judgement::Breaks => self.broken_beside_the_properties(),
            Judgement::NotDecided if all == 0 => "not decided".into(),
            Judgement::NotDecided => {
                format!(
                    "not decided: {} of {all} properties hold so far",
                    count(Mark::Holds)
                )
            }
            Judgement::Holds if all == 0 => self.passed(),
            Judgement::Holds => match count(Mark::NotAsked) {
                0 => format!("{all} of {all} properties hold"),
                vacuous => {
                    format!(
                        "{} of {all} properties hold, {vacuous} vacuous",
                        all - vacuous
                    )
                }
            },
        }
    }

    fn broken_beside_the_properties(&self) -> String {
        let missed = self
            .ablated()
            .filter(|it| self.ablation_mark(*it) == Mark::Breaks);
        let names: Vec<&str> = missed.map(|it| it.name()).collect();
        if !names.is_empty() {
            return format!("nothing breaks without {}", names.join(", "));
        }
        let changed = self.baseline.iter().filter(|it| it.mark() == Mark::Breaks);
        let names: Vec<&str> = changed.map(|it| it.scenario.as_str()).collect();
        if !names.is_empty() {
            return format!("not of the pinned size: {}", names.join(", "));
        }
        let names: Vec<&str> = self.survivors().map(|it| it.name.as_str()).collect();
        if !names.is_empty() {
            return format!("not caught as they should be: {}", names.join(", "));
        }
        let failed = self.tally().failed as u64;
        format!("{} failed beside the properties", plural(failed, "check"))
    }

    fn passed(&self) -> String {
        let ablated = self.ablated().count();
        let is_alone =
            self.decisions.is_empty() && self.products.is_empty() && self.replays.is_empty();
        if ablated == 0 && is_alone && !self.mutants.is_empty() {
            let mutants = plural(self.mutants.len() as u64, "mutant");
            return format!("{mutants} caught, each by its named killer");
        }
        match (ablated, is_alone) {
            (1, true) => return "without the safeguard something breaks".into(),
            (2.., true) => return format!("without each of {ablated} safeguards something breaks"),
            (0, _) | (_, false) => (),
        }
        "every check passed".into()
    }
}

impl ScenarioRun {
    /// The search in a few words: where, and without what.
    pub fn title(&self) -> String {
        match self.off.off().next() {
            None => self.name.clone(),
            Some(_) => format!("{}, {}", self.name, self.off),
        }
    }

    /// Why a property has its mark, in a few words; nothing where it holds.
    pub fn reason(&self, property: &PropertyRun) -> String {
        if let Some(since) = &property.exempt {
            let breaks = match &property.verdict {
                Verdict::Breaks { steps, .. } => {
                    format!("; it breaks in {}", plural(*steps, "step"))
                }
                Verdict::Holds | Verdict::NotDecided { .. } => String::new(),
            };
            return format!("not promised, since {since}{breaks}");
        }
        match (&property.verdict, &self.search) {
            (Verdict::Breaks { clause, .. }, _) => clause.clone(),
            (Verdict::NotDecided { why }, _) | (Verdict::Holds, Search::Stopped(why)) => {
                why.clone()
            }
            (Verdict::Holds, Search::Complete) => match self.mark(property) {
                Mark::NotAsked => "its premise was never reached".into(),
                Mark::Exempt | Mark::Holds | Mark::NotDecided | Mark::Breaks => String::new(),
            },
        }
    }
}

impl Finding<'_> {
    /// The counterexample in one line.
    pub fn headline(&self) -> String {
        let Finding {
            scenario, property, ..
        } = self;
        let steps = plural(self.steps, "step");
        format!(
            "{} breaks in {steps} of {} ({})",
            property.id, scenario.name, scenario.off
        )
    }

    /// What should be true, and how it comes to be false.
    pub fn told(&self) -> String {
        let sentence = &self.property.sentence;
        match Trace::parse(self.trace) {
            Ok(trace) => {
                let story = report::story(&trace, self.clause, self.cycle);
                format!("{sentence} {story}")
            }
            Err(error) => format!("{sentence} The trace cannot be read: {error}"),
        }
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (states, steps) = (plural(self.states, "state"), plural(self.steps, "step"));
        write!(f, "{states}, {steps}, depth {}", self.depth)
    }
}

impl Display for Pinned {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.pinned, &self.found) {
            (_, None) => write!(f, "not compared, since the search was cut"),
            (None, Some(found)) => write!(f, "not pinned; it has {found}"),
            (Some(pinned), Some(found)) if pinned == found => write!(f, "{found}, as pinned"),
            (Some(pinned), Some(found)) => {
                let of = |name, before: u64, after: u64| {
                    let change = after.cast_signed().wrapping_sub(before.cast_signed());
                    let (before, after) = (thousands(before), thousands(after));
                    (change != 0).then(|| format!("{name} {before} → {after} ({change:+})"))
                };
                let changes = [
                    of("states", pinned.states, found.states),
                    of("steps", pinned.steps, found.steps),
                    of("depth", pinned.depth, found.depth),
                ];
                let changes: Vec<String> = changes.into_iter().flatten().collect();
                f.write_str(&changes.join(", "))
            }
        }
    }
}
