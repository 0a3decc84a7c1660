//! Judges the properties on the graph of a scenario.

use super::Effort;
use crate::run::{Kind, PropertyRun, Verdict};
use crate::together::in_order;
use hopwise_checker::{Graph, Judgement, Lasso, Survey, Trace, survey};
use hopwise_protocol::{
    Chain, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo, State, WeaklyFair,
};
use hopwise_vocab::{Action, Claim, Header, Step};

/// A predicate on states, as a survey asks it.
type Predicate<'a> = Box<dyn Fn(&State) -> bool + Sync + 'a>;

/// A property to be judged, each instance of a family alone.
#[derive(Clone, Copy)]
enum Asked {
    Always(&'static Invariant),
    LeadsTo(&'static LeadsTo, Instance),
}

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
        Some(asked.judge(graph, &survey, 2 * at))
    });
    let said: Vec<_> = asked.into_iter().zip(said.into_iter().flatten()).collect();

    let invariants = said.iter().filter_map(|(asked, said)| match asked {
        Asked::Always(property) => Some(invariant_run(graph.model(), property, said.clone())),
        Asked::LeadsTo(..) => None,
    });
    let families = LEADS_TO.iter().filter(|it| effort.asks_for(it.id));
    let families = families.map(|family| {
        let instances = said.iter().filter(|(asked, _)| asked.is_of(family));
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

fn asked(chain: &Chain, effort: Effort<'_>) -> Vec<Asked> {
    let invariants = INVARIANTS.iter().filter(|it| effort.asks_for(it.id));
    let families = LEADS_TO.iter().filter(|it| effort.asks_for(it.id));
    let instances = families.flat_map(|family| {
        let instances = (family.instances)(&chain.scenario).into_iter();
        instances.map(move |of| Asked::LeadsTo(family, of))
    });
    invariants.map(Asked::Always).chain(instances).collect()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Asked {
    /// The premise, and what is to be true: always, or at last.
    fn predicates(self, chain: &Chain) -> [Predicate<'_>; 2] {
        match self {
            Asked::Always(it) => [
                Box::new(move |state| (it.premise)(chain, state)),
                Box::new(move |state| it.holds(chain, state)),
            ],
            Asked::LeadsTo(it, of) => [
                Box::new(move |state| (it.premise)(chain, &of, state)),
                Box::new(move |state| it.is_done(chain, &of, state)),
            ],
        }
    }

    fn is_of(self, family: &LeadsTo) -> bool {
        matches!(self, Asked::LeadsTo(it, _) if it.id == family.id)
    }

    /// Judges it on a survey in which the premise has this place, and the rest the next.
    fn judge(
        self,
        graph: &Graph<'_, Chain>,
        survey: &Survey<'_, '_, Chain, Predicate<'_>>,
        premise: usize,
    ) -> Said {
        match self {
            Asked::Always(property) => {
                let judged = survey.invariant(premise + 1);
                let verdict = verdict_of(&judged, |trace| Verdict::Breaks {
                    steps: trace.steps.len() as u64,
                    clause: said_false(property.clause(graph.model(), trace.last())),
                    trace: text_of(graph.model(), property.id, trace, &[]),
                    cycle: false,
                });
                (survey.count(premise) as u64, verdict)
            }
            Asked::LeadsTo(family, of) => {
                let fairness = WeaklyFair::of(graph.model());
                let judged = survey.leads_to(&fairness, premise, premise + 1);
                let breaks = |lasso: &_| lasso_verdict(graph, family, &of, lasso);
                (judged.premise_states as u64, verdict_of(&judged, breaks))
            }
        }
    }
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
        kind: Kind::LeadsTo,
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
        clause: said_false(property.clause(graph.model(), instance, lasso.stem.last())),
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
