//! How a world differs from another.

use super::Boot;
use crate::foreign::ControlPlanes;
use crate::gate::Seed;
use crate::lane2::Core;
use crate::recording::Recorder;
use crate::servers::Flaw;
use crate::transcript::Keep;
use hopwise_protocol::{Chain, Clusters, Edits, Grain, Topology};
use hopwise_vocab::{Hop, Safeguard, Safeguards};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a world differs from another.
#[derive(Clone)]
pub struct Setup {
    /// How many Services the users have.
    pub services: usize,
    /// In which guest clusters they are.
    pub clusters: Clusters,
    /// The size of the pool.
    pub addresses: u8,
    /// Whether a call is served and heard at once, or a whole pass.
    pub grain: Grain,
    /// Which controllers there are.
    pub topology: Topology,
    /// What edits do to the ports.
    pub edits: Edits,
    /// Whether the conversation is kept.
    pub keep: Keep,
    /// Who writes down what passes the gate.
    pub recorder: Option<Recorder>,
    /// A mistake made by the controllers on their way to the gate.
    pub mistake: Option<Seed>,
    /// A hop that hears no tick.
    pub deaf: Option<Hop>,
    /// Whether ccm has a second loop that goes on by steps of its own. Otherwise it is given its ticks
    /// with every poll, and shows itself if there is one.
    pub has_second_loop: bool,
    /// A flaw of the servers.
    pub flaw: Option<fn() -> Box<dyn Flaw>>,
    /// Control planes that others wrote, whose API servers are there instead of the embedded ones.
    pub planes: Option<Arc<ControlPlanes>>,
    /// The controllers.
    pub controllers: BTreeMap<Hop, Boot>,
    /// What a rival is; without it the same as its hop's first replica.
    pub rival: Option<Boot>,
}

impl Setup {
    /// The complete controllers with these safeguards, and one Service.
    pub fn new(safeguards: &Safeguards, addresses: u8) -> Self {
        Setup {
            services: 1,
            clusters: Clusters::One,
            addresses,
            grain: Grain::Fine,
            topology: Topology::Hops,
            edits: Edits::Replace,
            keep: Keep::Nothing,
            recorder: None,
            mistake: None,
            deaf: None,
            has_second_loop: false,
            flaw: None,
            planes: None,
            controllers: crate::controllers::all(&Core::reference(safeguards.clone())),
            rival: None,
        }
    }

    /// The controllers of a model.
    pub fn of(chain: &Chain) -> Self {
        let scenario = &chain.scenario;
        let mut setup = Setup {
            services: scenario.users.len(),
            clusters: scenario.clusters,
            has_second_loop: !chain.safeguards.has(Safeguard::FreshIntent),
            grain: scenario.grain,
            topology: scenario.topology,
            edits: scenario.edits,
            ..Setup::new(&chain.safeguards, scenario.addresses)
        };
        if scenario.topology == Topology::Direct {
            setup.controllers.retain(|hop, _| *hop == Hop::Ncp);
        }
        setup
    }
}
