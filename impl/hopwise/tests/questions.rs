//! The commands that ask the model, as a user or a script runs them.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CREATE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../conformance/traces/create.ndjson"
);
const ORPHAN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../conformance/traces/hop-order-without-finalizer-before-create.ndjson"
);
const LATE_DELETE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../conformance/traces/as-built/h09-a-late-delete-hits-the-successor.ndjson"
);

fn hopwise(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    let command = command.args(arguments).stdin(Stdio::null());
    command.output().expect("the program was built")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary files have plain names")
}

#[test]
fn a_property_alone_is_judged_and_a_quiet_check_says_nothing_beside_its_result() {
    let output = hopwise(&["check", "recreate", "--property", "hop-order", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "");
    let said = out(&output);
    assert!(
        said.starts_with("holds: 1 of 1 properties hold\n"),
        "{said}"
    );
    assert!(said.ends_with("1 passed, 0 failed, 0 skipped\n"), "{said}");
}

#[test]
fn every_bound_leaves_it_not_decided_and_is_named() {
    for (flag, value, named) in [
        ("--states", "100", "--states 100"),
        ("--depth", "3", "depth 3"),
        ("--memory", "1M", "--memory 1M"),
    ] {
        let output = hopwise(&["check", "create", flag, value]);
        assert_eq!(output.status.code(), Some(3), "{flag}");
        let said = out(&output);
        assert!(said.starts_with("not decided"), "{said}");
        assert!(said.contains(&format!("stopped at {named}")), "{said}");
        let output = hopwise(&["check", "create", flag, value, "--allow-undecided"]);
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert!(out(&output).starts_with("not decided"));
    }
}

#[test]
fn what_breaks_is_told_and_its_trace_is_kept_explained_and_replayed() {
    let folder = tempfile::tempdir().expect("there is room");
    let keep = text(folder.path());
    let search = ["check", "delete-race", "--depth", "9"];
    let arguments = [
        &search[..],
        &["--without", "hold-until-gone", "--out", keep],
    ]
    .concat();
    let output = hopwise(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    assert!(said.starts_with("breaks: "), "{said}");
    let line = said.lines().find(|line| line.contains("hopwise explain"));
    let file = line.and_then(|line| line.split_whitespace().last());
    let file = file.expect("it says what to type next");
    assert!(
        err(&output).contains("✗ hop_order breaks in"),
        "{}",
        err(&output)
    );

    let explained = hopwise(&["explain", file]);
    assert_eq!(explained.status.code(), Some(0));
    assert!(out(&explained).contains("false "), "{}", out(&explained));
    assert_eq!(hopwise(&["trace", file]).status.code(), Some(0));
    let run = fs::read_to_string(folder.path().join("run.json")).expect("the run was written");
    assert!(run.contains("\"schema\": \"hopwise/run/1\""));
}

#[test]
fn every_format_of_a_check_is_what_its_readers_take() {
    let check = |format| {
        out(&hopwise(&[
            "check", "create", "--states", "50", "--format", format,
        ]))
    };
    let json: Value = serde_json::from_str(&check("json")).expect("it is JSON");
    assert_eq!(json["scenarios"][0]["name"], "create");
    let junit = check("junit");
    let document = roxmltree::Document::parse(&junit).expect("it is XML");
    assert_ne!(document.root_element().attribute("errors"), Some("0"));
    assert!(check("github").starts_with("::warning title=create is not decided::"));
    assert!(check("markdown").starts_with("### not decided"));
}

#[test]
fn the_summary_of_a_step_is_written_where_the_runner_says() {
    let folder = tempfile::tempdir().expect("there is room");
    let summary = folder.path().join("summary.md");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    command.args(["check", "create", "--states", "50", "--format", "github"]);
    let status = command.env("GITHUB_STEP_SUMMARY", &summary).output();
    assert_eq!(
        status.expect("the program was built").status.code(),
        Some(3)
    );
    let text = fs::read_to_string(summary).expect("it was written");
    assert!(text.starts_with("### not decided"), "{text}");
}

#[test]
fn a_size_that_is_not_the_pinned_one_is_told_and_fails() {
    let folder = tempfile::tempdir().expect("there is room");
    let pinned = folder.path().join("pinned.txt");
    let check = |size: &str| {
        fs::write(&pinned, format!("# sizes\nrecreate {size}\n")).expect("there is room");
        hopwise(&[
            "check",
            "recreate",
            "--property",
            "hop_order",
            "--baseline",
            text(&pinned),
        ])
    };
    let output = check("1 1 1");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("✗ recreate"), "{}", out(&output));

    let json = hopwise(&[
        "check",
        "recreate",
        "--property",
        "hop_order",
        "--format",
        "json",
    ]);
    let run: Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    let of = |name: &str| run["scenarios"][0][name].to_string();
    let output = check(&format!("{} {} {}", of("states"), of("edges"), of("depth")));
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("as pinned"), "{}", out(&output));
}

