//! A Service of a running chain: where it is at every hop, and what it waits for. Only reads.

mod place;
mod read;
mod waits;

pub use place::{Event, Place};
pub use read::{Access, Wanted, look};

use crate::report::words::wrap;
use hopwise_api::strings::finalizer;
use jiff::Timestamp;
use std::fmt::Write as _;

/// What topology `direct` costs.
const DIRECT: &str = "ncp, and with it the credential of NSX-T: whoever may read it in this cluster \
                      may change everybody's load balancers. With hops it never comes here.";

const COLUMNS: usize = 100;
/// The column where the text of a row begins.
const TEXT: usize = 14;

/// What the clusters say of one Service.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The guest Service.
    pub guest: Place,
    /// What stands for it on the Supervisor, hop by hop; none where the Supervisor was not asked.
    pub supervisor: Option<Supervisor>,
}

/// The two objects on the Supervisor that stand for a guest Service, where they exist.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    /// The VirtualMachineService.
    pub vm_service: Option<Place>,
    /// Its Service.
    pub service: Option<Place>,
}

impl Seen {
    /// Whether ncp serves the Service in its own cluster: topology `direct`.
    pub fn is_direct(&self) -> bool {
        self.guest.is_held_by(finalizer::NCP)
    }

    /// The page: the answer first, then a paragraph for each hop. Ages are counted until `now`.
    pub fn page(&self, now: Timestamp) -> String {
        let waits = waits::of(self);
        let name = &self.guest.name;
        let last = waits.iter().rev().flatten().next();
        let answer = match (last, &self.guest.address) {
            (Some(wait), _) => format!("waits for {wait}"),
            (None, Some(address)) => format!("serves at {address}; nothing is waited for"),
            (None, None) => "has no load balancer, and wants none".to_owned(),
        };
        let mut page = format!(
            "{}\n",
            wrap(&format!("Service {name} {answer}"), 0, COLUMNS).trim()
        );
        let [guest, vm_service, service] = &waits;
        paragraph(&mut page, "guest", Some(&self.guest), guest, now);
        match &self.supervisor {
            None if self.is_direct() => row(&mut page, "  runs here", DIRECT),
            None => page.push_str(
                "\nSupervisor    not asked: --supervisor-kubeconfig names who may read there\n",
            ),
            Some(supervisor) => {
                paragraph(
                    &mut page,
                    "Supervisor",
                    supervisor.vm_service.as_ref(),
                    vm_service,
                    now,
                );
                paragraph(
                    &mut page,
                    "Supervisor",
                    supervisor.service.as_ref(),
                    service,
                    now,
                );
            }
        }
        page
    }
}

fn paragraph(
    page: &mut String,
    cluster: &str,
    place: Option<&Place>,
    wait: &Option<String>,
    now: Timestamp,
) {
    let Some(place) = place else { return };
    let generation = match (place.generation, place.observed) {
        (Some(generation), Some(observed)) if generation == observed => {
            format!(", generation {generation}")
        }
        (Some(generation), Some(observed)) => {
            format!(", generation {generation}, its conditions are those of {observed}")
        }
        (Some(generation), None) => format!(", generation {generation}"),
        (None, _) => String::new(),
    };
    let deleted = match place.deleted {
        Some(since) => format!(", being deleted for {}", age(now, since)),
        None => String::new(),
    };
    let head = format!("{} {}{generation}{deleted}", place.kind, place.name);
    page.push('\n');
    row(page, cluster, &head);
    row(
        page,
        "  address",
        place.address.as_deref().unwrap_or("none"),
    );
    for finalizer in &place.finalizers {
        row(page, "  held by", finalizer);
    }
    for condition in &place.conditions {
        let message = match condition.message.as_str() {
            "" => String::new(),
            message => format!(": {message}"),
        };
        let text = format!(
            "{}: {} for {}, {}{message}",
            condition.type_,
            condition.status,
            age(now, condition.last_transition_time.0),
            condition.reason
        );
        row(page, "  condition", &text);
    }
    if let Some(Event {
        at,
        by,
        reason,
        note,
    }) = &place.last_event
    {
        row(
            page,
            "  last event",
            &format!("{} ago, {by}: {reason}: {note}", age(now, *at)),
        );
    }
    row(page, "  waits for", wait.as_deref().unwrap_or("nothing"));
}

/// Appends a row: its name, then its text, broken into lines.
fn row(page: &mut String, name: &str, text: &str) {
    let wrapped = wrap(text, TEXT, COLUMNS);
    write!(page, "{name:<TEXT$}{}", wrapped.trim_start()).expect("a String takes it");
}

/// How long ago, as kubectl says it: in whole seconds, minutes, hours or days.
fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
