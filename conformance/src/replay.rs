//! Lane 4, replay: a trace of the model drives the complete controllers, and after every step the
//! world must say what the model says.

use crate::caller::Caller;
use crate::dictionary::Unmapped;
use crate::difference::Difference;
use crate::driver;
use crate::refinement::View;
use crate::transcript::Keep;
use crate::world::{Setup, World};
use hopwise_protocol::{Chain, Scenario, State, UnknownScenario, scenario};
use hopwise_vocab::{Action, Deed, Hop, Safeguard, Trace};
use serde::Serialize;
use stateright::Model;
use std::time::Duration;

/// A trace that the controllers followed from its first step to its last.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// The trace's name.
    pub name: String,
    /// How many steps were compared, those that lead to where the scenario begins included.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
    /// The conversation, a paragraph per step; empty if it was not kept.
    pub transcript: Vec<String>,
}

/// The first step after which the world does not say what the model says.
#[derive(Debug, Serialize)]
pub struct Divergence {
    /// The trace's name.
    pub name: String,
    /// The step's number, counted from 1; 0 is the start.
    pub step: usize,
    /// The step's action; none at the start, and after the end, where sweeps that wait go on.
    pub action: Option<Action>,
    /// What is wrong with it.
    pub why: Why,
    /// What was said from ten steps before.
    pub transcript: Vec<String>,
}

/// What is wrong with a step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The world came to differ from the model in these fields.
    Differs(Vec<Difference>),
    /// The world cannot take the step.
    Impossible(String),
    /// The world holds something that the model has no word for.
    Unmapped(String),
}

/// Why a trace cannot be replayed at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its scenario is not known.
    #[error(transparent)]
    Scenario(#[from] UnknownScenario),
    /// Its scenario has several Services, or two replicas of a hop.
    #[error("{scenario} is not replayed: a world has one Service, and one replica of each hop")]
    Several {
        /// The scenario.
        scenario: &'static str,
    },
    /// A step of it is one that a world cannot do yet.
    #[error("step {step}, `{action}`, cannot be replayed yet")]
    NotYet {
        /// The step's number, counted from 1; those that lead to where the scenario begins count.
        step: usize,
        /// Its action.
        action: Action,
    },
    /// Without a safeguard the controllers make calls that a world has no words for yet.
    #[error("what the controllers ask without {off} cannot be replayed yet")]
    Unreadable {
        /// The safeguard that is off.
        off: Safeguard,
    },
    /// It is no behaviour of the model.
    #[error("step {step}, `{action}`, is not enabled in the model")]
    NotEnabled {
        /// The step's number, counted from 1 and from where the scenario begins.
        step: usize,
        /// Its action.
        action: Action,
    },
    /// The controllers diverged from the model.
    #[error("{0}")]
    Diverged(Box<Divergence>),
}

/// How many steps of the conversation a divergence shows.
const SHOWN: usize = 10;

/// Replays a trace on controllers with the trace's own safeguards.
///
/// # Errors
/// When the trace is no behaviour of the model, or the controllers do not follow it.
pub fn run(trace: &Trace, caller: &mut Caller<'_>) -> Result<Replayed, Error> {
    let chain = Chain {
        scenario: scenario(&trace.header.scenario)?,
        safeguards: trace.header.off.clone(),
    };
    let setup = Setup::of(&chain);
    run_on(&setup, &chain, trace, caller)
}

/// The same for a trace that begins as another does: the steps that they share are taken again,
/// and not compared again.
///
/// # Assumes
/// That the other was replayed. What was compared there is true here: the same steps from the
/// start always lead to the same world.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_beyond(
    shared: usize,
    trace: &Trace,
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    let chain = Chain {
        scenario: scenario(&trace.header.scenario)?,
        safeguards: trace.header.off.clone(),
    };
    let setup = Setup::of(&chain);
    replay(&setup, &chain, (trace, shared), caller)
}

