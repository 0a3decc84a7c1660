//! What each hop's object waits for, judged by the objects alone: nobody is asked.

use super::{Event, Place, Seen, Supervisor};
use crate::report::Lane;
use hopwise_api::strings::{component, condition, finalizer, reason};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Where it is to happen.
    pub(crate) at: Lane,
    /// Completes "waits for".
    pub words: String,
}

fn wait(at: Lane, words: impl Into<String>) -> Option<Wait> {
    let words = words.into();
    Some(Wait { at, words })
}

/// What the guest Service, the VirtualMachineService and the Supervisor Service wait for; none for
/// one that waits for nothing, or that is not there. The last that waits is what the others wait
/// for, too.
pub fn of(seen: &Seen) -> [Option<Wait>; 3] {
    if seen.is_direct() {
        return [supervisors(&seen.guest), None, None];
    }
    let Some(supervisor) = &seen.supervisor else {
        return [without_supervisor(&seen.guest), None, None];
    };
    let Supervisor {
        vm_service,
        service,
    } = supervisor;
    [
        guest(&seen.guest, vm_service.as_ref()),
        vm_service.as_ref().and_then(|it| vm(it, service.as_ref())),
        service.as_ref().and_then(supervisors),
    ]
}

/// The first steps of the guest Service, which it can say by itself.
fn begins(place: &Place) -> Option<Wait> {
    let ccm = component::CCM;
    let is_held = place.is_held_by(finalizer::CCM);
    if place.deleted.is_some() && !is_held {
        let others = place.finalizers.join(", ");
        let words = format!("whoever takes away {others}: the chain let go");
        return wait(Lane::User, words);
    }
    if place.is_balanced && !is_held {
        let words = format!("{ccm} to take it on, which it does at once");
        return wait(Lane::Ccm, words);
    }
    None
}

fn without_supervisor(place: &Place) -> Option<Wait> {
    let ccm = component::CCM;
    if let Some(first) = begins(place) {
        return Some(first);
    }
    if place.deleted.is_some() || (!place.is_balanced && place.is_held_by(finalizer::CCM)) {
        let words = format!("{ccm} to see with a poll that the Supervisor let go");
        return wait(Lane::Ccm, words);
    }
    if place.is_exhausted() {
        return wait(Lane::Nsx, "a free address in NSX-T");
    }
    if place.is_balanced && place.address.is_none() {
        let words = format!("the address, which {ccm} learns with a poll");
        return wait(Lane::Ccm, words);
    }
    None
}

fn guest(place: &Place, vm_service: Option<&Place>) -> Option<Wait> {
    let ccm = component::CCM;
    if let Some(first) = begins(place) {
        return Some(first);
    }
    let is_held = place.is_held_by(finalizer::CCM);
    let is_leaving = place.deleted.is_some() || !place.is_balanced;
    match vm_service {
        Some(it) if is_leaving && is_held => wait(
            Lane::Supervisor,
            format!(
                "VirtualMachineService {} to be gone; {ccm} looks with every poll",
                it.name
            ),
        ),
        None if is_leaving && is_held => wait(
            Lane::Ccm,
            format!("{ccm} to let go of it, with its next poll"),
        ),
        Some(_) | None if is_leaving => None,
        None => wait(
            Lane::Ccm,
            format!("{ccm} to create its VirtualMachineService"),
        ),
        Some(it) if it.stands_for.as_ref().is_some_and(|uid| *uid != place.uid) => wait(
            Lane::Supervisor,
            format!(
                "VirtualMachineService {} to be gone: it stands for an earlier Service of this name",
                it.name
            ),
        ),
        Some(it) if it.ports != place.ports => wait(
            Lane::Ccm,
            format!(
                "{ccm} to copy its ports to VirtualMachineService {}",
                it.name
            ),
        ),
        Some(it) if it.address != place.address || it.is_exhausted() != place.is_exhausted() => {
            wait(
                Lane::Ccm,
                format!(
                    "the next poll of {ccm}, at most its --poll-interval away (10 s unless it was set)"
                ),
            )
        }
        Some(it) if place.address.is_none() => wait(
            Lane::Supervisor,
            format!("the address of VirtualMachineService {}", it.name),
        ),
        Some(_) => None,
    }
}

fn vm(place: &Place, service: Option<&Place>) -> Option<Wait> {
    let vmop = component::VMOP;
    let is_held = place.is_held_by(finalizer::VMOP);
    match service {
        Some(it) if place.deleted.is_some() => wait(
            Lane::Supervisor,
            format!("Service {} on the Supervisor to be gone", it.name),
        ),
        None if place.deleted.is_some() => wait(Lane::Vmop, format!("{vmop} to let go of it")),
        Some(_) | None if !is_held => wait(
            Lane::Vmop,
            format!("{vmop} to take it on, which it does at once"),
        ),
        None => wait(
            Lane::Vmop,
            format!("{vmop} to create its Service on the Supervisor"),
        ),
        Some(it) if it.address != place.address || it.is_exhausted() != place.is_exhausted() => {
            wait(
                Lane::Vmop,
                format!("{vmop} to copy the status of its Service, which it does at once"),
            )
        }
        Some(it) if place.address.is_none() => wait(
            Lane::Supervisor,
            format!("the address of Service {}", it.name),
        ),
        Some(_) => None,
    }
}

fn supervisors(place: &Place) -> Option<Wait> {
    let ncp = component::NCP;
    let every = "at most its --poll-interval apart (5 s unless it was set)";
    if place.deleted.is_some() {
        let words =
            format!("{ncp} to remove its virtual servers and give its address back in NSX-T");
        return wait(Lane::Ncp, words);
    }
    if !place.is_held_by(finalizer::NCP) {
        return wait(
            Lane::Ncp,
            format!("{ncp} to take it on, which it does at once"),
        );
    }
    if place.is_exhausted() {
        let words = format!(
            "a free address: the pool in NSX-T has none; {ncp} asks again when one is given back"
        );
        return wait(Lane::Nsx, words);
    }
    let failed = |it: &&Event| it.is_warning && it.reason == reason::UNREALIZABLE;
    if let Some(failure) = place.last_event.as_ref().filter(failed) {
        let words = format!(
            "NSX-T to realize it, which failed; {ncp} tries {every}: {}",
            failure.note
        );
        return wait(Lane::Nsx, words);
    }
    if place.address.is_none() {
        let words = format!("NSX-T to realize it; {ncp} asks for it {every}");
        return wait(Lane::Nsx, words);
    }
    if place.is(condition::READY, "False") {
        let words = format!("NSX-T to realize its virtual servers; {ncp} looks {every}");
        return wait(Lane::Nsx, words);
    }
    None
}
