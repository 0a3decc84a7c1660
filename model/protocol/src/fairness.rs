//! Which actions are not put off for ever: weak fairness, class by class (`docs/protocol.md` §8).

use crate::model::Chain;
use hopwise_checker::Fairness;
use hopwise_vocab::{Action, Hop, Object, Realizable, Verb};

/// What one duty is about. Passes and the poll are apart, and so is every watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `ccm poll`.
    Poll,
    /// `ncp tick`.
    Tick,
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
}

impl Class {
    /// How many there are; as numbers they are below it.
    pub const COUNT: usize = Class::Free as usize + 1;

    /// The class of an action; none for the user, who may stop at any time.
    pub fn of(action: &Action) -> Option<Class> {
        Some(match *action {
            Action::User(_) => return None,
            Action::Poll => Class::Poll,
            Action::Tick => Class::Tick,
            Action::Deliver(hop, object) => return delivery(hop, object),
            Action::Serve(Hop::Ccm, Verb::List, _) => Class::ServePoll,
            Action::Hear(Hop::Ccm, Verb::List, _) => Class::HearPoll,
            Action::Serve(Hop::Ccm, ..) => Class::ServeCcm,
            Action::Hear(Hop::Ccm, ..) => Class::HearCcm,
            Action::Serve(Hop::Vmop, ..) => Class::ServeVmop,
            Action::Hear(Hop::Vmop, ..) => Class::HearVmop,
            Action::Serve(Hop::Ncp, ..) => Class::ServeNcp,
            Action::Hear(Hop::Ncp, ..) => Class::HearNcp,
            Action::Realize(Realizable::Allocation) => Class::RealizeAllocation,
            Action::Realize(Realizable::LoadBalancer) => Class::RealizeLoadBalancer,
            Action::Free => Class::Free,
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

/// Weak fairness of every class: the assumption of every liveness property.
#[derive(Clone, Copy, Debug)]
pub struct WeaklyFair;

impl Fairness<Chain> for WeaklyFair {
    fn classes(&self) -> usize {
        Class::COUNT
    }

    fn class(&self, action: &Action) -> Option<usize> {
        Class::of(action).map(|class| class as usize)
    }
}
