//! A Service of a running chain: where it is at every hop, and what it waits for. Only reads.

mod asked;
mod find;
#[cfg(test)]
pub(crate) mod fixture;
mod place;
mod read;
mod waits;

pub use find::{access, service_named};
pub use place::{Event, Place};
pub use read::{Access, Unseen, Wanted, look, look_at_all, usual_namespace};
pub use waits::Wait;

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

    /// What the guest Service, the VirtualMachineService and the Supervisor Service wait for; none
    /// for one that waits for nothing, or that is not there.
    pub fn waits(&self) -> [Option<Wait>; 3] {
        waits::of(self)
    }

    /// What all of them wait for in the end, if they do.
    pub fn wait(&self) -> Option<Wait> {
        self.waits().into_iter().rev().flatten().next()
    }

    /// The answer, after the name of the Service.
    pub fn answer(&self) -> String {
        match (self.wait(), &self.guest.address) {
            (Some(wait), _) => format!("waits for {}", wait.words),
            (None, Some(address)) => format!("serves at {address}; nothing is waited for"),
            (None, None) => "has no load balancer, and wants none".to_owned(),
        }
    }

    /// The page: the answer first, then a paragraph for each hop. Ages are counted until `now`.
    pub fn page(&self, now: Timestamp) -> String {
        let answer = format!("Service {} {}", self.guest.name, self.answer());
        let mut page = format!("{}\n", wrap(&answer, 0, COLUMNS).trim());
        let [guest, vm_service, service] = &self.waits();
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
    wait: &Option<Wait>,
    now: Timestamp,
) {
    let Some(place) = place else { return };
    let mut head = format!("{} {}", place.kind, place.name);
    for more in [place.generations(), place.deletion(now)].iter().flatten() {
        write!(head, ", {more}").expect("a String takes it");
    }
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
    for condition in place.conditions_told(now) {
        row(page, "  condition", &condition);
    }
    if let Some(event) = &place.last_event {
        row(page, "  last event", &event.told(now));
    }
    row(
        page,
        "  waits for",
        wait.as_ref().map_or("nothing", |it| &it.words),
    );
}

/// Appends a row: its name, then its text, broken into lines.
fn row(page: &mut String, name: &str, text: &str) {
    let wrapped = wrap(text, TEXT, COLUMNS);
    write!(page, "{name:<TEXT$}{}", wrapped.trim_start()).expect("a String takes it");
}

/// How long ago, as kubectl says it: in whole seconds, minutes, hours or days.
pub(crate) fn age(now: Timestamp, then: Timestamp) -> String {
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
