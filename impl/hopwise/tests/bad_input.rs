//! Whatever is wrong with what the program is given, it says what, where and what to do, and ends
//! with the exit code that the README documents.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn hopwise(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program was built")
}

/// Checks the exit code and that the message has these parts.
fn refuses(arguments: &[&str], code: i32, parts: &[&str]) {
    let output = hopwise(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    for part in parts {
        assert!(
            message.contains(part),
            "{arguments:?} says nothing of {part:?}: {message}"
        );
    }
    assert!(!message.contains("panicked"), "{message}");
}

/// A server of ours in a process of its own, ended when it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut url = String::new();
        let output = child.stdout.take().expect("the output is a pipe");
        BufReader::new(output)
            .read_line(&mut url)
            .expect("the server says where it listens");
        Served {
            child,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary files have plain names")
}

fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: it\nclusters:\n- name: it\n  cluster:\n    \
         server: {server}\nusers:\n- name: it\n  user: {{token: secret}}\ncontexts:\n- name: it\n  \
         context: {{cluster: it, user: it}}\n"
    )
}

/// Before anything is searched: the searches would be lost.
#[test]
fn a_folder_that_cannot_be_made_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("folder");
    let below = text(&below);
    for command in [
        &["check", "late", "--out", below][..],
        &["ablate", "--out", below],
        &["review", "--out", below],
    ] {
        refuses(command, 2, &["make the folder", below]);
    }
}

#[test]
fn a_bench_of_nothing_is_refused() {
    refuses(&["bench", "creat"], 2, &["creat", "create"]);
    refuses(&["bench", "direct", "--runs", "0"], 2, &["--runs", "0"]);
    refuses(&["bench", "direct", "--runs", "x"], 2, &["--runs", "x"]);
}

#[test]
fn a_scenario_that_cannot_be_covered_is_refused() {
    refuses(
        &["cover", "create"],
        2,
        &["create", "50000", "hopwise list"],
    );
}

#[test]
fn an_unknown_scenario_is_answered_with_the_names_there_are() {
    refuses(
        &["check", "creat"],
        2,
        &["unknown scenario \"creat\"", "delete-race"],
    );
}

#[test]
fn an_unknown_safeguard_is_answered_with_the_names_there_are() {
    let names = ["unknown safeguard \"uid\"", "identity-by-uid"];
    refuses(&["check", "create", "--without", "uid"], 2, &names);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    for (arguments, unknown, near) in [
        (
            ["check", "--property", "hop_ordr"],
            "\"hop_ordr\"",
            "\"hop_order\"",
        ),
        (
            ["check", "--with", "hold-until-gon"],
            "\"hold-until-gon\"",
            "\"hold-until-gone\"",
        ),
        (
            ["ablate", "--scenario", "recraete"],
            "\"recraete\"",
            "\"recreate\"",
        ),
    ] {
        refuses(&arguments, 2, &[unknown, "did you mean", near]);
    }
    refuses(
        &["ablate", "guarded-write"],
        2,
        &["did you mean \"guarded-writes\""],
    );
    refuses(
        &["mutants", "vmop-count-ports"],
        2,
        &["unknown mutant", "did you mean \"vmop-counts-ports\""],
    );
    refuses(&["mutants", "--shard", "3/2"], 2, &["no part such as 1/4"]);
    refuses(&["simulate", "everyda"], 2, &["did you mean \"everyday\""]);
    let parts = [
        "\"hop_ordr\" is no property",
        "did you mean \"hop_order\"",
        "hopwise list",
    ];
    refuses(&["explain", "hop_ordr"], 2, &parts);
}

#[test]
fn bounds_that_contradict_themselves_are_refused() {
    refuses(
        &["check", "--states", "0"],
        2,
        &["--states", "0 is not in 1.."],
    );
    refuses(&["check", "--depth", "0"], 2, &["--depth"]);
    refuses(&["check", "--threads", "0"], 2, &["--threads"]);
    refuses(
        &["check", "--memory", "0"],
        2,
        &["--memory", "nothing can be searched"],
    );
    refuses(&["check", "--memory", "plenty"], 2, &["--memory", "512M"]);
    let both = [
        "check",
        "--with",
        "regular-poll",
        "--without",
        "regular-poll",
    ];
    refuses(
        &both,
        2,
        &["regular-poll", "--with", "--without", "leave one out"],
    );
}

#[test]
fn a_baseline_that_pins_what_there_is_not_is_refused_with_its_line() {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    writeln!(file, "# sizes\ncraete 1 2 3").expect("there is room");
    let path = text(file.path());
    let parts = [
        path,
        "line 2",
        "unknown scenario \"craete\"",
        "did you mean \"create\"",
    ];
    refuses(&["check", "--baseline", path], 2, &parts);
    refuses(&["check", "--baseline", "no/such.txt"], 2, &["no/such.txt"]);
    let as_built = ["check", "--baseline", path, "--profile", "as-built"];
    refuses(&as_built, 2, &["line 2"]);
}

