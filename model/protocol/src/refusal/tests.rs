use super::*;
use crate::fairness::Class;
use crate::scenarios::{Grain, every_scenario};
use hopwise_vocab::{AdminStep, Realizable, Safeguards, UserStep};
use std::collections::BTreeSet;

const STEPS: usize = 60;
const SEEDS: u64 = 5;

/// Every deed that can be written, of calls those whose names some hop uses.
fn deeds() -> Vec<Deed> {
    let mut deeds = vec![
        Deed::Poll,
        Deed::Free,
        Deed::Remember,
        Deed::Rewrite,
        Deed::Cut,
    ];
    deeds.push(Deed::Mend);
    deeds.extend(UserStep::ALL.iter().copied().map(Deed::User));
    deeds.extend(AdminStep::ALL.iter().copied().map(Deed::Admin));
    for &what in Realizable::ALL {
        deeds.extend([Deed::Realize(what), Deed::Fail(what)]);
    }
    for &object in Object::ALL {
        deeds.push(Deed::Collect(object));
    }
    for &hop in Hop::ALL {
        deeds.extend([Deed::Tick(hop), Deed::Sweep(hop), Deed::Crash(hop)]);
        for &object in Object::ALL {
            deeds.extend([Deed::Deliver(hop, object), Deed::Relist(hop, object)]);
            deeds.extend([Deed::Lag(hop, object), Deed::Rewind(hop, object)]);
            for &verb in Verb::ALL {
                deeds.extend([
                    Deed::Serve(hop, verb, object),
                    Deed::Hear(hop, verb, object),
                ]);
                deeds.extend([
                    Deed::Lose(hop, verb, object),
                    Deed::LoseReply(hop, verb, object),
                ]);
                deeds.extend([
                    Deed::Delay(hop, verb, object),
                    Deed::Land(hop, verb, object),
                ]);
            }
        }
    }
    deeds
}

/// The states of a few walks that chance chooses: half of the time what need not happen happens,
/// or faults would be rare.
fn walked(chain: &Chain) -> Vec<State> {
    let walks = (1..=SEEDS).flat_map(|seed: u64| {
        let mut chance = seed;
        let mut state = chain.init_states().pop();
        std::iter::from_fn(move || {
            let here = state.take()?;
            let (owed, rest): (Vec<Action>, Vec<Action>) = enabled(chain, &here)
                .into_iter()
                .partition(|action| Class::of(&action.deed).is_some());
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (chance >> 33) as usize;
            let choice = match number % 2 {
                0 if !rest.is_empty() => &rest,
                _ if !owed.is_empty() => &owed,
                _ => &rest,
            };
            let action = choice.get((number / 2) % choice.len().max(1));
            state = action.and_then(|action| chain.next_state(&here, *action));
            Some(here)
        })
        .take(STEPS)
    });
    walks.collect()
}

/// What the model offers and takes.
fn enabled(chain: &Chain, state: &State) -> BTreeSet<Action> {
    let mut offered = Vec::new();
    chain.actions(state, &mut offered);
    let is_taken = |action: &Action| {
        let after = chain.next_state(state, *action);
        after.is_some_and(|after| chain.within_boundary(&after))
    };
    offered.into_iter().filter(is_taken).collect()
}

#[test]
fn an_action_is_refused_exactly_where_the_model_does_not_take_it() {
    let deeds = deeds();
    for safeguards in [Safeguards::reference(), Safeguards::as_built()] {
        for &scenario in every_scenario() {
            let safeguards = safeguards.clone();
            let chain = Chain {
                scenario,
                safeguards,
            };
            for state in walked(&chain) {
                agree(&chain, &state, &deeds);
            }
        }
    }
}

fn agree(chain: &Chain, state: &State, deeds: &[Deed]) {
    let enabled = enabled(chain, state);
    let (service, replica) = (Slot::B, Replica::Rival);
    for at in [
        At::FIRST,
        At {
            service,
            ..At::FIRST
        },
        At {
            replica,
            ..At::FIRST
        },
    ] {
        for &deed in deeds {
            let action = Action { deed, at };
            let refused = chain.refusal(state, action);
            assert_eq!(
                refused.is_none(),
                enabled.contains(&action),
                "{action} in {}: {refused:?}",
                chain.scenario.name
            );
            // What is left to say for want of a false clause is so only where the guards ask
            // whether anything changes.
            if refused == Some(of_no_change(deed)) {
                let grain = chain.scenario.grain;
                let may_be_idle = match deed {
                    Deed::Relist(..) => true,
                    Deed::Poll => grain != Grain::Fine,
                    Deed::Tick(_) => grain == Grain::Passes,
                    Deed::Lose(..) => state.is_cut,
                    Deed::User(_) | Deed::Admin(_) | Deed::Deliver(..) | Deed::Serve(..) => false,
                    Deed::Hear(..) | Deed::Realize(_) | Deed::Free | Deed::Sweep(_) => false,
                    Deed::Collect(_) | Deed::Remember | Deed::Rewrite => false,
                    Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => false,
                    Deed::Crash(_) | Deed::Cut | Deed::Mend | Deed::Fail(_) => false,
                    Deed::Lag(..) | Deed::Rewind(..) => false,
                };
                assert!(may_be_idle, "{action} in {}", chain.scenario.name);
            }
        }
    }
}

#[test]
fn what_is_so_instead_is_told_with_its_values() {
    let chain = Chain {
        scenario: crate::scenario("create").unwrap(),
        safeguards: Safeguards::reference(),
    };
    let mut state = chain.beginning();
    let why = |state: &State, action: &str| chain.refusal(state, action.parse().unwrap());
    assert_eq!(why(&state, "user create"), None);
    let since = why(&state, "user create of b").unwrap();
    assert_eq!(since, "the scenario has no Service b: it has 1");
    for action in ["user create", "deliver ccm service"] {
        state = chain.next_state(&state, action.parse().unwrap()).unwrap();
    }
    let told = [
        "user create",
        "serve ccm create vm-service",
        "serve vmop hold vm-service",
        "deliver ccm service",
        "crash ccm",
        "sweep ncp",
    ]
    .map(|action| format!("{action}: {}", why(&state, action).unwrap()));
    let expected = [
        "user create: there is a Service of this name already: incarnation 1",
        "serve ccm create vm-service: the pass of ccm waits for “hold service” to be served",
        "serve vmop hold vm-service: no pass of vmop is under way",
        "deliver ccm service: ccm has been told all that happened to the service",
        "crash ccm: such a fault does not happen in the scenario",
        "sweep ncp: NSX-T holds nothing for a Supervisor Service that is gone",
    ];
    assert_eq!(told, expected);
}

/// No walk above comes to that.
#[test]
fn one_write_at_a_time_is_late() {
    let chain = Chain {
        scenario: crate::scenario("late").unwrap(),
        safeguards: Safeguards::reference(),
    };
    let mut state = chain.beginning();
    for action in [
        "user create",
        "deliver ccm service",
        "serve ccm hold service",
        "deliver ccm service",
        "ccm poll",
    ] {
        state = chain.next_state(&state, action.parse().unwrap()).unwrap();
    }
    let delay: Action = "delay ccm create vm-service".parse().unwrap();
    assert_eq!(chain.refusal(&state, delay), None);
    let delayed = chain.next_state(&state, delay).unwrap();
    state.first.late = delayed.first.late;
    assert_eq!(chain.next_state(&state, delay), None);
    let since = chain.refusal(&state, delay).unwrap();
    assert!(since.starts_with("the write that is late is"), "{since}");
}
