//! A free run: the complete controllers in a world where anything may happen next that can. The
//! model is not asked; what there is to choose from is what waits in the world.

mod choice;
mod choices;
mod steps;

use crate::driver;
use crate::foreign::ControlPlanes;
use crate::gate::Seed;
use crate::recording::{Header, Order, Ports, Recorder, Recording, VERSION};
use crate::world::{Setup, World};
use choice::Choice;
use choices::{Choices, Step};
use hopwise_vocab::{Hop, Safeguards};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a free run follows from. The same chaos gives the same bytes.
#[derive(Clone, Debug)]
pub struct Chaos {
    /// What chooses every step.
    pub seed: u64,
    /// About how many lines are to be recorded; the run ends with the step that reaches them.
    pub events: usize,
    /// The size of the pool.
    pub addresses: u8,
    /// What the user's edits do to the ports.
    pub edits: Ports,
    /// The rules that the controllers follow.
    pub safeguards: Safeguards,
    /// The rules that the recording says they follow.
    pub claimed: Safeguards,
    /// A mistake made by the controllers on their way to the gate.
    pub mistake: Option<Seed>,
}

impl Chaos {
    /// A run of the reference, whose bounds follow from its seed too.
    pub fn new(seed: u64, events: usize) -> Self {
        Chaos {
            seed,
            events,
            addresses: ADDRESSES[usize::try_from(seed % 5).unwrap_or(0)],
            edits: if seed.is_multiple_of(2) {
                Ports::Replaced
            } else {
                Ports::Several
            },
            safeguards: Safeguards::reference(),
            claimed: Safeguards::reference(),
            mistake: None,
        }
    }

    /// The world that it happens in.
    pub(crate) fn setup(&self) -> Setup {
        Setup {
            edits: self.edits.into(),
            mistake: self.mistake,
            ..Setup::new(&self.safeguards, self.addresses)
        }
    }
}

/// The size of the pool, by the seed: often one address, sometimes none or two.
const ADDRESSES: [u8; 5] = [1, 2, 1, 0, 1];

/// How often one run may do what ends in one more incarnation on the Supervisor: the model tells
/// four of them apart.
const MORE_INCARNATIONS: u8 = 3;

/// How many user's edits a run may have: the model counts them in a byte.
const EDITS: u8 = 250;

/// Lets a run happen, and records it.
///
/// # Errors
/// When a controller ends, asks what nobody knows, or does not come to rest.
pub fn run(chaos: &Chaos) -> Result<Recording, driver::Error> {
    run_in(chaos.setup(), chaos).map(|ran| ran.recording)
}

/// The same, up to where it is stopped if it is.
///
/// # Errors
/// As [`run`].
pub fn run_until(stop: &AtomicBool, chaos: &Chaos) -> Result<Recording, driver::Error> {
    let mut next = drawn(chaos.seed);
    let unless_stopped = |run: &Run| match stop.load(Ordering::Relaxed) {
        true => None,
        false => next(run),
    };
    run_by(chaos.setup(), chaos, unless_stopped).map(|ran| ran.recording)
}

/// Chooses every step by chance.
fn drawn(seed: u64) -> impl FnMut(&Run) -> Option<Step> {
    let mut choose = fastrand::Rng::with_seed(seed);
    move |run| Some(Choices::of(run).draw(&mut choose, run))
}

/// The same at API servers that others wrote. What went wrong on the way to them is theirs to tell.
///
/// # Errors
/// As [`run`].
pub fn run_at(planes: &Arc<ControlPlanes>, chaos: &Chaos) -> Result<Recording, driver::Error> {
    let setup = Setup {
        planes: Some(Arc::clone(planes)),
        ..chaos.setup()
    };
    run_in(setup, chaos).map(|ran| ran.recording)
}

/// A run that has happened.
pub(crate) struct Ran {
    /// What was recorded.
    pub recording: Recording,
    /// What was chosen.
    pub choices: Vec<Choice>,
}

/// The same in another world than the one that follows from the chaos.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_in(world: Setup, chaos: &Chaos) -> Result<Ran, driver::Error> {
    run_by(world, chaos, drawn(chaos.seed))
}

/// The same by choices that were made before: those that are not there any more are left out.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_along(
    world: Setup,
    chaos: &Chaos,
    choices: &[Choice],
) -> Result<Ran, driver::Error> {
    let mut choices = choices.iter();
    run_by(world, chaos, |run| {
        choices.find_map(|choice| choice.step(run))
    })
}

fn run_by(
    world: Setup,
    chaos: &Chaos,
    mut next: impl FnMut(&Run) -> Option<Step>,
) -> Result<Ran, driver::Error> {
    let recorder = Recorder::default();
    let setup = Setup {
        recorder: Some(recorder.clone()),
        ..world
    };
    let mut run = Run {
        world: World::start(&setup),
        backs_off: BTreeSet::new(),
        is_cut: false,
        incarnations: MORE_INCARNATIONS,
        edits: EDITS,
    };
    run.world.stutter()?;
    let mut choices = Vec::new();
    while recorder.len() < chaos.events
        && let Some(step) = next(&run)
    {
        choices.extend(Choice::of(step, &run));
        run.take(step)?;
    }
    let recording = Recording {
        header: Header {
            hopwise: VERSION.into(),
            name: format!("chaos-{}", chaos.seed),
            order: Order::Total,
            addresses: chaos.addresses,
            edits: chaos.edits,
            off: chaos.claimed.clone(),
        },
        lines: recorder.lines(),
    };
    Ok(Ran { recording, choices })
}

/// A run under way.
struct Run {
    world: World,
    /// The hops whose call failed, and which have not tried again.
    backs_off: BTreeSet<Hop>,
    /// Whether ccm cannot reach the Supervisor.
    is_cut: bool,
    incarnations: u8,
    edits: u8,
}
