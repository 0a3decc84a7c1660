//! Two runs compared: what is new, what is resolved, what goes on.

use super::checks::Check;
use super::{Mark, Run};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

/// The version of the form of a comparison in JSON.
pub const DIFF_SCHEMA: &str = "hopwise/diff/1";

/// What differs between an older run and a newer one. What is good in both is only counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Compared {
    /// Broken or not decided now, and not so before.
    pub new: Vec<Difference>,
    /// Broken or not decided before, and good now.
    pub resolved: Vec<Difference>,
    /// Broken or not decided in both.
    pub ongoing: Vec<Difference>,
    /// Judged before, and not any more: nothing is known about it now.
    pub unasked: Vec<Difference>,
    /// Good in both, and told in other words: another counterexample without a safeguard, another
    /// size.
    pub changed: Vec<Difference>,
    /// How many checks are good, and were not made before.
    pub added: usize,
    /// How many checks are good in both and the same.
    pub same: usize,
}

/// One check that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The check, as [`Check::name`].
    pub name: String,
    /// What the older run says.
    pub before: String,
    /// What the newer run says.
    pub after: String,
}

const fn is_bad(mark: Mark) -> bool {
    match mark {
        Mark::Breaks | Mark::NotDecided => true,
        Mark::Holds | Mark::NotAsked | Mark::Exempt => false,
    }
}

/// What a run says about everything it judged, and how large its searches are.
fn said(run: &Run) -> BTreeMap<String, Check> {
    let sizes = run.scenarios.iter().map(|scenario| Check {
        name: format!("size of {}", scenario.title()),
        mark: Mark::Holds,
        detail: scenario.size(),
    });
    let all = run.checks().into_iter().chain(sizes);
    all.map(|check| (check.name.clone(), check)).collect()
}

fn words(check: &Check) -> String {
    match (check.mark, check.detail.as_str()) {
        (mark, "") => mark.words().into(),
        (Mark::Holds | Mark::NotAsked | Mark::Breaks, detail) => detail.into(),
        (mark, detail) => format!("{}: {detail}", mark.words()),
    }
}

impl Compared {
    /// Compares.
    pub fn of(older: &Run, newer: &Run) -> Compared {
        let (before, after) = (said(older), said(newer));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let mut compared = Compared::default();
        for name in names {
            compared.add(name, before.get(name), after.get(name));
        }
        compared
    }

    fn add(&mut self, name: &str, before: Option<&Check>, after: Option<&Check>) {
        let told = |check: Option<&Check>| check.map_or_else(|| "not judged".into(), words);
        let difference = Difference {
            name: name.into(),
            before: told(before),
            after: told(after),
        };
        // What was not put to the test is told, and counts as not judged.
        let tested = |check: &&Check| check.mark != Mark::NotAsked;
        let (before, after) = (before.filter(tested), after.filter(tested));
        let was_bad = before.is_some_and(|it| is_bad(it.mark));
        match (before, after.map(|it| is_bad(it.mark))) {
            (_, Some(true)) if was_bad => self.ongoing.push(difference),
            (_, Some(true)) => self.new.push(difference),
            (_, Some(false)) if was_bad => self.resolved.push(difference),
            (None, None) => (),
            (None, Some(false)) => self.added += 1,
            (Some(_), Some(false)) if difference.before == difference.after => self.same += 1,
            (Some(_), Some(false)) => self.changed.push(difference),
            (Some(_), None) => self.unasked.push(difference),
        }
    }

    /// Whether both runs judged anything that the other did, too.
    pub fn is_about_something(&self) -> bool {
        let both = [&self.new, &self.resolved, &self.ongoing, &self.changed];
        self.same > 0
            || both
                .into_iter()
                .flatten()
                .any(|it| it.before != "not judged")
    }

