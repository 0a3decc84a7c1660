//! The refinement mapping tells apart what the model tells apart.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_checker::{Bounds, explore_packed};
use hopwise_conformance::refinement::View;
use hopwise_conformance::world::{Setup, World};
use hopwise_protocol::{Chain, Grain, State, scenario};
use hopwise_vocab::{Action, Hop, Safeguards};
use std::collections::HashMap;

fn world(actions: &[&str]) -> World {
    of(&Setup::new(&Safeguards::reference(), 1), None, actions)
}

fn of(setup: &Setup, rival: Option<Hop>, actions: &[&str]) -> World {
    let mut world = World::start(setup);
    world.stutter().unwrap();
    if let Some(hop) = rival {
        world.start_rival(hop).unwrap();
    }
    for action in actions {
        world.act(action.parse::<Action>().unwrap()).unwrap();
    }
    world
}

/// The fields in which the views of two worlds differ.
fn differing(one: &[&str], other: &[&str]) -> Vec<String> {
    differing_worlds(&world(one), &world(other))
}

fn differing_worlds(one: &World, other: &World) -> Vec<String> {
    let [one, other] = [one, other].map(|world| View::of_world(world).unwrap());
    let differences = one.differences(&other);
    assert_eq!(differences.is_empty(), one == other);
    differences
        .into_iter()
        .map(|difference| difference.field)
        .collect()
}

const CREATE: &str = "user create";
const SEE: &str = "deliver ccm service";

#[test]
fn two_worlds_that_went_the_same_way_are_the_same() {
    assert_eq!(
        differing(&[CREATE, SEE], &[CREATE, SEE]),
        Vec::<String>::new()
    );
}

#[test]
fn worlds_are_told_apart_by_what_is_at_the_server() {
    assert_eq!(
        differing(&[], &[CREATE]),
        ["service", "incarnations", "ccm upstream events"]
    );
    let edited = differing(&[CREATE], &[CREATE, "user edit"]);
    assert_eq!(edited, ["service", "ccm upstream events"]);
}

#[test]
fn worlds_are_told_apart_by_what_was_delivered() {
    let fields = ["ccm upstream seen", "ccm upstream events", "ccm call"];
    assert_eq!(differing(&[CREATE], &[CREATE, SEE]), fields);
}

#[test]
fn a_world_that_lags_is_told_apart_from_one_that_skips() {
    // Both have the same Service at the server and one event on its way; what it says of the
    // version differs, and so does what was seen.
    let lags = [CREATE, SEE, "user edit"];
    let fields = differing(&[CREATE, SEE], &lags);
    assert_eq!(
        fields,
        [
            "service",
            "ccm upstream seen",
            "ccm upstream events",
            "ccm call"
        ]
    );
}

#[test]
fn worlds_are_told_apart_by_how_far_a_call_has_come() {
    let served = [CREATE, SEE, "serve ccm hold service"];
    let heard = [
        CREATE,
        SEE,
        "serve ccm hold service",
        "hear ccm hold service",
    ];
    assert_eq!(differing(&served, &heard), ["ccm call"]);
    assert_eq!(differing(&[], &["ccm poll"]), ["ccm poll"]);
    let answered = ["ccm poll", "serve ccm list vm-service"];
    assert_eq!(differing(&["ccm poll"], &answered), ["ccm poll"]);
    let polled = [
        "ccm poll",
        "serve ccm list vm-service",
        "hear ccm list vm-service",
    ];
    assert_eq!(differing(&answered, &polled), ["ccm polled", "ccm poll"]);
}

#[test]
fn a_new_incarnation_is_told_apart_from_the_old_one() {
    let recreated = [CREATE, "user delete", CREATE];
    let fields = ["service", "incarnations", "ccm upstream events"];
    assert_eq!(differing(&[CREATE], &recreated), fields);
}

#[test]
fn services_are_told_apart_and_so_is_what_belongs_to_each() {
    let two = |actions: &[&str]| {
        let setup = Setup {
            services: 2,
            grain: Grain::Passes,
            ..Setup::new(&Safeguards::reference(), 1)
        };
        of(&setup, None, actions)
    };
    let fields =
        |of: &str| ["service", "incarnations", "ccm upstream events"].map(|it| format!("{it}{of}"));
    let both = [CREATE, "user create of b"];
    assert_eq!(
        differing_worlds(&two(&[CREATE]), &two(&both)),
        fields(" of b")
    );
    assert_eq!(differing_worlds(&two(&both[1..]), &two(&both)), fields(""));
}

#[test]
fn what_the_rival_has_seen_and_done_is_told_apart_from_what_the_first_replica_has() {
    let rivalled = |actions: &[&str]| {
        let setup = Setup {
            grain: Grain::Passes,
            ..Setup::new(&Safeguards::reference(), 1)
        };
        of(&setup, Some(Hop::Ccm), actions)
    };
    let neither = rivalled(&[CREATE]);
    let seen = rivalled(&[CREATE, "deliver ccm service by rival"]);
    // It has no fault left to write with, so that its call waits.
    let fields = ["rival upstream seen", "rival upstream events", "rival call"];
    assert_eq!(differing_worlds(&neither, &seen), fields);
    let polled = rivalled(&[CREATE, "ccm poll by rival"]);
    assert_eq!(differing_worlds(&neither, &polled), ["rival polled"]);
}

/// Nobody outside the model can change a state, so that it is its text that is compared.
fn without_what_the_view_leaves_out(state: &State) -> String {
    let text = state.lanes().fold(format!("{state:?}"), |text, lane| {
        text.replace(&format!("{:?}", lane.user), "")
    });
    let text = text.replace(&format!("faults: {}", state.faults), "");
    let text = text.replace("again: true", "again: false");
    text.replace("is_known: false", "is_known: true")
}

#[test]
fn states_with_the_same_view_differ_in_nothing_but_what_it_leaves_out() {
    for name in [
        "edit",
        "exhausted",
        "once-crashed",
        "two-services",
        "two-vmop",
    ] {
        let chain = Chain {
            scenario: scenario(name).unwrap(),
            safeguards: Safeguards::reference(),
        };
        let graph = explore_packed(
            &chain,
            &Bounds {
                states: Some(30_000),
                ..Bounds::default()
            },
        );
        let mut known: HashMap<String, String> = HashMap::new();
        for id in graph.ids() {
            let state = graph.state(id);
            let view = format!("{:?}", View::of_model(&state));
            let state = without_what_the_view_leaves_out(&state);
            let first = known.entry(view).or_insert_with(|| state.clone());
            assert_eq!(*first, state, "one view, two states");
        }
    }
}
