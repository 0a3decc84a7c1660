//! The bounds of a scenario in words.

use hopwise_protocol::{
    Beginning, Budget, Clusters, Edits, Fault, Faults, Grain, Scenario, Topology,
};

/// Everything that the scenario bounds, in one line.
pub fn in_words(scenario: &Scenario) -> String {
    let begins = match scenario.begins {
        Beginning::Empty => "from nothing",
        Beginning::Settled => "from a settled Service",
    };
    let addresses = match scenario.addresses {
        0 => "no address".into(),
        1 => "1 address".into(),
        more => format!("{more} addresses"),
    };
    let mut parts = vec![services(scenario), begins.into(), done(scenario), addresses];
    parts.push(told_apart(scenario.grain).into());
    if scenario.edits == Edits::Several {
        parts.push("several ports".into());
    }
    if scenario.topology == Topology::Direct {
        parts.push("ncp alone".into());
    }
    match scenario.rival {
        Some(hop) => {
            let writes = counted(scenario.faults.budget, "write");
            parts.push(format!("a rival {hop} with at most {writes}"));
        }
        None => parts.push(faults(scenario.faults)),
    }
    parts.join(", ")
}

fn services(scenario: &Scenario) -> String {
    match (scenario.users.len(), scenario.clusters) {
        (1, _) => "1 Service".into(),
        (count, Clusters::One) => format!("{count} Services of one cluster"),
        (count, Clusters::Each) => format!("{count} Services, each of its own cluster"),
    }
}

/// What users and administrators do, for each Service if there are several.
fn done(scenario: &Scenario) -> String {
    let each: Vec<String> = scenario.users.iter().map(budget).collect();
    format!("at most {}", each.join("; of the next "))
}

fn budget(of: &Budget) -> String {
    let parts = [
        (of.creates, "create"),
        (of.edits, "edit"),
        (of.deletes, "delete"),
        (of.retypes, "change of type"),
        (of.strips, "taking of finalizers"),
        (of.admin_deletes, "delete by an administrator"),
        (of.annotates, "foreign annotation"),
        (of.clusters, "change of the cluster"),
    ];
    let done = parts.into_iter().filter(|(count, _)| *count > 0);
    let done: Vec<String> = done.map(|(count, what)| counted(count, what)).collect();
    done.join(", ")
}

const fn told_apart(grain: Grain) -> &'static str {
    match grain {
        Grain::Fine => "calls served and heard apart",
        Grain::Coarse => "calls served and heard at once",
        Grain::Passes => "whole passes at once",
    }
}

fn faults(faults: Faults) -> String {
    if faults.budget == 0 || faults.kinds.is_empty() {
        return "no faults".into();
    }
    let kinds: Vec<&str> = faults.kinds.iter().map(|it| kind(*it)).collect();
    let of = faults.hop.map_or(String::new(), |hop| format!(" of {hop}"));
    let count = counted(faults.budget, "fault");
    format!("at most {count}{of}: {}", kinds.join(" or "))
}

const fn kind(fault: Fault) -> &'static str {
    match fault {
        Fault::Lose => "a lost call",
        Fault::LoseReply => "a lost answer",
        Fault::Delay => "a write that lands late",
        Fault::Crash => "a restart",
        Fault::Relist => "a watch that lists again",
        Fault::Cut => "a cut between ccm and the Supervisor",
        Fault::Fail => "a virtual server that NSX-T can not realize",
        Fault::Rewind => "a watch that goes back to a server that stayed behind",
    }
}

/// A count and what is counted; the plural is of its first word.
fn counted(count: u8, one: &str) -> String {
    match (count, one.split_once(' ')) {
        (1, _) => format!("1 {one}"),
        (_, Some((noun, rest))) => format!("{count} {noun}s {rest}"),
        (_, None) => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_bounded_in_words() {
        let all = hopwise_protocol::every_scenario();
        let lines = all.map(|it| format!("{}: {}", it.name, in_words(it)));
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }
}
