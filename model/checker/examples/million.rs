//! Explores a million states and judges them, to see how long that takes.

use std::time::{Duration, Instant};

use hopwise_checker::{
    Bounds, Packed, WeaklyFair, always_eventually, explore_packed, invariant, leads_to,
};
use stateright::Model;

/// Six workers, each somewhere in a round of ten steps.
struct Workers;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rounds([u8; 6]);

impl Packed for Rounds {
    fn pack(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.0);
    }

    fn unpack(from: &[u8]) -> Self {
        Rounds(from.try_into().expect("six workers have six places"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Advance(usize);

impl Model for Workers {
    type State = Rounds;
    type Action = Advance;

    fn init_states(&self) -> Vec<Rounds> {
        vec![Rounds([0; 6])]
    }

    fn actions(&self, _: &Rounds, actions: &mut Vec<Advance>) {
        actions.extend((0..6).map(Advance));
    }

    fn next_state(&self, before: &Rounds, Advance(worker): Advance) -> Option<Rounds> {
        let mut after = before.clone();
        after.0[worker] = (after.0[worker] + 1) % 10;
        Some(after)
    }
}

/// Runs something and says how long it took.
#[expect(
    clippy::disallowed_methods,
    reason = "the example is about the time it takes"
)]
fn timed<T>(what: &str, run: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let result = run();
    let taken = begin.elapsed();
    println!("{what}: {:.3} s", taken.as_secs_f64());
    (result, taken)
}

fn main() {
    let (graph, taken) = timed("explore", || explore_packed(&Workers, &Bounds::default()));
    let rate = |count: usize| count as f64 / taken.as_secs_f64() / 1e6;
    println!("  {}", graph.statistics());
    println!(
        "  {:.2} M states/s, {:.2} M steps/s",
        rate(graph.len()),
        rate(graph.edges())
    );

    let fairness = WeaklyFair {
        classes: 6,
        class: |step: &Advance| Some(step.0),
    };
    let (small, _) = timed("invariant", || {
        invariant(&graph, |s| s.0.iter().all(|at| *at < 10))
    });
    let (round, _) = timed("leads to, holds", || {
        leads_to(&graph, &fairness, |s| s.0[0] == 1, |s| s.0[0] == 0)
    });
    let (meet, _) = timed("always eventually, breaks", || {
        always_eventually(&graph, &fairness, |s| s.0[0] == s.0[1] && s.0[0] == 5)
    });
    assert!(small.holds() && round.holds());
    println!(
        "  the cycle has {:?} steps",
        meet.counterexample().map(|lasso| lasso.cycle.len())
    );
}
