//! The explorer as a browser meets it: over TCP, and as the program serves it.

use hopwise::explore::{Explorer, serve};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use tokio::sync::oneshot;

const HOME: &str = "/s/create/reference/user+create/1";

/// What comes back for a request that is written as it is.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let written = stream.write_all(request.as_bytes());
    written.expect("the server reads");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    read.expect("the server answers with text");
    answer
}

fn get(address: SocketAddr, path: &str, more: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\n\r\n");
    exchange(address, &request)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// Runs a test against a server that ends with it.
fn with_server(test: impl FnOnce(SocketAddr) + Send + 'static) {
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    runtime.block_on(async {
        let listener = hopwise_serve::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a port is free");
        let listens = listener.local_addr().expect("it listens");
        let (end, ended) = oneshot::channel::<()>();
        let home = HOME.to_owned();
        let server = tokio::spawn(serve(listener, Explorer { listens, home }, async {
            let _ = ended.await;
        }));
        let tested = tokio::task::spawn_blocking(move || test(listens)).await;
        drop(end);
        server.await.expect("the server ends");
        tested.expect("the test passes");
    });
}

#[test]
fn a_browser_is_led_to_the_walk_and_told_to_load_nothing_else() {
    with_server(|address| {
        let first = get(address, "/", "");
        assert_eq!(status(&first), "303");
        assert!(first.contains(&format!("location: {HOME}\r\n")), "{first}");
        let page = get(address, HOME, "Sec-Fetch-Site: none\r\n");
        assert_eq!(status(&page), "200");
        for header in [
            "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; ",
            "x-content-type-options: nosniff\r\n",
            "referrer-policy: no-referrer\r\n",
            "cross-origin-resource-policy: same-origin\r\n",
            "content-type: text/html; charset=utf-8\r\n",
        ] {
            assert!(page.contains(header), "{header} is not in\n{page}");
        }
        assert!(!page.to_lowercase().contains("access-control"));
        assert!(page.contains("Step 1 of 1"));
        for (path, media_type) in [
            ("/explore.css", "text/css"),
            ("/explore.js", "text/javascript"),
        ] {
            let answer = get(address, path, "");
            assert!(
                answer.contains(&format!("content-type: {media_type}")),
                "{answer}"
            );
        }
    });
}

#[test]
fn whoever_is_not_here_is_refused() {
    with_server(|address| {
        let rebound = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
        assert_eq!(status(&exchange(address, rebound)), "403");
        let nameless = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
        assert_eq!(status(&exchange(address, nameless)), "400");
        let origin = get(address, HOME, "Origin: http://evil.example\r\n");
        assert_eq!(status(&origin), "403");
        assert!(origin.contains("not from one of here"), "{origin}");
        let fetched = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n";
        assert_eq!(status(&get(address, HOME, fetched)), "403");
        let post = format!(
            "POST {HOME} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n"
        );
        let answer = exchange(address, &post);
        assert_eq!(status(&answer), "405");
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
        let own = format!("Origin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n");
        assert_eq!(status(&get(address, HOME, &own)), "200");
    });
}

#[test]
fn a_trace_is_saved_as_a_file() {
    with_server(|address| {
        let answer = get(
            address,
            "/s/create/reference/user+create/save?name=mine",
            "",
        );
        assert_eq!(status(&answer), "200");
        let name = "content-disposition: attachment; filename=\"mine.ndjson\"\r\n";
        assert!(answer.contains(name), "{answer}");
        assert!(answer.ends_with("{\"do\":\"user create\"}\n"), "{answer}");
    });
}

#[test]
fn the_program_prints_where_it_is_and_serves_the_bad_step() {
    let trace = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../conformance/traces/hop-order-without-hold-until-gone.ndjson"
    );
    let mut program = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["explore", trace])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("http://")
        .unwrap()
        .trim_end_matches('/');
    let address: SocketAddr = address.parse().unwrap();
    let first = get(address, "/", "");
    let home = first
        .split("location: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap();
    let page = get(address, home, "");
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(status(&page), "200");
    assert!(page.contains("✗ hop_order is broken"), "{page}");
}

#[test]
fn other_machines_are_not_listened_to() {
    let output = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["explore", "create", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("the explorer is for this machine alone"),
        "{told}"
    );
}
