//! The words of a step: few of them on the diagram, a sentence without who in the list.

use super::watch::{Cause, Setting};
use super::words::{asks, object, request};
use hopwise_protocol::Grain;
use hopwise_vocab::{
    Action, AdminStep, At, Deed, Hop, Object, Realizable, Replica, Slot, UserStep, Verb,
};

/// A label and a sentence.
type Words = (&'static str, &'static str);

const TICK: Words = ("tick", "its timer starts a pass");
const FREE: Words = ("address is free", "the quarantine of an address ends");
const REMEMBER: Words = (
    "remembers Service",
    "the node sync remembers the Service as it is seen",
);
const REWRITE: Words = (
    "rewrites what it remembers",
    "the node sync writes the ports that it remembers to the VirtualMachineService",
);
const CRASH: Words = (
    "restarts",
    "restarts, and forgets what it knew and what it waited for",
);
const CUT: Words = ("cut off", "the Supervisor can not be reached from now on");
const MEND: Words = ("connected", "the Supervisor can be reached again");
const FAIL: Words = (
    "realization fails",
    "can not realize a virtual server of the load balancer",
);

/// The label and the sentence. Only another Service or replica than the first is named.
pub(super) fn told(action: Action, cause: &Cause, setting: Setting) -> (String, String) {
    let (mut label, mut sentence) = by_deed(action.deed, cause, setting);
    if !cause.writes.is_empty() {
        let written: Vec<&str> = cause.writes.iter().map(|it| kept_by(*it)).collect();
        label += &format!(", writes {}", written.join(", "));
        sentence += &format!(", and the pass changes the {}", written.join(" and the "));
    }
    let At { service, replica } = action.at;
    if service != Slot::A {
        sentence = named(&sentence, service);
    }
    match (service, replica) {
        (Slot::A, Replica::First) => (),
        (Slot::A, Replica::Rival) => label += " (rival)",
        (Slot::B | Slot::C, Replica::First) => label += &format!(" ({service})"),
        (Slot::B | Slot::C, Replica::Rival) => label += &format!(" ({service}, rival)"),
    }
    (label, sentence)
}

/// The sentence with the Service named: in the place of "the Service", or behind it all.
fn named(sentence: &str, service: Slot) -> String {
    let (it, named) = ("the Service", format!("Service {service}"));
    match sentence.contains(it) {
        true => sentence.replace(it, &named),
        false => format!("{sentence} ({named})"),
    }
}

/// What a pass has changed, in a word.
const fn kept_by(it: Object) -> &'static str {
    match it {
        Object::Service => "Service",
        Object::VmService => "VirtualMachineService",
        Object::SupervisorService => "Supervisor Service",
        Object::Allocation | Object::LoadBalancer | Object::Nsx => "NSX-T objects",
    }
}

fn by_deed(deed: Deed, cause: &Cause, setting: Setting) -> (String, String) {
    let since = cause.sent;
    let since = since.map_or(String::new(), |step| format!(" (step {})", step + 1));
    match deed {
        Deed::User(step) => (format!("{step} Service"), by_user(step).into()),
        Deed::Admin(step) => by_admin(step),
        Deed::Deliver(_, of) => seen(of, cause.sent),
        Deed::Serve(Hop::Ncp, Verb::Read, Object::Nsx) => {
            let it = "read the allocation and the load balancer, and hear the answer";
            (request(Verb::Read, Object::Nsx), it.into())
        }
        Deed::Serve(_, verb, of) => (request(verb, of), asks(verb, of)),
        Deed::Hear(_, verb, of) => heard(verb, of, &since),
        Deed::Lose(_, verb, of) => fate(verb, of, "lost", "is lost on its way, and fails"),
        Deed::LoseReply(_, verb, of) => fate(
            verb,
            of,
            "answer lost",
            "is served; its answer is lost, and it seems to fail",
        ),
        Deed::Delay(_, verb, of) => fate(verb, of, "given up", "is given up, and stays under way"),
        Deed::Land(_, verb, of) => {
            let arrives = format!("that was given up{since} arrives, and is served");
            fate(verb, of, "late", &arrives)
        }
        Deed::Realize(what) => realized(what),
        Deed::Poll => quoted(polled(setting.grain)),
        Deed::Tick(_) => quoted(TICK),
        Deed::Free => quoted(FREE),
        Deed::Collect(of) => collected(of),
        Deed::Sweep(hop) => quoted(swept(hop)),
        Deed::Remember => quoted(REMEMBER),
        Deed::Rewrite => quoted(REWRITE),
        Deed::Crash(_) => quoted(CRASH),
        Deed::Relist(_, of) => (
            format!("lists {} again", object(of)),
            format!("its watch of the {} breaks, and lists again", object(of)),
        ),
        Deed::Cut => quoted(CUT),
        Deed::Mend => quoted(MEND),
        Deed::Fail(_) => quoted(FAIL),
        Deed::Lag(_, of) => (
            "a server stays behind".into(),
            format!("a server stays behind at the {} as it is seen", object(of)),
        ),
        Deed::Rewind(_, of) => (
            format!("sees old {}", object(of)),
            format!(
                "its watch is renewed at a server that stayed behind: the {} is seen as it was",
                object(of)
            ),
        ),
    }
}

