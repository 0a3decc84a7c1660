//! State counts agree with stateright's own search.

use hopwise_checker::{Bounds, explore, stateright_states};
use stateright::Model;

use crate::small::{Small, free};

/// A counter that wraps.
#[derive(Clone)]
pub struct Ring(pub u32);

impl Model for Ring {
    type State = u32;
    type Action = ();

    fn init_states(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, _: &u32, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, at: &u32, (): ()) -> Option<u32> {
        Some((at + 1) % self.0)
    }
}

/// Two jugs of water; an action that would change nothing is refused.
#[derive(Clone)]
struct Jugs;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pour {
    Fill(usize),
    Empty(usize),
    Over(usize),
}

impl Model for Jugs {
    type State = [u8; 2];
    type Action = Pour;

    fn init_states(&self) -> Vec<[u8; 2]> {
        vec![[0, 0]]
    }

    fn actions(&self, _: &[u8; 2], actions: &mut Vec<Pour>) {
        for jug in 0..2 {
            actions.extend([Pour::Fill(jug), Pour::Empty(jug), Pour::Over(jug)]);
        }
    }

    fn next_state(&self, before: &[u8; 2], action: Pour) -> Option<[u8; 2]> {
        const SIZE: [u8; 2] = [3, 5];
        let mut after = *before;
        match action {
            Pour::Fill(jug) => after[jug] = SIZE[jug],
            Pour::Empty(jug) => after[jug] = 0,
            Pour::Over(jug) => {
                let moved = before[jug].min(SIZE[1 - jug] - before[1 - jug]);
                after[jug] -= moved;
                after[1 - jug] += moved;
            }
        }
        (after != *before).then_some(after)
    }
}

fn states<M: hopwise_checker::Checkable>(model: &M) -> usize {
    explore(model, &Bounds::default()).len()
}

#[test]
fn a_ring_has_as_many_states_as_stateright_finds() {
    assert_eq!(states(&Ring(1000)), 1000);
    assert_eq!(stateright_states(Ring(1000)), 1000);
}

#[test]
fn two_jugs_have_as_many_states_as_stateright_finds() {
    assert_eq!(states(&Jugs), 16);
    assert_eq!(stateright_states(Jugs), 16);
}

#[test]
fn a_model_with_a_boundary_has_as_many_states_as_stateright_finds() {
    let edges: Vec<_> = (0..100)
        .flat_map(|at| [free(at, at + 1), free(at, at * 2)])
        .collect();
    let model = Small::new(&edges[..]).within(50);
    assert_eq!(states(&model), 51);
    assert_eq!(stateright_states(model), 51);
}

#[test]
fn an_action_that_is_always_refused_is_covered_by_no_step() {
    let model = crate::replays::Refusing;
    let graph = explore(&model, &Bounds::default());
    assert_eq!(graph.actions()[0].steps, 0);
    assert_eq!(graph.deadlocks().count(), 1);
}
