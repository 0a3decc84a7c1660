//! Lane 6, the mutants: mistakes seeded in the controllers, in the model and in the servers, each
//! with the lane that is to catch it (`docs/mutants.md`).
//!
//! A mutant changes behaviour at a seam and no code: what decides a pass, what crosses the gate, what
//! a server answers, or which step the model takes. A mutant that nothing catches shows a lane with a
//! hole.

mod spec;
mod ways;

mod run;

mod ccm;
mod ncp;
mod vmop;

mod calls;
mod model;
mod safeguards;
mod servers;

pub use run::try_all;
pub use spec::{Spec, Step};
pub use ways::Cue;

use crate::gate::Seed;
use crate::servers::Flaw;
use hopwise_core::{ccm as ccm_core, ncp as ncp_core, vmop as vmop_core};
use hopwise_vocab::{Hop, Safeguard, Trace};
use std::fmt;
use std::time::Duration;

/// A seeded mistake.
pub struct Mutant {
    /// Its name.
    pub id: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// The pattern or hazard that it stands for (`docs/hazards.md`).
    pub stands_for: &'static str,
    /// Where it is looked for.
    pub scenario: &'static str,
    /// What has to happen for it to show.
    pub cue: Cue,
    /// What it changes.
    pub patch: Patch,
    /// What is to catch it.
    pub killer: Killer,
}

/// What a mutant changes.
#[derive(Clone, Copy)]
pub enum Patch {
    /// What ccm decides.
    Ccm(ccm_core::Decide),
    /// What vmop decides.
    Vmop(vmop_core::Decide),
    /// What ncp decides.
    Ncp(ncp_core::Decide),
    /// What a hop's process sends and hears.
    Calls(Seed),
    /// A hop hears no tick.
    Deaf(Hop),
    /// The controllers do not have a safeguard.
    Without(Safeguard),
    /// What the servers answer.
    Servers(fn() -> Box<dyn Flaw>),
    /// Where a step of the model leads.
    Model(Step),
    /// The model does not have a safeguard, and the controllers do.
    Lax(Safeguard),
    /// The model's fairness asks nothing of anybody.
    Unfair,
}

/// The part of the project that a mutant is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A controller.
    Controller(Hop),
    /// All three controllers.
    Controllers,
    /// The embedded servers.
    Servers,
    /// The model.
    Model,
}

impl Patch {
    /// Where the mistake is.
    pub const fn part(self) -> Part {
        match self {
            Patch::Ccm(_) => Part::Controller(Hop::Ccm),
            Patch::Vmop(_) => Part::Controller(Hop::Vmop),
            Patch::Ncp(_) => Part::Controller(Hop::Ncp),
            Patch::Calls((hop, _)) | Patch::Deaf(hop) => Part::Controller(hop),
            Patch::Without(_) => Part::Controllers,
            Patch::Servers(_) => Part::Servers,
            Patch::Model(_) | Patch::Lax(_) | Patch::Unfair => Part::Model,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Controller(hop) => hop.fmt(f),
            Part::Controllers => f.pad("controllers"),
            Part::Servers => f.pad("servers"),
            Part::Model => f.pad("model"),
        }
    }
}

/// A way of checking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The pure decisions, asked at the states of the model.
    Decisions,
    /// The passes, searched together with the model.
    Product,
    /// The controllers, driven through traces.
    Replay,
    /// Recorded free runs, put to the model.
    Accept,
    /// The properties of the model.
    Property,
}

impl Lane {
    /// Every lane, cheapest first.
    pub const ALL: [Lane; 5] = [
        Lane::Decisions,
        Lane::Product,
        Lane::Replay,
        Lane::Accept,
        Lane::Property,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::Decisions => "decisions",
            Lane::Product => "product",
            Lane::Replay => "replay",
            Lane::Accept => "accept",
            Lane::Property => "property",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is to catch a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Killer {
    /// The lane.
    pub lane: Lane,
    /// The first field that differs, or the property that breaks.
    pub by: &'static str,
}

impl Mutant {
    /// A hop that decides wrongly, which the decisions are to catch by this field.
    const fn decided(
        id: &'static str,
        sentence: &'static str,
        stands_for: &'static str,
        scenario: &'static str,
        patch: Patch,
        by: &'static str,
    ) -> Mutant {
        Mutant {
            id,
            sentence,
            stands_for,
            scenario,
            cue: Cue::Any,
            patch,
            killer: Killer::decisions(by),
        }
    }
}

impl Killer {
    /// The decisions, by a field of the request.
    pub const fn decisions(by: &'static str) -> Killer {
        let lane = Lane::Decisions;
        Killer { lane, by }
    }

    /// The replays, by a field of the view.
    pub const fn replay(by: &'static str) -> Killer {
        let lane = Lane::Replay;
        Killer { lane, by }
    }

    /// The model's own properties.
    pub const fn property(by: &'static str) -> Killer {
        let lane = Lane::Property;
        Killer { lane, by }
    }
}

/// What a lane says of a mutant.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The mutant changes nothing that the lane looks at.
    NotAsked,
    /// The lane sees no mistake, in so many questions, traces or properties.
    Missed(usize),
    /// It does.
    Caught {
        /// The first field that differs, or the property that breaks.
        by: String,
        /// What differs, in words.
        told: String,
        /// How many steps it takes from where the scenario begins; of a free run, how many choices
        /// when those that can be missed are left out.
        steps: usize,
        /// The way there; none where it is a recording.
        trace: Option<Trace>,
    },
}

/// What all lanes say of a mutant.
pub struct Trial {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// What each lane says, and how long it took, in the order of [`Lane::ALL`].
    pub findings: [(Finding, Duration); 5],
}

/// What a trial comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its named killer caught it.
    Killed,
    /// Something else caught it, or its killer by something else.
    Otherwise,
    /// Nothing did.
    Survived,
}

impl Trial {
    /// What a lane says.
    pub fn finding(&self, lane: Lane) -> &Finding {
        &self.findings[lane as usize].0
    }

    /// What it comes to.
    pub fn fate(&self) -> Fate {
        let killer = self.mutant.killer;
        let caught = |lane: Lane| match self.finding(lane) {
            Finding::Caught { by, .. } => Some(by.as_str()),
            Finding::NotAsked | Finding::Missed(_) => None,
        };
        if caught(killer.lane) == Some(killer.by) {
            Fate::Killed
        } else if Lane::ALL.into_iter().any(|lane| caught(lane).is_some()) {
            Fate::Otherwise
        } else {
            Fate::Survived
        }
    }
}

/// Every mutant: those of the controllers in hop order, then of the servers and of the model.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let controllers = ccm::MUTANTS.iter().chain(vmop::MUTANTS).chain(ncp::MUTANTS);
    let calls = controllers.chain(calls::all());
    calls
        .chain(safeguards::MUTANTS)
        .chain(servers::MUTANTS)
        .chain(model::MUTANTS)
}