/// The same, on other controllers than the trace's safeguards ask for.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    setup: &Setup,
    chain: &Chain,
    trace: &Trace,
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    replay(setup, chain, (trace, 0), caller)
}

fn replay(
    setup: &Setup,
    chain: &Chain,
    (trace, shared): (&Trace, usize),
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    let Scenario { rival, users, .. } = chain.scenario;
    if rival.is_some() || users.len() > 1 {
        let scenario = chain.scenario.name;
        return Err(Error::Several { scenario });
    }
    // Without these ncp lists allocations or gives them other ids, and ccm has a second loop.
    let unread = [
        Safeguard::AllocationByIdentity,
        Safeguard::LoadBeforeAllocate,
        Safeguard::FreshIntent,
    ];
    if let Some(off) = unread.into_iter().find(|&one| !chain.safeguards.has(one)) {
        return Err(Error::Unreadable { off });
    }
    let steps = behaviour(chain, trace)?;
    let name = trace.header.name.clone();
    let shared = match shared {
        0 => 0,
        shared => steps.len() - trace.steps.len() + shared,
    };
    match take(setup, chain, (&steps, shared), caller) {
        Ok(replayed) => Ok(Replayed { name, ..replayed }),
        Err(Error::Diverged(_)) if setup.keep == Keep::Nothing => {
            // The same again, since it always goes the same way, but this time with its words.
            let setup = Setup {
                keep: Keep::All,
                ..setup.clone()
            };
            run_on(&setup, chain, trace, caller)
        }
        Err(Error::Diverged(divergence)) => Err(Error::Diverged(Box::new(Divergence {
            name,
            ..*divergence
        }))),
        Err(error) => Err(error),
    }
}

/// The same along steps that some model has, each with the state that it leads to: those of the
/// prelude first.
///
/// # Errors
/// When the controllers do not follow them.
pub fn run_steps(
    setup: &Setup,
    chain: &Chain,
    steps: &[(Action, State)],
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    take(setup, chain, (steps, 0), caller)
}

fn take(
    setup: &Setup,
    chain: &Chain,
    (steps, shared): (&[(Action, State)], usize),
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    let begun = caller.now();
    let outcome = follow(setup, chain, (steps, shared), caller);
    let took = caller.now() - begun;
    match outcome {
        Ok(transcript) => Ok(Replayed {
            name: String::new(),
            steps: steps.len(),
            took,
            transcript,
        }),
        Err(Stop::NotYet(step, action)) => Err(Error::NotYet { step, action }),
        Err(Stop::Diverged(stop)) => Err(Error::Diverged(Box::new(stop))),
    }
}

/// Why a trace is not followed to its end.
enum Stop {
    NotYet(usize, Action),
    Diverged(Divergence),
}

/// The actions of the prelude and of the trace, each with the state that it leads to.
fn behaviour(chain: &Chain, trace: &Trace) -> Result<Vec<(Action, State)>, Error> {
    let mut state = chain.beginning();
    let prelude = chain.prelude();
    let skipped = prelude.len();
    let mut steps = Vec::with_capacity(skipped + trace.steps.len());
    for (index, action) in prelude.into_iter().chain(trace.actions()).enumerate() {
        let after = chain.next_state(&state, action).ok_or(Error::NotEnabled {
            step: (index + 1).saturating_sub(skipped),
            action,
        })?;
        state = after;
        steps.push((action, state.clone()));
    }
    Ok(steps)
}

