//! Why the model cannot take an action: the clause of its guard that is false.

use super::node::Node;
use crate::difference::Difference;
use hopwise_protocol::{Call, Kind, Seen, Stored};
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Object, Replica, UserStep};

/// Why a line is not explained.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// No behaviour of the model does.
    Refused(Clause),
    /// The model is too small to say.
    TooSmall(String),
}

/// What is false of the action that comes closest.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub action: Option<Action>,
    pub text: String,
    pub differences: Vec<Difference>,
}

impl Stop {
    /// The model has no action for this.
    pub(super) fn no_action(text: impl Into<String>) -> Stop {
        Stop::Refused(Clause {
            action: None,
            text: text.into(),
            differences: Vec::new(),
        })
    }

    /// This of the action is false.
    pub(super) fn of(deed: Deed, text: impl Into<String>) -> Stop {
        Stop::Refused(Clause {
            action: Some(deed.into()),
            text: text.into(),
            differences: Vec::new(),
        })
    }

    /// What the action leads to is something else than what was recorded.
    pub(super) fn differs<T: PartialEq + std::fmt::Debug>(
        deed: Deed,
        field: &str,
        (model, recorded): (&T, &T),
    ) -> Result<(), Stop> {
        match Difference::between(field, model, recorded) {
            None => Ok(()),
            Some(difference) => Err(Stop::Refused(Clause {
                action: Some(deed.into()),
                text: format!("{field} differs from what was recorded (\"world\")"),
                differences: vec![difference],
            })),
        }
    }
}

/// The clause of a guard that is false in a state which has no such action.
pub(super) fn why_not(node: &Node, deed: Deed) -> String {
    let lane = node.lane();
    let stored = |kind| lane.store(kind).object();
    match deed {
        Deed::User(step) => user(step, stored(Kind::Service)),
        Deed::Admin(step) => match step {
            AdminStep::DeleteVmService | AdminStep::Annotate => live(stored(Kind::VmService)),
            AdminStep::DeleteSupervisorService => live(stored(Kind::SupervisorService)),
            AdminStep::DeleteLoadBalancer => "recordings have no deletion in NSX-T by hand".into(),
            AdminStep::DeleteCluster | AdminStep::CreateCluster => {
                "recordings have one guest cluster".into()
            }
        },
        Deed::Poll => "a poll is under way, or not wanted".into(),
        Deed::Tick(hop) => match node.call(hop) {
            Some(call) => format!("a pass is under way: {}", waits(Some(call), hop)),
            None if lane.upstream_seen(hop, Replica::First).is_none() => {
                format!("{hop} sees nothing to serve")
            }
            None => format!("a pass of {hop} that begins now asks nothing"),
        },
        Deed::Deliver(hop, object) => {
            format!("no event of {object} waits for {hop}: all that happened to it is delivered")
        }
        Deed::Serve(hop, ..)
        | Deed::Hear(hop, ..)
        | Deed::Lose(hop, ..)
        | Deed::LoseReply(hop, ..)
        | Deed::Delay(hop, ..) => waits(node.call(hop), hop),
        Deed::Realize(_) | Deed::Fail(_) => "nothing waits to be realized".into(),
        Deed::Free => "no address is in quarantine".into(),
        Deed::Sweep(hop) => sweep(node, hop),
        Deed::Collect(_) => "its owner is still there, or it is being deleted already".into(),
        Deed::Land(..) => "no late write is under way".into(),
        Deed::Relist(..) => "nothing that the watch had to deliver is hidden".into(),
        Deed::Crash(hop) => format!("there is no {hop}"),
        Deed::Remember
        | Deed::Rewrite
        | Deed::Cut
        | Deed::Mend
        | Deed::Lag(..)
        | Deed::Rewind(..) => "no recording has this".into(),
    }
}

fn user(step: UserStep, service: Option<Stored>) -> String {
    match step {
        UserStep::Create => "there is a Service of this name already".into(),
        UserStep::Edit | UserStep::Delete | UserStep::Retype => live(service),
        UserStep::Strip => match service {
            None => "there is no such object".into(),
            Some(_) => "it is not being deleted".into(),
        },
    }
}

fn live(object: Option<Stored>) -> String {
    match object {
        None => "there is no such object".into(),
        Some(found) if found.is_live() => "the budget of such steps is used up".into(),
        Some(_) => "it is being deleted".into(),
    }
}

fn sweep(node: &Node, hop: Hop) -> String {
    let lane = node.lane();
    match hop {
        Hop::Ccm => match lane.ccm.vm_service {
            Seen::NotPolled => "no poll was heard".into(),
            Seen::Absent => "the last poll found nothing".into(),
            Seen::There(found) => format!(
                "what the last poll found, VirtualMachineService {}, is gone or being deleted, or \
                 stands for a Service that is there or that ccm still sees",
                found.uid.number()
            ),
        },
        Hop::Vmop => "vmop does not sweep".into(),
        Hop::Ncp => "NSX-T holds nothing for a Supervisor Service that is gone and that ncp does \
                     not see any more"
            .into(),
    }
}

/// What the model's pass of a hop waits for.
pub(super) fn waits(call: Option<Call>, hop: Hop) -> String {
    match call {
        None => format!("no pass of {hop} is under way"),
        Some(call) => {
            let (verb, object) = call.name(hop);
            let until = if call.is_answered() {
                "heard"
            } else {
                "served"
            };
            format!("{hop}'s pass waits for `{verb} {object}` to be {until}")
        }
    }
}

/// Every watch: the hop and what it watches.
pub(super) fn is_watched(hop: Hop, object: Object) -> bool {
    match hop {
        Hop::Ccm => object == Object::Service,
        Hop::Vmop => object == Object::VmService || object == Object::SupervisorService,
        Hop::Ncp => object == Object::SupervisorService,
    }
}
