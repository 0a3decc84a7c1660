//! Searches a scenario of the model and writes down what was found.

mod bounds;

pub use bounds::in_words as bounds_in_words;

use crate::limits::Limits;
use crate::run::{Kind, PropertyRun, ScenarioRun, Search, Verdict};
use crate::together::in_order;
use hopwise_checker::{
    Bounds, Graph, Judgement, Lasso, Progress, Trace, explore_packed, stateright_states,
};
use hopwise_protocol::{
    Chain, Form, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo, Scenario, State,
};
use hopwise_vocab::{Action, Claim, Header, Safeguards, Step};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The most states that stateright's own search is asked to count: it takes many times as long.
pub const MOST_COUNTED: usize = 100_000;

/// How a scenario is to be searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort<'a> {
    /// How far.
    pub limits: Limits,
    /// Ends the search as soon as it is true.
    pub stop: Option<&'a AtomicBool>,
    /// Is told how far the search has come.
    pub progress: Option<&'a Progress>,
    /// The properties to judge; all of them if none is named.
    pub only: &'a [&'static str],
    /// Whether stateright's own search counts the states, too, of what is small enough.
    pub with_stateright: bool,
}

impl Effort<'_> {
    fn bounds(&self) -> Bounds<'_> {
        Bounds {
            stop: self.stop,
            progress: self.progress,
            ..self.limits.bounds()
        }
    }

    fn asks_for(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.contains(&id)
    }
}

/// Searches one scenario and judges the properties on it. `elapsed` reads the caller's clock.
pub fn scenario(
    scenario: Scenario,
    safeguards: &Safeguards,
    effort: Effort<'_>,
    elapsed: impl Fn() -> Duration,
) -> ScenarioRun {
    let start = elapsed();
    let chain = Chain {
        scenario,
        safeguards: safeguards.clone(),
    };
    let graph = explore_packed(&chain, &effort.bounds());
    let is_counted = effort.with_stateright && graph.is_complete() && graph.len() <= MOST_COUNTED;
    let (actions, never_taken) = coverage(&graph);
    ScenarioRun {
        name: scenario.name.into(),
        sentence: scenario.sentence.into(),
        bounds: bounds::in_words(&scenario),
        off: safeguards.clone(),
        states: graph.len() as u64,
        edges: graph.edges() as u64,
        depth: graph.max_depth() as u64,
        search: graph.cut().map_or(Search::Complete, |why| {
            Search::Stopped(effort.limits.stopped_at(&why))
        }),
        stateright_states: is_counted.then(|| stateright_states(chain.clone()) as u64),
        actions,
        never_taken,
        properties: judge(&graph, effort),
        seconds: (elapsed() - start).as_secs_f64(),
    }
}

fn judge(graph: &Graph<'_, Chain>, effort: Effort<'_>) -> Vec<PropertyRun> {
    let invariants = INVARIANTS.iter().filter(|it| effort.asks_for(it.id));
    let families = LEADS_TO.iter().filter(|it| effort.asks_for(it.id));
    let invariants: Vec<&'static Invariant> = invariants.collect();
    let premises = premise_states(graph, &invariants);
    let all: Vec<Asked> = invariants
        .into_iter()
        .zip(premises)
        .map(|(property, premise)| Asked::Always(property, premise))
        .chain(families.map(Asked::LeadsTo))
        .collect();
    // The whole graph is gone through for each of them, and none changes it.
    let threads = effort.limits.threads.map_or_else(threads, usize::from);
    let judged = in_order(threads, &all, |asked| {
        Some(match asked {
            Asked::Always(property, premise) => judge_invariant(graph, property, *premise),
            Asked::LeadsTo(family) => judge_leads_to(graph, family),
        })
    });
    let mut judged: Vec<PropertyRun> = judged.into_iter().flatten().collect();
    for property in &mut judged {
        if let Verdict::NotDecided { why } = &mut property.verdict
            && let Some(cut) = graph.cut()
        {
            *why = effort.limits.stopped_at(&cut);
        }
    }
    judged
}

