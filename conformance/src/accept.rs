//! Lane 5, accept: is a recorded run a behaviour of the model? (`docs/recordings.md`)
//!
//! A depth-first search looks for the actions of the model that explain the recording line by
//! line. What nobody can record – NSX-T's own steps, the ticks of vmop and ncp – is put in between
//! where it is needed.

mod asks;
mod calls;
mod guard;
mod hops;
mod node;
mod nsx;
mod search;
mod servers;
mod users;

use crate::difference::Difference;
use crate::recording::Recording;
use hopwise_protocol::{Beginning, Budget, Clusters, Fault, Faults, Grain, Scenario, Topology};
use hopwise_vocab::{Action, Object};
use serde::Serialize;

/// The most states that a search looks at, unless somebody says otherwise.
pub const MOST: usize = 1_000_000;

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is a behaviour of the model.
    Accepted(Accepted),
    /// It is none.
    Refused(Box<Refusal>),
    /// A bound was hit before either was shown.
    Undecided(Undecided),
}

/// How a recording was explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The recording's name.
    pub name: String,
    /// How many lines it has.
    pub lines: usize,
    /// The actions of the model, in order.
    pub steps: Vec<Action>,
    /// How many states were looked at.
    pub looked: usize,
}

/// The first line that no behaviour of the model explains after those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The recording's name.
    pub name: String,
    /// How many lines were explained: the longest prefix, over all ways to explain them.
    pub accepted: usize,
    /// The number of the refused line in the file, the header being 1.
    pub line: usize,
    /// Its text.
    pub event: String,
    /// The model's action that comes closest to it; none if it has no word for it.
    pub action: Option<Action>,
    /// What is false of that action.
    pub clause: String,
    /// What the model and the recording say differently.
    pub differences: Vec<Difference>,
    /// What the model can do there.
    pub enabled: Vec<Action>,
    /// The last actions before it.
    pub before: Vec<Action>,
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undecided {
    /// The recording's name.
    pub name: String,
    /// The number of the line up to which the recording was explained, the header being 1.
    pub line: usize,
    /// Which bound was hit.
    pub why: String,
}

/// Looks for a behaviour of the model that explains a recording, at so many states at most.
///
/// # Guarantees
/// An accepted recording is a behaviour: its steps lead from the model's beginning through every
/// line. A refused one has no explanation at all, in the order that it claims.
pub fn accept(recording: &Recording, most: usize) -> Verdict {
    search::search(recording, most)
}

/// A budget that never ends: it is filled up again after every step.
pub(crate) const AMPLE: u8 = u8::MAX;

/// The user and the administrators, as often as a byte can say.
static USERS: [Budget; 1] = [Budget {
    creates: AMPLE,
    edits: AMPLE,
    deletes: AMPLE,
    retypes: AMPLE,
    strips: AMPLE,
    admin_deletes: AMPLE,
    annotates: AMPLE,
    clusters: 0,
}];

/// What can go wrong in a run without being asked for.
static FAULTS: [Fault; 6] = [
    Fault::Lose,
    Fault::LoseReply,
    Fault::Delay,
    Fault::Crash,
    Fault::Relist,
    Fault::Fail,
];

/// The scenario of a recording: bounds that are not in its way.
fn scenario(recording: &Recording) -> Scenario {
    Scenario {
        name: "recorded",
        sentence: "Whatever a recording tells.",
        begins: Beginning::Empty,
        users: &USERS,
        behind: &[Object::VmService, Object::SupervisorService],
        clusters: Clusters::One,
        topology: Topology::Hops,
        addresses: recording.header.addresses,
        grain: Grain::Fine,
        rival: None,
        faults: Faults {
            budget: AMPLE,
            kinds: &FAULTS,
            hop: None,
        },
        edits: recording.header.edits.into(),
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Accepted(it) => write!(
                f,
                "{}: accepted: {} lines are {} steps of the model",
                it.name,
                it.lines,
                it.steps.len()
            ),
            Verdict::Refused(refusal) => refusal.fmt(f),
            Verdict::Undecided(it) => {
                write!(f, "{}: not decided: line {}: {}", it.name, it.line, it.why)
            }
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: refused at line {}", self.name, self.line)?;
        writeln!(f, "  {}", self.event)?;
        writeln!(
            f,
            "  {} lines before it are a behaviour of the model",
            self.accepted
        )?;
        match self.action {
            Some(action) => writeln!(f, "  closest action: {action}: {}", self.clause)?,
            None => writeln!(f, "  no action: {}", self.clause)?,
        }
        for difference in &self.differences {
            writeln!(f, "  {}", difference.to_string().replace('\n', "\n  "))?;
        }
        let list = |actions: &[Action]| {
            let texts: Vec<_> = actions.iter().map(ToString::to_string).collect();
            texts.join(" · ")
        };
        writeln!(f, "  before it: {}", list(&self.before))?;
        write!(f, "  the model can: {}", list(&self.enabled))
    }
}
