//! The embedded server against what a kube-apiserver said, as it was recorded.

use hopwise_fidelity::allowed::ALLOWED;
use hopwise_fidelity::clause::{CLAUSES, clauses_of};
use hopwise_fidelity::corpus::{CORPUS, Recorded, SIZE, read, replay};
use hopwise_fidelity::embedded::Embedded;
use hopwise_fidelity::flaw::{Flaw, Flawed};
use std::collections::BTreeSet;

fn corpus() -> Vec<Recorded> {
    let corpus = read(CORPUS).expect("the corpus is JSON");
    assert!(!corpus.is_empty(), "there is nothing to compare with");
    corpus
}

#[test]
fn the_embedded_server_says_what_a_kube_apiserver_said() {
    let embedded = Embedded::new();
    for (at, recorded) in corpus().iter().enumerate() {
        let compared = replay(&embedded.copy(), recorded);
        let steps: Vec<String> = recorded
            .steps
            .iter()
            .map(|it| serde_json::to_string(it).expect("a step is JSON"))
            .collect();
        assert!(
            compared.open.is_empty(),
            "line {}:\n{}\n{:#?}",
            at + 1,
            steps.join("\n"),
            compared.open
        );
    }
}

#[test]
fn every_mistake_shows() {
    let embedded = Embedded::new();
    let corpus = corpus();
    for flaw in Flaw::ALL {
        let caught = corpus
            .iter()
            .filter(|it| !replay(&Flawed::of(&embedded, flaw), it).open.is_empty())
            .count();
        assert!(caught > 0, "nothing shows {flaw:?}");
    }
}

#[test]
fn what_is_allowed_is_known_and_still_happens() {
    let ids: Vec<&str> = ALLOWED.iter().map(|it| it.id).collect();
    assert_eq!(
        ids,
        [
            "decoder-words",
            "typed-patch-words",
            "continue-words",
            "patched-value",
            "owners-value",
            "duplicate-port-value",
            "column-descriptions",
            "empty-slice-lists",
            "empty-metadata-list",
            "kube-apiserver-panics",
        ],
        "a new row needs a reason that a reader accepts"
    );
    let embedded = Embedded::new();
    let happened: BTreeSet<&str> = corpus()
        .iter()
        .flat_map(|it| replay(&embedded.copy(), it).allowed)
        .collect();
    for row in ALLOWED {
        assert!(row.reason.len() > 20, "{} has no reason", row.id);
        assert!(happened.contains(row.id), "{} never happens", row.id);
    }
}

#[test]
fn every_clause_has_a_row_and_happens() {
    let rows = include_str!("../../../docs/fidelity.md");
    let happened: BTreeSet<&str> = corpus().iter().flat_map(clauses_of).collect();
    for clause in CLAUSES {
        let row = format!("| `{}` |", clause.id);
        assert!(rows.contains(&row), "docs/fidelity.md has no {row}");
        assert!(happened.contains(clause.id), "{} never happens", clause.id);
    }
}

#[test]
fn the_corpus_stays_small() {
    assert!(CORPUS.len() <= SIZE, "{} bytes", CORPUS.len());
}
