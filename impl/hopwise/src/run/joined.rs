//! Several runs as one, for one page.

use super::Run;

impl Run {
    /// What all of them judged. Of what two of them judged, the later says what counts. Nothing if
    /// there is none.
    pub fn joined(runs: Vec<Run>) -> Option<Run> {
        let mut runs = runs.into_iter();
        let first = runs.next()?;
        Some(runs.fold(first, Run::and))
    }

    /// What both judged, the later one first of all.
    fn and(mut self, later: Run) -> Run {
        add(&mut self.scenarios, later.scenarios, |it| {
            (it.name.clone(), it.off.clone())
        });
        let ablation = |it: &super::Ablation| (it.run.name.clone(), it.run.off.clone());
        add(&mut self.ablations, later.ablations, ablation);
        add(&mut self.pairs, later.pairs, ablation);
        add(&mut self.baseline, later.baseline, |it| it.scenario.clone());
        add(&mut self.decisions, later.decisions, |it| {
            (it.scenario.clone(), it.off.clone())
        });
        add(&mut self.products, later.products, |it| {
            (it.scenario.clone(), it.off.clone())
        });
        add(&mut self.replays, later.replays, |it| {
            (it.name.clone(), it.off.clone())
        });
        add(&mut self.mutants, later.mutants, |it| it.name.clone());
        add(&mut self.timed, later.timed, |it| it.policy.clone());
        let found: Vec<String> = self.scenarios.iter().map(|it| it.name.clone()).collect();
        add(&mut self.unsearched, later.unsearched, Clone::clone);
        self.unsearched.retain(|name| !found.contains(name));
        self.command = format!("{}\n{}", self.command, later.command);
        self.seconds += later.seconds;
        self.threads = self.threads.max(later.threads);
        if self.source != later.source {
            // What was built from two sources is of neither.
            self.source = None;
        }
        self
    }
}

/// Adds what is later; it takes the place of what has the same name.
fn add<T, K: PartialEq>(all: &mut Vec<T>, later: Vec<T>, name: impl Fn(&T) -> K) {
    for it in later {
        match all.iter_mut().find(|other| name(other) == name(&it)) {
            Some(place) => *place = it,
            None => all.push(it),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_run_joined_with_itself_judges_the_same() {
        let run = fixture::mixed();
        let joined = Run::joined(vec![run.clone(), run.clone()]).unwrap();
        assert_eq!(joined.checks(), run.checks());
    }

    #[test]
    fn the_later_run_says_what_counts_and_nothing_is_lost() {
        let (good, bad) = (fixture::run(), fixture::mixed());
        let mut only = good.clone();
        only.scenarios.truncate(1);
        only.mutants.clear();
        let joined = Run::joined(vec![bad.clone(), only]).unwrap();
        assert_eq!(joined.scenarios[0], good.scenarios[0]);
        assert_eq!(joined.scenarios[1..], bad.scenarios[1..]);
        assert_eq!(joined.mutants, bad.mutants);
    }

    #[test]
    fn what_was_interrupted_and_searched_later_is_not_open() {
        let mut cut = fixture::mixed();
        let good = fixture::run();
        cut.unsearched = vec![good.scenarios[0].name.clone(), "everyday".into()];
        let joined = Run::joined(vec![cut, good]).unwrap();
        assert_eq!(joined.unsearched, ["everyday"]);
    }
}
