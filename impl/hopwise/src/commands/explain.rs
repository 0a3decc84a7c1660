//! `hopwise explain`: what a name means, and why the trace of a broken property goes wrong.

use crate::cli::Explain;
use crate::commands::replay::read;
use crate::commands::trace::not_of_the_model;
use crate::context::print_to_end;
use crate::exit::{Exit, Failure, Outcome};
use crate::live::{Unseen, Wanted, access, look, service_named};
use crate::nearest::did_you_mean;
use crate::registry;
use crate::report::words::wrap;
use crate::selection::property;
use crate::telling::{Told, Walked, hazard, verdict, why};
use crate::up::wall_clock;
use hopwise_protocol::{Class, Control, Hazard, NIGHTLY, SMALL, Scenario, scenario};
use hopwise_vocab::{Action, Safeguard};
use std::fmt::Write as _;
use std::path::Path;
use tokio::runtime::Runtime;

const COLUMNS: usize = 100;
/// The column where the text of a row begins.
const TEXT: usize = 12;

/// Runs the command.
///
/// # Errors
/// Says that there is nothing of this name, and which names are near.
pub fn explain(flags: &Explain, runtime: &Runtime) -> Outcome {
    let what = flags.what.as_str();
    if let Some(name) = service_named(what) {
        return runtime.block_on(service(name, flags));
    }
    if is_a_file(what) {
        return trace(Path::new(what));
    }
    print_to_end(&named(what)?)?;
    Ok(Exit::Good)
}

/// A Service of a running chain: where it is, and what it waits for.
async fn service(name: &str, flags: &Explain) -> Outcome {
    if name.is_empty() || name.contains('/') {
        let message = format!(
            "{:?} names no Service: write svc/NAME, and -n NAMESPACE",
            flags.what
        );
        return Err(Failure::usage(anyhow::Error::msg(message)));
    }
    let wanted = Wanted {
        name: name.to_owned(),
        namespace: flags.clusters.namespace.clone(),
    };
    let seen = look(&wanted, &access(&flags.clusters))
        .await
        .map_err(Unseen::failure)?;
    print_to_end(&seen.page(wall_clock()))?;
    Ok(Exit::Good)
}

fn is_a_file(what: &str) -> bool {
    let path = Path::new(what);
    what == "-" || what.contains('/') || path.extension().is_some() || path.is_file()
}

/// A trace: which clause is false, after which step, and the story.
fn trace(path: &Path) -> Outcome {
    let trace = read(path)?;
    let walked = Walked::of(&trace)?;
    let judged = verdict(&trace, &walked)?;
    if walked.refused.is_some() {
        return Err(not_of_the_model(path, &judged));
    }
    let told = Told {
        trace: &trace,
        walked: &walked,
        verdict: &judged,
    };
    print_to_end(&why(&told, path))?;
    Ok(match judged.is_true {
        true => Exit::Good,
        false => Exit::Broken,
    })
}

fn named(what: &str) -> Result<String, Failure> {
    if let Some(id) = property(what) {
        return Ok(of_property(id));
    }
    if let Ok(safeguard) = what.parse::<Safeguard>() {
        return Ok(of_safeguard(safeguard));
    }
    if let Ok(scenario) = scenario(what) {
        return Ok(of_scenario(&scenario));
    }
    if let Some(hazard) = hazard::called(what) {
        return Ok(of_hazard(hazard));
    }
    what.parse::<Action>().map(of_action).map_err(|error| {
        let names = registry::names();
        let near = did_you_mean(what, names.iter().map(String::as_str));
        let message = match what.contains(' ') {
            true => format!("{error}{near}"),
            false => format!(
                "{what:?} is no property, safeguard, scenario, hazard, action or file{near}\n\
                 hopwise list prints every name"
            ),
        };
        Failure::usage(anyhow::Error::msg(message))
    })
}

/// Appends a row: its name, then its text, broken into lines.
fn row(text: &mut String, name: &str, content: &str) {
    let wrapped = wrap(content, TEXT, COLUMNS);
    let begin = wrapped.trim_start();
    write!(text, "{name:<TEXT$}{begin}").expect("a String takes it");
}

fn of_property(id: &str) -> String {
    let all = registry::properties();
    let property = all.iter().find(|it| it.id == id);
    let property = property.expect("the id is one of theirs");
    let mut text = format!("{id}: a property {}\n\n", property.kind);
    row(&mut text, "says", property.sentence);
    row(&mut text, "formula", property.formula);
    row(
        &mut text,
        "written",
        "model/protocol/src/properties/, docs/protocol.md §10",
    );
    for clause in &property.clauses {
        row(&mut text, "clause", clause);
    }
    for (scenario, since) in registry::exempt_in(id) {
        row(
            &mut text,
            "exempt",
            &format!("in {scenario}, since {since}"),
        );
    }
    for control in property.controls {
        let depth = control
            .depth
            .map_or(String::new(), |it| format!(", up to depth {it}"));
        let content = format!("without {} in {}{depth}", off(control), control.scenario);
        row(&mut text, "breaks", &content);
    }
    row(
        &mut text,
        "checked",
        "by check and review; in model/protocol/tests/reference.rs and, that it can break, controls.rs",
    );
    writeln!(text, "\nhopwise check --property '{id}'").expect("a String takes it");
    if let Some(control) = property.controls.first() {
        let without = control.off.iter().map(|it| format!(" --without {it}"));
        let (without, scenario) = (without.collect::<String>(), control.scenario);
        let limit = control
            .depth
            .map_or(String::new(), |it| format!(" --depth {it}"));
        writeln!(
            text,
            "hopwise check {scenario}{without} --property '{id}'{limit}"
        )
        .expect("a String takes it");
    }
    text
}

