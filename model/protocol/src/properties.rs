//! What the protocol promises (`docs/protocol.md` §10).
//!
//! Every property has the clauses whose conjunction it is, so that a report can say which one is
//! false, and a premise, so that a check can say whether it was ever put to the test.

use crate::model::Chain;
use crate::object::{Ports, Uid};
use crate::scenarios::Scenario;
use crate::state::State;
use hopwise_vocab::{Safeguard, Slot};

mod agreement;
mod invariants;
mod leads_to;
mod words;

pub use invariants::INVARIANTS;
pub use leads_to::LEADS_TO;

/// A part of a property: what it says, and whether it is true of a state.
pub struct Clause<T: ?Sized> {
    /// Completes "it is false that ...".
    pub says: &'static str,
    /// Whether it is true.
    pub is_true: fn(&Chain, &T, &State) -> bool,
}

/// Safeguards without which a property breaks, and where that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The safeguard, or a pair of which each alone breaks nothing here.
    pub off: &'static [Safeguard],
    /// The smallest scenario in which the property then breaks.
    pub scenario: &'static str,
    /// How deep a search finds that, where a complete one would find too many states.
    pub depth: Option<usize>,
}

/// Where a property is not promised, and why.
#[derive(Clone, Copy, Debug)]
pub struct Exemption {
    /// Whether a scenario is such a place.
    pub applies: fn(&Scenario) -> bool,
    /// Completes "it is not promised, since ...".
    pub since: &'static str,
}

/// A property that every reachable state has.
pub struct Invariant {
    /// Its name.
    pub id: &'static str,
    /// What it says, to be read aloud.
    pub sentence: &'static str,
    /// The same, exactly.
    pub formula: &'static str,
    /// What must be off for it to break.
    pub controls: &'static [Control],
    /// Where it is not promised.
    pub exempt: &'static [Exemption],
    /// Whether a state puts it to the test.
    pub premise: fn(&Chain, &State) -> bool,
    /// Its parts.
    pub clauses: &'static [Clause<()>],
    /// The same in the form that stateright asks for.
    pub(crate) for_stateright: fn(&Chain, &State) -> bool,
}

/// A property of every fair behaviour: whenever the premise is true, the goal is, then or later.
/// It is a family: one instance per incarnation and, where they matter, ports.
pub struct LeadsTo {
    /// Its name.
    pub id: &'static str,
    /// What it says, to be read aloud.
    pub sentence: &'static str,
    /// The same, exactly.
    pub formula: &'static str,
    /// What must be off for it to break.
    pub controls: &'static [Control],
    /// Where it is not promised.
    pub exempt: &'static [Exemption],
    /// Whether the goal is reached once, or for good.
    pub form: Form,
    /// Its instances within bounds.
    pub instances: fn(&Scenario) -> Vec<Instance>,
    /// When it begins to wait.
    pub premise: fn(&Chain, &Instance, &State) -> bool,
    /// What ends the wait without the goal.
    pub excuse: fn(&Chain, &Instance, &State) -> bool,
    /// The parts of the goal.
    pub clauses: &'static [Clause<Instance>],
}

/// What a property says of its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Whenever the premise is true, the goal is, then or later.
    LeadsTo,
    /// From some time on the goal is true for good. Its premise is true of every state.
    Stays,
}

/// What an instance of a family is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Which of the users' Services.
    pub slot: Slot,
    /// Its incarnation; of a family that does not tell them apart it is the first.
    pub service: Uid,
    /// The ports, for a family that tells them apart; of another they are the first ones.
    pub ports: Ports,
}

impl Invariant {
    /// Whether a state has the property.
    pub fn holds(&self, chain: &Chain, state: &State) -> bool {
        self.clause(chain, state).is_none()
    }

    /// The first clause that is false in this state.
    pub fn clause(&self, chain: &Chain, state: &State) -> Option<&'static str> {
        let mut clauses = self.clauses.iter();
        clauses
            .find(|clause| !(clause.is_true)(chain, &(), state))
            .map(|clause| clause.says)
    }

    /// Why it is not promised in a scenario, if it is not.
    pub fn exemption(&self, scenario: &Scenario) -> Option<&'static str> {
        exemption(self.exempt, scenario)
    }
}

impl LeadsTo {
    /// Whether the wait of an instance is over: the goal is reached or excused.
    pub fn is_done(&self, chain: &Chain, instance: &Instance, state: &State) -> bool {
        (self.excuse)(chain, instance, state) || self.clause(chain, instance, state).is_none()
    }

    /// The first clause of the goal that is false in this state.
    pub fn clause(
        &self,
        chain: &Chain,
        instance: &Instance,
        state: &State,
    ) -> Option<&'static str> {
        let mut clauses = self.clauses.iter();
        clauses
            .find(|clause| !(clause.is_true)(chain, instance, state))
            .map(|clause| clause.says)
    }

    /// Why it is not promised in a scenario, if it is not.
    pub fn exemption(&self, scenario: &Scenario) -> Option<&'static str> {
        exemption(self.exempt, scenario)
    }
}

fn exemption(exempt: &[Exemption], scenario: &Scenario) -> Option<&'static str> {
    let mut exempt = exempt.iter();
    exempt
        .find(|exemption| (exemption.applies)(scenario))
        .map(|exemption| exemption.since)
}
