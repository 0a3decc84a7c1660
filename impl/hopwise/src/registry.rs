//! Everything that has a name, with what is known about it.

use clap::ValueEnum;
use hopwise_conformance::traces::committed;
use hopwise_protocol::{
    Chain, Control, HAZARDS, INVARIANTS, LEADS_TO, SCENARIOS, Scenario, every_scenario,
};
use hopwise_shell::cli::Profile;
use hopwise_vocab::{Action, At, Safeguard, Safeguards};
use std::collections::BTreeSet;

/// The steps of each scenario that are looked at when actions are listed.
const WALK: usize = 20_000;

/// A property, whatever its kind.
pub struct Property {
    /// Its name.
    pub id: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// The same, exactly.
    pub formula: &'static str,
    /// In which behaviours it is asked for.
    pub kind: &'static str,
    /// What must be off for it to break.
    pub controls: &'static [Control],
    /// What its parts say.
    pub clauses: Vec<&'static str>,
}

/// Every property, in the order of the protocol.
pub fn properties() -> Vec<Property> {
    let safety = INVARIANTS.iter().map(|it| Property {
        id: it.id,
        sentence: it.sentence,
        formula: it.formula,
        kind: "of every state",
        controls: it.controls,
        clauses: it.clauses.iter().map(|clause| clause.says).collect(),
    });
    let liveness = LEADS_TO.iter().map(|it| Property {
        id: it.id,
        sentence: it.sentence,
        formula: it.formula,
        kind: "of every endless behaviour in which nobody but the user puts off a step for ever",
        controls: it.controls,
        clauses: it.clauses.iter().map(|clause| clause.says).collect(),
    });
    safety.chain(liveness).collect()
}

/// Every control, with the property that it breaks.
pub fn controls() -> impl Iterator<Item = (&'static str, &'static Control)> {
    let safety = INVARIANTS
        .iter()
        .flat_map(|it| it.controls.iter().map(|of| (it.id, of)));
    safety.chain(
        LEADS_TO
            .iter()
            .flat_map(|it| it.controls.iter().map(|of| (it.id, of))),
    )
}

/// The properties that are not promised in a scenario, and why.
pub fn exemptions(scenario: &Scenario) -> Vec<(&'static str, &'static str)> {
    let safety = INVARIANTS.iter();
    let safety = safety.filter_map(|it| Some((it.id, it.exemption(scenario)?)));
    let liveness = LEADS_TO.iter();
    let liveness = liveness.filter_map(|it| Some((it.id, it.exemption(scenario)?)));
    safety.chain(liveness).collect()
}

/// The scenarios in which a property is not promised, and why.
pub fn exempt_in(id: &str) -> Vec<(&'static str, &'static str)> {
    let found =
        every_scenario().flat_map(|it| exemptions(it).into_iter().map(|exempt| (it.name, exempt)));
    found
        .filter(|(_, (property, _))| *property == id)
        .map(|(scenario, (_, since))| (scenario, since))
        .collect()
}

/// Every action that some scenario takes soon, in order; those about other Services and by other
/// replicas are left out.
pub fn actions() -> BTreeSet<Action> {
    let mut found = BTreeSet::new();
    for scenario in SCENARIOS {
        let chain = Chain {
            scenario,
            safeguards: Safeguards::reference(),
        };
        let bounds = hopwise_checker::Bounds {
            states: Some(WALK),
            ..hopwise_checker::Bounds::default()
        };
        let graph = hopwise_checker::explore_packed(&chain, &bounds);
        let taken = graph.actions().into_iter().filter(|it| it.steps > 0);
        found.extend(taken.map(|it| *it.action));
    }
    found.extend(
        committed()
            .iter()
            .flat_map(|trace| trace.actions().collect::<Vec<_>>()),
    );
    found.retain(|action| action.at == At::FIRST);
    found
}

/// The profiles, each with what is off in it.
pub fn profiles() -> Vec<(String, String)> {
    let all = Profile::value_variants().iter();
    let named = all.filter_map(|profile| Some((profile, profile.to_possible_value()?)));
    named
        .map(|(profile, value)| {
            let safeguards = profile.safeguards();
            let off: Vec<_> = safeguards.off().map(|it| it.name()).collect();
            let sentence = match off.is_empty() {
                true => "Every safeguard is on.".into(),
                false => format!("Without {}.", off.join(", ")),
            };
            (value.get_name().to_owned(), sentence)
        })
        .collect()
}

/// What can be named without being a file, for suggestions.
pub fn names() -> Vec<String> {
    let properties = properties().into_iter().map(|it| it.id.to_owned());
    let safeguards = Safeguard::ALL.iter().map(|it| it.name().to_owned());
    let scenarios = every_scenario().map(|it| it.name.to_owned());
    let actions = committed();
    let actions = actions
        .iter()
        .flat_map(|it| it.actions().map(|it| it.to_string()));
    let hazards = HAZARDS.iter().map(|it| it.name.to_owned());
    let all = properties.chain(safeguards).chain(scenarios);
    let all = all.chain(hazards).chain(actions);
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Where in a kept trace an action is taken: the traces' names.
pub fn traces_with(action: Action) -> Vec<String> {
    let all = committed().into_iter();
    let with = all.filter(|trace| trace.actions().any(|it| it == action));
    with.map(|trace| trace.header.name).collect()
}