/// What is off in a control.
fn off(control: &Control) -> String {
    let names: Vec<&str> = control.off.iter().map(|it| it.name()).collect();
    names.join(" and ")
}

fn of_safeguard(safeguard: Safeguard) -> String {
    let mut text = format!("{safeguard}: a safeguard, a rule that can be switched off\n\n");
    row(&mut text, "says", safeguard.sentence());
    for (id, control) in
        registry::controls().filter(|(_, control)| control.off.contains(&safeguard))
    {
        let others = control.off.iter().filter(|it| **it != safeguard);
        let others: String = others.map(|it| format!(", with {it} off, too")).collect();
        let content = format!("{id}, as {} shows{others}", control.scenario);
        row(&mut text, "protects", &content);
    }
    for profile in registry::profiles() {
        if profile.1.contains(safeguard.name()) {
            row(&mut text, "off in", &format!("profile {}", profile.0));
        }
    }
    let kept = hopwise_conformance::traces::committed();
    for trace in kept.iter().filter(|it| !it.header.off.has(safeguard)) {
        row(
            &mut text,
            "trace",
            &format!("conformance/traces/{}.ndjson", trace.header.name),
        );
    }
    row(
        &mut text,
        "checked",
        "by ablate and review; in model/protocol/tests/controls.rs",
    );
    writeln!(text, "\nhopwise ablate {safeguard}").expect("a String takes it");
    text
}

fn of_scenario(scenario: &Scenario) -> String {
    let name = scenario.name;
    let mut text = format!("{name}: a scenario, bounds of the model\n\n");
    row(&mut text, "says", scenario.sentence);
    row(
        &mut text,
        "bounds",
        &crate::search::bounds_in_words(scenario),
    );
    for (id, control) in registry::controls().filter(|(_, control)| control.scenario == name) {
        row(
            &mut text,
            "shows",
            &format!("{id} breaks without {}", off(control)),
        );
    }
    for (id, since) in registry::exemptions(scenario) {
        row(&mut text, "exempt", &format!("{id}, since {since}"));
    }
    let checked = if NIGHTLY.contains(scenario) {
        "where it is named: it is too large for every change"
    } else if SMALL.contains(scenario) {
        "where it is named; in model/protocol/tests/reference.rs and conformance/tests/cover.rs"
    } else {
        "by check and review; in model/protocol/tests/reference.rs"
    };
    row(&mut text, "checked", checked);
    writeln!(text, "\nhopwise check {name}").expect("a String takes it");
    text
}

fn of_hazard(hazard: &Hazard) -> String {
    let name = hazard.name;
    let mut text = format!("{name}: a hazard of the chain as it is built today\n\n");
    row(&mut text, "says", hazard.sentence);
    row(&mut text, "sign", hazard::kind(hazard.sign));
    let besides = hazard.also_off.iter().map(|it| format!(", without {it}"));
    let besides: String = besides.collect();
    let content = format!("in {} with the profile as-built{besides}", hazard.scenario);
    row(&mut text, "shows", &content);
    row(&mut text, "reference", hazard::reference(hazard));
    let kept = format!("conformance/traces/as-built/{name}.ndjson");
    row(&mut text, "trace", &kept);
    row(
        &mut text,
        "checked",
        "in model/protocol/tests/hazards.rs; docs/hazards.md places it among the others",
    );
    writeln!(text, "\nhopwise explain {kept}").expect("a String takes it");
    text
}

fn of_action(action: Action) -> String {
    let mut text = format!("{action}: an action, one step of the model\n\n");
    row(&mut text, "says", &crate::telling::sentence(action));
    let fairness = match Class::of(&action.deed) {
        Some(_) => "weak: while it stays enabled, it or another of its class is taken some day",
        None => "none: it may never be taken",
    };
    row(&mut text, "fairness", fairness);
    for name in registry::traces_with(action) {
        row(
            &mut text,
            "trace",
            &format!("conformance/traces/{name}.ndjson"),
        );
    }
    row(
        &mut text,
        "checked",
        "each pass of a controller at every state by review; each trace by replay",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_explained_with_its_clauses_and_controls() {
        insta::assert_snapshot!(named("hop_order").unwrap());
    }

    #[test]
    fn a_safeguard_is_explained_with_what_it_protects() {
        insta::assert_snapshot!(named("hold-until-gone").unwrap());
    }

    #[test]
    fn a_scenario_is_explained_with_its_bounds() {
        insta::assert_snapshot!(named("recreate").unwrap());
    }

    #[test]
    fn a_hazard_is_explained_with_its_sign() {
        insta::assert_snapshot!(named("H11").unwrap());
    }

    #[test]
    fn an_action_is_explained_with_its_fairness() {
        insta::assert_snapshot!(named("serve ccm create vm-service").unwrap());
    }

    #[test]
    fn everything_that_has_a_name_is_explained() {
        for name in registry::names() {
            assert!(named(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let failure = named("hop_ordr").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(
            failure
                .error
                .to_string()
                .contains("did you mean \"hop_order\"")
        );
        let failure = named("serve ccm creat vm-service")
            .unwrap_err()
            .error
            .to_string();
        assert!(failure.contains("unknown verb \"creat\""), "{failure}");
    }
}
