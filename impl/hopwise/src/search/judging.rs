//! Judges the properties on the graph of a scenario.

use super::Effort;
use crate::run::{Kind, PropertyRun, Verdict};
use crate::together::in_order;
use hopwise_checker::{Graph, Judgement, Lasso, Survey, Trace, survey};
use hopwise_protocol::{
    Chain, Form, Instance, Invariant, Judged, LEADS_TO, LeadsTo, Predicate, Promise, State,
};
use hopwise_vocab::{Action, Claim, Header, Step};

/// What a judgement says of a property or an instance: how often it was put to the test, and the
/// outcome.
type Said = (u64, Verdict);

/// Judges the properties that are asked for. Every state is looked at once for all of them.
pub fn judge(graph: &Graph<'_, Chain>, effort: Effort<'_>) -> Vec<PropertyRun> {
    let asked = asked(graph.model(), effort);
    let predicates = asked.iter().flat_map(|it| it.predicates(graph.model()));
    let survey = survey(graph, predicates.collect());
    let threads = effort.limits.threads.map_or_else(threads, usize::from);
    let numbered: Vec<_> = asked.iter().enumerate().collect();
    let said = in_order(threads, &numbered, |&(at, asked)| {
        Some(said(graph, *asked, &survey, 2 * at))
    });
    let said: Vec<_> = asked.into_iter().zip(said.into_iter().flatten()).collect();

    let invariants = said.iter().filter_map(|(asked, said)| match asked {
        Promise::Always(property) => Some(invariant_run(graph.model(), property, said.clone())),
        Promise::LeadsTo(..) => None,
    });
    let families = LEADS_TO.iter().filter(|it| effort.asks_for(it.id));
    let families = families.map(|family| {
        let instances = said.iter().filter(|(asked, _)| asked.id() == family.id);
        family_run(
            graph.model(),
            family,
            instances.map(|(_, said)| said.clone()),
        )
    });
    let mut judged: Vec<PropertyRun> = invariants.chain(families).collect();
    for property in &mut judged {
        if let Verdict::NotDecided { why } = &mut property.verdict
            && let Some(cut) = graph.cut()
        {
            *why = effort.limits.stopped_at(&cut);
        }
    }
    judged
}

fn asked(chain: &Chain, effort: Effort<'_>) -> Vec<Promise> {
    let mut asked = Promise::all(&chain.scenario);
    asked.retain(|it| effort.asks_for(it.id()));
    asked
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Judges a property on a survey in which its premise has this number.
fn said(
    graph: &Graph<'_, Chain>,
    promise: Promise,
    survey: &Survey<'_, '_, Chain, Predicate<'_>>,
    premise: usize,
) -> Said {
    let chain = graph.model();
    let judged = promise.judge(chain, survey, premise);
    let tested = judged.premise_states() as u64;
    let verdict = match &judged {
        Judged::Always(property, _, judged) => verdict_of(judged, |trace| Verdict::Breaks {
            steps: trace.steps.len() as u64,
            clause: said_false(property.clause(chain, trace.last())),
            trace: text_of(chain, property.id, trace, &[]),
            cycle: false,
        }),
        Judged::LeadsTo(family, of, judged) => {
            verdict_of(judged, |lasso| lasso_verdict(graph, family, of, lasso))
        }
    };
    (tested, verdict)
}

fn invariant_run(chain: &Chain, property: &Invariant, (premise, verdict): Said) -> PropertyRun {
    PropertyRun {
        id: property.id.into(),
        sentence: property.sentence.into(),
        formula: property.formula.into(),
        kind: Kind::Safety,
        premise_states: Some(premise),
        exempt: property.exemption(&chain.scenario).map(String::from),
        verdict,
    }
}

/// Of all instances of a family; the shortest counterexample speaks for it.
fn family_run(
    chain: &Chain,
    property: &LeadsTo,
    instances: impl Iterator<Item = Said> + Clone,
) -> PropertyRun {
    let verdicts = instances.clone().map(|(_, verdict)| verdict);
    PropertyRun {
        id: property.id.into(),
        sentence: property.sentence.into(),
        formula: property.formula.into(),
        kind: match property.form {
            Form::LeadsTo => Kind::LeadsTo,
            Form::Stays => Kind::Stays,
        },
        premise_states: Some(instances.map(|(premise, _)| premise).sum()),
        exempt: property.exemption(&chain.scenario).map(String::from),
        verdict: verdicts.min_by_key(severity).unwrap_or(Verdict::Holds),
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
