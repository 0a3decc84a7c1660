//! Numbers, durations and names as people read them: the same in the page and on the terminal.

use crate::telling::hazard;
use hopwise_vocab::{Claim, Hop, Object, Verb};

/// A count with separators: 1,204,331.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: "1 step", "15 steps".
pub fn plural(count: u64, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", thousands(count))
}

/// A time span: below ten seconds as "0.41 s", then as "0:41" or "1:02:03".
pub fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.2} s");
    }
    // Spans are far below 2^53 s, and negative ones do not happen.
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours == 0 {
        return format!("{minutes}:{rest:02}");
    }
    format!("{hours}:{minutes:02}:{rest:02}")
}

/// Text broken into lines of at most so many columns, each indented.
pub fn wrap(text: &str, indent: usize, columns: usize) -> String {
    let mut lines = String::new();
    let mut line = " ".repeat(indent);
    for word in text.split_whitespace() {
        let is_begun = line.trim_start() != "";
        if is_begun && line.chars().count() + 1 + word.chars().count() > columns {
            lines += &line;
            lines.push('\n');
            line = " ".repeat(indent);
        } else if is_begun {
            line.push(' ');
        }
        line += word;
    }
    lines + line.trim_end() + "\n"
}

/// What a trace claims, in words.
pub fn claim(claim: &Claim) -> String {
    match claim {
        Claim::Witness(what) if hazard::named(what).is_some() => format!("shows {what}"),
        Claim::Witness(what) => format!("reaches {what}"),
        Claim::Breaks(property) => format!("breaks {property}"),
        Claim::Walk => "a walk".into(),
    }
}

/// The object as upstream spells it.
pub(super) const fn object(object: Object) -> &'static str {
    match object {
        Object::Service => "Service",
        Object::VmService => "VirtualMachineService",
        Object::SupervisorService => "Supervisor Service",
        Object::Allocation => "IP allocation",
        Object::LoadBalancer => "load balancer",
        Object::Nsx => "allocation and load balancer",
    }
}

/// The request on an arrow: short.
pub(super) fn request(verb: Verb, of: Object) -> String {
    match verb {
        Verb::Allocate | Verb::Withdraw | Verb::Publish => format!("{verb} address"),
        Verb::Read if of == Object::Nsx => "read NSX-T".into(),
        Verb::List => format!("list {}s", object(of)),
        Verb::Hold | Verb::Create | Verb::Update | Verb::Delete | Verb::Read => named(verb, of),
        Verb::Release | Verb::Program | Verb::Unprogram => named(verb, of),
    }
}

fn named(verb: Verb, of: Object) -> String {
    format!("{verb} {}", object(of))
}

/// The request in a sentence: what it asks the server to do.
pub(super) fn asks(verb: Verb, of: Object) -> String {
    let it = object(of);
    match verb {
        Verb::Hold => format!("take its finalizer on the {it}"),
        Verb::Create => format!("create the {it}"),
        Verb::Update => format!("update the ports of the {it}"),
        Verb::Publish => {
            format!("publish the address, or that there is none, in the status of the {it}")
        }
        Verb::Delete => format!("delete the {it}"),
        Verb::Read => format!("read the {it}, live"),
        Verb::Release => format!("give up its finalizer on the {it}"),
        Verb::List => format!("list the cluster's {it}s"),
        Verb::Allocate => "allocate an address".into(),
        Verb::Withdraw => "take the allocation back".into(),
        Verb::Program => format!("program the {it}"),
        Verb::Unprogram => format!("remove the {it}"),
    }
}

/// The program behind a hop.
pub(super) const fn program(hop: Hop) -> &'static str {
    match hop {
        Hop::Ccm => "guest-cluster-cloud-provider",
        Hop::Vmop => "vmop-controller-manager",
        Hop::Ncp => "ncp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_in_threes() {
        let texts = [0, 999, 1_000, 1_204_331].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "1,204,331"]);
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(
            wrap("to be or not to be", 2, 10),
            "  to be or\n  not to\n  be\n"
        );
        assert_eq!(wrap("", 2, 10), "\n");
    }

    #[test]
    fn one_has_no_plural() {
        assert_eq!([1, 2].map(|n| plural(n, "step")), ["1 step", "2 steps"]);
        assert_eq!(plural(2, "search"), "2 searches");
    }

    #[test]
    fn durations_grow_from_hundredths_to_hours() {
        let texts = [0.412, 41.2, 3723.0].map(duration);
        assert_eq!(texts, ["0.41 s", "0:41", "1:02:03"]);
    }
}
