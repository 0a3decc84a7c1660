//! A trace as what happens between lanes: who, to whom, since when, in which words.

use super::lane::{End, Lane, Stroke};
use super::told::told;
use super::watch::{Cause, Setting, causes, setting};
use hopwise_protocol::Grain;
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Object, Replica, Trace, Verb};

/// One step between lanes. Steps are counted from 0 here and from 1 in words.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub action: Action,
    pub from: Lane,
    pub to: Lane,
    /// The step in which what arrives here was sent; itself, if it is not known.
    pub sent: usize,
    pub stroke: Stroke,
    /// What becomes of it.
    pub end: End,
    /// Few words, for the diagram.
    pub label: String,
    /// What happens, without who.
    pub sentence: String,
    /// Whether the step alone tells little: an answer, or a read without consequence.
    pub is_quiet: bool,
}

impl Event {
    /// Who acts, and on whom.
    pub fn who(&self) -> String {
        let (from, to) = (self.name(self.from), self.name(self.to));
        if self.from == self.to {
            return from;
        }
        format!("{from} → {to}")
    }

    /// Who a lane is in this step.
    fn name(&self, lane: Lane) -> String {
        match (lane, self.action.deed, self.action.at.replica) {
            (Lane::User, Deed::Admin(_), _) => "Administrator".into(),
            (_, _, Replica::Rival) if lane.hop().is_some() => format!("rival {}", lane.name()),
            (_, _, Replica::First | Replica::Rival) => lane.name().into(),
        }
    }

    /// The whole step as the end of a sentence.
    pub fn clause(&self) -> String {
        let Event { sentence, .. } = self;
        let (from, to) = (self.name(self.from), self.name(self.to));
        match self.action.deed {
            Deed::Serve(..) if self.to != Lane::Nsx => {
                format!("the {to} serves {from}’s request to {sentence}")
            }
            Deed::Serve(..) => format!("{to} serves {from}’s request to {sentence}"),
            Deed::User(_) => format!("the user {sentence}"),
            Deed::Admin(_) => format!("the administrator {sentence}"),
            Deed::Deliver(..) | Deed::Hear(..) => format!("{sentence} by {to}"),
            Deed::Relist(..) | Deed::Rewind(..) => format!("{to}: {sentence}"),
            Deed::Poll | Deed::Tick(_) | Deed::Realize(_) | Deed::Free | Deed::Sweep(_) => {
                format!("{from}: {sentence}")
            }
            Deed::Remember | Deed::Rewrite | Deed::Collect(_) | Deed::Crash(_) => {
                format!("{from}: {sentence}")
            }
            Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => {
                format!("{from}: {sentence}")
            }
            Deed::Cut | Deed::Mend | Deed::Fail(_) | Deed::Lag(..) => {
                format!("{from}: {sentence}")
            }
        }
    }
}

/// The steps of a trace, in order.
pub(crate) fn events(trace: &Trace) -> Vec<Event> {
    let setting = setting(trace);
    let steps = trace.actions().zip(causes(trace)).enumerate();
    steps
        .map(|(at, (action, cause))| event(action, at, &cause, setting))
        .collect()
}

fn event(action: Action, at: usize, cause: &Cause, setting: Setting) -> Event {
    let (from, to, stroke) = drawn(action.deed, setting);
    let (label, sentence) = told(action, cause, setting);
    Event {
        action,
        from,
        to,
        sent: cause.sent.unwrap_or(at),
        stroke,
        end: end(action.deed),
        label,
        sentence,
        is_quiet: cause.writes.is_empty() && tells_little(action.deed),
    }
}

fn drawn(deed: Deed, setting: Setting) -> (Lane, Lane, Stroke) {
    let local = |lane| (lane, lane, Stroke::Local);
    match deed {
        Deed::User(_) => (Lane::User, Lane::of_users(setting.topology), Stroke::Write),
        Deed::Admin(
            AdminStep::DeleteVmService | AdminStep::DeleteSupervisorService | AdminStep::Annotate,
        ) => (Lane::User, Lane::Supervisor, Stroke::Write),
        Deed::Admin(AdminStep::DeleteLoadBalancer) => (Lane::User, Lane::Nsx, Stroke::Write),
        Deed::Admin(AdminStep::DeleteCluster | AdminStep::CreateCluster) => {
            (Lane::User, Lane::Guest, Stroke::Write)
        }
        Deed::Poll if setting.grain != Grain::Fine => (Lane::Ccm, Lane::Supervisor, Stroke::Read),
        Deed::Poll | Deed::Remember | Deed::Mend => local(Lane::Ccm),
        Deed::Tick(hop) | Deed::Crash(hop) | Deed::Delay(hop, ..) => local(Lane::of_hop(hop)),
        Deed::Deliver(hop, of) | Deed::Relist(hop, of) | Deed::Rewind(hop, of) => {
            (Lane::of_object(of), Lane::of_hop(hop), Stroke::Watch)
        }
        Deed::Serve(hop, verb, of)
        | Deed::Lose(hop, verb, of)
        | Deed::LoseReply(hop, verb, of)
        | Deed::Land(hop, verb, of) => call(hop, verb, of),
        Deed::Hear(hop, _, of) => (Lane::of_object(of), Lane::of_hop(hop), Stroke::Answer),
        Deed::Realize(_) | Deed::Free | Deed::Fail(_) => local(Lane::Nsx),
        Deed::Lag(_, of) => local(Lane::of_object(of)),
        Deed::Sweep(Hop::Ncp) => (Lane::Ncp, Lane::Nsx, Stroke::NsxWrite),
        Deed::Sweep(hop) => (Lane::of_hop(hop), Lane::Supervisor, Stroke::Write),
        Deed::Collect(_) => local(Lane::Supervisor),
        Deed::Rewrite | Deed::Cut => (Lane::Ccm, Lane::Supervisor, Stroke::Write),
    }
}

