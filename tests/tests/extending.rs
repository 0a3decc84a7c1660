//! What has a name is in the protocol, and what the guide to extensions names is there.

use hopwise_tests::root;
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Object, Realizable, Safeguard, UserStep, Verb};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("the file is in the repository")
}

/// The names of all functions below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder is in the repository") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            let names = text.split("fn ").skip(1);
            let names = names.filter_map(|rest| rest.split(['(', '<']).next());
            found.extend(names.map(String::from));
        }
    }
}

#[test]
fn every_test_that_the_guide_names_exists() {
    let mut there = BTreeSet::new();
    for folder in ["model", "conformance", "impl", "tests"] {
        functions(&root().join(folder), &mut there);
    }
    let guide = read("docs/extending.md");
    let named = guide.split('`').skip(1).step_by(2);
    // Test names are sentences.
    let named: Vec<&str> = named.filter(|it| it.matches('_').count() > 3).collect();
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        assert!(there.contains(name), "there is no test {name}");
    }
}

#[test]
fn every_name_of_the_vocabulary_is_in_the_protocol() {
    let protocol = read("docs/protocol.md");
    let users = UserStep::ALL.iter().map(|it| format!("`user {it}`"));
    let admins = AdminStep::ALL.iter().map(|it| format!("`admin {it}`"));
    let hops = Hop::ALL.iter().map(|it| format!("| `{it}` |"));
    for name in users.chain(admins).chain(hops) {
        assert!(protocol.contains(&name), "docs/protocol.md lacks {name}");
    }
    let calls = protocol.split("## 5.").nth(1);
    let calls = calls.and_then(|rest| rest.split("## 6.").next());
    let calls = calls.expect("it has these sections");
    for verb in Verb::ALL {
        let is_first = |row: &str| {
            let verbs = row.split('|').nth(1).unwrap_or_default();
            verbs.split([',', ' ']).any(|word| word == verb.name())
        };
        assert!(
            calls.lines().any(is_first),
            "docs/protocol.md §5 lacks {verb}"
        );
    }
    for object in Object::ALL {
        assert!(
            protocol.contains(object.name()),
            "docs/protocol.md lacks {object}"
        );
    }
}

#[test]
fn every_safeguard_has_a_row_in_the_protocol() {
    let protocol = read("docs/protocol.md");
    let (before, properties) = protocol.split_once("## 10.").expect("it has that section");
    for safeguard in Safeguard::ALL {
        let row = format!("\n| {safeguard} | ");
        assert!(
            before.contains(&row),
            "docs/protocol.md §9 lacks {safeguard}"
        );
        let is_shown = properties.contains(safeguard.name());
        assert!(is_shown, "docs/protocol.md §10 lacks {safeguard}");
    }
}

/// The actions of all kept traces, which the controllers follow on the wire.
fn kept_actions() -> BTreeSet<Action> {
    let traces = root().join("conformance/traces");
    let folders = [traces.clone(), traces.join("as-built")];
    let files = folders
        .iter()
        .flat_map(|it| fs::read_dir(it).expect("it is there"));
    let paths = files.map(|it| it.expect("the folder can be read").path());
    let mut actions = BTreeSet::new();
    for path in paths.filter(|it| it.is_file()) {
        let text = fs::read_to_string(&path).expect("it is text");
        let lines = text.lines().skip(1);
        let lines = lines.map(|line| serde_json::from_str(line).expect("a line is JSON"));
        let named = lines.filter_map(|line: Value| line["do"].as_str().map(String::from));
        actions.extend(named.map(|it| it.parse::<Action>().expect("it is an action")));
    }
    actions
}

/// What is in no kept trace, and where lane 4 takes it: a test, or a scenario whose every step it
/// takes.
const ELSEWHERE: &[(&str, &str)] = &[
    ("user retype", "the_controllers_follow_random_walks"),
    ("sweep ccm", "the_controllers_follow_random_walks"),
    ("lose ccm create vm-service", "once-lost"),
    ("relist ccm vm-service", "once-relisted"),
    ("cut", "once-cut"),
    ("mend", "once-cut"),
    ("fail load-balancer", "once-failed"),
    (
        "lag ccm vm-service",
        "a_watch_that_is_renewed_at_a_server_that_stayed_behind_sees_what_was",
    ),
    (
        "rewind ccm vm-service",
        "a_watch_that_is_renewed_at_a_server_that_stayed_behind_sees_what_was",
    ),
];