fn follow(
    setup: &Setup,
    chain: &Chain,
    (steps, shared): (&[(Action, State)], usize),
    caller: &mut Caller<'_>,
) -> Result<Vec<String>, Stop> {
    let mut world = World::start(setup);
    let started = world.stutter().map_err(Why::from);
    let started = started.and_then(|()| compare(&chain.beginning(), &world));
    started.map_err(|why| Stop::Diverged(stop(&world, 0, None, why)))?;
    for (number, (action, state)) in (1..).zip(steps) {
        let acted = world.act(*action);
        if let Err(driver::Error::NotYet { action }) = acted {
            return Err(Stop::NotYet(number, action));
        }
        let acted = acted.map_err(Why::from);
        let followed = acted.and_then(|()| match number > shared {
            true => compare(state, &world),
            false => Ok(()),
        });
        followed.map_err(|why| Stop::Diverged(stop(&world, number, Some(*action), why)))?;
        caller.report(number, steps.len());
    }
    let said = world.transcript.steps().to_vec();
    let last = steps
        .last()
        .map_or_else(|| chain.beginning(), |it| it.1.clone());
    for hop in [Hop::Ccm, Hop::Ncp] {
        let is_due = chain.next_state(&last, Deed::Sweep(hop).into()).is_some();
        if !is_due && !last.is_cut {
            world.sweep_to_the_end(hop);
            let kept = compare(&last, &world);
            kept.map_err(|why| Stop::Diverged(stop(&world, steps.len() + 1, None, why)))?;
        }
    }
    Ok(said)
}

fn compare(state: &State, world: &World) -> Result<(), Why> {
    let model = View::of_model(state);
    let world = View::of_world(world)?;
    if model == world {
        Ok(())
    } else {
        Err(Why::Differs(model.differences(&world)))
    }
}

fn stop(world: &World, step: usize, action: Option<Action>, why: Why) -> Divergence {
    let said = world.transcript.steps();
    let transcript = said[said.len().saturating_sub(SHOWN)..].to_vec();
    Divergence {
        name: String::new(),
        step,
        action,
        why,
        transcript,
    }
}

impl From<driver::Error> for Why {
    fn from(error: driver::Error) -> Why {
        Why::Impossible(error.to_string())
    }
}

impl From<Unmapped> for Why {
    fn from(unmapped: Unmapped) -> Why {
        Why::Unmapped(unmapped.to_string())
    }
}

impl Divergence {
    /// The step in words.
    pub fn deed(&self) -> String {
        match (self.action, self.step) {
            (Some(action), _) => action.to_string(),
            (None, 0) => "the start".into(),
            (None, _) => "the end".into(),
        }
    }
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{}: the controllers leave the model in step {}, `{}`",
            self.name,
            self.step,
            self.deed()
        )?;
        match &self.why {
            Why::Differs(differences) => {
                for difference in differences {
                    writeln!(f, "{difference}")?;
                }
            }
            Why::Impossible(reason) | Why::Unmapped(reason) => writeln!(f, "{reason}")?,
        }
        self.transcript
            .iter()
            .try_for_each(|step| f.write_str(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Edit;
    use hopwise_vocab::{Hop, Safeguards};
    use http::Method;

    /// Deletes whatever has the name.
    const DELETE_BY_NAME: Edit = |request| {
        if request.method() != Method::DELETE {
            return request;
        }
        request.map(|_| "{}".into())
    };

    /// At which step a trace diverges whose first so many steps are taken for compared.
    fn diverges(shared: usize) -> Option<usize> {
        let text = include_str!("../traces/delete.ndjson");
        let trace = Trace::parse(text).expect("it is a kept trace");
        let chain = Chain {
            scenario: scenario("recreate").expect("it has such a scenario"),
            safeguards: Safeguards::reference(),
        };
        assert!(!chain.prelude().is_empty());
        let setup = Setup {
            mistake: Some((Hop::Ccm, || Box::new(DELETE_BY_NAME))),
            keep: Keep::All,
            ..Setup::of(&chain)
        };
        let mut caller = Caller {
            clock: &|| Duration::ZERO,
            progress: &mut |_, _| (),
            limit: None,
        };
        match replay(&setup, &chain, (&trace, shared), &mut caller) {
            Err(Error::Diverged(divergence)) => Some(divergence.step - chain.prelude().len()),
            Ok(_) => None,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_another_trace_has_compared_is_not_compared_and_the_next_step_is() {
        let first = diverges(0).expect("the mistake shows");
        assert_eq!(diverges(first - 1), Some(first));
        assert_ne!(diverges(first), Some(first));
    }
}