#[cfg(unix)]
#[test]
fn an_interrupt_prints_what_is_known_and_ends_with_130() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    command.args(["check", "--threads", "1"]);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = child.spawn().expect("the program was built");
    let mut errors = BufReader::new(child.stderr.take().expect("it is a pipe"));
    let mut line = String::new();
    errors
        .read_line(&mut line)
        .expect("it says what it searches");
    assert!(line.contains("searching"), "{line}");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("there is kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let said = out(&output);
    assert!(said.starts_with("not decided"), "{said}");
    assert!(said.contains("interrupted"), "{said}");
}

#[test]
fn without_one_safeguard_what_breaks_is_a_row_of_the_matrix() {
    let folder = tempfile::tempdir().expect("there is room");
    let keep = text(folder.path());
    let output = hopwise(&["ablate", "guarded-writes", "--out", keep]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let said = out(&output);
    assert!(
        said.starts_with("passed: without the safeguard something breaks\n"),
        "{said}"
    );
    assert!(said.contains("guarded-writes"), "{said}");
    assert!(said.contains("intent_kept breaks in"), "{said}");
    let kept = fs::read_dir(folder.path()).expect("it was made");
    let traces = kept
        .filter_map(Result::ok)
        .filter(|it| text(&it.path()).ends_with(".ndjson"));
    assert!(traces.count() > 0);
}

#[test]
fn pairs_are_tried_where_one_alone_is_not_missed() {
    let arguments = [
        "ablate",
        "wake-on-release",
        "--scenario",
        "delete-race",
        "--depth",
        "9",
    ];
    let output = hopwise(&[&arguments[..], &["--pairs", "--format", "json"]].concat());
    let run: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(run["matrix"][0]["without"], "wake-on-release");
    let pairs = run["pairs"].as_array().expect("pairs were tried");
    assert!(!pairs.is_empty());
    for pair in pairs {
        assert_eq!(
            pair["run"]["off"].as_array().map(Vec::len),
            Some(2),
            "{pair}"
        );
        let properties = pair["run"]["properties"].to_string();
        assert!(
            !properties.contains("breaks"),
            "the other alone breaks it: {properties}"
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_a_trace_that_reads_back() {
    let arguments = ["simulate", "everyday", "--seed", "7", "--steps", "40"];
    let walk = hopwise(&arguments);
    assert_eq!(walk.status.code(), Some(0), "{}", err(&walk));
    assert_eq!(walk.stdout, hopwise(&arguments).stdout);
    assert!(
        err(&walk).contains("which proves nothing"),
        "{}",
        err(&walk)
    );

    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    file.write_all(&walk.stdout).expect("there is room");
    let piped = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["trace", "-"])
        .stdin(file.reopen().expect("it is there"))
        .output();
    assert_eq!(piped.expect("the program was built").status.code(), Some(0));
    let told = hopwise(&["trace", text(file.path()), "--format", "table"]);
    assert_eq!(told.status.code(), Some(0));
    assert!(
        out(&told).contains("every step is one of the model"),
        "{}",
        out(&told)
    );
}

#[test]
fn the_end_of_a_hazards_trace_is_judged_by_its_sign() {
    let whole = fs::read_to_string(LATE_DELETE).expect("the trace is kept");
    let lines: Vec<&str> = whole.lines().collect();
    let mut cut = tempfile::NamedTempFile::new().expect("there is room");
    let kept = lines[..lines.len() - 1].join("\n");
    writeln!(cut, "{kept}").expect("there is room");
    for command in ["trace", "explain"] {
        let output = hopwise(&[command, LATE_DELETE]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let said = out(&output);
        assert!(
            said.contains("\nsign      a step that is taken: A DELETE"),
            "{said}"
        );
        assert!(
            said.contains("\ntrue      step 17, its last, is the sign"),
            "{said}"
        );

        let output = hopwise(&[command, text(cut.path())]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let said = out(&output);
        assert!(
            said.contains("\nnot true  no step of it is the sign"),
            "{said}"
        );
    }
    let json = hopwise(&["trace", LATE_DELETE, "--format", "json"]);
    let told: Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    assert_eq!(told["claim"]["true"], true);
    assert!(told["claim"]["sign"].is_string());
}

#[test]
fn every_format_of_a_trace_tells_its_steps() {
    for (format, piece) in [
        ("text", "   1 User → Guest API: creates the Service"),
        ("table", "   1  User            Guest API       user create"),
        ("diff", "     A first.service.object: Stored"),
        ("json", "\"do\": \"user create\""),
        ("mermaid", "user->>guest: create Service"),
    ] {
        let output = hopwise(&["trace", CREATE, "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert!(out(&output).contains(piece), "{format}: {}", out(&output));
    }
}

#[test]
fn the_state_after_a_step_is_printed() {
    let output = hopwise(&["trace", CREATE, "--state-at", "user create"]);
    let said = out(&output);
    assert!(
        said.starts_with("after step 1, user create\nfirst  Lane\n  service  Store\n"),
        "{said}"
    );
    let before = out(&hopwise(&["trace", CREATE, "--state-at", "start"]));
    assert!(before.contains("  object  None\n"), "{before}");
}

#[test]
fn a_claim_that_is_not_true_ends_with_1() {
    let whole = fs::read_to_string(ORPHAN).expect("the trace is kept");
    let mut lines: Vec<&str> = whole.lines().collect();
    lines.pop();
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    writeln!(file, "{}", lines.join("\n")).expect("there is room");
    for command in ["trace", "explain"] {
        let output = hopwise(&[command, text(file.path())]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(out(&output).contains("not true"), "{}", out(&output));
    }
}

#[test]
fn a_step_that_the_model_refuses_is_told_with_what_it_has() {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let header = r#"{"hopwise":"hopwise-trace/1","name":"x","scenario":"create","claim":"walk"}"#;
    let (free, create, poll) = ("free address", "user create", "ccm poll");
    let steps = [create, free, poll].map(|it| format!("{{\"do\":\"{it}\"}}"));
    writeln!(file, "{header}\n{}", steps.join("\n")).expect("there is room");
    let output = hopwise(&["trace", text(file.path())]);
    let said = out(&output);
    let refused = "invalid   step 2, free address, is not enabled there";
    assert!(said.contains(refused), "{said}");
    assert!(said.contains("deliver ccm service"), "{said}");
    // What follows has not happened, and is not told.
    let last = "   1 User → Guest API: creates the Service\n";
    assert!(said.ends_with(last), "{said}");
    for command in ["trace", "explain", "replay"] {
        let output = hopwise(&[command, text(file.path())]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(err(&output).contains("free address"), "{}", err(&output));
    }
}

#[test]
fn a_bench_of_a_small_scenario_is_a_table_for_people_and_json_for_machines() {
    let output = hopwise(&["bench", "direct", "--runs", "1", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "");
    let said = out(&output);
    assert!(said.starts_with("scenario"), "{said}");
    assert!(
        said.contains("\ndirect") && said.contains("1,061"),
        "{said}"
    );
    assert!(!said.contains("Spin"), "it tells another scenario: {said}");

    let output = hopwise(&["bench", "direct", "--runs", "2", "--json"]);
    assert!(err(&output).contains("run 2 of 2"), "{}", err(&output));
    let said: Value = serde_json::from_str(&out(&output)).expect("it prints JSON");
    assert_eq!(said["runs"], 2);
    let direct = &said["scenarios"][0];
    assert_eq!(direct["scenario"], "direct");
    assert_eq!(
        (&direct["states"], &direct["steps"]),
        (&1061.into(), &2329.into())
    );
    let speed = &direct["speeds"][0];
    assert_eq!(speed["threads"], 1);
    assert!(speed["states_per_second"]["median"].as_f64() > Some(0.0));
    assert!(speed["judge_seconds"]["max"].as_f64() > Some(0.0));
}