#[test]
fn every_verb_is_asked_in_a_kept_trace() {
    let deeds: Vec<Deed> = kept_actions().iter().map(|it| it.deed).collect();
    for verb in Verb::ALL {
        let is_asked = |it: &Deed| matches!(it, Deed::Serve(_, asked, _) if asked == verb);
        assert!(deeds.iter().any(is_asked), "nobody asks {verb}");
    }
}

#[test]
fn every_kind_of_deed_is_done_in_a_kept_trace_or_it_is_said_where() {
    // What follows a kind is the same for all of it, and for no other; a step is a kind of its own.
    let is_a_step = |it: &Deed| matches!(it, Deed::User(_) | Deed::Admin(_));
    let kind = |it: Deed| (Some(it).filter(is_a_step), next(it));
    let done: BTreeSet<_> = kept_actions().iter().map(|it| kind(it.deed)).collect();
    let users = UserStep::ALL.iter().map(|it| Deed::User(*it));
    let admins = AdminStep::ALL.iter().map(|it| Deed::Admin(*it));
    let kinds = std::iter::successors(Some(Deed::Poll), |it| next(*it));
    let missing = users
        .chain(admins)
        .chain(kinds)
        .filter(|it| !done.contains(&kind(*it)));
    let missing: Vec<String> = missing.map(|it| it.to_string()).collect();
    let named: Vec<&str> = ELSEWHERE.iter().map(|it| it.0).collect();
    assert_eq!(missing, named);

    let mut there = BTreeSet::new();
    functions(&root().join("conformance/tests"), &mut there);
    let small = read("model/protocol/src/scenarios/named/small.rs");
    for (deed, place) in ELSEWHERE {
        let is_there = there.contains(*place) || small.contains(&format!("\"{place}\""));
        assert!(
            is_there,
            "{deed}: {place} is neither a test nor a small scenario"
        );
    }
}

/// The kinds of deeds, each with the next one: whoever adds one has to name it here.
fn next(deed: Deed) -> Option<Deed> {
    let (hop, verb, object) = (Hop::Ccm, Verb::Create, Object::VmService);
    match deed {
        Deed::User(_) => Some(Deed::Admin(AdminStep::Annotate)),
        Deed::Admin(_) => Some(Deed::Poll),
        Deed::Poll => Some(Deed::Tick(hop)),
        Deed::Tick(_) => Some(Deed::Deliver(hop, object)),
        Deed::Deliver(..) => Some(Deed::Serve(hop, verb, object)),
        Deed::Serve(..) => Some(Deed::Hear(hop, verb, object)),
        Deed::Hear(..) => Some(Deed::Realize(Realizable::Allocation)),
        Deed::Realize(_) => Some(Deed::Free),
        Deed::Free => Some(Deed::Sweep(hop)),
        Deed::Sweep(_) => Some(Deed::Collect(object)),
        Deed::Collect(_) => Some(Deed::Remember),
        Deed::Remember => Some(Deed::Rewrite),
        Deed::Rewrite => Some(Deed::Lose(hop, verb, object)),
        Deed::Lose(..) => Some(Deed::LoseReply(hop, verb, object)),
        Deed::LoseReply(..) => Some(Deed::Delay(hop, verb, object)),
        Deed::Delay(..) => Some(Deed::Land(hop, verb, object)),
        Deed::Land(..) => Some(Deed::Crash(hop)),
        Deed::Crash(_) => Some(Deed::Relist(hop, object)),
        Deed::Relist(..) => Some(Deed::Cut),
        Deed::Cut => Some(Deed::Mend),
        Deed::Mend => Some(Deed::Fail(Realizable::LoadBalancer)),
        Deed::Fail(_) => Some(Deed::Lag(hop, object)),
        Deed::Lag(..) => Some(Deed::Rewind(hop, object)),
        Deed::Rewind(..) => None,
    }
}
