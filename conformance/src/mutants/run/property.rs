//! The properties: what a mutant of the model breaks, and what a safeguard keeps from breaking.

use super::Bench;
use crate::mutants::spec::Spec;
use crate::mutants::{Finding, Mutant, Patch};
use crate::traces;
use hopwise_checker::{
    Fairness, Judgement, Lasso, Trace as Way, Unfair, eventually_always, invariant, leads_to,
};
use hopwise_protocol::{
    Chain, Form, INVARIANTS, Instance, LEADS_TO, LeadsTo, WeaklyFair, scenario,
};
use hopwise_vocab::{Action, Claim, Safeguard, Trace};
use stateright::Model;

impl Bench<'_> {
    /// Judges the properties that the model promises in the scenario; of a safeguard, checks what its
    /// kept trace claims.
    pub(super) fn judge(&self, mutant: &Mutant) -> Finding {
        match mutant.patch {
            Patch::Model(_) | Patch::Lax(_) => self.break_any(mutant, &WeaklyFairly::of(self)),
            Patch::Unfair => self.break_any(mutant, &Unfair),
            Patch::Without(off) => kept_for(off),
            Patch::Ccm(_)
            | Patch::Vmop(_)
            | Patch::Ncp(_)
            | Patch::Calls(_)
            | Patch::Deaf(_)
            | Patch::Servers(_) => Finding::NotAsked,
        }
    }

    /// The named property if it breaks, or else the first that does.
    fn break_any(&self, mutant: &Mutant, fairness: &impl Fairness<Spec>) -> Finding {
        let scenario = &self.graph.model().chain.scenario;
        let safe = INVARIANTS
            .iter()
            .filter(|it| it.exemption(scenario).is_none());
        let live = LEADS_TO
            .iter()
            .filter(|it| it.exemption(scenario).is_none());
        let mut ids: Vec<&str> = safe.map(|it| it.id).chain(live.map(|it| it.id)).collect();
        ids.sort_by_key(|id| *id != mutant.killer.by);
        let broken = ids
            .iter()
            .find_map(|id| Some((*id, self.broken(id, fairness)?)));
        let Some((by, way)) = broken else {
            return Finding::Missed(ids.len());
        };
        Finding::Caught {
            by: by.into(),
            told: format!("{by} breaks"),
            steps: way.len(),
            trace: Some(self.trace(mutant, way)),
        }
    }

    /// How a property breaks, if it does.
    fn broken(&self, id: &str, fairness: &impl Fairness<Spec>) -> Option<Vec<Action>> {
        let chain = &self.graph.model().chain;
        if let Some(it) = INVARIANTS.iter().find(|it| it.id == id) {
            let found = invariant(self.graph, |state| it.holds(chain, state));
            return found.counterexample().map(actions);
        }
        let family = LEADS_TO.iter().find(|it| it.id == id)?;
        let instances = (family.instances)(&chain.scenario).into_iter();
        let mut judged = instances.map(|of| self.judge_instance(family, of, fairness));
        judged.find_map(|it| it.counterexample().map(whole))
    }

    fn judge_instance(
        &self,
        family: &LeadsTo,
        of: Instance,
        fairness: &impl Fairness<Spec>,
    ) -> Judgement<Lasso<Spec>> {
        let chain = &self.graph.model().chain;
        let goal = |state: &_| family.is_done(chain, &of, state);
        match family.form {
            Form::LeadsTo => {
                let premise = |state: &_| (family.premise)(chain, &of, state);
                leads_to(self.graph, fairness, premise, goal)
            }
            Form::Stays => eventually_always(self.graph, fairness, goal),
        }
    }
}

/// The fairness of the model, for a model with another step.
struct WeaklyFairly(WeaklyFair);

impl WeaklyFairly {
    fn of(bench: &Bench<'_>) -> WeaklyFairly {
        WeaklyFairly(WeaklyFair::of(&bench.graph.model().chain))
    }
}

impl Fairness<Spec> for WeaklyFairly {
    fn classes(&self) -> usize {
        Fairness::<Chain>::classes(&self.0)
    }

    fn class(&self, action: &Action) -> Option<usize> {
        Fairness::<Chain>::class(&self.0, action)
    }
}

fn actions<M: Model<Action = Action>>(way: &Way<M>) -> Vec<Action> {
    way.steps.iter().map(|(action, _)| *action).collect()
}

/// The stem of a lasso and its cycle, once.
fn whole<M: Model<Action = Action>>(lasso: &Lasso<M>) -> Vec<Action> {
    let cycle = lasso.cycle.iter().map(|(action, _)| *action);
    actions(&lasso.stem).into_iter().chain(cycle).collect()
}

/// What a kept trace says goes wrong without a safeguard, alone rather than with another, if the model
/// agrees.
fn kept_for(off: Safeguard) -> Finding {
    let all = traces::committed().into_iter();
    let mut without: Vec<Trace> = all.filter(|it| !it.header.off.has(off)).collect();
    without.sort_by_key(|trace| (trace.header.off.off().count(), trace.steps.len()));
    let tried = without.len();
    let mut found = without.into_iter().filter_map(|trace| {
        let Claim::Breaks(by) = trace.header.claim.clone() else {
            return None;
        };
        is_true(&by, &trace).then_some((by, trace))
    });
    found
        .next()
        .map_or(Finding::Missed(tried), |(by, trace)| Finding::Caught {
            told: format!("{by} breaks without {}", trace.header.off),
            steps: trace.steps.len(),
            by,
            trace: Some(trace),
        })
}

/// Whether a trace breaks a property, by the model alone.
fn is_true(property: &str, trace: &Trace) -> bool {
    let Ok(scenario) = scenario(&trace.header.scenario) else {
        return false;
    };
    let chain = Chain {
        scenario,
        safeguards: trace.header.off.clone(),
    };
    let Some(lasso) = lasso(&chain, trace) else {
        return false;
    };
    let is_safe = INVARIANTS.iter().find(|it| it.id == property);
    if let Some(invariant) = is_safe {
        return !invariant.holds(&chain, lasso.stem.last());
    }
    let family = LEADS_TO.iter().filter(|it| it.id == property);
    family
        .flat_map(|family| {
            (family.instances)(&scenario)
                .into_iter()
                .map(move |of| (family, of))
        })
        .any(|(family, of)| family.is_broken_by(&chain, &of, &lasso).is_ok())
}

/// The endless behaviour that a trace stands for, if it is one of the model.
fn lasso(chain: &Chain, trace: &Trace) -> Option<Lasso<Chain>> {
    let init = chain.init_states().into_iter().next()?;
    let mut state = init.clone();
    let mut steps = Vec::new();
    for action in trace.actions() {
        state = chain.next_state(&state, action)?;
        steps.push((action, state.clone()));
    }
    let stem = trace.steps.iter().position(|step| step.cycle);
    let cycle = steps.split_off(stem.unwrap_or(steps.len()));
    Some(Lasso {
        stem: Way { init, steps },
        cycle,
    })
}
