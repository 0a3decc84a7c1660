//! Lane 4: the complete controllers follow the model.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_checker::{Bounds, explore_packed};
use hopwise_conformance::caller::Caller;
use hopwise_conformance::replay;
use hopwise_conformance::transcript::Keep;
use hopwise_conformance::walks::walk;
use hopwise_conformance::witnesses::GOALS;
use hopwise_protocol::{Chain, INVARIANTS, SCENARIOS, State, scenario};
use hopwise_vocab::{Claim, Header, Safeguard, Safeguards, Trace};
use stateright::Model;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A third of the time of a replay is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn timeless<T>(run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    })
}

/// Replays a walk as far as a world can take it. Whether that is to its end.
#[track_caller]
fn follows(walk: &Trace) -> bool {
    match timeless(|caller| replay::run(walk, Keep::Nothing, caller)) {
        Ok(_) => true,
        Err(replay::Error::NoStep { .. } | replay::Error::Without { .. }) => false,
        Err(error) => panic!("{error}\n{}", walk.to_text()),
    }
}

fn chain_of(trace: &Trace) -> Chain {
    Chain {
        scenario: scenario(&trace.header.scenario).unwrap(),
        safeguards: trace.header.off.clone(),
    }
}

fn kept_traces() -> Vec<Trace> {
    traces_in("traces")
}

fn traces_in(folder: &str) -> Vec<Trace> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.is_file()).collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts.map(|text| Trace::parse(&text).unwrap()).collect()
}

fn kept(name: &str) -> Trace {
    let mut traces = kept_traces().into_iter();
    traces.find(|trace| trace.header.name == name).unwrap()
}

/// Every state of a trace, that in which its scenario begins first.
fn states(trace: &Trace) -> Vec<State> {
    let chain = chain_of(trace);
    let mut states = chain.init_states();
    for action in trace.actions() {
        let next = chain.next_state(&states[states.len() - 1], action);
        states.push(next.expect("a kept trace is a behaviour of the model"));
    }
    states
}

#[test]
fn the_controllers_follow_every_kept_trace_also_into_the_wrong() {
    let as_built = traces_in("traces/as-built");
    assert!(as_built.len() >= 13);
    for trace in kept_traces().into_iter().chain(as_built) {
        match timeless(|caller| replay::run(&trace, Keep::Nothing, caller)) {
            Ok(replayed) => println!("{}: {} steps", trace.header.name, replayed.steps),
            Err(error) => panic!("{}: {error}", trace.header.name),
        }
    }
}

#[test]
fn every_goal_has_its_trace_and_every_trace_does_what_it_claims() {
    for goal in GOALS {
        let states = states(&kept(goal.name));
        assert!(
            (goal.is_reached)(states.last().unwrap()),
            "{}",
            goal.sentence
        );
    }
    for trace in kept_traces() {
        let states = states(&trace);
        let Claim::Breaks(property) = &trace.header.claim else {
            continue;
        };
        match INVARIANTS.iter().find(|invariant| invariant.id == property) {
            Some(invariant) => assert!(
                !invariant.holds(&chain_of(&trace), states.last().unwrap()),
                "{property}"
            ),
            None => {
                let begins = trace.steps.iter().position(|step| step.cycle);
                let begins = begins.unwrap_or(trace.steps.len());
                assert_eq!(
                    states.last(),
                    states.get(begins),
                    "{property}: a lasso closes"
                );
            }
        }
    }
}

#[test]
fn every_safeguard_has_a_trace_that_goes_wrong_without_it() {
    let traces = kept_traces();
    for safeguard in Safeguard::ALL {
        let off = |trace: &Trace| trace.header.off.off().any(|one| one == *safeguard);
        assert!(traces.iter().any(off), "{safeguard}");
    }
}

/// What goes wrong first where a safeguard is off.
fn broken(chain: &Chain) -> Vec<Trace> {
    let bounds = Bounds {
        states: Some(30_000),
        ..Bounds::default()
    };
    let graph = explore_packed(chain, &bounds);
    let broken = INVARIANTS.iter().filter_map(|invariant| {
        let found = invariant.judge(&graph);
        let actions = found.counterexample()?.steps.iter();
        let claim = Claim::Breaks(invariant.id.into());
        let mut header = Header::new(invariant.id, chain.scenario.name, claim);
        header.off = chain.safeguards.clone();
        Some(Trace::new(header, actions.map(|(action, _)| *action)))
    });
    broken.collect()
}

#[test]
fn rivals_and_several_services_go_wrong_as_the_model_does_where_a_safeguard_is_off() {
    let mut gone_wrong = BTreeMap::new();
    for name in ["two-ccm", "two-vmop", "two-ncp", "two-services", "taken"] {
        for off in Safeguard::ALL {
            let chain = Chain {
                scenario: scenario(name).unwrap(),
                safeguards: Safeguards::reference().without(*off),
            };
            let followed = broken(&chain).into_iter().filter(follows);
            *gone_wrong.entry(name).or_insert(0) += followed.count();
        }
    }
    println!("{gone_wrong:?}");
    assert!(
        gone_wrong.values().all(|&times| times > 0),
        "{gone_wrong:?}"
    );
}

/// How many times as many walks as a change is tried with: the nightly size says so.
fn times() -> u64 {
    std::env::var("HOPWISE_TIMES").map_or(1, |it| it.parse().expect("HOPWISE_TIMES is a number"))
}

#[test]
fn the_controllers_follow_random_walks() {
    for scenario in SCENARIOS {
        let chain = Chain {
            scenario,
            safeguards: Safeguards::reference(),
        };
        let ends = (0..8 * times()).filter(|seed| follows(&walk(&chain, *seed, 120)));
        println!(
            "{}: {} of {} to their end",
            scenario.name,
            ends.count(),
            8 * times()
        );
    }
}

#[test]
fn the_controllers_follow_random_walks_with_any_safeguard_off() {
    for safeguard in Safeguard::ALL {
        for scenario in SCENARIOS {
            // The controllers' unguarded hold is a merge patch, since a PUT is refused for custom
            // resources: an annotation that was added meanwhile stays, and in the model goes. In
            // `direct` the object written back says less than the model's about whom it stands for.
            let is_unguarded = *safeguard == Safeguard::GuardedWrites;
            if is_unguarded && ["out-of-band", "direct"].contains(&scenario.name) {
                continue;
            }
            let safeguards = Safeguards::reference().without(*safeguard);
            let chain = Chain {
                scenario,
                safeguards,
            };
            for seed in 0..times() {
                follows(&walk(&chain, seed, 120));
            }
        }
    }
}

fn conversation(trace: &Trace) -> String {
    let replayed = timeless(|caller| replay::run(trace, Keep::All, caller));
    replayed
        .unwrap_or_else(|error| panic!("{error}"))
        .transcript
        .concat()
}

#[test]
fn the_same_trace_a_hundred_times_is_the_same_conversation() {
    let trace = kept("create");
    let first = conversation(&trace);
    for _ in 1..100 {
        assert_eq!(conversation(&trace), first);
    }
}

#[test]
fn the_conversations_are_as_they_were() {
    for goal in GOALS {
        insta::assert_snapshot!(goal.name, conversation(&kept(goal.name)));
    }
}
