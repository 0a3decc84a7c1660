//! What an administrator deletes in NSX-T is found by a tick alone: NSX-T tells nobody.

use hopwise_protocol::{Chain, State, scenario};
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Safeguards, Slot, UserStep};
use stateright::Model;

/// Every state after the deletion, without the user, where these deeds are left out.
fn reachable(without: &[Deed]) -> Vec<State> {
    let chain = Chain {
        scenario: scenario("nsx-admin").expect("it is a scenario"),
        safeguards: Safeguards::reference(),
    };
    let deleted = Action::from(Deed::Admin(AdminStep::DeleteLoadBalancer));
    let begins = chain.init_states().remove(0);
    let mut states = vec![chain.next_state(&begins, deleted).expect("there is one")];
    let mut next = 0;
    while let Some(state) = states.get(next).cloned() {
        next += 1;
        let mut actions = Vec::new();
        chain.actions(&state, &mut actions);
        actions.retain(|action| !without.contains(&action.deed));
        for action in actions {
            if let Some(after) = chain.next_state(&state, action)
                && !states.contains(&after)
            {
                states.push(after);
            }
        }
    }
    states
}

fn is_served(state: &State) -> bool {
    let places = &state.lane(Slot::A).places;
    places
        .iter()
        .any(|place| place.load_balancer.is_some_and(|it| it.is_realized()))
}

#[test]
fn only_a_tick_of_ncp_finds_what_was_deleted_in_nsx() {
    let user = Deed::User(UserStep::Delete);
    assert!(reachable(&[user]).iter().any(is_served));
    assert!(
        !reachable(&[user, Deed::Tick(Hop::Ncp)])
            .iter()
            .any(is_served)
    );
}
