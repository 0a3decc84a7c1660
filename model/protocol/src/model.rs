//! The chain as a model: which steps a state has, and where each leads.

use crate::nsx::Occupancy;
use crate::pass::Call;
use crate::properties;
use crate::scenarios::Scenario;
use crate::state::State;
use crate::{ccm, ncp, steps, user, vmop};
use hopwise_vocab::{Action, Hop, Object, Realizable, Safeguards, UserStep, Verb};
use stateright::{Model, Property};

/// The protocol of `docs/protocol.md` within bounds.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The bounds.
    pub scenario: Scenario,
    /// The rules that are on.
    pub safeguards: Safeguards,
}

/// Every action that does not depend on what a pass is doing, in the order of the protocol.
const STANDING: [Action; 14] = [
    Action::User(UserStep::Create),
    Action::User(UserStep::Edit),
    Action::User(UserStep::Delete),
    Action::Poll,
    Action::Tick,
    Action::Deliver(Hop::Ccm, Object::Service),
    Action::Deliver(Hop::Vmop, Object::VmService),
    Action::Deliver(Hop::Vmop, Object::SupervisorService),
    Action::Deliver(Hop::Ncp, Object::SupervisorService),
    Action::Serve(Hop::Ccm, Verb::List, Object::VmService),
    Action::Hear(Hop::Ccm, Verb::List, Object::VmService),
    Action::Realize(Realizable::Allocation),
    Action::Realize(Realizable::LoadBalancer),
    Action::Free,
];

impl Model for Chain {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State::new(&self.scenario);
        for action in self.prelude() {
            state = self
                .next_state(&state, action)
                .expect("a prelude is made of enabled actions");
        }
        vec![state]
    }

    /// The actions there can be; `next_state` takes those of them that are enabled.
    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(STANDING);
        actions.extend(Hop::ALL.iter().filter_map(|&hop| call_action(state, hop)));
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let on = &self.safeguards;
        match action {
            Action::User(step) => user::step(before, step),
            Action::Poll => ccm::poll(before, on),
            Action::Tick => ncp::tick(before, on),
            Action::Deliver(Hop::Ccm, Object::Service) => ccm::deliver_service(before, on),
            Action::Deliver(Hop::Vmop, Object::VmService) => vmop::deliver_vm_service(before, on),
            Action::Deliver(Hop::Vmop, Object::SupervisorService) => {
                vmop::deliver_supervisor_service(before, on)
            }
            Action::Deliver(Hop::Ncp, Object::SupervisorService) => {
                ncp::deliver_supervisor_service(before, on)
            }
            Action::Deliver(..) => None,
            Action::Serve(Hop::Ccm, Verb::List, Object::VmService) => ccm::serve_poll(before),
            Action::Hear(Hop::Ccm, Verb::List, Object::VmService) => ccm::hear_poll(before, on),
            Action::Serve(hop, ..) if call_action(before, hop) == Some(action) => {
                steps::serve(before, on, hop)
            }
            Action::Hear(hop, ..) if call_action(before, hop) == Some(action) => {
                steps::hear(before, on, hop)
            }
            Action::Serve(..) | Action::Hear(..) => None,
            Action::Realize(what) => self.realize(before, what),
            Action::Free => free(before),
        }
    }

    /// No behaviour of a scenario leaves the boundary while every safeguard is on.
    fn within_boundary(&self, state: &State) -> bool {
        state.has_room()
    }

    /// The invariants, so that stateright's own search and explorer judge them too.
    fn properties(&self) -> Vec<Property<Self>> {
        properties::INVARIANTS
            .iter()
            .map(|invariant| Property::always(invariant.id, invariant.for_stateright))
            .collect()
    }
}

impl Chain {
    /// `realize allocation`, `realize load-balancer`: something accepted waits for it.
    fn realize(&self, before: &State, what: Realizable) -> Option<State> {
        before.nsx.waits_for(what).then_some(())?;

        let mut after = before.clone();
        match what {
            Realizable::Allocation => after.nsx.realize_allocation(self.scenario.addresses),
            Realizable::LoadBalancer => after.nsx.realize_load_balancer(),
        }
        Some(after)
    }
}

/// `free address`: the quarantine of the lowest address in it ends.
fn free(before: &State) -> Option<State> {
    let quarantined = before.nsx.lowest_quarantined()?;

    let mut after = before.clone();
    *after.nsx.occupancy_mut(quarantined) = Occupancy::Free;
    Some(after)
}

/// The action that the call of a hop's pass waits for.
fn call_action(state: &State, hop: Hop) -> Option<Action> {
    let call: &Call = state.pass(hop).call.as_ref()?;
    let (verb, object) = call.name(hop);
    let action = if call.is_answered() {
        Action::Hear
    } else {
        Action::Serve
    };
    Some(action(hop, verb, object))
}
