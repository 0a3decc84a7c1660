//! What was chosen, by content, so that it can be chosen again in a run that went otherwise before.

use super::Run;
use super::choices::{Choices, Step};
use crate::call::Asked;
use crate::gate::Id;
use hopwise_vocab::{Deed, Hop, Slot};

/// One choice of a free run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This becomes of the first call of a hop that asks this.
    Call(Fate, Hop, Asked),
    /// A hop that backed off tries again.
    Wake(Hop),
    /// ccm cannot reach the Supervisor any more, or can again.
    Cut,
    /// A controller restarts. A write of its may still be under way.
    Crash(Hop, bool),
    /// Anything else that the protocol has a word for.
    Do(Deed),
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Served,
    Heard,
    Lost,
    Unheard,
    Delayed,
}

impl Choice {
    /// A step by content; nothing if it is of a call that is not there.
    pub(super) fn of(step: Step, run: &Run) -> Option<Choice> {
        let call = |fate, id: Id| {
            let waiting = |call: &crate::gate::Call| Choice::Call(fate, call.who.hop, call.asked);
            run.world.gate.look(|calls| calls.call(id).map(waiting))
        };
        match step {
            Step::Serve(id) => call(Fate::Served, id),
            Step::Hear(id) => call(Fate::Heard, id),
            Step::Lose(id) => call(Fate::Lost, id),
            Step::LoseReply(id) => call(Fate::Unheard, id),
            Step::Delay(id) => call(Fate::Delayed, id),
            Step::Wake(hop) => Some(Choice::Wake(hop)),
            Step::Cut => Some(Choice::Cut),
            Step::Crash(hop, sends) => Some(Choice::Crash(hop, sends)),
            Step::Do(deed) => Some(Choice::Do(deed)),
        }
    }

    /// The step that it is now, if it can be chosen.
    pub(super) fn step(self, run: &Run) -> Option<Step> {
        if let Choice::Crash(hop, sends) = self {
            return Some(Step::Crash(
                hop,
                sends && run.world.lanes[Slot::A].late.is_none(),
            ));
        }
        let choices = Choices::of(run);
        choices
            .steps()
            .find(|step| Choice::of(*step, run) == Some(self))
    }
}