fn quoted((label, sentence): Words) -> (String, String) {
    (label.into(), sentence.into())
}

fn seen(of: Object, sent: Option<usize>) -> (String, String) {
    let left = sent.map_or(String::new(), |step| {
        format!(" as step {} left it", step + 1)
    });
    let it = object(of);
    (format!("sees {it}"), format!("the {it}{left} is seen"))
}

fn heard(verb: Verb, of: Object, since: &str) -> (String, String) {
    if verb == Verb::List {
        let heard = format!("the list of {}s{since} is heard", object(of));
        return ("hears list".into(), heard);
    }
    let heard = format!("the answer to “{}”{since} is heard", request(verb, of));
    ("hears answer".into(), heard)
}

/// A call that is not served as it should be.
fn fate(verb: Verb, of: Object, word: &str, what_happens: &str) -> (String, String) {
    (
        format!("{}: {word}", request(verb, of)),
        format!("the request to {} {what_happens}", asks(verb, of)),
    )
}

const fn by_user(step: UserStep) -> &'static str {
    match step {
        UserStep::Create => "creates the Service",
        UserStep::Edit => "edits the ports of the Service",
        UserStep::Delete => "deletes the Service",
        UserStep::Retype => "changes the type of the Service",
        UserStep::Strip => "takes the finalizers of the Service away",
    }
}

fn by_admin(step: AdminStep) -> (String, String) {
    quoted(match step {
        AdminStep::DeleteVmService => (
            "delete VirtualMachineService",
            "deletes the VirtualMachineService behind the chain’s back",
        ),
        AdminStep::DeleteSupervisorService => (
            "delete Supervisor Service",
            "deletes the Supervisor Service behind the chain’s back",
        ),
        AdminStep::DeleteLoadBalancer => (
            "delete load balancer",
            "deletes the load balancer in NSX-T by hand",
        ),
        AdminStep::Annotate => (
            "annotate VirtualMachineService",
            "adds an annotation to the VirtualMachineService",
        ),
        AdminStep::DeleteCluster => (
            "delete cluster",
            "deletes the guest cluster with all that is in it",
        ),
        AdminStep::CreateCluster => ("create cluster", "makes a guest cluster of the same name"),
    })
}

fn realized(what: Realizable) -> (String, String) {
    quoted(match what {
        Realizable::Allocation => (
            "allocation realized",
            "realizes the allocation: it gets an address, or fails",
        ),
        Realizable::LoadBalancer => (
            "load balancer realized",
            "realizes a virtual server of the load balancer: it serves",
        ),
    })
}

fn collected(of: Object) -> (String, String) {
    let it = kept_by(of);
    (
        format!("collects {it}"),
        format!("the garbage collector deletes the {it}, whose owner is gone"),
    )
}

fn swept(hop: Hop) -> Words {
    match hop {
        Hop::Ccm | Hop::Vmop => (
            "sweep VirtualMachineService",
            "the VirtualMachineService, which stands for nobody, is deleted",
        ),
        Hop::Ncp => (
            "sweep NSX-T",
            "what NSX-T holds for nobody is removed: a load balancer first, then an allocation",
        ),
    }
}

fn polled(grain: Grain) -> Words {
    match grain {
        Grain::Fine => ("poll", "polls: a LIST is on its way"),
        Grain::Coarse | Grain::Passes => (
            "list VirtualMachineServices",
            "polls, and hears the list of VirtualMachineServices at once",
        ),
    }
}
