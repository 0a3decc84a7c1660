//! What has a name is in the protocol, and what the guide to extensions names is there.

use hopwise_tests::root;
use hopwise_vocab::{AdminStep, Hop, Object, Safeguard, UserStep, Verb};
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
