//! Lane 4, replay: a trace of the model drives the complete controllers, and after every step the
//! world must say what the model says.

mod outcome;

pub use outcome::{Divergence, Error, Replayed, Why};

use crate::caller::Caller;
use crate::driver;
use crate::refinement::View;
use crate::transcript::Keep;
use crate::world::{Setup, World};
use hopwise_protocol::{Chain, State, scenario};
use hopwise_vocab::{Action, At, Deed, Hop, Safeguard, Trace};
use stateright::Model;

/// How many steps of the conversation a divergence shows.
const SHOWN: usize = 10;

/// Replays a trace on controllers with the trace's own safeguards, and keeps the conversation or not.
///
/// # Errors
/// When the trace is no behaviour of the model, or the controllers do not follow it.
pub fn run(trace: &Trace, keep: Keep, caller: &mut Caller<'_>) -> Result<Replayed, Error> {
    let chain = Chain {
        scenario: scenario(&trace.header.scenario)?,
        safeguards: trace.header.off.clone(),
    };
    let setup = Setup {
        keep,
        ..Setup::of(&chain)
    };
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
    if let Some((off, why)) = unfollowed(chain) {
        return Err(Error::Without { off, why });
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

/// A safeguard without which a world cannot follow the controllers, and why.
fn unfollowed(chain: &Chain) -> Option<(Safeguard, &'static str)> {
    let (off, why): (&[_], _) = match chain.scenario.rival? {
        Hop::Ccm => (
            &[Safeguard::RegularPoll],
            "a rival that starts where the Service shows its address does not poll",
        ),
        Hop::Ncp => (
            &[
                Safeguard::AllocationByIdentity,
                Safeguard::LoadBeforeAllocate,
            ],
            "a rival of ncp begins with an allocation in mind, and a process with none",
        ),
        Hop::Vmop => return None,
    };
    let off = off.iter().find(|off| !chain.safeguards.has(**off))?;
    Some((*off, why))
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
        Err(Stop::NoStep(step, action, why)) => Err(Error::NoStep { step, action, why }),
        Err(Stop::Diverged(stop)) => Err(Error::Diverged(Box::new(stop))),
    }
}

/// Why a trace is not followed to its end.
enum Stop {
    NoStep(usize, Action, &'static str),
    Diverged(Divergence),
}

/// The actions of the prelude and of the trace, each with the state that it leads to.
fn behaviour(chain: &Chain, trace: &Trace) -> Result<Vec<(Action, State)>, Error> {
    let mut state = chain.beginning();
    let prelude = chain.prelude();
    let skipped = prelude.len();
    let mut steps = Vec::with_capacity(skipped + trace.steps.len());
    for (index, action) in prelude.into_iter().chain(trace.actions()).enumerate() {
        if index == skipped {
            state = initial(chain);
        }
        let after = chain.next_state(&state, action).ok_or(Error::NotEnabled {
            step: (index + 1).saturating_sub(skipped),
            action,
        })?;
        state = after;
        steps.push((action, state.clone()));
    }
    Ok(steps)
}

/// Where the scenario begins, with its rival.
fn initial(chain: &Chain) -> State {
    chain.init_states().remove(0)
}

fn follow(
    setup: &Setup,
    chain: &Chain,
    (steps, shared): (&[(Action, State)], usize),
    caller: &mut Caller<'_>,
) -> Result<Vec<String>, Stop> {
    let mut world = World::start(setup);
    let mut last = chain.beginning();
    let started = world.stutter().map_err(Why::from);
    let started = started.and_then(|()| compare(&last, &world));
    started.map_err(|why| Stop::Diverged(stop(&world, 0, None, why)))?;
    let rival = chain.scenario.rival.map(|hop| (chain.prelude().len(), hop));
    for number in 0..=steps.len() {
        if let Some((action, state)) = number.checked_sub(1).and_then(|at| steps.get(at)) {
            world.faults = last.faults;
            let acted = world.act(*action);
            if let Err(driver::Error::NoStep { action, why }) = acted {
                return Err(Stop::NoStep(number, action, why));
            }
            let acted = acted.map_err(Why::from);
            let followed = acted.and_then(|()| match number > shared {
                true => compare(state, &world),
                false => Ok(()),
            });
            followed.map_err(|why| Stop::Diverged(stop(&world, number, Some(*action), why)))?;
            caller.report(number, steps.len());
            last = state.clone();
        }
        if let Some((_, hop)) = rival.filter(|(after, _)| *after == number) {
            last = initial(chain);
            let started = world.start_rival(hop).map_err(Why::from);
            let started = started.and_then(|()| compare(&last, &world));
            started.map_err(|why| Stop::Diverged(stop(&world, 0, None, why)))?;
        }
    }
    let said = world.transcript.steps().to_vec();
    let kept = sweep_all(chain, &last, &mut world);
    kept.map_err(|why| Stop::Diverged(stop(&world, steps.len() + 1, None, why)))?;
    Ok(said)
}

/// Sweeps that wait go on to their end, and change nothing where the model has none.
fn sweep_all(chain: &Chain, last: &State, world: &mut World) -> Result<(), Why> {
    for hop in [Hop::Ccm, Hop::Ncp] {
        for who in world.all_of(hop) {
            let mut served = world.lanes.of(who);
            let is_due = served.any(|service| {
                let deed = Deed::Sweep(hop);
                let replica = who.replica;
                let at = At { service, replica };
                chain.next_state(last, Action { deed, at }).is_some()
            });
            if !is_due && !last.is_cut {
                world.sweep_to_the_end(who);
                compare(last, world)?;
            }
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Edit;
    use hopwise_vocab::{Hop, Safeguards};
    use http::Method;
    use std::time::Duration;

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
