//! A search that is cut, whatever cuts it, is not decided.

use std::process::Command;

const HOPWISE: &str = env!("CARGO_BIN_EXE_hopwise");

#[test]
fn a_search_that_was_cut_is_not_decided() {
    let output = Command::new(HOPWISE)
        .args(["check", "create", "--states", "10"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not decided"));
}

/// A search bounds itself by what there is, so it is not killed.
#[cfg(target_os = "linux")]
#[test]
fn a_search_that_finds_too_little_memory_is_not_decided() {
    let limited = "ulimit -v 600000; exec \"$0\" check exhausted --quiet";
    let output = Command::new("sh")
        .args(["-c", limited, HOPWISE])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        said.contains("not decided") && said.contains("--memory"),
        "{said}"
    );
}
