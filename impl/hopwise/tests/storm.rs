//! `hopwise storm` at small size: a live chain whose controllers are killed at random.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// A storm over ten Services. `place` keeps its addresses apart from those of other tests.
fn storm(folder: &Path, place: u8, more: &[&str]) -> (Output, Vec<Value>) {
    let out = folder.join("storm.ndjson");
    let output = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["storm", "--seed", "3", "--services", "10"])
        .arg("--dir")
        .arg(folder)
        .arg("--out")
        .arg(&out)
        .args(["--pool", &format!("127.108.{place}.1-127.108.{place}.254")])
        .args(["--nodes", &format!("127.109.{place}.1")])
        .arg(format!("127.109.{place}.2"))
        .args(more)
        .output()
        .expect("the program was built");
    let text = std::fs::read_to_string(out).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (output, lines.collect())
}

fn count(lines: &[Value], what: &str) -> usize {
    lines.iter().filter(|line| line["what"] == what).count()
}

#[test]
fn after_a_storm_no_address_is_leaked_or_shared_and_every_service_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let (output, lines) = storm(folder.path(), 1, &["--kills", "15"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lines[0]["what"], "storm");
    assert_eq!(lines[0]["seed"], 3);
    assert_eq!(count(&lines, "kill"), 15);
    for what in ["create", "edit", "delete", "fault"] {
        assert!(count(&lines, what) > 0, "no {what}");
    }
    let last = lines.last().unwrap();
    assert_eq!(last["verdict"], "good");
}

#[test]
fn without_sweep_orphans_something_is_left_behind_by_the_storm() {
    let folder = tempfile::tempdir().unwrap();
    let without = [
        "--kills",
        "15",
        "--without",
        "sweep-orphans",
        "--settle",
        "15",
    ];
    let (output, lines) = storm(folder.path(), 2, &without);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let last = lines.last().unwrap();
    assert_eq!(last["verdict"], "broken");
    let wrong = last["wrong"].to_string();
    assert!(wrong.contains("is leaked"), "{wrong}");
}

#[test]
fn the_same_seed_does_the_same_to_each_service() {
    let deeds = |place| {
        let folder = tempfile::tempdir().unwrap();
        let quick = ["--kill-every", "100", "--kills", "3", "--settle", "60"];
        let (output, lines) = storm(folder.path(), place, &quick);
        assert!(output.status.success(), "{output:?}");
        let mut deeds: Vec<_> = lines
            .into_iter()
            .filter(|line| line["service"].is_string())
            .map(|line| {
                (
                    line["service"].to_string(),
                    line["what"].to_string(),
                    line["ports"].to_string(),
                )
            })
            .collect();
        // Of two Services either may come first: what counts is the order of each.
        deeds.sort_by(|a, b| a.0.cmp(&b.0));
        deeds
    };
    assert_eq!(deeds(3), deeds(4));
}
