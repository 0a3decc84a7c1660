//! What the documents promise is there.

use hopwise_tests::root;
use std::fs;
use std::path::{Path, PathBuf};

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("the file is in the repository")
}

fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is in the repository") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The targets of Markdown links that stay in the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("it is text");
        for target in links(&text) {
            let folder = document.parent().unwrap_or(Path::new(""));
            let target = folder.join(target.split('#').next().unwrap_or(target));
            assert!(
                target.exists(),
                "{} links to {}",
                document.display(),
                target.display()
            );
        }
    }
}

#[test]
fn the_gate_runs_the_two_commands_of_the_readme() {
    let (readme, gate) = (read("README.md"), read(".ci/run"));
    let commands = [
        ("cargo run --release -- review", "review"),
        ("cargo test --workspace", ""),
    ];
    for (command, rest) in commands {
        assert!(readme.contains(command), "README.md lacks {command}");
        let start = command.strip_suffix(rest).unwrap_or(command);
        let start = start.replace(" -- ", " --locked -- ");
        let run = gate
            .lines()
            .any(|line| line.contains(start.trim_end()) && line.contains(rest));
        assert!(run, ".ci/run lacks {command}");
    }
}

#[test]
fn the_architecture_names_every_crate_folder() {
    let architecture = read("ARCHITECTURE.md");
    let manifest = read("Cargo.toml");
    let members = manifest
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    let members = members.expect("the workspace lists its members").lines();
    let members = members.filter_map(|line| line.trim().strip_prefix('"'));
    for member in members.filter_map(|line| line.split('"').next()) {
        assert!(
            architecture.contains(&format!("`{member}`")),
            "{member} is not described"
        );
    }
}
