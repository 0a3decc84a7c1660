//! A trace as what happens between lanes: who, to whom, since when, in which words.

use super::watch::Causes;
use super::words::{asks, object, program, request};
use hopwise_vocab::{Action, Hop, Object, Realizable, Trace, UserStep, Verb};

/// A lifeline, from the user to NSX-T.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    User,
    Guest,
    Ccm,
    Supervisor,
    Vmop,
    Ncp,
    Nsx,
}

impl Lane {
    pub const ALL: [Lane; 7] = [
        Lane::User,
        Lane::Guest,
        Lane::Ccm,
        Lane::Supervisor,
        Lane::Vmop,
        Lane::Ncp,
        Lane::Nsx,
    ];

    /// Its name, as in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::User => "User",
            Lane::Guest => "Guest API",
            Lane::Ccm => "ccm",
            Lane::Supervisor => "Supervisor API",
            Lane::Vmop => "vmop",
            Lane::Ncp => "ncp",
            Lane::Nsx => "NSX-T",
        }
    }

    /// What stands under the name.
    pub const fn below(self) -> &'static str {
        match self {
            Lane::User => "kubectl",
            Lane::Guest => "Service",
            Lane::Ccm => program(Hop::Ccm),
            Lane::Supervisor => "VirtualMachineService, Service",
            Lane::Vmop => program(Hop::Vmop),
            Lane::Ncp => "NSX-T container plug-in",
            Lane::Nsx => "address, load balancer",
        }
    }

    pub const fn of_hop(hop: Hop) -> Lane {
        match hop {
            Hop::Ccm => Lane::Ccm,
            Hop::Vmop => Lane::Vmop,
            Hop::Ncp => Lane::Ncp,
        }
    }

    /// The server that keeps an object.
    pub const fn of_object(object: Object) -> Lane {
        match object {
            Object::Service => Lane::Guest,
            Object::VmService | Object::SupervisorService => Lane::Supervisor,
            Object::Allocation | Object::LoadBalancer | Object::Nsx => Lane::Nsx,
        }
    }
}

/// How a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    Write,
    Read,
    Watch,
    Answer,
    NsxWrite,
    NsxRead,
    Local,
}

impl Stroke {
    /// The class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Stroke::Write => "w",
            Stroke::Read => "r",
            Stroke::Watch => "e",
            Stroke::Answer => "s",
            Stroke::NsxWrite => "c",
            Stroke::NsxRead => "q",
            Stroke::Local => "l",
        }
    }
}

/// One step between lanes. Steps are counted from 0 here and from 1 in words.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub action: Action,
    pub from: Lane,
    pub to: Lane,
    /// The step in which what arrives here was sent; itself, if it is not known.
    pub sent: usize,
    pub stroke: Stroke,
    /// Few words, for the diagram.
    pub label: String,
    /// What happens, without who.
    pub sentence: String,
}

impl Event {
    /// Who acts, and on whom.
    pub fn who(&self) -> String {
        if self.from == self.to {
            return self.from.name().into();
        }
        format!("{} → {}", self.from.name(), self.to.name())
    }

    /// The whole step as the end of a sentence.
    pub fn clause(&self) -> String {
        let Event { sentence, .. } = self;
        let (from, to) = (self.from.name(), self.to.name());
        match self.action {
            Action::Serve(..) if self.to != Lane::Nsx => {
                format!("the {to} serves {from}’s request to {sentence}")
            }
            Action::User(_) => format!("the user {sentence}"),
            Action::Serve(..) => format!("{to} serves {from}’s request to {sentence}"),
            Action::Deliver(..) | Action::Hear(..) => format!("{sentence} by {to}"),
            Action::Poll | Action::Tick | Action::Realize(_) | Action::Free => {
                format!("{from}: {sentence}")
            }
        }
    }

    /// Whether the step alone tells little: an answer, or a read without consequence.
    pub fn is_quiet(&self) -> bool {
        match self.action {
            Action::Poll | Action::Tick | Action::Hear(..) => true,
            Action::Serve(_, verb, _) => matches!(verb, Verb::Read | Verb::List),
            Action::User(_) | Action::Deliver(..) | Action::Realize(_) | Action::Free => false,
        }
    }
}

