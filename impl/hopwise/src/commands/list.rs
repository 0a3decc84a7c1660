//! `hopwise list`: the names there are.

use crate::cli::{List, Listed};
use crate::context::print_to_end;
use crate::exit::{Exit, Outcome};
use crate::registry;
use crate::report::words::claim;
use crate::telling::sentence;
use clap::ValueEnum;
use hopwise_protocol::{HAZARDS, every_scenario};
use hopwise_vocab::{Claim, Safeguard};

/// Runs the command.
///
/// # Errors
/// When the list cannot be printed.
pub fn list(flags: &List) -> Outcome {
    let text = match flags.what {
        Some(what) => rows(what),
        None => everything(),
    };
    print_to_end(&text)?;
    Ok(Exit::Good)
}

/// Prints the definitions of the chain's own types, as JSON that `kubectl apply -f -` takes.
///
/// # Errors
/// None.
pub fn crd() -> Outcome {
    let items = hopwise_api::custom_resources();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    print_to_end(&format!("{list:#}\n"))?;
    Ok(Exit::Good)
}

fn everything() -> String {
    let all = Listed::value_variants().iter();
    let part = |what: &Listed| {
        let value = what.to_possible_value()?;
        Some(format!("{}\n{}", value.get_name(), indented(&rows(*what))))
    };
    all.filter_map(part).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn rows(what: Listed) -> String {
    let listed = listed(what);
    let widest = listed.iter().map(|(name, _)| name.chars().count()).max();
    let width = widest.unwrap_or(0) + 2;
    let row = |(name, sentence): &(String, String)| {
        format!("{}\n", format!("{name:width$}{sentence}").trim_end())
    };
    listed.iter().map(row).collect()
}

fn listed(what: Listed) -> Vec<(String, String)> {
    let row = |name: &str, sentence: &str| (name.to_owned(), sentence.to_owned());
    match what {
        Listed::Scenarios => every_scenario()
            .map(|it| row(it.name, it.sentence))
            .collect(),
        Listed::Safeguards => {
            let all = Safeguard::ALL.iter();
            all.map(|it| row(it.name(), it.sentence())).collect()
        }
        Listed::Properties => {
            let all = registry::properties().into_iter();
            all.map(|it| row(it.id, it.sentence)).collect()
        }
        Listed::Profiles => registry::profiles(),
        Listed::Hazards => HAZARDS.iter().map(|it| row(it.name, it.sentence)).collect(),
        Listed::Actions => {
            let all = registry::actions().into_iter();
            let all = all.map(|it| (it.to_string(), sentence(it)));
            all.chain([row(
                "… of b by rival",
                "The same about the second Service, by a second live replica.",
            )])
            .collect()
        }
        Listed::Traces => {
            let all = hopwise_conformance::traces::committed().into_iter();
            all.map(|it| (it.header.name, claimed(&it.header.claim)))
                .collect()
        }
    }
}

fn claimed(it: &Claim) -> String {
    match it {
        Claim::Witness(what) => what.clone(),
        Claim::Breaks(_) | Claim::Walk => claim(it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_has_a_name_is_listed() {
        insta::assert_snapshot!(everything());
    }
}
