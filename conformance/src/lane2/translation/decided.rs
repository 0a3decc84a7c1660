//! What a pass decides: from `hopwise-core` back to the model.

use super::Error;
use super::words::{address_back, listeners_back, ports_back, told_back, uid_back, version_back};
use hopwise_core::mirror::Annotations;
use hopwise_core::{Guard, Uid, mirror, ncp, vmop};
use hopwise_protocol as model;
use hopwise_protocol::{AllocationId, Kind, Payload, Request};
use hopwise_vocab::{Hop, Object, Verb};

/// The request that a decision of ccm or vmop makes.
///
/// # Errors
/// Says what in the decision the model does not have.
pub fn mirror_request(hop: Hop, decision: &mirror::Decision) -> Result<Option<Request>, Error> {
    use mirror::Decision;
    let ends = if hop == Hop::Ccm {
        hopwise_core::ccm::ENDS
    } else {
        vmop::ENDS
    };
    let Some(plain) = decision.request(ends).map(bare) else {
        return Ok(None);
    };
    let below = model::downstream(hop).expect("only ccm and vmop mirror");
    let above = model::upstream(hop);
    Ok(Some(match decision {
        Decision::Hold(guard) | Decision::Release { guard, .. } => guarded(plain, hop, guard)?,
        Decision::Publish { guard, told } => Request {
            payload: Payload::Status(told_back(*told)?),
            ..guarded(plain, hop, guard)?
        },
        Decision::Create {
            stands_for, ports, ..
        } => Request {
            payload: Payload::New {
                ports: ports_back(ports)?,
                stands_for: uid_back(above, stands_for)?,
                origin: any_origin(),
            },
            ..plain
        },
        Decision::Update {
            uid,
            ports,
            annotations,
            ..
        } => Request {
            uid: Some(uid_back(below, uid)?),
            payload: match annotations {
                Annotations::Left => Payload::Spec(ports_back(ports)?),
                Annotations::Replaced => Payload::SpecAndAnnotations(ports_back(ports)?),
            },
            ..plain
        },
        Decision::Delete { uid } => Request {
            uid: uid.as_ref().map(|uid| uid_back(below, uid)).transpose()?,
            ..plain
        },
        Decision::Read | Decision::Wait(_) | Decision::Settled => plain,
    }))
}

/// The request that a decision of vmop makes.
///
/// # Errors
/// Says what in the decision the model does not have.
pub fn vmop_request(decision: &vmop::Decision) -> Result<Option<Request>, Error> {
    match decision {
        vmop::Decision::Mirror(decision) => mirror_request(Hop::Vmop, decision),
        vmop::Decision::WriteEndpoints(_) => Err(Error::Endpoints),
    }
}

/// The request that a decision of ncp makes in a pass about this Supervisor Service. A decision
/// names no other load balancer than that of its pass.
///
/// # Errors
/// Says what in the decision the model does not have.
pub fn ncp_request(
    of_pass: Option<model::Uid>,
    decision: &ncp::Decision,
) -> Result<Option<Request>, Error> {
    use ncp::Decision;
    let Some(plain) = decision.request().map(bare) else {
        return Ok(None);
    };
    let of = |uid: &Uid| uid_back(Kind::SupervisorService, uid).map(Some);
    Ok(Some(match decision {
        Decision::Hold(guard) | Decision::Release { guard, .. } => guarded(plain, Hop::Ncp, guard)?,
        Decision::Publish { guard, told } => Request {
            payload: Payload::Status(told_back(*told)?),
            ..guarded(plain, Hop::Ncp, guard)?
        },
        Decision::Allocate { stands_for, id, .. } => Request {
            uid: of(stands_for)?,
            payload: Payload::Tags {
                origin: any_origin(),
                id: match id {
                    ncp::AllocationId::OfIdentity => AllocationId::Identity,
                    ncp::AllocationId::Fresh => AllocationId::Fresh,
                },
            },
            ..plain
        },
        Decision::Withdraw { stands_for } => Request {
            uid: of(stands_for)?,
            ..plain
        },
        Decision::Program(wanted) => {
            let stale = Some(wanted.stale.servers.iter()).filter(|stale| stale.len() > 0);
            let payload = Payload::Tree {
                vip: address_back(wanted.vip)?,
                ports: listeners_back(wanted.servers.keys())?,
                origin: any_origin(),
                stale: stale.map(listeners_back).transpose()?,
            };
            Request {
                uid: of_pass,
                payload,
                ..plain
            }
        }
        Decision::Unprogram(parts) => Request {
            uid: of_pass,
            payload: Payload::Found(listeners_back(parts.servers.iter())?),
            ..plain
        },
        Decision::Read => Request {
            uid: of_pass,
            ..plain
        },
        Decision::Wait(_) | Decision::Settled => plain,
    }))
}

/// The model's request without what no decision has: the origin, which the shells copy from
/// annotation to annotation, and the whole object of an unguarded hold, which they write back.
pub fn as_decided(request: Request) -> Request {
    let origin = any_origin();
    let payload = match request.payload {
        Payload::New {
            ports, stands_for, ..
        } => Payload::New {
            ports,
            stands_for,
            origin,
        },
        Payload::Tags { id, .. } => Payload::Tags { origin, id },
        Payload::Tree {
            vip, ports, stale, ..
        } => Payload::Tree {
            vip,
            ports,
            origin,
            stale,
        },
        Payload::Whole(_) | Payload::Nothing => Payload::Nothing,
        // Without own-keys-only the model lets vmop write annotations too. Nobody annotates a
        // Supervisor Service, so that the two say the same.
        Payload::SpecAndAnnotations(ports) if request.object == Object::SupervisorService => {
            Payload::Spec(ports)
        }
        Payload::Status(_)
        | Payload::Spec(_)
        | Payload::SpecAndAnnotations(_)
        | Payload::Found(_) => request.payload,
    };
    Request { payload, ..request }
}

fn any_origin() -> model::Uid {
    model::Uid::nth(1)
}

/// A request without payload and precondition.
fn bare((verb, object): (Verb, Object)) -> Request {
    Request {
        verb,
        object,
        uid: None,
        version: None,
        payload: Payload::Nothing,
    }
}

fn guarded(plain: Request, hop: Hop, guard: &Guard) -> Result<Request, Error> {
    Ok(match guard {
        Guard::None => plain,
        Guard::AsSeen {
            uid,
            resource_version,
        } => Request {
            uid: Some(uid_back(model::upstream(hop), uid)?),
            version: Some(version_back(resource_version)?),
            ..plain
        },
    })
}
