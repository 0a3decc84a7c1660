//! One Service on its way: a copy of the one-Service model, its clocks, and how far it has come.

use crate::agenda::Clocks;
use crate::draw::Source;
use hopwise_protocol::{
    Beginning, Budget, Chain, Clusters, Edits, Faults, Grain, Instance, LEADS_TO, LeadsTo, Poll,
    Ports, Scenario, State, Topology, Uid,
};
use hopwise_vocab::{Action, At, Deed, Replica, Safeguards, Slot, UserStep};
use stateright::Model;
use std::time::Duration;

/// What the user of every Service does: create, edit and delete it. Every call is told apart.
const SCENARIO: Scenario = Scenario {
    name: "timed",
    sentence: "A Service is created, edited when it shows its address, and deleted when that is \
               realized.",
    begins: Beginning::Empty,
    users: &[Budget {
        creates: 1,
        edits: 1,
        deletes: 1,
        ..Budget::NONE
    }],
    behind: &[],
    clusters: Clusters::One,
    topology: Topology::Hops,
    addresses: 1,
    grain: Grain::Fine,
    rival: None,
    faults: Faults::NONE,
    edits: Edits::Replace,
};

/// The model of one Service.
pub(crate) fn chain(safeguards: Safeguards) -> Chain {
    Chain {
        scenario: SCENARIO,
        safeguards,
    }
}

/// Where a deed leads, if it is enabled.
pub(crate) fn after(chain: &Chain, state: &State, deed: Deed) -> Option<State> {
    chain.next_state(state, Action::from(deed))
}

/// The deeds that are enabled, of those that are wanted.
pub(crate) fn enabled(chain: &Chain, state: &State, wanted: impl Fn(Deed) -> bool) -> Vec<Deed> {
    let mut actions = Vec::new();
    chain.actions(state, &mut actions);
    let deeds = actions.into_iter().filter(|it| it.at == At::FIRST);
    let deeds = deeds.map(|action| action.deed);
    deeds
        .filter(|&deed| wanted(deed) && after(chain, state, deed).is_some())
        .collect()
}

/// How far a Service has come. The user is patient, and does the next thing only when the last is
/// seen to have worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Created, at that time; not published.
    Created(Duration),
    /// Published; the user thinks.
    Published,
    /// Edited, at that time; not realized.
    Edited(Duration),
    /// Realized; the user thinks.
    Realized,
    /// Deleted, at that time; not gone.
    Deleted(Duration),
    /// Gone; deleted at that time, and something is left or the address is not free.
    Gone(Duration),
    /// Nothing is left.
    Free,
}

/// How long one Service took; nothing of what it has not reached.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) published: Option<Duration>,
    pub(crate) realized: Option<Duration>,
    pub(crate) gone: Option<Duration>,
    pub(crate) free: Option<Duration>,
}

/// One Service on its way.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) state: State,
    pub(crate) clocks: Clocks<Deed>,
    pub(crate) source: Source,
    /// Polls in a row, where the policy counts them.
    pub(crate) polls: u32,
    pub(crate) stage: Stage,
    pub(crate) times: Times,
}

impl Copy {
    /// The user has just created it: `state` is the one after that.
    pub(crate) fn created(state: State, now: Duration, source: Source) -> Copy {
        Copy {
            state,
            clocks: Clocks::new(),
            source,
            polls: 0,
            stage: Stage::Created(now),
            times: Times::default(),
        }
    }

    /// What the user does next, if it is the user's turn.
    pub(crate) fn users_turn(&self) -> Option<UserStep> {
        match self.stage {
            Stage::Published => Some(UserStep::Edit),
            Stage::Realized => Some(UserStep::Delete),
            Stage::Created(_) | Stage::Edited(_) => None,
            Stage::Deleted(_) | Stage::Gone(_) | Stage::Free => None,
        }
    }

    /// Whether no poll of its own is under way.
    pub(crate) fn polls_nothing(&self) -> bool {
        let ccm = self.state.lane(Slot::A).ccm(Replica::First);
        ccm.is_some_and(|ccm| ccm.poll == Poll::Idle)
    }

    /// A deed has led to this state.
    pub(crate) fn step(&mut self, chain: &Chain, deed: Deed, state: State, now: Duration) {
        self.state = state;
        self.clocks.rang(deed);
        if deed == Deed::User(UserStep::Edit) {
            self.stage = Stage::Edited(now);
        } else if deed == Deed::User(UserStep::Delete) {
            self.stage = Stage::Deleted(now);
        }
        while let Some(next) = self.reached(chain, now) {
            self.stage = next;
        }
    }

    /// The next stage, if it is reached. The goals are those of the model's own properties.
    fn reached(&mut self, chain: &Chain, now: Duration) -> Option<Stage> {
        let state = &self.state;
        let is_done = |id, ports| property(id).is_done(chain, &about(ports), state);
        match self.stage {
            Stage::Created(at) => is_done("created ⇝ published", Ports::A).then(|| {
                self.times.published = Some(now - at);
                Stage::Published
            }),
            Stage::Edited(at) => is_done("edited ⇝ realized", Ports::B).then(|| {
                self.times.realized = Some(now - at);
                Stage::Realized
            }),
            Stage::Deleted(at) => {
                let gone = &property("deleted ⇝ gone").clauses[0];
                (gone.is_true)(chain, &about(Ports::A), state).then(|| {
                    self.times.gone = Some(now - at);
                    Stage::Gone(at)
                })
            }
            Stage::Gone(at) => is_done("deleted ⇝ gone", Ports::A).then(|| {
                self.times.free = Some(now - at);
                Stage::Free
            }),
            Stage::Published | Stage::Realized | Stage::Free => None,
        }
    }
}

fn property(id: &str) -> &'static LeadsTo {
    let mut known = LEADS_TO.iter();
    let found = known.find(|property| property.id == id);
    found.expect("the model has the properties of docs/protocol.md")
}

/// The instance of a property about the only incarnation of the only Service.
fn about(ports: Ports) -> Instance {
    Instance {
        slot: Slot::A,
        service: Uid::nth(1),
        ports,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_clause_of_deleted_gone_is_what_a_client_waits_for() {
        let says = property("deleted ⇝ gone").clauses[0].says;
        assert_eq!(says, "the Service is gone, or nobody of the chain holds it");
    }

    #[test]
    fn in_the_beginning_only_polls_and_the_user_have_something_to_do() {
        let chain = chain(Safeguards::reference());
        let deeds = enabled(&chain, &chain.beginning(), |_| true);
        assert_eq!(deeds, [Deed::User(UserStep::Create), Deed::Poll]);
    }
}