/// The steps of a trace, in order.
pub(crate) fn events(trace: &Trace) -> Vec<Event> {
    let mut causes = Causes::default();
    let steps = trace.actions().enumerate();
    steps
        .map(|(at, action)| {
            let sent = causes.of(at, action);
            event(action, at, sent)
        })
        .collect()
}

fn event(action: Action, at: usize, sent: Option<usize>) -> Event {
    let (from, to, stroke) = drawn(action);
    let (label, sentence) = told(action, sent);
    Event {
        action,
        from,
        to,
        sent: sent.unwrap_or(at),
        stroke,
        label,
        sentence,
    }
}

fn drawn(action: Action) -> (Lane, Lane, Stroke) {
    match action {
        Action::User(_) => (Lane::User, Lane::Guest, Stroke::Write),
        Action::Poll => (Lane::Ccm, Lane::Ccm, Stroke::Local),
        Action::Tick => (Lane::Ncp, Lane::Ncp, Stroke::Local),
        Action::Deliver(hop, of) => (Lane::of_object(of), Lane::of_hop(hop), Stroke::Watch),
        Action::Serve(hop, verb, of) => {
            let reads = matches!(verb, Verb::Read | Verb::List);
            let stroke = match (Lane::of_object(of), reads) {
                (Lane::Nsx, true) => Stroke::NsxRead,
                (Lane::Nsx, false) => Stroke::NsxWrite,
                (_, true) => Stroke::Read,
                (_, false) => Stroke::Write,
            };
            (Lane::of_hop(hop), Lane::of_object(of), stroke)
        }
        Action::Hear(hop, _, of) => (Lane::of_object(of), Lane::of_hop(hop), Stroke::Answer),
        Action::Realize(_) | Action::Free => (Lane::Nsx, Lane::Nsx, Stroke::Local),
    }
}

/// The words of a step: on the diagram, and in the transcript.
fn told(action: Action, sent: Option<usize>) -> (String, String) {
    let since = sent.map_or(String::new(), |step| format!(" (step {})", step + 1));
    match action {
        Action::User(step) => {
            let does = match step {
                UserStep::Create => "creates the Service",
                UserStep::Edit => "edits the ports of the Service",
                UserStep::Delete => "deletes the Service",
            };
            (format!("{step} Service"), does.into())
        }
        Action::Poll => ("poll".into(), "polls: a LIST is on its way".into()),
        Action::Tick => ("tick".into(), "its timer starts a pass".into()),
        Action::Deliver(_, of) => {
            let left = sent.map_or(String::new(), |step| {
                format!(" as step {} left it", step + 1)
            });
            let (label, it) = (format!("sees {}", object(of)), object(of));
            (label, format!("the {it}{left} is seen"))
        }
        Action::Serve(Hop::Ncp, Verb::Read, Object::Nsx) => {
            let it = "read the allocation and the load balancer, and hear the answer";
            (request(Verb::Read, Object::Nsx), it.into())
        }
        Action::Serve(_, verb, of) => (request(verb, of), asks(verb, of)),
        Action::Hear(_, Verb::List, of) => (
            "hears list".into(),
            format!("the list of {}s{since} is heard", object(of)),
        ),
        Action::Hear(_, verb, of) => {
            let heard = format!("the answer to “{}”{since} is heard", request(verb, of));
            ("hears answer".into(), heard)
        }
        Action::Realize(Realizable::Allocation) => {
            let it = "realizes the allocation: it gets an address, or fails";
            ("allocation realized".into(), it.into())
        }
        Action::Realize(Realizable::LoadBalancer) => {
            let it = "realizes the load balancer: it serves";
            ("load balancer realized".into(), it.into())
        }
        Action::Free => (
            "address is free".into(),
            "the quarantine of an address ends".into(),
        ),
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
        let clauses = ["serve ccm release service", "serve ncp allocate allocation"]
            .map(|text| step(text).clause());
        assert_eq!(
            clauses,
            [
                "the Guest API serves ccm’s request to give up its finalizer on the Service",
                "NSX-T serves ncp’s request to allocate an address",
            ]
        );
    }

    #[test]
    fn nsx_realizes_on_its_own_lane() {
        assert_eq!(step("realize load-balancer").who(), "NSX-T");
    }
}
