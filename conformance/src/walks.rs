//! Random walks through the model, each told by its seed.

use hopwise_protocol::{Chain, Class, State};
use hopwise_vocab::{Action, Claim, Header, Trace};
use stateright::Model;

/// A walk of at most so many steps from where the scenario begins. It ends early where the model
/// has no step left.
pub fn walk(chain: &Chain, seed: u64, steps: usize) -> Trace {
    walk_by(chain, seed, steps, |choose, enabled| {
        choose.usize(..enabled.len())
    })
}

/// The same, but users, administrators and faults come seldom, so that the chain gets far meanwhile.
pub fn patient_walk(chain: &Chain, seed: u64, steps: usize) -> Trace {
    walk_by(chain, seed, steps, |choose, enabled| {
        let patient: Vec<usize> = (0..enabled.len())
            .filter(|&index| Class::of(&enabled[index].0.deed).is_some())
            .collect();
        if patient.is_empty() || choose.u8(..SELDOM) == 0 {
            choose.usize(..enabled.len())
        } else {
            patient[choose.usize(..patient.len())]
        }
    })
}

/// One step in so many may be one that need not happen.
const SELDOM: u8 = 8;

fn walk_by(
    chain: &Chain,
    seed: u64,
    steps: usize,
    next: impl Fn(&mut fastrand::Rng, &[(Action, State)]) -> usize,
) -> Trace {
    let mut choose = fastrand::Rng::with_seed(seed);
    let mut state = chain.init_states().remove(0);
    let mut actions = Vec::new();
    while actions.len() < steps {
        let enabled = enabled(chain, &state);
        if enabled.is_empty() {
            break;
        }
        let (action, after) = enabled[next(&mut choose, &enabled)].clone();
        actions.push(action);
        state = after;
    }
    let name = format!("{}-{seed}", chain.scenario.name);
    let mut header = Header::new(name, chain.scenario.name, Claim::Walk);
    header.off = chain.safeguards.clone();
    Trace::new(header, actions)
}

/// The steps of a state that change it. A poll or a tick that changes nothing leads nowhere.
fn enabled(chain: &Chain, state: &State) -> Vec<(Action, State)> {
    let mut actions = Vec::new();
    chain.actions(state, &mut actions);
    let steps = actions.into_iter().filter_map(|action| {
        let after = chain.next_state(state, action)?;
        Some((action, after))
    });
    steps.filter(|(_, after)| after != state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_protocol::scenario;
    use hopwise_vocab::Safeguards;

    #[test]
    fn a_walk_follows_from_its_seed() {
        let chain = Chain {
            scenario: scenario("everyday").unwrap(),
            safeguards: Safeguards::reference(),
        };
        assert_eq!(walk(&chain, 3, 50), walk(&chain, 3, 50));
        assert_ne!(walk(&chain, 3, 50), walk(&chain, 4, 50));
    }
}