/// A property to be judged.
#[derive(Clone, Copy)]
enum Asked {
    /// With the number of states that put it to the test.
    Always(&'static Invariant, u64),
    LeadsTo(&'static LeadsTo),
}

/// In how many states the premise of each is true: the states are looked at once for all of them.
fn premise_states(graph: &Graph<'_, Chain>, properties: &[&Invariant]) -> Vec<u64> {
    let mut counts = vec![0; properties.len()];
    for id in graph.ids() {
        graph.look(id, |state| {
            for (count, property) in counts.iter_mut().zip(properties) {
                *count += u64::from((property.premise)(graph.model(), state));
            }
        });
    }
    counts
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn judge_invariant(
    graph: &Graph<'_, Chain>,
    property: &Invariant,
    premise_states: u64,
) -> PropertyRun {
    let verdict = verdict_of(&property.judge(graph), |trace| Verdict::Breaks {
        steps: trace.steps.len() as u64,
        clause: said_false(property.clause(graph.model(), trace.last())),
        trace: text_of(graph.model(), property.id, trace, &[]),
        cycle: false,
    });
    PropertyRun {
        id: property.id.into(),
        sentence: property.sentence.into(),
        formula: property.formula.into(),
        kind: Kind::Safety,
        premise_states: Some(premise_states),
        exempt: property
            .exemption(&graph.model().scenario)
            .map(String::from),
        verdict,
    }
}

/// Judges every instance of a family; the shortest counterexample speaks for it.
fn judge_leads_to(graph: &Graph<'_, Chain>, property: &LeadsTo) -> PropertyRun {
    let mut premise_states = 0;
    let mut verdicts = Vec::new();
    for instance in (property.instances)(&graph.model().scenario) {
        let judged = property.judge(graph, &instance);
        premise_states += judged.premise_states as u64;
        verdicts.push(verdict_of(&judged, |lasso| {
            lasso_verdict(graph, property, &instance, lasso)
        }));
    }
    PropertyRun {
        id: property.id.into(),
        sentence: property.sentence.into(),
        formula: property.formula.into(),
        kind: match property.form {
            Form::LeadsTo => Kind::LeadsTo,
            Form::Stays => Kind::Stays,
        },
        premise_states: Some(premise_states),
        exempt: property
            .exemption(&graph.model().scenario)
            .map(String::from),
        verdict: verdicts
            .into_iter()
            .min_by_key(severity)
            .unwrap_or(Verdict::Holds),
    }
}

fn lasso_verdict(
    graph: &Graph<'_, Chain>,
    property: &LeadsTo,
    instance: &Instance,
    lasso: &Lasso<Chain>,
) -> Verdict {
    Verdict::Breaks {
        steps: (lasso.stem.steps.len() + lasso.cycle.len()) as u64,
        clause: said_false(
            property
                .broken_clause(graph.model(), instance, lasso)
                .map(|(_, clause)| clause),
        ),
        trace: text_of(graph.model(), property.id, &lasso.stem, &lasso.cycle),
        cycle: true,
    }
}

/// What is wrong, in words: a clause says what should be true.
fn said_false(clause: Option<&str>) -> String {
    clause.map_or_else(String::new, |clause| format!("it is false that {clause}"))
}

/// A break before what is not decided, before what holds; the shortest break first.
fn severity(verdict: &Verdict) -> (u8, u64) {
    match verdict {
        Verdict::Breaks { steps, .. } => (0, *steps),
        Verdict::NotDecided { .. } => (1, 0),
        Verdict::Holds => (2, 0),
    }
}

fn verdict_of<C>(judged: &Judgement<C>, breaks: impl Fn(&C) -> Verdict) -> Verdict {
    match &judged.verdict {
        hopwise_checker::Verdict::Holds => Verdict::Holds,
        hopwise_checker::Verdict::Breaks(counterexample) => breaks(counterexample),
        hopwise_checker::Verdict::NotDecided(why) => Verdict::NotDecided {
            why: why.to_string(),
        },
    }
}

fn text_of(chain: &Chain, id: &str, stem: &Trace<Chain>, cycle: &[(Action, State)]) -> String {
    let claim = Claim::Breaks(id.into());
    let mut header = Header::new(id, chain.scenario.name, claim);
    header.off = chain.safeguards.clone();
    let mut trace = hopwise_vocab::Trace::new(header, stem.steps.iter().map(|(action, _)| *action));
    let cycle = cycle.iter().enumerate();
    trace.steps.extend(cycle.map(|(at, (action, _))| Step {
        action: *action,
        cycle: at == 0,
    }));
    trace.to_text()
}

fn coverage(graph: &Graph<'_, Chain>) -> (BTreeMap<String, u64>, Vec<String>) {
    let mut taken = BTreeMap::new();
    let mut never = Vec::new();
    for coverage in graph.actions() {
        let name = coverage.action.to_string();
        if coverage.steps == 0 {
            never.push(name);
        } else {
            taken.insert(name, coverage.steps as u64);
        }
    }
    never.sort();
    (taken, never)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(effort: Effort<'_>) -> ScenarioRun {
        let create = hopwise_protocol::scenario("create").unwrap();
        scenario(create, &Safeguards::reference(), effort, || Duration::ZERO)
    }

    fn at_most(states: u64) -> Effort<'static> {
        Effort {
            limits: Limits {
                states: Some(states),
                ..Limits::default()
            },
            ..Effort::default()
        }
    }

    #[test]
    fn a_cut_search_decides_nothing_that_holds() {
        let run = create(at_most(50));
        assert_eq!(run.search, Search::Stopped("stopped at --states 50".into()));
        assert!(
            run.properties
                .iter()
                .all(|it| !matches!(it.verdict, Verdict::Holds))
        );
    }

    #[test]
    fn only_what_is_asked_for_is_judged() {
        let run = create(Effort {
            only: &["status_true"],
            ..at_most(50)
        });
        let ids: Vec<_> = run.properties.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["status_true"]);
    }

    #[test]
    fn what_is_not_promised_in_a_scenario_is_told_with_the_reason() {
        let stripped = hopwise_protocol::scenario("stripped").unwrap();
        let run = scenario(stripped, &Safeguards::reference(), at_most(50), || {
            Duration::ZERO
        });
        let hop_order = &run.properties[0];
        assert_eq!(hop_order.id, "hop_order");
        assert_eq!(run.mark(hop_order), crate::run::Mark::Exempt);
        assert!(run.reason(hop_order).contains("since a user"));
    }

    #[test]
    fn a_search_that_is_stopped_says_that_it_was_interrupted() {
        let run = create(Effort {
            stop: Some(&AtomicBool::new(true)),
            ..Effort::default()
        });
        assert_eq!(run.search, Search::Stopped("interrupted".into()));
    }
}
