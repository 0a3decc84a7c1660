//! A survey says of many predicates what the single judgements say of each.

use hopwise_checker::{
    Bounds, Graph, Packed, WeaklyFair, always_eventually, eventually_always, explore,
    explore_packed, invariant, invariants, leads_to, reachable, survey,
};
use proptest::prelude::*;

use crate::same_graph::{Counters, Grid, with_threads};
use crate::small::{Edge, Small, marked_strong};

/// The predicate that is true of the states whose bits are set.
fn is_in(set: u32) -> impl Fn(&u8) -> bool + Sync {
    move |state| set >> (state % 32) & 1 == 1
}

/// Compares everything that a survey judges with what is judged one by one.
fn compare(graph: &Graph<'_, Small>, sets: &[u32], strong: u32) -> Result<(), TestCaseError> {
    let fairness = marked_strong(3, strong);
    let survey = survey(graph, sets.iter().map(|&set| is_in(set)).collect());
    let good: Vec<_> = sets.iter().map(|&set| is_in(set)).collect();
    let alone: Vec<_> = good.iter().map(|good| invariant(graph, good)).collect();
    prop_assert_eq!(invariants(graph, &good), alone);
    for (p, &of_p) in sets.iter().enumerate() {
        let one = invariant(graph, is_in(of_p));
        prop_assert_eq!(survey.invariant(p), one);
        let count = reachable(graph, is_in(of_p)).premise_states;
        prop_assert_eq!(survey.count(p), count);
        let one = eventually_always(graph, &fairness, is_in(of_p));
        prop_assert_eq!(survey.eventually_always(&fairness, p), one);
        for (q, &of_q) in sets.iter().enumerate() {
            let one = leads_to(graph, &fairness, is_in(of_p), is_in(of_q));
            prop_assert_eq!(survey.leads_to(&fairness, p, q), one);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_survey_of_a_random_graph_judges_as_each_judgement_does(
        edges in prop::collection::vec((0..9_u8, 0..9_u8, prop::option::of(0..3_usize)), 0..24),
        initial in prop::collection::vec(0..9_u8, 1..3),
        boundary in prop_oneof![Just(u8::MAX), 4..9_u8],
        most in prop_oneof![Just(None), (1..9_usize).prop_map(Some)],
        sets in prop::collection::vec(0..1_u32 << 9, 1..4),
        strong in 0..8_u32,
    ) {
        let edge = |(from, to, class)| Edge { from, to, class };
        let edges = edges.into_iter().map(edge).collect();
        let model = Small { initial, edges, boundary };
        let bounds = Bounds { states: most, ..Bounds::default() };
        compare(&explore(&model, &bounds), &sets, strong)?;
    }
}

#[test]
fn every_number_of_threads_surveys_a_wide_graph_alike_packed_or_not() {
    let model = Counters(9);
    let sums = |grid: &Grid| grid.0.iter().map(|&at| u32::from(at)).sum::<u32>();
    let below = |most: u32| move |grid: &Grid| sums(grid) < most;
    let good: Vec<_> = [30, 29, 5, 0].map(below).into();
    let first = explore(&model, &Bounds::default());
    assert!(first.len() > 4096, "it takes several pieces");
    let alone: Vec<_> = good.iter().map(|good| invariant(&first, good)).collect();
    assert!(alone.iter().any(|one| one.counterexample().is_some()));
    for threads in [1, 2, 5] {
        let plain = explore(&model, &with_threads(threads));
        let packed = explore_packed(&model, &with_threads(threads));
        for graph in [plain, packed] {
            assert_eq!(invariants(&graph, &good), alone);
            let survey = survey(&graph, good.clone());
            let counts: Vec<_> = (0..good.len()).map(|one| survey.count(one)).collect();
            let count = |good: &_| reachable(&first, good).premise_states;
            assert_eq!(counts, good.iter().map(count).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_is_true_again_and_again_is_what_everything_leads_to() {
    let model = Counters(4);
    let graph = explore_packed(&model, &Bounds::default());
    let fairness = WeaklyFair {
        classes: 1,
        class: |&(first, _): &(usize, usize)| (first == 0).then_some(0),
    };
    let anything: fn(&Grid) -> bool = |_| true;
    let survey = survey(&graph, vec![anything, |grid: &Grid| grid.0[0] == 0]);
    let one = always_eventually(&graph, &fairness, |grid| grid.0[0] == 0);
    assert_eq!(survey.leads_to(&fairness, 0, 1), one);
}

#[test]
fn a_survey_of_no_predicates_judges_nothing() {
    let model = Small::new(&[]);
    let none: &[fn(&u8) -> bool] = &[];
    assert!(invariants(&model.graph(), none).is_empty());
}

#[test]
fn a_survey_unpacks_each_state_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static UNPACKED: AtomicUsize = AtomicUsize::new(0);

    /// A number that counts how often it comes back from its bytes.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Counted(u8);

    impl Packed for Counted {
        fn pack(&self, into: &mut Vec<u8>) {
            into.push(self.0);
        }
        fn unpack(from: &[u8]) -> Self {
            UNPACKED.fetch_add(1, Ordering::Relaxed);
            Counted(from[0])
        }
    }

    /// Counts to a hundred.
    struct Hundred;

    impl stateright::Model for Hundred {
        type State = Counted;
        type Action = ();
        fn init_states(&self) -> Vec<Counted> {
            vec![Counted(0)]
        }
        fn actions(&self, _: &Counted, actions: &mut Vec<()>) {
            actions.push(());
        }
        fn next_state(&self, before: &Counted, (): ()) -> Option<Counted> {
            (before.0 < 99).then(|| Counted(before.0 + 1))
        }
    }

    let graph = explore_packed(&Hundred, &Bounds::default());
    let before = UNPACKED.load(Ordering::Relaxed);
    let below = |most: u8| move |state: &Counted| state.0 < most;
    let survey = survey(&graph, vec![below(100), below(101), below(200)]);
    assert!((0..3).all(|one| survey.invariant(one).holds()));
    assert_eq!(survey.count(0), 100);
    assert_eq!(UNPACKED.load(Ordering::Relaxed) - before, 100);
}
