//! The replays: the complete controllers with the mutant, along ways of the model.

use super::Bench;
use crate::caller::Caller;
use crate::controllers;
use crate::mutants::spec::Spec;
use crate::mutants::ways::{astray, kept, likely, to};
use crate::mutants::{Finding, Mutant, Patch};
use crate::replay::{Divergence, Error, Replayed, Why, run_steps};
use crate::world::Setup;
use hopwise_checker::Id;
use hopwise_protocol::{Chain, Grain, State, scenario};
use hopwise_vocab::Action;
use stateright::Model;
use std::time::Duration;

/// Where controllers leave a way.
struct Stop {
    /// The step, counted from 1; those to where the scenario begins count.
    step: usize,
    /// The first field that differs.
    by: String,
    /// What differs, in words.
    told: String,
}

impl Bench<'_> {
    /// Looks for a mutant from the spot that is known, from its cue, along the kept traces, and then
    /// at random.
    pub(super) fn replay(&self, mutant: &Mutant, spot: Option<Id>) -> Finding {
        let spec = self.graph.model();
        if matches!(mutant.patch, Patch::Unfair) || spec.chain.scenario.grain == Grain::Passes {
            return Finding::NotAsked;
        }
        let mut tried = 0;
        for way in likely(self.graph, spot, mutant.cue) {
            if let Some(found) = self.along(mutant, &way) {
                return found;
            }
            tried += 1;
        }
        for (name, way) in kept(spec) {
            let other = spec.in_scenario(scenario(name).expect("a kept trace names its scenario"));
            if let Some(stop) = stopped(mutant.patch, &other, &way) {
                return self.caught(mutant, &other, &way, stop);
            }
            tried += 1;
        }
        for way in astray(spec) {
            if let Some(found) = self.along(mutant, &way) {
                return found;
            }
            tried += 1;
        }
        Finding::Missed(tried)
    }

    fn along(&self, mutant: &Mutant, way: &[Action]) -> Option<Finding> {
        let spec = self.graph.model();
        let stop = stopped(mutant.patch, spec, way)?;
        Some(match self.shorter(mutant, way, &stop) {
            Some((way, stop)) => self.caught(mutant, spec, &way, stop),
            None => self.caught(mutant, spec, way, stop),
        })
    }

    fn caught(&self, mutant: &Mutant, spec: &Spec, way: &[Action], stop: Stop) -> Finding {
        let steps = stop.step.saturating_sub(spec.chain.prelude().len());
        let mut trace = self.trace(mutant, way.iter().copied().take(steps));
        trace.header.scenario = spec.chain.scenario.name.into();
        Finding::Caught {
            by: stop.by,
            told: stop.told,
            steps,
            trace: Some(trace),
        }
    }

    /// The same last step after a shortest way to it, if the mutant shows there, too.
    fn shorter(&self, mutant: &Mutant, way: &[Action], stop: &Stop) -> Option<(Vec<Action>, Stop)> {
        let spec = self.graph.model();
        let steps = behaviour(spec, way);
        let prelude = spec.chain.prelude().len();
        let last = stop.step.min(steps.len());
        let (action, _) = steps.get(last.checked_sub(1)?)?;
        let (_, before) = steps.get(last.checked_sub(2)?)?;
        let is_it = |id: &Id| self.graph.look(*id, |state| state == before);
        let mut short = to(self.graph, self.graph.ids().find(is_it)?);
        short.push(*action);
        (short.len() + prelude < stop.step).then_some(())?;
        let stop = stopped(mutant.patch, spec, &short)?;
        Some((short, stop))
    }
}

/// Where the controllers with a mutant leave a way that the sound ones follow; nothing if they do not.
fn stopped(patch: Patch, spec: &Spec, way: &[Action]) -> Option<Stop> {
    let (chain, steps) = (&spec.chain, behaviour(spec, way));
    let stop = match follow(&setup(patch, chain), chain, &steps) {
        Err(Error::Diverged(divergence)) => Stop::at(&divergence),
        Err(Error::NoStep { step, action, .. }) => Stop {
            step,
            by: "sweep".into(),
            told: format!("nothing is there for `{action}`"),
        },
        Ok(_) | Err(Error::Scenario(_) | Error::Without { .. } | Error::NotEnabled { .. }) => {
            return None;
        }
    };
    match patch {
        // There the sound controllers are what the model is told apart from.
        Patch::Model(_) | Patch::Lax(_) | Patch::Unfair => Some(stop),
        Patch::Ccm(_)
        | Patch::Vmop(_)
        | Patch::Ncp(_)
        | Patch::Calls(_)
        | Patch::Deaf(_)
        | Patch::Without(_)
        | Patch::Servers(_) => {
            let as_far = &steps[..stop.step.min(steps.len())];
            match follow(&Setup::of(chain), chain, as_far) {
                Ok(_) => Some(stop),
                Err(Error::Diverged(divergence)) => Some(Stop {
                    by: "false alarm".into(),
                    ..Stop::at(&divergence)
                }),
                Err(_) => None,
            }
        }
    }
}

fn follow(setup: &Setup, chain: &Chain, steps: &[(Action, State)]) -> Result<Replayed, Error> {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    run_steps(setup, chain, steps, &mut caller)
}

/// The prelude, and a way as far as the model goes it.
fn behaviour(spec: &Spec, way: &[Action]) -> Vec<(Action, State)> {
    let chain = &spec.chain;
    let mut state = chain.beginning();
    let mut steps = Vec::new();
    for action in chain.prelude() {
        state = chain
            .next_state(&state, action)
            .expect("a prelude is made of enabled actions");
        steps.push((action, state.clone()));
    }
    state = chain.init_states().remove(0);
    for &action in way {
        let Some(after) = spec.next_state(&state, action) else {
            break;
        };
        state = after;
        steps.push((action, state.clone()));
    }
    steps
}

/// A world with the mutant in it.
fn setup(patch: Patch, chain: &Chain) -> Setup {
    let mut setup = Setup::of(chain);
    put(patch, &mut setup);
    setup
}

/// Puts the mutant into a world.
pub(super) fn put(patch: Patch, setup: &mut Setup) {
    match patch {
        Patch::Ccm(_) | Patch::Vmop(_) | Patch::Ncp(_) | Patch::Without(_) => {
            let changed = controllers::all(&patch.core()).into_iter();
            let there = changed.filter(|(hop, _)| setup.controllers.contains_key(hop));
            setup.controllers = there.collect();
        }
        Patch::Calls(seed) => setup.mistake = Some(seed),
        Patch::Deaf(hop) => setup.deaf = Some(hop),
        Patch::Servers(flaw) => setup.flaw = Some(flaw),
        Patch::Lax(_) => setup.controllers = controllers::all(&patch.core()),
        Patch::Model(_) | Patch::Unfair => (),
    }
}

impl Stop {
    fn at(divergence: &Divergence) -> Stop {
        let (by, told) = match &divergence.why {
            Why::Differs(differences) => {
                let first = differences.first();
                let by = first.map_or("nothing", |it| it.field.as_str());
                let told = first.map(ToString::to_string).unwrap_or_default();
                (by, told)
            }
            Why::Impossible(reason) => ("no such step", reason.clone()),
            Why::Unmapped(reason) => ("no word", reason.clone()),
        };
        Stop {
            step: divergence.step,
            by: by.into(),
            told,
        }
    }
}
