//! guest-cluster-cloud-provider: a VirtualMachineService for every guest Service that asks for
//! an address.
//!
//! *Sees* guest Services by watch and VirtualMachineServices by poll · *Writes* both ·
//! *Holds* the guest Service · *Promises* that a Service is released only when nothing on the
//! Supervisor stands for it.

use crate::mirror::{self, Annotations, Decision, Ends, Observed, Seen};
use crate::upstream::Phase;
use crate::{Hold, Lifecycle, Serving, Told, Upstream};
use hopwise_vocab::{Object, Safeguard, Safeguards, Verb};

/// The hop's two objects.
pub const ENDS: Ends = Ends {
    upstream: Object::Service,
    downstream: Object::VmService,
};

/// What decides a pass: [`decide`], or what is to be compared with it.
pub type Decide = fn(&Observed, &Safeguards) -> Decision;

/// What a pass over one guest Service does.
pub fn decide(seen: &Observed, safeguards: &Safeguards) -> Decision {
    let Some(upstream) = &seen.upstream else {
        return Decision::Settled;
    };
    match upstream.phase() {
        Phase::BuildUp => {
            let annotations = annotations(safeguards);
            match mirror::build_up(upstream, &seen.downstream, annotations, safeguards) {
                Err(decision) => decision,
                Ok(downstream) => mirror::report(upstream, downstream, safeguards),
            }
        }
        Phase::TearDown => mirror::tear_down(upstream, seen, safeguards),
        Phase::Over => Decision::Settled,
    }
}

/// What ccm's updates do with the annotations of VirtualMachineServices.
fn annotations(safeguards: &Safeguards) -> Annotations {
    if safeguards.has(Safeguard::OwnKeysOnly) {
        Annotations::Left
    } else {
        Annotations::Replaced
    }
}

/// What the second loop does over a guest Service that it remembers. There is one only without
/// fresh-intent: it brings the ports of the VirtualMachineService, whoever's it is by now, to what the
/// Service asked for once, and does nothing else.
pub fn sync(remembered: &Upstream, downstream: &Seen, safeguards: &Safeguards) -> Decision {
    if safeguards.has(Safeguard::FreshIntent) {
        return Decision::Settled;
    }
    match (remembered.phase(), remembered.hold, downstream) {
        (Phase::BuildUp, Hold::Held, Seen::Present(found)) => {
            let wanted = mirror::as_wanted(remembered, found, Annotations::Left);
            wanted.err().unwrap_or(Decision::Settled)
        }
        (Phase::BuildUp | Phase::TearDown | Phase::Over, ..) => Decision::Settled,
    }
}

/// The request that a decision makes, if any.
pub fn request(decision: &Decision) -> Option<(Verb, Object)> {
    decision.request(ENDS)
}

/// Whether a tick is worth a LIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// Send it.
    Send,
    /// Let the tick pass.
    Skip,
}

/// Decides on a tick. With regular-poll every tick polls, since nothing else shows a change on
/// the Supervisor; without it only a Service that is being deleted or shows no address is worth
/// one.
pub fn wants_poll<'a>(
    services: impl IntoIterator<Item = &'a Upstream>,
    safeguards: &Safeguards,
) -> Poll {
    let is_open = |service: &Upstream| {
        let concerns = service.serving == Serving::Ours || service.hold == Hold::Held;
        let shows_one = matches!(service.told, Told::Address(_));
        concerns && (service.lifecycle == Lifecycle::Deleting || !shows_one)
    };
    if safeguards.has(Safeguard::RegularPoll) || services.into_iter().any(is_open) {
        Poll::Send
    } else {
        Poll::Skip
    }
}
