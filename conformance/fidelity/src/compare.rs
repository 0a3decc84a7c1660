//! One sequence on both servers.

use crate::allowed::explanation;
use crate::difference::{Difference, differences};
use crate::embedded::Embedded;
use crate::normal::normal;
use crate::play::{Stage, play};
use crate::server::{Said, Server};
use crate::step::{Ask, Step};
use futures::executor::block_on;
use std::collections::BTreeSet;

/// What a server says to a sequence, in the normal form.
pub async fn answers<S: Server>(server: &S, stage: &Stage, steps: &[Step]) -> Vec<Said> {
    normal(&play(server, stage, steps).await, stage)
}

/// The same of the embedded server, at once.
pub fn embedded_answers<S: Server>(server: &S, steps: &[Step]) -> Vec<Said> {
    let stage = Stage {
        namespace: "ledger-embedded".into(),
        lane: 0,
    };
    block_on(answers(server, &stage, steps))
}

/// What comparing the answers to one sequence came to.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The differences of the first step at which there are some that nothing explains.
    pub open: Vec<Difference>,
    /// The rows of the allow-list that explained something.
    pub allowed: BTreeSet<&'static str>,
    /// How many steps were compared.
    pub steps: usize,
}

/// Compares answers up to the first step at which something is left to explain.
pub fn compare_answers(steps: &[Step], embedded: &[Said], real: &[Said]) -> Compared {
    let mut compared = Compared::default();
    // A watch hears of what comes after it, too.
    let parted = (0..steps.len()).any(|at| {
        let found = differences(at, &embedded[at], &real[at]);
        let rows = found.iter().filter_map(|it| explanation(&steps[at], it));
        rows.into_iter().any(|row| row.parts)
    });
    for (at, step) in steps.iter().enumerate() {
        if parted && step.ask == Ask::Watch {
            continue;
        }
        compared.steps = at + 1;
        let mut parts = false;
        for difference in differences(at, &embedded[at], &real[at]) {
            match explanation(step, &difference) {
                Some(row) => {
                    compared.allowed.insert(row.id);
                    parts |= row.parts;
                }
                None => compared.open.push(difference),
            }
        }
        if parts || !compared.open.is_empty() {
            break;
        }
    }
    compared
}

/// Plays a sequence on a copy of the embedded server and on the other one.
pub async fn compare<S: Server>(
    embedded: &Embedded,
    real: &S,
    stage: &Stage,
    steps: &[Step],
) -> Compared {
    let ours = embedded_answers(&embedded.copy(), steps);
    let theirs = answers(real, stage, steps).await;
    compare_answers(steps, &ours, &theirs)
}