fn call(hop: Hop, verb: Verb, of: Object) -> (Lane, Lane, Stroke) {
    let reads = matches!(verb, Verb::Read | Verb::List);
    let stroke = match (Lane::of_object(of), reads) {
        (Lane::Nsx, true) => Stroke::NsxRead,
        (Lane::Nsx, false) => Stroke::NsxWrite,
        (_, true) => Stroke::Read,
        (_, false) => Stroke::Write,
    };
    (Lane::of_hop(hop), Lane::of_object(of), stroke)
}

fn end(deed: Deed) -> End {
    match deed {
        Deed::Lose(..) | Deed::Cut => End::Lost,
        Deed::LoseReply(..) => End::ReplyLost,
        Deed::Crash(_) | Deed::Fail(_) => End::Broken,
        Deed::User(_) | Deed::Admin(_) | Deed::Poll | Deed::Tick(_) | Deed::Deliver(..) => {
            End::Arrives
        }
        Deed::Serve(..) | Deed::Hear(..) | Deed::Realize(_) | Deed::Free => End::Arrives,
        Deed::Sweep(_) | Deed::Collect(_) | Deed::Remember | Deed::Rewrite => End::Arrives,
        Deed::Lag(..) | Deed::Rewind(..) => End::Arrives,
        Deed::Delay(..) | Deed::Land(..) | Deed::Relist(..) | Deed::Mend => End::Arrives,
    }
}

fn tells_little(deed: Deed) -> bool {
    match deed {
        Deed::Poll | Deed::Tick(_) | Deed::Hear(..) => true,
        Deed::Serve(_, verb, _) => matches!(verb, Verb::Read | Verb::List),
        Deed::User(_) | Deed::Admin(_) | Deed::Deliver(..) | Deed::Realize(_) => false,
        Deed::Free | Deed::Sweep(_) | Deed::Collect(_) | Deed::Remember | Deed::Rewrite => false,
        Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => false,
        Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => false,
        Deed::Crash(_) | Deed::Relist(..) | Deed::Cut | Deed::Mend => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn step(text: &str) -> Event {
        let trace = fixture::trace("t", &["user create", text]);
        events(&trace).remove(1)
    }

    #[test]
    fn a_request_goes_from_its_hop_to_the_server_of_the_object() {
        let event = step("serve vmop create supervisor-service");
        assert_eq!(event.who(), "vmop → Supervisor API");
        assert_eq!(event.label, "create Supervisor Service");
    }

    #[test]
    fn a_delivery_is_drawn_from_the_write_that_it_reports() {
        let event = step("deliver ccm service");
        assert_eq!((event.sent, event.stroke), (0, Stroke::Watch));
        assert_eq!(event.sentence, "the Service as step 1 left it is seen");
    }

    #[test]
    fn a_delivery_of_an_unknown_write_is_drawn_flat() {
        let event = step("deliver vmop vm-service");
        assert_eq!(event.sent, 1);
    }

    #[test]
    fn a_step_can_end_a_sentence() {
        let steps = [
            "serve ccm release service",
            "serve ncp allocate allocation",
            "admin delete vm-service",
            "lose ncp allocate allocation",
            "lose-reply ccm create vm-service",
            "crash ccm",
            "relist vmop vm-service",
            "sweep ncp",
            "collect supervisor-service",
            "cut",
            "deliver ccm service of b by rival",
        ];
        let clauses = steps.map(|text| step(text).clause());
        insta::assert_snapshot!(clauses.join("\n"));
    }

    #[test]
    fn only_another_service_and_another_replica_are_named() {
        let event = step("serve vmop create supervisor-service of b by rival");
        assert_eq!(event.who(), "rival vmop → Supervisor API");
        assert_eq!(event.label, "create Supervisor Service (b, rival)");
        assert_eq!(event.sentence, "create the Supervisor Service (Service b)");
    }

    #[test]
    fn nsx_realizes_on_its_own_lane() {
        assert_eq!(step("realize load-balancer").who(), "NSX-T");
    }
}