#[test]
fn a_trace_that_names_what_there_is_not_is_refused() {
    let told = |header: &str, parts: &[&str]| {
        let mut file = tempfile::NamedTempFile::new().expect("there is room");
        writeln!(file, "{header}").expect("there is room");
        refuses(&["trace", text(file.path())], 2, parts);
        refuses(&["explain", text(file.path())], 2, parts);
    };
    let header = |scenario, claim| {
        format!(
            r#"{{"hopwise":"hopwise-trace/1","name":"x","scenario":"{scenario}","claim":{claim}}}"#
        )
    };
    told(
        &header("creat", "\"walk\""),
        &["trace x", "\"creat\"", "\"create\""],
    );
    let parts = ["trace x", "\"hop_ordr\"", "\"hop_order\""];
    told(&header("create", "{\"breaks\":\"hop_ordr\"}"), &parts);
    told("{}", &["line 1"]);
    refuses(&["trace", "no/such.ndjson"], 2, &["no/such.ndjson"]);
    refuses(&["explain", "no/such.ndjson"], 2, &["no/such.ndjson"]);
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    refuses(&["chekc"], 2, &["chekc"]);
}

#[test]
fn a_broken_trace_is_named_with_its_line() {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let header = r#"{"hopwise":"hopwise-trace/1","name":"x","scenario":"create","claim":"walk"}"#;
    writeln!(file, "{header}\n{{\"do\":\"user creat\"}}").expect("there is room");
    let path = text(file.path());
    refuses(
        &["replay", path],
        2,
        &[path, "line 2", "unknown user step \"creat\""],
    );
}

#[test]
fn a_missing_trace_is_named() {
    refuses(&["replay", "no/such.ndjson"], 2, &["no/such.ndjson"]);
}

#[test]
fn a_trace_that_the_model_cannot_take_is_told_at_which_step() {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let header = r#"{"hopwise":"hopwise-trace/1","name":"x","scenario":"create","claim":"walk"}"#;
    writeln!(file, "{header}\n{{\"do\":\"free address\"}}").expect("there is room");
    refuses(
        &["replay", text(file.path())],
        2,
        &["step 1", "free address"],
    );
}

#[test]
fn a_trace_without_steps_leaves_nothing_to_judge() {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let header = r#"{"hopwise":"hopwise-trace/1","name":"x","scenario":"create","claim":"walk"}"#;
    writeln!(file, "{header}").expect("there is room");
    refuses(&["replay", text(file.path())], 4, &[]);
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("kubeconfig");
    let arguments = [
        "serve",
        "apiserver",
        "--listen",
        &address,
        "--kubeconfig",
        text(&file),
    ];
    refuses(&arguments, 2, &[&address, "already taken"]);
}

#[test]
fn an_api_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it is bound").to_string();
    drop(free);
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, kubeconfig(&format!("http://{address}"))).expect("there is room");
    refuses(
        &["run", "vmop", "--kubeconfig", text(&file)],
        1,
        &[&address],
    );
}

#[test]
fn a_missing_kubeconfig_is_named() {
    refuses(
        &["run", "vmop", "--kubeconfig", "no/such.kubeconfig"],
        2,
        &["no/such.kubeconfig"],
    );
}

#[test]
fn a_wrong_nsx_password_is_said_to_be_wrong() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("right"), "right").expect("there is room");
    std::fs::write(path("wrong"), "wrong").expect("there is room");
    let config = path("kubeconfig");
    let _api = Served::start(&[
        "apiserver",
        "--insecure-http",
        "--kubeconfig",
        text(&config),
    ]);
    let right = path("right");
    let pool = "127.100.1.1-127.100.1.2";
    let nsx = [
        "nsxt",
        "--insecure-http",
        "--password-file",
        text(&right),
        "--pool",
        pool,
    ];
    let nsx = Served::start(&nsx);
    let wrong = path("wrong");
    let arguments = [
        "run",
        "ncp",
        "--kubeconfig",
        text(&config),
        "--nsx-address",
        &nsx.url,
        "--nsx-user",
        "admin",
        "--nsx-password-file",
        text(&wrong),
        "--ip-pool",
        "vips",
        "--cluster-name",
        "demo",
    ];
    refuses(&arguments, 1, &[&nsx.url, "admin", "password"]);
}

#[test]
fn a_story_without_kubectl_has_an_exit_code_of_its_own() {
    let folder = tempfile::tempdir().expect("there is room");
    let arguments = [
        "up",
        "--check",
        "--kubectl",
        "no/such/kubectl",
        "--dir",
        text(folder.path()),
    ];
    refuses(&arguments, 5, &["no/such/kubectl", "--kubectl"]);
}

#[tokio::test]
async fn an_invalid_service_is_refused_with_the_field_and_the_reason() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("kubeconfig");
    let _api = Served::start(&["apiserver", "--kubeconfig", text(&file)]);
    let client = hopwise::up::connect(&file)
        .await
        .expect("the kubeconfig was just written");
    let services = kube::Api::<k8s_openapi::api::core::v1::Service>::default_namespaced(client);
    let service = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 0}]},
    }));
    let service = service.expect("it has the shape of a Service");
    let error = services
        .create(&kube::api::PostParams::default(), &service)
        .await;
    let error = error.expect_err("port 0 is no port").to_string();
    for part in ["web", "spec.ports[0].port", "between 1 and 65535"] {
        assert!(error.contains(part), "{error}");
    }
}
