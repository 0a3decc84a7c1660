//! The chain about one Service of a running chain, in one picture.

use crate::live::{Place, Seen, Supervisor, age};
use crate::report::{Lane, Line, draw_places};
use hopwise_api::strings::component;
use jiff::Timestamp;

/// The picture. Ages are counted until `now`.
pub(super) fn draw(seen: &Seen, now: Timestamp) -> String {
    let wait = seen.wait();
    let places = Lane::ALL.map(|lane| {
        let mut lines: Vec<Line> = lines(seen, lane, now).into_iter().map(plain).collect();
        if wait.as_ref().is_some_and(|it| it.at == lane) {
            lines.push(Line {
                text: "waited for".into(),
                is_new: true,
            });
        }
        (lane, lines)
    });
    let told = places.iter().map(|(lane, lines)| {
        let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        format!("{}: {}", lane.name(), lines.join(", "))
    });
    let told: Vec<String> = told.collect();
    let key =
        "Controllers: the last Event of each about this Service. ▸ and bold: what is waited for.";
    let title = "The chain about this Service";
    draw_places("chain-now", (title, &told.join(". ")), &places, key)
}

fn plain(text: String) -> Line {
    Line {
        text,
        is_new: false,
    }
}

fn lines(seen: &Seen, lane: Lane, now: Timestamp) -> Vec<String> {
    match lane {
        Lane::User => asked(&seen.guest),
        Lane::Guest => object("Service", &seen.guest),
        Lane::Ccm => controller(seen, component::SERVICE_CONTROLLER, now),
        Lane::Supervisor => supervisor(seen),
        Lane::Vmop => controller(seen, component::VMOP, now),
        Lane::Ncp => controller(seen, component::NCP, now),
        Lane::Nsx => nsx(seen),
    }
}

/// What the user asks for.
fn asked(guest: &Place) -> Vec<String> {
    if guest.deleted.is_some() {
        return vec!["deletes it".into()];
    }
    if !guest.is_balanced {
        return vec!["wants no".into(), "load balancer".into()];
    }
    let ports = guest.ports.iter().map(|(port, _)| format!("port {port}"));
    ports.collect()
}

fn object(name: &str, place: &Place) -> Vec<String> {
    let mut lines = vec![match place.generation {
        Some(generation) => format!("{name}, generation {generation}"),
        None => name.to_owned(),
    }];
    let behind = place.observed.filter(|it| Some(*it) != place.generation);
    lines.extend(behind.map(|it| format!("told of generation {it}")));
    lines.extend(place.deleted.map(|_| "being deleted".into()));
    lines.push(place.address.clone().unwrap_or("no address".into()));
    lines
}

fn supervisor(seen: &Seen) -> Vec<String> {
    let Some(supervisor) = &seen.supervisor else {
        return vec![unasked(seen).into()];
    };
    let Supervisor {
        vm_service,
        service,
    } = supervisor;
    let of = |name: &str, place: &Option<Place>| match place {
        Some(place) => object(name, place),
        None => vec![format!("no {name}")],
    };
    let mut lines = of("VirtualMachineService", vm_service);
    lines.extend(of("Service", service));
    lines
}

/// Why nothing is known of the Supervisor.
fn unasked(seen: &Seen) -> &'static str {
    if seen.is_direct() {
        "there is none"
    } else {
        "not asked"
    }
}

/// What a controller said last about any of the objects, by its name in Events.
fn controller(seen: &Seen, named: &str, now: Timestamp) -> Vec<String> {
    let is_known = match seen.is_direct() {
        true => named == component::NCP,
        false => seen.supervisor.is_some() || named == component::SERVICE_CONTROLLER,
    };
    if !is_known {
        return vec![unasked(seen).into()];
    }
    let events = places(seen).filter_map(|it| it.last_event.as_ref());
    let own = events.filter(|it| it.by == named).max_by_key(|it| it.at);
    match own {
        Some(event) => vec![event.reason.clone(), format!("{} ago", age(now, event.at))],
        None => vec!["no Event".into()],
    }
}

/// The objects that there are.
fn places(seen: &Seen) -> impl Iterator<Item = &Place> {
    let supervisor = seen.supervisor.iter();
    let below = supervisor.flat_map(|it| it.vm_service.iter().chain(&it.service));
    std::iter::once(&seen.guest).chain(below)
}

/// What the chain says of NSX-T, which is not asked itself.
fn nsx(seen: &Seen) -> Vec<String> {
    let Some(last) = places(seen)
        .last()
        .filter(|_| seen.is_direct() || seen.supervisor.is_some())
    else {
        return vec![unasked(seen).into()];
    };
    match &last.address {
        Some(address) => vec!["serves".into(), address.clone()],
        None if last.is_exhausted() => vec!["no free address".into()],
        None => vec!["nothing yet".into()],
    }
}
