//! The shape of the source: sizes that a reader can hold, and words that stay out.

use hopwise_tests::root;
use std::fs;
use std::path::{Path, PathBuf};

const LINES_PER_FILE: usize = 400;
const TOP_LEVEL: [&str; 6] = [
    "Cargo.toml",
    "model",
    "impl",
    "conformance",
    "docs",
    "tests",
];

/// Files over the limit, which may shrink and not grow.
const LARGER: [(&str, usize); 0] = [];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is in the repository") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in &TOP_LEVEL[1..] {
        sources(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

fn lines_without_tests(text: &str) -> usize {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .count()
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    for path in all_sources() {
        let name = path
            .strip_prefix(root())
            .expect("it was found below")
            .display()
            .to_string();
        let limit = LARGER
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(LINES_PER_FILE, |it| it.1);
        let lines = lines_without_tests(&fs::read_to_string(&path).expect("it is text"));
        assert!(lines <= limit, "{name} has {lines} lines: at most {limit}");
    }
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_to_do() {
    let banned = [
        "#[ign\u{6f}re",
        "todo\u{21}(",
        "unimplemented\u{21}(",
        "allow(dead_c\u{6f}de",
    ];
    for path in all_sources() {
        let text = fs::read_to_string(&path).expect("it is text");
        for word in banned {
            assert!(!text.contains(word), "{} contains {word}", path.display());
        }
    }
}

#[test]
fn the_top_level_shows_the_architecture() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has one");
    for folder in &TOP_LEVEL[1..] {
        assert!(root().join(folder).is_dir(), "{folder} is missing");
        assert!(
            manifest.contains(&format!("\"{folder}")) || *folder == "docs",
            "{folder}"
        );
    }
}
