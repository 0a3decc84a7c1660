//! `hopwise simulate`: a walk through the model that chance chooses.

use crate::cli::{Simulate, WalkFormat};
use crate::context::print_to_end;
use crate::exit::{Exit, Outcome};
use crate::selection::scenario_named;
use crate::telling::{Told, Walked, verdict};
use hopwise_protocol::{Chain, INVARIANTS};
use hopwise_vocab::{Action, Claim, Header, Trace};

/// Runs the command.
///
/// # Errors
/// Names a scenario or a safeguard that there is not.
pub fn simulate(flags: &Simulate) -> Outcome {
    let chain = Chain {
        scenario: scenario_named(&flags.scenario)?,
        safeguards: flags.switches.safeguards()?,
    };
    let name = format!("walk-{}-{}", chain.scenario.name, flags.seed);
    let mut header = Header::new(name, chain.scenario.name, Claim::Walk);
    header.off = chain.safeguards.clone();

    let mut walked = Walked::at_the_start(chain);
    let actions = walk(&mut walked, Chance(flags.seed), flags.steps);
    let broken = INVARIANTS.iter().find(|it| !it.holds(walked.last()));
    if let Some(broken) = broken {
        header.claim = Claim::Breaks(broken.id.into());
    }
    let trace = Trace::new(header, actions);
    let judged = verdict(&trace, &walked)?;
    let told = Told {
        trace: &trace,
        walked: &walked,
        verdict: &judged,
    };
    print_to_end(&match flags.format {
        WalkFormat::Ndjson => trace.to_text(),
        WalkFormat::Text => told.to_text(),
    })?;
    eprintln!("{}", ending(&trace, broken.is_some(), flags));
    Ok(match broken {
        Some(_) => Exit::Broken,
        None => Exit::Good,
    })
}

fn ending(trace: &Trace, is_broken: bool, flags: &Simulate) -> String {
    let steps = trace.steps.len();
    match (&trace.header.claim, steps as u64 == flags.steps) {
        (Claim::Breaks(id), _) if is_broken => format!("✗ {id} breaks in {steps} steps"),
        (_, true) => format!("nothing broke in {steps} steps, which proves nothing"),
        (_, false) => format!("after {steps} steps nothing is left to happen; nothing broke"),
    }
}

/// Takes enabled steps that chance chooses until a property is broken, nothing is enabled, or there
/// are enough.
fn walk(walked: &mut Walked, mut chance: Chance, steps: u64) -> Vec<Action> {
    let mut actions = Vec::new();
    for _ in 0..steps {
        let mut enabled = walked.enabled();
        if enabled.is_empty() || INVARIANTS.iter().any(|it| !it.holds(walked.last())) {
            break;
        }
        let (action, after) = enabled.swap_remove(chance.below(enabled.len()));
        actions.push(action);
        walked.states.push(after);
    }
    actions
}

/// SplitMix64: the same numbers for a seed in every version of the program.
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let chosen = (mixed ^ (mixed >> 31)) % count as u64;
        usize::try_from(chosen).expect("it is below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_vocab::Safeguards;

    fn walked(seed: u64) -> Vec<Action> {
        let chain = Chain {
            scenario: hopwise_protocol::scenario("everyday").unwrap(),
            safeguards: Safeguards::reference(),
        };
        walk(&mut Walked::at_the_start(chain), Chance(seed), 60)
    }

    #[test]
    fn the_same_seed_takes_the_same_steps() {
        assert_eq!(walked(7), walked(7));
        assert_ne!(walked(7), walked(8));
    }

    #[test]
    fn chance_is_what_its_authors_published() {
        let mut chance = Chance(1_234_567);
        // The first output for this seed is 6457827717110365317.
        assert_eq!(chance.below(1000), 317);
    }
}
