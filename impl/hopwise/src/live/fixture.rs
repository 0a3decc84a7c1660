//! What clusters could say of a Service, for tests.

use super::{Event, Place, Seen, Supervisor};
use hopwise_api::strings::{component, condition, finalizer};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(crate) fn place(kind: &'static str, name: &str, finalizer: &str) -> Place {
    Place {
        kind,
        name: name.into(),
        uid: "u1".into(),
        is_balanced: true,
        finalizers: vec![finalizer.into()],
        ports: vec![(80, 30_080)],
        address: Some("192.0.2.7".into()),
        ..Place::default()
    }
}

/// A Service that serves.
pub(crate) fn settled() -> Seen {
    let vm_service = Place {
        stands_for: Some("u1".into()),
        ..place("VirtualMachineService", "ns/demo-1", finalizer::VMOP)
    };
    Seen {
        guest: place("Service", "default/web", finalizer::CCM),
        supervisor: Some(Supervisor {
            vm_service: Some(vm_service),
            service: Some(place("Service", "ns/demo-1", finalizer::NCP)),
        }),
    }
}

pub(crate) fn supervisor(seen: &mut Seen) -> &mut Supervisor {
    seen.supervisor.as_mut().unwrap()
}

pub(crate) fn exhausted() -> Condition {
    Condition {
        type_: condition::POOL_EXHAUSTED.into(),
        status: "True".into(),
        reason: "IP_POOL_EXHAUSTED".into(),
        message: "pool vips has no free address".into(),
        observed_generation: Some(1),
        last_transition_time: Time(at(880)),
    }
}

/// A Service for which there is no address, as every hop says, about a spec that was edited since.
pub(crate) fn without_an_address() -> Seen {
    let mut seen = settled();
    let last_event = Event {
        is_warning: false,
        at: at(940),
        by: component::NCP.into(),
        reason: "IP_POOL_EXHAUSTED".into(),
        note: "pool vips has no free address".into(),
    };
    let below = seen.supervisor.as_mut().unwrap();
    let places = [
        below.vm_service.as_mut().unwrap(),
        below.service.as_mut().unwrap(),
        &mut seen.guest,
    ];
    for place in places {
        place.address = None;
        place.conditions.push(exhausted());
        (place.generation, place.observed) = (Some(2), Some(1));
        place.last_event = Some(last_event.clone());
    }
    seen
}
