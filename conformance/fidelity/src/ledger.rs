//! The run: sequences that chance chooses, on both servers, and the smallest of each that differs.

use crate::clause::clauses_of;
use crate::compare::{Compared, answers, compare, compare_answers, embedded_answers};
use crate::corpus::Recorded;
use crate::difference::Difference;
use crate::embedded::Embedded;
use crate::generate::{runner, sequences};
use crate::play::Stage;
use crate::server::Server;
use crate::step::Step;
use futures::future::join_all;
use proptest::strategy::{Strategy, ValueTree};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// How many sequences are played at the same time.
const LANES: u16 = 8;
/// How many sequences that differ are shrunk.
const SHRUNK: usize = 5;
/// How often a sequence is tried smaller.
const TRIES: usize = 200;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// How many sequences.
    pub sequences: u64,
    /// What chooses them.
    pub seed: u64,
    /// What no other run on the same server is called: the beginning of the namespaces.
    pub name: &'a str,
    /// Whether what was said is kept, for a corpus.
    pub keep: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// How many steps were compared.
    pub steps: usize,
    /// How often each row of the allow-list explained something.
    pub allowed: BTreeMap<&'static str, usize>,
    /// In how many sequences each clause happened.
    pub clauses: BTreeMap<&'static str, usize>,
    /// How many sequences differ.
    pub differing: usize,
    /// The first of them, shrunk.
    pub found: Vec<Found>,
    /// What was said, if it was to be kept.
    pub recorded: Vec<Recorded>,
}

/// A sequence that differs.
#[derive(Debug)]
pub struct Found {
    /// Which of the run's sequences it was.
    pub number: u64,
    /// A small one that differs in the same place, or itself if it did so only once.
    pub steps: Vec<Step>,
    /// Where.
    pub differences: Vec<Difference>,
}

/// Plays all sequences.
///
/// # Panics
/// Never: the strategy rejects nothing.
pub async fn run<S: Server>(plan: Plan<'_>, real: &S) -> Ledger {
    let embedded = Embedded::new();
    let next = Cell::new(0);
    let ledger = RefCell::new(Ledger::default());
    let different = RefCell::new(Vec::new());
    let strategy = sequences();
    join_all((0..LANES).map(|lane| {
        let (next, ledger, different) = (&next, &ledger, &different);
        let (strategy, embedded) = (&strategy, &embedded);
        async move {
            while next.get() < plan.sequences {
                let number = next.replace(next.get() + 1);
                let tree = strategy.new_tree(&mut runner(plan.seed, number));
                let steps = tree.expect("nothing is rejected").current();
                let stage = Stage {
                    namespace: format!("{}-{number}", plan.name),
                    lane,
                };
                let said = answers(real, &stage, &steps).await;
                let ours = embedded_answers(&embedded.copy(), &steps);
                let compared = compare_answers(&steps, &ours, &said);
                let recorded = Recorded {
                    steps,
                    answers: said,
                };
                if !compared.open.is_empty() {
                    different.borrow_mut().push(Found {
                        number,
                        steps: recorded.steps.clone(),
                        differences: compared.open.clone(),
                    });
                }
                ledger.borrow_mut().add(&compared, recorded, plan.keep);
            }
        }
    }))
    .await;
    let mut ledger = ledger.into_inner();
    let different = different.into_inner();
    ledger.differing = different.len();
    for once in different.into_iter().take(SHRUNK) {
        // What differs only once is shown as it was.
        let again = shrunk(plan, once.number, &embedded, real).await;
        ledger.found.push(again.unwrap_or(once));
    }
    ledger
}

impl Ledger {
    fn add(&mut self, compared: &Compared, recorded: Recorded, keep: bool) {
        self.steps += compared.steps;
        for row in &compared.allowed {
            *self.allowed.entry(row).or_default() += 1;
        }
        for clause in clauses_of(&recorded) {
            *self.clauses.entry(clause).or_default() += 1;
        }
        if keep && compared.open.is_empty() {
            self.recorded.push(recorded);
        }
    }
}

/// The smallest sequence that proptest finds which differs in the same path.
async fn shrunk<S: Server>(
    plan: Plan<'_>,
    number: u64,
    embedded: &Embedded,
    real: &S,
) -> Option<Found> {
    let tree = sequences().new_tree(&mut runner(plan.seed, number));
    let mut tree = tree.expect("nothing is rejected");
    let mut tries = 0;
    let mut found: Option<Found> = None;
    loop {
        let steps = tree.current();
        let stage = Stage {
            namespace: format!("{}-{number}-{tries}", plan.name),
            lane: LANES,
        };
        let open = compare(embedded, real, &stage, &steps).await.open;
        let place = |open: &[Difference]| open.first().map(|it| it.path.clone());
        let is_same = match &found {
            Some(found) => place(&found.differences) == place(&open),
            None => true,
        };
        let differs = is_same && !open.is_empty();
        if differs {
            found = Some(Found {
                number,
                steps,
                differences: open,
            });
        }
        tries += 1;
        let goes_on = match differs {
            true => tree.simplify(),
            false => tree.complicate(),
        };
        if !goes_on || tries == TRIES {
            return found;
        }
    }
}
