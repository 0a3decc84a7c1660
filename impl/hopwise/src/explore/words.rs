//! A state in words: what stands at each place of the chain, about one Service.

use crate::report::Lane as Place;
use crate::report::words::plural;
use hopwise_protocol::{
    Address, Call, Chain, Downstream, Lane, Lifecycle, Occupancy, Poll, Ports, Realization, Rival,
    Seen, State, Store, Stored, Told, Topology, Upstream, Version, VirtualServer,
};
use hopwise_vocab::{Hop, Replica, Slot};

/// What is said of a place, a line each.
pub(crate) fn of_place(chain: &Chain, state: &State, slot: Slot, place: Place) -> Vec<String> {
    let lane = state.lane(slot);
    match place {
        Place::User => user(lane, state),
        Place::Guest => guest(chain, lane),
        Place::Ccm => controller(lane, Hop::Ccm, state.is_cut),
        Place::Supervisor => supervisor(lane),
        Place::Vmop => controller(lane, Hop::Vmop, false),
        Place::Ncp => controller(lane, Hop::Ncp, false),
        Place::Nsx => nsx(chain, state, lane),
    }
}

fn user(lane: &Lane, state: &State) -> Vec<String> {
    let user = &lane.user;
    let left = [
        ("create", user.creates),
        ("edit", user.edits),
        ("delete", user.deletes),
        ("retype", user.retypes),
        ("strip", user.strips),
        (
            "by admin",
            user.admin_deletes + user.annotates + user.clusters,
        ),
        ("faults", state.faults),
    ];
    let left = left.into_iter().filter(|(_, count)| *count > 0);
    let mut lines: Vec<String> = left
        .map(|(what, count)| format!("{what}: {count} left"))
        .collect();
    if lines.is_empty() {
        lines.push("nothing left to do".into());
    }
    lines
}

fn guest(chain: &Chain, lane: &Lane) -> Vec<String> {
    if chain.scenario.topology == Topology::Direct {
        return vec!["no guest cluster".into()];
    }
    if lane.cluster.deleted {
        return vec!["the cluster is gone".into()];
    }
    stored("Service", &lane.service)
}

fn supervisor(lane: &Lane) -> Vec<String> {
    let mut lines = match lane.topology {
        Topology::Hops => stored("VMService", &lane.vm_service),
        Topology::Direct => Vec::new(),
    };
    lines.extend(stored("Service", &lane.supervisor_service));
    lines
}

/// An object at its server.
fn stored(name: &str, store: &Store) -> Vec<String> {
    let Some(object) = store.object() else {
        return vec![format!("no {name}")];
    };
    let Stored {
        uid,
        lifecycle,
        held,
        ports: asked,
        told: says,
        balanced,
        annotated,
        ..
    } = object;
    let mut lines = vec![format!("{name} {}, {}", uid.number(), ports(asked))];
    let flags = [
        (held, "held"),
        (lifecycle == Lifecycle::Deleting, "being deleted"),
        (!balanced, "of type ClusterIP"),
        (annotated, "annotated"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|it| it.0).map(|it| it.1).collect();
    lines.extend((!flags.is_empty()).then(|| flags.join(", ")));
    lines.extend(told(says));
    lines
}

/// Addresses are counted from 1, as everywhere in the state.
fn number(address: Address) -> u8 {
    address.index() + 1
}

const fn ports(ports: Ports) -> &'static str {
    match ports {
        Ports::A => "port A",
        Ports::B => "port B",
        Ports::Both => "ports A, B",
    }
}

fn told(told: Told) -> Option<String> {
    match told {
        Told::Nothing => None,
        Told::Address(it) => Some(format!("shows address {}", number(it))),
        Told::Exhausted => Some("says exhausted".into()),
    }
}

fn controller(lane: &Lane, hop: Hop, is_cut: bool) -> Vec<String> {
    let mut lines = replica(lane, hop, Replica::First);
    if is_cut {
        lines.push("cut off".into());
    }
    let has_rival = lane.rival.as_deref().is_some_and(|rival| match rival {
        Rival::Ccm(_) => hop == Hop::Ccm,
        Rival::Vmop(_) => hop == Hop::Vmop,
        Rival::Ncp(_) => hop == Hop::Ncp,
    });
    if has_rival {
        let rival = replica(lane, hop, Replica::Rival).into_iter();
        lines.extend(rival.map(|line| format!("rival {line}")));
    }
    if let Some(late) = lane.late.filter(|late| late.hop == hop) {
        lines.push(format!(
            "late: {} {}",
            late.request.verb, late.request.object
        ));
    }
    lines
}

