//! What can be done, by whomever: an action without where it happens.

use crate::{Hop, Object, UnknownName, Verb};
use std::fmt;
use std::str::FromStr;

crate::names! {
    /// What the user does with a Service.
    UserStep ("user step") {
        /// Apply the Service.
        Create = "create",
        /// Change its ports.
        Edit = "edit",
        /// Delete it.
        Delete = "delete",
        /// Change its type to ClusterIP, or back.
        Retype = "retype",
        /// Take the finalizers of the Service away while it is being deleted.
        Strip = "strip",
    }
}

crate::names! {
    /// What an administrator does behind the chain's back.
    AdminStep ("admin step") {
        /// Delete the VirtualMachineService.
        DeleteVmService = "delete vm-service",
        /// Delete the Supervisor Service.
        DeleteSupervisorService = "delete supervisor-service",
        /// Delete the virtual servers of a load balancer in NSX-T, with their pools.
        DeleteLoadBalancer = "delete load-balancer",
        /// Add an annotation that is not the chain's to the VirtualMachineService.
        Annotate = "annotate vm-service",
        /// Delete the guest cluster, with all that is in it.
        DeleteCluster = "delete cluster",
        /// Make a guest cluster of the same name.
        CreateCluster = "create cluster",
    }
}

crate::names! {
    /// What NSX-T realizes some time after it accepted it.
    Realizable ("realizable") {
        /// An IP allocation gets its address, or fails.
        Allocation = "allocation",
        /// A virtual server of a load balancer starts to serve.
        LoadBalancer = "load-balancer",
    }
}

/// A step of the protocol without where it happens (`docs/protocol.md` §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// The user's request, applied at once.
    User(UserStep),
    /// The administrator's request, applied at once.
    Admin(AdminStep),
    /// ccm sends its LIST.
    Poll,
    /// A pass begins because the hop's timer says so.
    Tick(Hop),
    /// The next event of a watch reaches the hop.
    Deliver(Hop, Object),
    /// The hop's waiting request reaches the server, which acts and answers.
    Serve(Hop, Verb, Object),
    /// The answer reaches the hop, which goes on.
    Hear(Hop, Verb, Object),
    /// NSX-T realizes what it accepted.
    Realize(Realizable),
    /// The quarantine of the lowest quarantined address ends.
    Free,
    /// What stands for nobody is removed.
    Sweep(Hop),
    /// Kubernetes' garbage collector deletes an object whose owner is gone.
    Collect(Object),
    /// ccm's node sync remembers the Service as it is seen; only without `fresh-intent`.
    Remember,
    /// ccm's node sync writes what it remembers.
    Rewrite,
    /// The waiting request fails, and no server has seen it.
    Lose(Hop, Verb, Object),
    /// The server acts on the waiting write; the answer is lost.
    LoseReply(Hop, Verb, Object),
    /// The waiting write fails for the hop, and stays under way.
    Delay(Hop, Verb, Object),
    /// The delayed write reaches its server.
    Land(Hop, Verb, Object),
    /// A controller loses its memory and its waiting calls, and restarts.
    Crash(Hop),
    /// A watch breaks and begins again with a list.
    Relist(Hop, Object),
    /// ccm's calls to the Supervisor begin to fail.
    Cut,
    /// They do not fail any longer.
    Mend,
    /// NSX-T fails to realize what it accepted.
    Fail(Realizable),
    /// A replica of the API server stays behind at what the watch has delivered.
    Lag(Hop, Object),
    /// The watch is renewed at that replica.
    Rewind(Hop, Object),
}

/// The forms there are, for whoever wrote another.
const KNOWN: &str = "user STEP, admin STEP, ccm poll, HOP tick, deliver HOP OBJECT, \
    serve HOP VERB OBJECT, hear HOP VERB OBJECT, realize WHAT, free address, sweep HOP, \
    collect OBJECT, ccm remember, ccm rewrite, lose HOP VERB OBJECT, \
    lose-reply HOP VERB OBJECT, delay HOP VERB OBJECT, land HOP VERB OBJECT, crash HOP, \
    relist HOP OBJECT, cut, mend, fail WHAT, lag HOP OBJECT, rewind HOP OBJECT; then, where needed, of SERVICE, by rival";

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::User(step) => write!(f, "user {step}"),
            Deed::Admin(step) => write!(f, "admin {step}"),
            Deed::Poll => write!(f, "ccm poll"),
            Deed::Tick(hop) => write!(f, "{hop} tick"),
            Deed::Deliver(hop, object) => write!(f, "deliver {hop} {object}"),
            Deed::Serve(hop, verb, object) => write!(f, "serve {hop} {verb} {object}"),
            Deed::Hear(hop, verb, object) => write!(f, "hear {hop} {verb} {object}"),
            Deed::Realize(what) => write!(f, "realize {what}"),
            Deed::Free => write!(f, "free address"),
            Deed::Sweep(hop) => write!(f, "sweep {hop}"),
            Deed::Collect(object) => write!(f, "collect {object}"),
            Deed::Remember => write!(f, "ccm remember"),
            Deed::Rewrite => write!(f, "ccm rewrite"),
            Deed::Lose(hop, verb, object) => write!(f, "lose {hop} {verb} {object}"),
            Deed::LoseReply(hop, verb, object) => write!(f, "lose-reply {hop} {verb} {object}"),
            Deed::Delay(hop, verb, object) => write!(f, "delay {hop} {verb} {object}"),
            Deed::Land(hop, verb, object) => write!(f, "land {hop} {verb} {object}"),
            Deed::Crash(hop) => write!(f, "crash {hop}"),
            Deed::Relist(hop, object) => write!(f, "relist {hop} {object}"),
            Deed::Cut => write!(f, "cut"),
            Deed::Mend => write!(f, "mend"),
            Deed::Fail(what) => write!(f, "fail {what}"),
            Deed::Lag(hop, object) => write!(f, "lag {hop} {object}"),
            Deed::Rewind(hop, object) => write!(f, "rewind {hop} {object}"),
        }
    }
}

