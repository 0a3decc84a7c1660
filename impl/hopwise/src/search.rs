//! Searches a scenario of the model and writes down what was found.

use crate::run::{Ablation, Kind, PropertyRun, ScenarioRun, Search, Verdict};
use hopwise_checker::{Bounds, Graph, Judgement, Lasso, Trace, explore, stateright_states};
use hopwise_protocol::{
    Beginning, Chain, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo, Scenario, State,
};
use hopwise_vocab::{Action, Claim, Header, Safeguard, Safeguards, Step};
use std::collections::BTreeMap;
use std::time::Duration;

/// How a scenario is to be searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort<'a> {
    /// How far.
    pub bounds: Bounds<'a>,
    /// Whether stateright's own search counts the states too.
    pub with_stateright: bool,
}

/// Searches one scenario and judges every property on it. `elapsed` reads the caller's clock.
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
    let graph = explore(&chain, &effort.bounds);
    let mut properties: Vec<_> = INVARIANTS
        .iter()
        .map(|it| judge_invariant(&graph, it))
        .collect();
    properties.extend(LEADS_TO.iter().map(|it| judge_leads_to(&graph, it)));
    let is_counted = effort.with_stateright && graph.is_complete();
    let (actions, never_taken) = coverage(&graph);
    ScenarioRun {
        name: scenario.name.into(),
        sentence: scenario.sentence.into(),
        bounds: bounds_in_words(&scenario),
        off: safeguards.clone(),
        states: graph.len() as u64,
        edges: graph.edges() as u64,
        depth: graph.max_depth() as u64,
        search: graph
            .cut()
            .map_or(Search::Complete, |why| Search::Stopped(why.to_string())),
        stateright_states: is_counted.then(|| stateright_states(chain.clone()) as u64),
        actions,
        never_taken,
        properties,
        seconds: (elapsed() - start).as_secs_f64(),
    }
}

/// Switches a safeguard off in the smallest scenarios in which that shows.
pub fn ablations(
    safeguard: Safeguard,
    effort: Effort<'_>,
    elapsed: impl Fn() -> Duration + Copy,
) -> Vec<Ablation> {
    let safeguards = Safeguards::reference().without(safeguard);
    let run = |(name, depth)| {
        let bounds = hopwise_protocol::scenario(name).expect("a control names a scenario");
        let effort = Effort {
            bounds: Bounds {
                depth,
                ..effort.bounds
            },
            ..effort
        };
        let run = scenario(bounds, &safeguards, effort, elapsed);
        Ablation {
            safeguard,
            sentence: safeguard.sentence().into(),
            run,
        }
    };
    scenarios_that_show(safeguard)
        .into_iter()
        .map(run)
        .collect()
}

/// The scenarios, and how deep they must be searched where that is not to their end.
fn scenarios_that_show(safeguard: Safeguard) -> BTreeMap<&'static str, Option<usize>> {
    let invariants = INVARIANTS.iter().flat_map(|it| it.controls);
    let controls = invariants.chain(LEADS_TO.iter().flat_map(|it| it.controls));
    controls
        .filter(|it| it.off == safeguard)
        .map(|it| (it.scenario, it.depth))
        .collect()
}

fn judge_invariant(graph: &Graph<'_, Chain>, property: &Invariant) -> PropertyRun {
    let verdict = verdict_of(&property.judge(graph), |trace| Verdict::Breaks {
        steps: trace.steps.len() as u64,
        clause: said_false(property.clause(trace.last())),
        trace: text_of(graph.model(), property.id, trace, &[]),
        cycle: false,
    });
    PropertyRun {
        id: property.id.into(),
        sentence: property.sentence.into(),
        formula: property.formula.into(),
        kind: Kind::Safety,
        premise_states: Some(property.premise_states(graph) as u64),
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
        kind: Kind::LeadsTo,
        premise_states: Some(premise_states),
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
        clause: said_false(property.clause(instance, lasso.stem.last())),
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

fn bounds_in_words(scenario: &Scenario) -> String {
    let Scenario {
        creates,
        edits,
        deletes,
        addresses,
        ..
    } = scenario;
    let counted = |count: u8, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let addresses = match addresses {
        1 => "1 address".into(),
        _ => format!("{addresses} addresses"),
    };
    let begins = match scenario.begins {
        Beginning::Empty => "from nothing",
        Beginning::Settled => "from a settled Service",
    };
    let parts = [
        counted(*creates, "create"),
        counted(*edits, "edit"),
        counted(*deletes, "delete"),
    ];
    format!(
        "1 Service, {begins}, at most {}, {addresses}, no faults",
        parts.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_search_decides_nothing_that_holds() {
        let bounds = Bounds {
            states: Some(50),
            ..Bounds::default()
        };
        let effort = Effort {
            bounds,
            with_stateright: false,
        };
        let create = hopwise_protocol::scenario("create").unwrap();
        let run = scenario(create, &Safeguards::reference(), effort, || Duration::ZERO);
        assert!(matches!(run.search, Search::Stopped(_)));
        assert!(
            run.properties
                .iter()
                .all(|it| !matches!(it.verdict, Verdict::Holds))
        );
    }

    #[test]
    fn every_safeguard_has_a_scenario_that_shows_its_reason() {
        for safeguard in Safeguard::ALL {
            assert!(!scenarios_that_show(*safeguard).is_empty(), "{safeguard}");
        }
    }
}
