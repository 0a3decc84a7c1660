//! `hopwise list`: the names there are.

use crate::cli::{List, Listed};
use crate::exit::{Exit, Outcome};
use hopwise_checker::{Bounds, explore};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, SCENARIOS};
use hopwise_vocab::{Safeguard, Safeguards};

/// Runs the command.
///
/// # Errors
/// None.
pub fn list(flags: &List) -> Outcome {
    for (name, sentence) in listed(flags.what) {
        println!("{}", format!("{name:26}{sentence}").trim_end());
    }
    Ok(Exit::Good)
}

/// Prints the definitions of the chain's own types, as JSON that `kubectl apply -f -` takes.
///
/// # Errors
/// None.
pub fn crd() -> Outcome {
    let items = hopwise_api::custom_resources();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    println!("{list:#}");
    Ok(Exit::Good)
}

fn listed(what: Listed) -> Vec<(String, String)> {
    let row = |name: &str, sentence: &str| (name.to_owned(), sentence.to_owned());
    match what {
        Listed::Scenarios => SCENARIOS
            .iter()
            .map(|it| row(it.name, it.sentence))
            .collect(),
        Listed::Safeguards => Safeguard::ALL
            .iter()
            .map(|it| row(it.name(), it.sentence()))
            .collect(),
        Listed::Properties => {
            let safety = INVARIANTS.iter().map(|it| row(it.id, it.sentence));
            safety
                .chain(LEADS_TO.iter().map(|it| row(it.id, it.sentence)))
                .collect()
        }
        Listed::Actions => actions(),
    }
}

/// The actions that the smallest scenario and an edit take between them.
fn actions() -> Vec<(String, String)> {
    let mut found = std::collections::BTreeSet::new();
    for scenario in SCENARIOS {
        let chain = Chain {
            scenario,
            safeguards: Safeguards::reference(),
        };
        let graph = explore(
            &chain,
            &Bounds {
                states: Some(20_000),
                ..Bounds::default()
            },
        );
        let taken = graph.actions().into_iter().filter(|it| it.steps > 0);
        found.extend(taken.map(|it| it.action.to_string()));
    }
    found
        .into_iter()
        .map(|name| (name, String::new()))
        .collect()
}
