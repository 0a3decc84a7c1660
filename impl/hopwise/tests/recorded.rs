//! `hopwise chaos` and `hopwise accept`: what comes of a recording, and of what is none.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn hopwise(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program was built")
}

/// The kept recording whose order is known.
fn kept() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("../../conformance/recordings/in-order.ndjson");
    fs::read_to_string(path).expect("the recording is in the repository")
}

/// A file of this name with this text, for one test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the folder is there for this");
    path
}

/// How `accept` ends on a text, what it prints, and what it complains of.
fn accepted(name: &str, text: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let path = file(name, text);
    let path = path.to_str().expect("it has a plain name");
    let output = hopwise(&[&["accept", path], more].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn a_run_is_recorded_and_accepted() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("free.ndjson");
    let path = path.to_str().expect("it has a plain name");
    let recorded = hopwise(&["chaos", "--seed", "4", "--events", "150", "--out", path]);
    assert_eq!(recorded.status.code(), Some(0));
    let again = hopwise(&["chaos", "--seed", "4", "--events", "150"]);
    let text = fs::read(path).expect("it was written");
    assert_eq!(text, again.stdout);
    assert_eq!(hopwise(&["accept", path]).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_is_recorded_up_to_there() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted.ndjson");
    let mut run = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["chaos", "--events", "4000000000", "--out"])
        .arg(&path)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let mut told = String::new();
    let stderr = run.stderr.as_mut().expect("it is a pipe");
    BufReader::new(stderr)
        .read_line(&mut told)
        .expect("it says that it begins");
    let asked = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(asked.expect("kill is there").success());
    let ended = run.wait().expect("it ends");
    assert_eq!(ended.code(), Some(130));
    let path = path.to_str().expect("it has a plain name");
    assert_eq!(hopwise(&["accept", path]).status.code(), Some(0));
}

#[test]
fn a_refusal_names_the_event_and_ends_with_1() {
    // The first thing that ccm asks names the version it was decided on, and now it does not.
    let finalizers = "{\"finalizers\":[\"service.kubernetes.io/load-balancer-cleanup\"]";
    let named = format!("\"body\":{{\"metadata\":{finalizers},\"resourceVersion\":");
    let unnamed = format!("\"body\":{{\"metadata\":{finalizers},\"generation\":");
    let lie = kept().replacen(&named, &unnamed, 1);
    assert_ne!(lie, kept());
    let (code, told, _) = accepted("lie.ndjson", &lie, &[]);
    assert_eq!(code, Some(1), "{told}");
    for part in ["refused at line", "closest action", "the model can"] {
        assert!(told.contains(part), "{told}");
    }
    let (code, told, _) = accepted("lie-json.ndjson", &lie, &["--format", "json"]);
    assert_eq!(code, Some(1));
    let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert!(told[0]["refused"]["line"].is_u64(), "{told}");
}

#[test]
fn a_search_that_is_cut_ends_with_3() {
    let (code, told, _) = accepted("cut.ndjson", &kept(), &["--states", "5"]);
    assert_eq!(code, Some(3), "{told}");
}

#[test]
fn what_is_no_recording_is_told_with_its_line_and_what_to_do() {
    let whole = kept();
    let cut: Vec<&str> = whole.lines().take(20).collect();
    let cases = [
        ("empty", String::new(), "`hopwise chaos` writes one"),
        (
            "cut-off",
            cut.join("\n"),
            "line 20: the recording is cut off",
        ),
        (
            "half-a-line",
            whole[..whole.len() / 2].into(),
            "the file was cut off in this line",
        ),
        (
            "unknown",
            whole.replacen("\"asks\"", "\"begs\"", 1),
            "unknown variant `begs`",
        ),
        (
            "another-version",
            whole.replace("recording/1", "recording/7"),
            "this program reads \"hopwise-recording/1\"",
        ),
        (
            "no-recording",
            "{\"hopwise\":\"hopwise-trace/1\"}".into(),
            "this is a \"hopwise-trace/1\" file",
        ),
    ];
    for (name, text, part) in cases {
        let (code, _, complaint) = accepted(&format!("{name}.ndjson"), &text, &[]);
        assert_eq!(code, Some(2), "{name}: {complaint}");
        assert!(complaint.contains(part), "{name}: {complaint}");
        assert!(complaint.contains(&format!("{name}.ndjson")), "{complaint}");
        assert!(!complaint.contains("panicked"), "{complaint}");
    }
}

#[test]
fn a_recording_is_no_trace_and_is_told_to_be_one() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/recordings");
    for command in ["trace", "explain", "replay"] {
        let output = hopwise(&[command, &format!("{folder}/in-order.ndjson")]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {complaint}");
        for part in ["hopwise accept", "this is a \"hopwise-recording/1\" file"] {
            assert!(complaint.contains(part), "{command}: {complaint}");
        }
    }
}

#[test]
fn a_file_that_there_is_not_is_a_matter_of_usage() {
    let output = hopwise(&["accept", "nowhere.ndjson"]);
    assert_eq!(output.status.code(), Some(2));
    let output = hopwise(&["chaos", "--events", "20", "--out", "nowhere/run.ndjson"]);
    assert_eq!(output.status.code(), Some(2));
}
