//! Which actions are not put off for ever: weak fairness, class by class (`docs/protocol.md` §8).

use crate::model::Chain;
use hopwise_checker::Fairness;
use hopwise_vocab::{Action, Deed, Hop, Object, Realizable, Replica, Verb};

/// What one duty is about, for one Service and one replica. Passes and the poll are apart, and so
/// is every watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `ccm poll`.
    Poll,
    /// `vmop tick`.
    TickVmop,
    /// `ncp tick`.
    TickNcp,
    /// `deliver ccm service`.
    DeliverService,
    /// `deliver vmop vm-service`.
    DeliverVmService,
    /// `deliver vmop supervisor-service`.
    DeliverSupervisorServiceToVmop,
    /// `deliver ncp supervisor-service`.
    DeliverSupervisorServiceToNcp,
    /// `serve ccm list vm-service`.
    ServePoll,
    /// `hear ccm list vm-service`.
    HearPoll,
    /// Any other `serve ccm`.
    ServeCcm,
    /// Any other `hear ccm`.
    HearCcm,
    /// `serve vmop`.
    ServeVmop,
    /// `hear vmop`.
    HearVmop,
    /// `serve ncp`.
    ServeNcp,
    /// `hear ncp`.
    HearNcp,
    /// `realize allocation`.
    RealizeAllocation,
    /// `realize load-balancer`.
    RealizeLoadBalancer,
    /// `free address`.
    Free,
    /// `sweep ccm`.
    SweepVmService,
    /// `collect supervisor-service`.
    Collect,
    /// `sweep ncp`.
    SweepNsx,
    /// `mend`.
    Mend,
    /// `collect vm-service`.
    CollectVmService,
}

impl Class {
    /// How many there are; as numbers they are below it.
    pub const COUNT: usize = Class::CollectVmService as usize + 1;

    /// The class of a deed; none for users, administrators, faults and landings, which may happen
    /// and need not. ccm's node sync need not write either.
    pub fn of(deed: &Deed) -> Option<Class> {
        Some(match *deed {
            Deed::User(_) | Deed::Admin(_) | Deed::Remember | Deed::Rewrite => return None,
            Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => return None,
            Deed::Crash(_) | Deed::Relist(..) | Deed::Cut => return None,
            Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => return None,
            Deed::Poll => Class::Poll,
            Deed::Tick(Hop::Ccm | Hop::Vmop) => Class::TickVmop,
            Deed::Tick(Hop::Ncp) => Class::TickNcp,
            Deed::Deliver(hop, object) => return delivery(hop, object),
            Deed::Serve(Hop::Ccm, Verb::List, _) => Class::ServePoll,
            Deed::Hear(Hop::Ccm, Verb::List, _) => Class::HearPoll,
            Deed::Serve(Hop::Ccm, ..) => Class::ServeCcm,
            Deed::Hear(Hop::Ccm, ..) => Class::HearCcm,
            Deed::Serve(Hop::Vmop, ..) => Class::ServeVmop,
            Deed::Hear(Hop::Vmop, ..) => Class::HearVmop,
            Deed::Serve(Hop::Ncp, ..) => Class::ServeNcp,
            Deed::Hear(Hop::Ncp, ..) => Class::HearNcp,
            Deed::Realize(Realizable::Allocation) => Class::RealizeAllocation,
            Deed::Realize(Realizable::LoadBalancer) => Class::RealizeLoadBalancer,
            Deed::Free => Class::Free,
            Deed::Sweep(Hop::Ccm | Hop::Vmop) => Class::SweepVmService,
            Deed::Sweep(Hop::Ncp) => Class::SweepNsx,
            Deed::Collect(Object::VmService) => Class::CollectVmService,
            Deed::Collect(_) => Class::Collect,
            Deed::Mend => Class::Mend,
        })
    }
}

/// The class of a delivery; none if there is no such watch.
fn delivery(hop: Hop, object: Object) -> Option<Class> {
    match (hop, object) {
        (Hop::Ccm, Object::Service) => Some(Class::DeliverService),
        (Hop::Vmop, Object::VmService) => Some(Class::DeliverVmService),
        (Hop::Vmop, Object::SupervisorService) => Some(Class::DeliverSupervisorServiceToVmop),
        (Hop::Ncp, Object::SupervisorService) => Some(Class::DeliverSupervisorServiceToNcp),
        _ => None,
    }
}

/// Weak fairness of every class of every Service and replica: the assumption of every liveness
/// property.
#[derive(Clone, Copy, Debug)]
pub struct WeaklyFair {
    services: usize,
    replicas: usize,
}

impl WeaklyFair {
    /// The classes that a model has.
    pub fn of(chain: &Chain) -> WeaklyFair {
        WeaklyFair {
            services: chain.scenario.users.len(),
            replicas: chain.replicas().len(),
        }
    }
}

impl Fairness<Chain> for WeaklyFair {
    fn classes(&self) -> usize {
        Class::COUNT * self.services * self.replicas
    }

    fn class(&self, action: &Action) -> Option<usize> {
        let class = Class::of(&action.deed)? as usize;
        let service = action.at.service as usize;
        let replica = match action.at.replica {
            Replica::First => 0,
            Replica::Rival => 1,
        };
        Some((service * self.replicas + replica) * Class::COUNT + class)
    }
}
