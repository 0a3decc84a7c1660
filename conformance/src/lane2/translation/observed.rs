//! What a pass observes: from the model to `hopwise-core`.

use super::words::{address, lifecycle, listener, ports, told, uid, version};
use hopwise_core::mirror::ForeignKeys;
use hopwise_core::{Clients, Hold, Live, Serving, Terms, Upstream, mirror, ncp, vmop};
use hopwise_protocol as model;
use hopwise_vocab::Hop;
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::lane2) fn upstream(hop: Hop, seen: &model::Upstream) -> Upstream {
    let object = &seen.object;
    Upstream {
        uid: uid(model::upstream(hop), object.uid),
        resource_version: version(seen.version),
        lifecycle: lifecycle(object.lifecycle),
        hold: if object.held {
            Hold::Held
        } else {
            Hold::NotHeld
        },
        serving: if object.balanced {
            Serving::Ours
        } else {
            Serving::NotOurs
        },
        ports: ports(object.ports),
        terms: Terms::default(),
        told: told(object.told),
    }
}

fn downstream(hop: Hop, found: &model::Downstream) -> mirror::Downstream {
    let kind = model::downstream(hop).expect("only ccm and vmop mirror");
    mirror::Downstream {
        uid: uid(kind, found.uid),
        lifecycle: lifecycle(found.lifecycle),
        stands_for: Some(uid(model::upstream(hop), found.stands_for)),
        ports: ports(found.ports),
        terms: Terms::default(),
        told: told(found.told),
        foreign_keys: if found.annotated {
            ForeignKeys::Present
        } else {
            ForeignKeys::Absent
        },
    }
}

/// What a pass of ccm, or of vmop beside its Endpoints, observes.
pub fn mirrored(
    hop: Hop,
    seen: Option<&model::Upstream>,
    there: &model::Seen,
    answer: Option<Option<&model::Downstream>>,
) -> mirror::Observed {
    mirror::Observed {
        upstream: seen.map(|seen| upstream(hop, seen)),
        downstream: match there {
            model::Seen::NotPolled => mirror::Seen::NotPolled,
            model::Seen::Absent => mirror::Seen::Absent,
            model::Seen::There(found) => mirror::Seen::Present(downstream(hop, found)),
        },
        live: answer.map(|found| Live::answered(found.map(|found| downstream(hop, found)))),
    }
}

/// What a pass of vmop observes. The selector selects nothing, and Endpoints that nobody selects
/// for are somebody else's: so Endpoints, which the model does not have, ask for nothing.
pub fn vmop_observed(mirror: mirror::Observed) -> vmop::Observed {
    vmop::Observed {
        mirror,
        endpoints: None,
        backends: None,
    }
}

/// What a pass of ncp observes. There are no backends, so pools have no members.
pub fn ncp_observed(
    seen: Option<&model::Upstream>,
    answer: Option<&model::Place>,
) -> ncp::Observed {
    ncp::Observed {
        upstream: seen.map(|seen| upstream(Hop::Ncp, seen)),
        backends: BTreeSet::new(),
        live: answer.map(|place| {
            let allocation = place.allocation.map(|found| match found.realization {
                model::Realization::Pending => ncp::Allocation::Pending,
                model::Realization::Failed => ncp::Allocation::Failed,
                model::Realization::Address(ip) => ncp::Allocation::Realized(address(ip)),
            });
            ncp::Nsx::answered(
                allocation,
                place.load_balancer.iter().flat_map(servers).collect(),
            )
        }),
    }
}

fn servers(there: &model::LoadBalancer) -> BTreeMap<ncp::Listener, ncp::Server> {
    let both = ports(model::Ports::Both);
    let servers = both.iter().zip(there.servers);
    let servers = servers.filter_map(|(port, server)| {
        let realization = match server {
            model::VirtualServer::Absent => return None,
            model::VirtualServer::Realized => ncp::Realization::Realized,
            model::VirtualServer::Unrealized => ncp::Realization::Unrealized,
            model::VirtualServer::Failed => ncp::Realization::Failed,
        };
        let server = ncp::Server {
            vip: Some(address(there.vip)),
            members: Some(BTreeSet::new()),
            clients: Clients::All,
            health_port: None,
            realization,
        };
        Some((listener(port), server))
    });
    servers.collect()
}
