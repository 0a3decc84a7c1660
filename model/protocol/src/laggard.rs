//! A replica of the API server that stays behind, at which a watch may be renewed
//! (`docs/protocol.md` §7a).

use crate::model::Chain;
use crate::object::{Downstream, Kind, Stored, Upstream};
use crate::request::upstream;
use crate::scenarios::Fault;
use crate::state::{Lane, State};
use hopwise_vocab::{At, Hop, Object, Replica};

/// What a replica of the API server knows that stays behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Laggard {
    /// Whose watch may be renewed there.
    pub replica: Replica,
    /// What that watch had delivered when it stopped.
    pub view: View,
}

/// A hop's watch, with what it had delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// A hop's upstream object.
    Upstream(Hop, Option<Upstream>),
    /// The downstream object of vmop, the one hop that watches it.
    Downstream(Option<Downstream>),
}

impl View {
    /// Whether it shows an object.
    pub fn is_something(&self) -> bool {
        match self {
            View::Upstream(_, view) => view.is_some(),
            View::Downstream(view) => view.is_some(),
        }
    }

    /// Which watch it is of.
    pub fn watch(&self) -> (Hop, Object) {
        match self {
            View::Upstream(hop, _) => (*hop, upstream(*hop).into()),
            View::Downstream(_) => (Hop::Vmop, Object::SupervisorService),
        }
    }
}

/// `lag HOP OBJECT`: a server stays behind at what the watch has delivered.
pub(crate) fn lag(before: &State, chain: &Chain, at: At, watched: (Hop, Object)) -> Option<State> {
    chain.may(before, Fault::Rewind, watched.0).then_some(())?;
    let lane = before.lane(at.service);
    lane.laggard.is_none().then_some(())?;
    let view = lane.view(at.replica, watched)?;

    let mut after = before.clone();
    after.faults -= 1;
    let replica = at.replica;
    after.lane_mut(at.service).laggard = Some(Laggard { replica, view });
    Some(after)
}

/// `rewind HOP OBJECT`: the watch is renewed at the server that stayed behind: the hop sees what
/// there was then, and what there is now comes as the next event.
pub(crate) fn rewind(
    before: &State,
    chain: &Chain,
    at: At,
    watched: (Hop, Object),
) -> Option<State> {
    let lane = before.lane(at.service);
    let laggard = lane.laggard.filter(|it| it.replica == at.replica)?;
    (laggard.view.watch() == watched).then_some(())?;
    // Where nothing goes back, nothing has gone wrong.
    (lane.view(at.replica, watched)? != laggard.view).then_some(())?;

    let mut after = before.clone();
    let lane = after.lane_mut(at.service);
    lane.laggard = None;
    lane.rewind(at.replica, laggard.view)?;
    // A list without the object delivers nothing.
    if laggard.view.is_something() {
        after.wake(chain, at, watched.0);
        after.finish_pass(chain, at, watched.0);
    }
    Some(after)
}

impl Lane {
    /// What a watch has delivered.
    pub(crate) fn view(&self, replica: Replica, watched: (Hop, Object)) -> Option<View> {
        let (hop, object) = watched;
        Some(match (hop, object) {
            (Hop::Ccm, Object::Service)
            | (Hop::Vmop, Object::VmService)
            | (Hop::Ncp, Object::SupervisorService) => {
                self.pass(hop, replica)?;
                View::Upstream(hop, self.upstream_seen(hop, replica))
            }
            (Hop::Vmop, Object::SupervisorService) => {
                View::Downstream(self.vmop(replica)?.supervisor_service.seen())
            }
            _ => return None,
        })
    }

    fn rewind(&mut self, replica: Replica, to: View) -> Option<()> {
        let upstream = |kind| self.store(kind).object().map(Stored::as_upstream);
        let service = upstream(Kind::Service);
        let vm_service = upstream(Kind::VmService);
        let supervisor_service = upstream(Kind::SupervisorService);
        let below = self.supervisor_service.object().map(Stored::as_downstream);
        match to {
            View::Upstream(Hop::Ccm, seen) => {
                self.ccm_mut(replica)?.service.rewind(seen, service);
            }
            View::Upstream(Hop::Vmop, seen) => {
                let vmop = self.vmop_mut(replica)?;
                vmop.vm_service.rewind(seen, vm_service);
            }
            View::Upstream(Hop::Ncp, seen) => {
                let ncp = self.ncp_mut(replica)?;
                ncp.supervisor_service.rewind(seen, supervisor_service);
            }
            View::Downstream(seen) => {
                let vmop = self.vmop_mut(replica)?;
                vmop.supervisor_service.rewind(seen, below);
            }
        }
        Some(())
    }
}
