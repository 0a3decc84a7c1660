//! A second replica is really there: it begins idle, and writes.

use hopwise_checker::{Bounds, explore_packed};
use hopwise_protocol::{Chain, SCENARIOS, Scenario, every_scenario};
use hopwise_vocab::{Hop, Replica, Safeguards, Slot};
use stateright::Model;

fn reference(scenario: Scenario) -> Chain {
    Chain {
        scenario,
        safeguards: Safeguards::reference(),
    }
}

#[test]
fn every_scenario_begins_with_its_whole_budget_and_with_idle_passes() {
    for scenario in every_scenario().copied() {
        for state in reference(scenario).init_states() {
            assert_eq!(state.faults, scenario.faults.budget, "{}", scenario.name);
            let lane = state.lane(Slot::A);
            let hops = Hop::ALL.iter();
            let replicas = |hop| Replica::ALL.iter().map(move |it| (hop, *it));
            for (hop, replica) in hops.flat_map(|&hop| replicas(hop)) {
                let pass = lane.pass(hop, replica);
                assert!(
                    pass.is_none_or(|pass| pass.call.is_none()),
                    "{}",
                    scenario.name
                );
            }
        }
    }
}

#[test]
fn the_rival_of_every_hop_writes() {
    for scenario in SCENARIOS.iter().filter(|it| it.rival.is_some()) {
        let chain = reference(*scenario);
        let bounds = Bounds {
            states: Some(20_000),
            ..Bounds::default()
        };
        let graph = explore_packed(&chain, &bounds);
        let writes = graph.ids().any(|id| {
            let state = graph.state(id);
            chain.next_steps(&state).into_iter().any(|(action, after)| {
                action.at.replica == Replica::Rival && after.faults < state.faults
            })
        });
        assert!(writes, "{}", scenario.name);
    }
}
