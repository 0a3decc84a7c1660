//! How long each action takes once it is enabled.

use crate::draw::Delay;
use hopwise_vocab::{Deed, Hop, Object, Realizable, Verb};
use std::time::Duration;

/// How long the actions of the model take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// A call to an API server, there and back.
    pub api: Delay,
    /// A call to NSX-T, there and back. What ncp reads in one pass counts as one call.
    pub nsx: Delay,
    /// A watch event, from the write or from the event before it to its delivery.
    pub delivery: Delay,
    /// NSX-T realizes an allocation.
    pub allocation: Delay,
    /// NSX-T realizes a load balancer.
    pub load_balancer: Delay,
    /// An address that was given back is free.
    pub quarantine: Delay,
    /// From one tick of ncp to the next.
    pub ncp_tick: Duration,
    /// From one tick of vmop to the next; the fine grain, in which runs are made, has none.
    pub vmop_tick: Duration,
    /// The user looks at what was reached, and goes on.
    pub think: Delay,
}

impl Default for Delays {
    /// The intervals are the controllers' defaults, the quarantine is NSX-T's; the rest is what a
    /// healthy installation shows.
    fn default() -> Delays {
        let api = Delay::around(Duration::from_millis(20));
        let realization = Delay::around(Duration::from_secs(2));
        Delays {
            api,
            nsx: Delay::around(Duration::from_millis(50)),
            delivery: Delay::around(Duration::from_millis(10)),
            allocation: realization,
            load_balancer: realization,
            quarantine: Delay::Fixed(Duration::from_secs(120)),
            ncp_tick: Duration::from_secs(5),
            vmop_tick: Duration::from_secs(30 * 60),
            think: Delay::around(Duration::from_secs(20)),
        }
    }
}

/// When an action happens, once it is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// After a delay.
    After(Delay),
    /// With the hop's next tick.
    WithTick(Hop),
    /// When the policy says so.
    ByPolicy,
    /// It does not: it is a fault, or somebody's whose budget is zero here.
    Never,
}

impl Delays {
    /// None of any length, and ticks so rare that nothing can rest on them.
    pub const NONE: Delays = Delays {
        api: Delay::NONE,
        nsx: Delay::NONE,
        delivery: Delay::NONE,
        allocation: Delay::NONE,
        load_balancer: Delay::NONE,
        quarantine: Delay::NONE,
        ncp_tick: Duration::from_secs(86_400),
        vmop_tick: Duration::from_secs(86_400),
        think: Delay::NONE,
    };

    pub(crate) fn of(&self, deed: Deed) -> Timing {
        match deed {
            Deed::User(_) => Timing::After(self.think),
            Deed::Poll => Timing::ByPolicy,
            Deed::Tick(hop) | Deed::Sweep(hop @ Hop::Ncp) => Timing::WithTick(hop),
            Deed::Deliver(..) => Timing::After(self.delivery),
            // It is served and heard at once, and so takes both ways.
            Deed::Serve(Hop::Ncp, Verb::Read, _) => Timing::After(self.nsx),
            Deed::Serve(_, _, object) | Deed::Hear(_, _, object) => {
                Timing::After(self.call(object).half())
            }
            Deed::Realize(Realizable::Allocation) => Timing::After(self.allocation),
            Deed::Realize(Realizable::LoadBalancer) => Timing::After(self.load_balancer),
            Deed::Free => Timing::After(self.quarantine),
            Deed::Sweep(Hop::Ccm | Hop::Vmop) | Deed::Collect(_) => Timing::After(self.api),
            Deed::Admin(_) | Deed::Remember | Deed::Rewrite => Timing::Never,
            Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => {
                Timing::Never
            }
            Deed::Crash(_) | Deed::Relist(..) | Deed::Cut | Deed::Mend => Timing::Never,
            Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => Timing::Never,
        }
    }

    fn call(&self, object: Object) -> Delay {
        match object {
            Object::Service | Object::VmService | Object::SupervisorService => self.api,
            Object::Allocation | Object::LoadBalancer | Object::Nsx => self.nsx,
        }
    }

    /// From one tick of a hop to the next; ccm's are the policy's.
    pub(crate) fn tick(&self, hop: Hop) -> Duration {
        match hop {
            Hop::Ncp => self.ncp_tick,
            Hop::Ccm | Hop::Vmop => self.vmop_tick,
        }
    }
}
