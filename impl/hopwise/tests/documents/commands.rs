//! The commands of the documents that do not simply end well within seconds.

/// Those that end with another code than 0, as they should.
pub const ENDS: [(&str, i32); 2] = [
    ("hopwise check --profile as-built --states 200000", 1),
    (
        "hopwise storm --services 10 --kills 15 --without sweep-orphans",
        1,
    ),
];

/// Those that take long: only `.ci/nightly` runs them.
pub const HEAVY: [&str; 8] = [
    "hopwise check late crash two-ccm",
    "hopwise check --profile as-built --states 200000",
    "hopwise check --baseline model/protocol/baseline.txt",
    "hopwise ablate --out found",
    "hopwise bench create",
    "hopwise latency --page docs --seed 1",
    "hopwise storm --seed 7 --out storm.ndjson",
    "hopwise storm --services 10 --kills 15 --without sweep-orphans",
];

/// Those that something else runs: the command, the file that does, and how it says so. The test of
/// the tour runs every command of it.
pub const ELSEWHERE: [(&str, &str, &str); 26] = [
    (
        "hopwise check recreate",
        "docs/tour.md",
        "\nhopwise check recreate\n",
    ),
    (
        "hopwise check recreate --without identity-by-uid --out found",
        "docs/tour.md",
        "\nhopwise check recreate --without identity-by-uid --out found ",
    ),
    (
        "hopwise explain found/status_true-recreate-without-identity-by-uid.ndjson",
        "docs/tour.md",
        "\nhopwise explain found/status_true-recreate-without-identity-by-uid.ndjson\n",
    ),
    ("hopwise review", ".ci/run", "-- review"),
    (
        "cargo test --workspace",
        ".ci/run",
        "cargo test --workspace",
    ),
    (
        "cargo test -p hopwise-fidelity",
        ".ci/run",
        "cargo test --workspace",
    ),
    ("hopwise up", ".ci/run", "-- up --check"),
    (
        "hopwise up --apiserver real --nodes IP IP",
        "tests/real-cluster/run",
        "up --check",
    ),
    (
        "hopwise explain svc/web",
        "impl/hopwise/src/up/story.rs",
        "hopwise explain svc/web",
    ),
    (
        "hopwise check twice mixed late-cluster three-waiters mixed-more",
        ".ci/nightly",
        "check late-cluster three-waiters",
    ),
    (
        "hopwise check late-behind --memory 16G",
        ".ci/nightly",
        "check late-behind --memory 16G",
    ),
    (
        "hopwise ablate --matrix --states 200000",
        ".ci/nightly",
        "ablate --matrix --states 200000",
    ),
    ("hopwise product", ".ci/nightly", "\"product\""),
    (
        "hopwise product twice mixed",
        ".ci/run",
        "product twice mixed",
    ),
    ("hopwise cover", ".ci/run", "-- cover"),
    ("hopwise mutants", ".ci/nightly", "mutants --shard 1/4"),
    (
        "hopwise mutants --shard 2/4 --format junit",
        ".ci/nightly",
        "mutants --shard 2/4",
    ),
    (
        "cargo run --release -p hopwise-conformance --example accept",
        ".ci/nightly",
        "-p hopwise-conformance --example accept",
    ),
    (
        "cargo run --release -p hopwise-nsxt --example throughput",
        ".ci/nightly",
        "-p hopwise-nsxt --example throughput",
    ),
    (
        "cargo run --release -p vmop-controller-manager --example load -- --clusters 20 --services 2000",
        ".ci/nightly",
        "-p vmop-controller-manager --example load -- --clusters 20 --services 2000",
    ),
    ("hopwise explore", "tests/browser/pages.test.mjs", "choose"),
    (
        "hopwise explore recreate --without identity-by-uid",
        "tests/browser/explorer.test.mjs",
        "recreate\\/without-identity-by-uid",
    ),
    (
        "hopwise explore found/TRACE.ndjson",
        "tests/browser/run",
        "explore \"$trace\"",
    ),
    (
        "hopwise explore '/s/create/reference/user+create/1'",
        "impl/hopwise/tests/explore.rs",
        "\"explore\"",
    ),
    (
        "hopwise explore --live",
        "tests/browser/run",
        "explore --live",
    ),
    (
        "hopwise explore --live svc/web",
        "impl/hopwise/tests/watched.rs",
        "[\"explore\", \"--live\", \"svc/web\"",
    ),
];