fn replica(lane: &Lane, hop: Hop, replica: Replica) -> Vec<String> {
    let Some(pass) = lane.pass(hop, replica) else {
        return vec!["there is none".into()];
    };
    let mut lines = vec![
        lane.upstream_seen(hop, replica)
            .map_or("sees nothing".into(), |it| upstream(hop, it)),
    ];
    let mut events = 0;
    if let Some(ccm) = lane.ccm(replica).filter(|_| hop == Hop::Ccm) {
        events = ccm.service.events.len();
        lines.extend(polled(ccm.vm_service));
        match ccm.poll {
            Poll::Idle => (),
            Poll::Sent => lines.push("polls".into()),
            Poll::Answered(_) => lines.push("polls: answered".into()),
        }
        lines.extend(
            ccm.copied
                .map(|it| format!("remembers {}", ports(it.ports))),
        );
    }
    if let Some(vmop) = lane.vmop(replica).filter(|_| hop == Hop::Vmop) {
        events = vmop.vm_service.events.len() + vmop.supervisor_service.events.len();
        let below = vmop.supervisor_service.seen();
        lines.extend(below.map_or_else(
            || vec!["sees no Service".into()],
            |it| downstream("sees Service", it),
        ));
    }
    if let Some(ncp) = lane.ncp(replica).filter(|_| hop == Hop::Ncp) {
        events = ncp.supervisor_service.events.len();
    }
    lines.extend(pass.call.map(|call| waiting(call, hop)));
    if events > 0 {
        lines.push(format!("{} to come", plural(events as u64, "event")));
    }
    lines
}

fn upstream(hop: Hop, seen: Upstream) -> String {
    let Stored { uid, lifecycle, .. } = seen.object;
    let old = match seen.version {
        Version::Old => ", old",
        Version::Current => "",
    };
    let name = match hop {
        Hop::Ccm | Hop::Ncp => "Service",
        Hop::Vmop => "VMService",
    };
    let number = uid.number();
    format!("sees {name} {number}{}{old}", deleting(lifecycle))
}

const fn deleting(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Live => "",
        Lifecycle::Deleting => " deleting",
    }
}

fn polled(seen: Seen) -> Vec<String> {
    match seen {
        Seen::NotPolled => vec!["has not polled".into()],
        Seen::Absent => vec!["polled no VMService".into()],
        Seen::There(there) => downstream("polled VMService", there),
    }
}

/// What a hop has seen of its downstream object, and what that showed.
fn downstream(how: &str, there: Downstream) -> Vec<String> {
    let Downstream { uid, lifecycle, .. } = there;
    let mut lines = vec![format!("{how} {}{}", uid.number(), deleting(lifecycle))];
    lines.extend(told(there.told).map(|it| format!("which {it}")));
    lines
}

fn waiting(call: Call, hop: Hop) -> String {
    let (verb, object) = call.name(hop);
    let until = if call.is_answered() {
        "answered"
    } else {
        "asks"
    };
    format!("{until}: {verb} {object}")
}

fn nsx(chain: &Chain, state: &State, lane: &Lane) -> Vec<String> {
    let mut lines = Vec::new();
    for (uid, place) in lane.places_by_uid() {
        let uid = uid.number();
        for allocation in place.allocations() {
            lines.push(match allocation.realization {
                Realization::Pending => format!("for {uid}: address asked"),
                Realization::Address(it) => format!("for {uid}: address {}", number(it)),
                Realization::Failed => format!("for {uid}: no address"),
            });
        }
        if let Some(there) = place.load_balancer {
            let servers = there.servers.iter().zip(["A", "B"]);
            let served: Vec<String> = servers.filter_map(|(it, port)| server(*it, port)).collect();
            let at = number(there.vip);
            lines.push(format!("for {uid}: at {at} {}", served.join(", ")));
        }
    }
    for index in 0..chain.scenario.addresses {
        let address = Address::at(index);
        let number = number(address);
        lines.push(match state.occupancy(address) {
            Occupancy::Free => format!("address {number} is free"),
            Occupancy::Held => format!("address {number} is held"),
            Occupancy::Quarantined => format!("address {number} in quarantine"),
        });
    }
    lines
}

fn server(server: VirtualServer, port: &str) -> Option<String> {
    match server {
        VirtualServer::Absent => None,
        VirtualServer::Unrealized => Some(format!("{port} accepted")),
        VirtualServer::Realized => Some(format!("{port} serves")),
        VirtualServer::Failed => Some(format!("{port} failed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::journey::Journey;
    use crate::explore::link::Link;

    #[test]
    fn every_place_is_told_along_a_creation() {
        let kept = hopwise_conformance::traces::committed();
        let create = kept.iter().find(|it| it.header.name == "recreate").unwrap();
        let scenario = hopwise_protocol::scenario(&create.header.scenario).unwrap();
        let link = Link {
            steps: create.steps.clone(),
            ..Link::start(scenario, create.header.off.clone())
        };
        let journey = Journey::of(link).unwrap();
        let mut text = String::new();
        for step in [0, 10, journey.last()] {
            text += &format!("after step {step}\n");
            let state = &journey.walked.states[step];
            for place in Place::ALL {
                let lines = of_place(&journey.walked.chain, state, Slot::A, place);
                text += &format!("  {}: {}\n", place.name(), lines.join("; "));
            }
        }
        insta::assert_snapshot!(text);
    }
}