    /// The groups in the order in which they are told, each with what it is.
    pub fn groups(&self) -> [(&'static str, &[Difference]); 5] {
        [
            ("new", &self.new),
            ("ongoing", &self.ongoing),
            ("resolved", &self.resolved),
            ("no longer judged", &self.unasked),
            ("changed, and good", &self.changed),
        ]
    }
}

impl Display for Compared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (group, all) in self.groups().into_iter().filter(|(_, all)| !all.is_empty()) {
            writeln!(f, "{group}")?;
            for Difference {
                name,
                before,
                after,
            } in all
            {
                match before == after {
                    true => writeln!(f, "  {name}: {after}")?,
                    false => writeln!(f, "  {name}: {before} → {after}")?,
                }
            }
        }
        let Compared { added, same, .. } = self;
        let [new, ongoing, resolved, unasked, changed] = self.groups().map(|(_, all)| all.len());
        write!(
            f,
            "{new} new, {ongoing} ongoing, {resolved} resolved, {unasked} no longer judged, \
             {changed} changed, {added} added, {same} the same"
        )
    }
}

impl Compared {
    /// The same for a program.
    pub fn to_json(&self) -> serde_json::Value {
        let mut document = serde_json::json!(self);
        document["schema"] = DIFF_SCHEMA.into();
        document
    }

    /// The same for a pull request.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("### Compared with the run before\n\n");
        for (group, all) in self.groups().into_iter().filter(|(_, all)| !all.is_empty()) {
            text += &format!("#### {group}\n\n| check | before | now |\n|---|---|---|\n");
            for Difference {
                name,
                before,
                after,
            } in all
            {
                let cell = |it: &str| it.replace('|', "\\|").replace('\n', " ");
                text += &format!("| {} | {} | {} |\n", cell(name), cell(before), cell(after));
            }
            text.push('\n');
        }
        let last = self.to_string();
        text + last.lines().last().unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_same_run_twice_differs_in_nothing() {
        let run = fixture::run();
        let compared = Compared::of(&run, &run);
        assert!(compared.groups().iter().all(|(_, all)| all.is_empty()));
        assert!(compared.is_about_something());
    }

    #[test]
    fn what_breaks_is_new_and_then_goes_on_and_then_is_resolved() {
        let (good, bad) = (fixture::run(), fixture::mixed());
        insta::assert_snapshot!("new", Compared::of(&good, &bad).to_string());
        let count = |older, newer| {
            let compared = Compared::of(older, newer);
            [compared.new, compared.ongoing, compared.resolved].map(|it| it.len())
        };
        let [new, ongoing, resolved] = count(&good, &bad);
        assert!(new > 0 && ongoing == 0 && resolved == 0);
        assert_eq!(count(&bad, &bad), [0, new, 0]);
        // The good run has no interrupted search, no pinned size, and one premise never reached.
        assert_eq!(count(&bad, &good), [0, 0, new - 3]);
        insta::assert_snapshot!("markdown", Compared::of(&bad, &good).to_markdown());
    }

    #[test]
    fn what_is_not_judged_any_more_is_not_resolved() {
        let bad = fixture::mixed();
        let mut less = bad.clone();
        less.scenarios.remove(0);
        let compared = Compared::of(&bad, &less);
        assert_eq!(compared.resolved, []);
        assert!(
            compared
                .unasked
                .iter()
                .any(|it| it.name.starts_with("hop_order"))
        );
    }

    #[test]
    fn what_became_vacuous_is_called_so_and_is_judged_no_longer() {
        let good = fixture::run();
        let mut vacuous = good.clone();
        vacuous.scenarios[0].properties[0].premise_states = Some(0);
        let [gone] = &Compared::of(&good, &vacuous).unasked[..] else {
            panic!("one property is judged no longer")
        };
        assert_eq!(
            (gone.before.as_str(), gone.after.as_str()),
            ("holds", "vacuous")
        );
        assert!(Compared::of(&vacuous, &vacuous).unasked.is_empty());
    }

    #[test]
    fn another_size_is_a_change_though_everything_holds() {
        let good = fixture::run();
        let mut grown = good.clone();
        grown.scenarios[0].states += 1;
        let changed = Compared::of(&good, &grown).changed;
        assert_eq!(changed.len(), 1);
        assert!(changed[0].name.starts_with("size of"), "{changed:?}");
    }

    #[test]
    fn runs_with_nothing_in_common_are_about_nothing() {
        let mut one = fixture::run();
        let mut other = one.clone();
        one.mutants.clear();
        other = Run {
            mutants: std::mem::take(&mut other.mutants),
            ..empty(&other)
        };
        assert!(!Compared::of(&one, &other).is_about_something());
    }

    fn empty(run: &Run) -> Run {
        Run::new(run.command.clone(), run.started)
    }
}