impl FromStr for Deed {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let words: Vec<&str> = text.split(' ').collect();
        Ok(match words[..] {
            ["user", step] => Deed::User(step.parse()?),
            ["admin", verb, object] => Deed::Admin(format!("{verb} {object}").parse()?),
            ["ccm", "poll"] => Deed::Poll,
            ["ccm", "remember"] => Deed::Remember,
            ["ccm", "rewrite"] => Deed::Rewrite,
            [hop, "tick"] => Deed::Tick(hop.parse()?),
            ["deliver", hop, object] => Deed::Deliver(hop.parse()?, object.parse()?),
            ["relist", hop, object] => Deed::Relist(hop.parse()?, object.parse()?),
            ["realize", what] => Deed::Realize(what.parse()?),
            ["free", "address"] => Deed::Free,
            ["sweep", hop] => Deed::Sweep(hop.parse()?),
            ["crash", hop] => Deed::Crash(hop.parse()?),
            ["collect", object] => Deed::Collect(object.parse()?),
            ["fail", what] => Deed::Fail(what.parse()?),
            ["lag", hop, object] => Deed::Lag(hop.parse()?, object.parse()?),
            ["rewind", hop, object] => Deed::Rewind(hop.parse()?, object.parse()?),
            ["cut"] => Deed::Cut,
            ["mend"] => Deed::Mend,
            [what, hop, verb, object] => call(what).ok_or_else(|| unknown(text))?(
                hop.parse()?,
                verb.parse()?,
                object.parse()?,
            ),
            _ => return Err(unknown(text)),
        })
    }
}

/// What happens to a call, by its word.
fn call(what: &str) -> Option<fn(Hop, Verb, Object) -> Deed> {
    Some(match what {
        "serve" => Deed::Serve,
        "hear" => Deed::Hear,
        "lose" => Deed::Lose,
        "lose-reply" => Deed::LoseReply,
        "delay" => Deed::Delay,
        "land" => Deed::Land,
        _ => return None,
    })
}

fn unknown(text: &str) -> UnknownName {
    UnknownName {
        what: "action",
        name: text.into(),
        known: KNOWN.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_reads_back_from_its_own_text() {
        let (hop, verb, object) = (Hop::Ccm, Verb::Create, Object::VmService);
        let users = UserStep::ALL.iter().copied().map(Deed::User);
        let admins = AdminStep::ALL.iter().copied().map(Deed::Admin);
        let hops = Hop::ALL.iter().copied();
        let of_hops = hops.flat_map(|hop| [Deed::Tick(hop), Deed::Sweep(hop), Deed::Crash(hop)]);
        let others = [
            Deed::Poll,
            Deed::Remember,
            Deed::Rewrite,
            Deed::Deliver(Hop::Vmop, Object::SupervisorService),
            Deed::Relist(Hop::Vmop, Object::SupervisorService),
            Deed::Serve(hop, verb, object),
            Deed::Hear(hop, verb, object),
            Deed::Lose(hop, verb, object),
            Deed::LoseReply(hop, verb, object),
            Deed::Delay(hop, verb, object),
            Deed::Land(hop, verb, object),
            Deed::Realize(Realizable::Allocation),
            Deed::Free,
            Deed::Collect(Object::SupervisorService),
            Deed::Fail(Realizable::LoadBalancer),
            Deed::Lag(Hop::Vmop, Object::SupervisorService),
            Deed::Rewind(Hop::Vmop, Object::SupervisorService),
            Deed::Cut,
            Deed::Mend,
        ];
        for deed in users.chain(admins).chain(of_hops).chain(others) {
            assert_eq!(deed.to_string().parse(), Ok(deed));
        }
    }

    #[test]
    fn an_unknown_word_is_named_with_what_is_known() {
        let error = "serve ccm creat vm-service".parse::<Deed>().unwrap_err();
        let error = error.to_string();
        assert!(error.contains("unknown verb \"creat\""), "{error}");
        assert!(error.contains("create"), "{error}");
    }
}
