//! What the whole-workspace checks read: the dependency graph, and the files under version control.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the workspace")
        .into()
}

/// The packages of the workspace and what they depend on, as cargo resolved it.
pub struct Dependencies {
    members: BTreeSet<String>,
    direct: BTreeMap<String, BTreeSet<String>>,
}

impl Dependencies {
    /// Asks cargo. Development dependencies are left out: they ship with nothing.
    pub fn resolved() -> Dependencies {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .current_dir(root())
            .output()
            .expect("cargo runs, since it ran this test");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
        Self::from_metadata(&metadata)
    }

    fn from_metadata(metadata: &Value) -> Dependencies {
        let names: BTreeMap<&str, &str> = list(&metadata["packages"])
            .map(|it| (text(&it["id"]), text(&it["name"])))
            .collect();
        let members = list(&metadata["workspace_members"])
            .map(|id| names[text(id)].into())
            .collect();
        let direct = list(&metadata["resolve"]["nodes"])
            .map(|node| {
                let used = list(&node["deps"]).filter(|dep| ships(dep));
                let used = used
                    .map(|dep| names[text(&dep["pkg"])].to_owned())
                    .collect();
                (names[text(&node["id"])].to_owned(), used)
            })
            .collect();
        Dependencies { members, direct }
    }

    /// The packages of this workspace.
    pub fn members(&self) -> &BTreeSet<String> {
        &self.members
    }

    /// What a package names in its manifest, of this workspace.
    pub fn direct_members(&self, package: &str) -> BTreeSet<&str> {
        self.direct[package]
            .iter()
            .map(String::as_str)
            .filter(|it| self.members.contains(*it))
            .collect()
    }

    /// Everything that ends up in a package, itself left out.
    pub fn tree(&self, package: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut todo = vec![&self.direct[package]];
        while let Some(used) = todo.pop() {
            for name in used {
                if found.insert(name.as_str()) {
                    todo.push(&self.direct[name]);
                }
            }
        }
        found
    }
}

fn ships(dependency: &Value) -> bool {
    list(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .expect("cargo's metadata has a list here")
        .iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo's metadata has a string here")
}
