//! A state and its bytes say the same, so that a search may keep the bytes alone.

use hopwise_checker::{Bounds, assert_packs, explore};
use hopwise_protocol::{Chain, State, scenario};
use hopwise_vocab::Safeguards;

/// Scenarios that between them have what a state can have: calls and polls under way, a restart, a
/// cut, a failed realization, a rival, a second Service and a third, a late write, a laggard, told
/// exhaustion, another type, an annotation, a cluster that is gone, the single hop.
const SCENARIOS: [&str; 15] = [
    "full",
    "late-recreate",
    "type-flip",
    "out-of-band",
    "two-ncp",
    "two-vmop",
    "two-clusters",
    "direct",
    "cluster",
    "rewind-ncp",
    "three-services",
    "create",
    "crash",
    "once-cut",
    "once-failed",
];

#[test]
fn different_states_have_different_bytes_that_read_back() {
    for name in SCENARIOS {
        let chain = Chain {
            scenario: scenario(name).expect("the list names scenarios"),
            safeguards: Safeguards::as_built(),
        };
        let bounds = Bounds {
            states: Some(2_000),
            ..Bounds::default()
        };
        let graph = explore(&chain, &bounds);
        let states: Vec<State> = graph.ids().map(|id| graph.state(id)).collect();
        assert_packs(&states);
    }
}
