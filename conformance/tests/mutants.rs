//! Lane 6: every mutant is caught by what is named to catch it, and what is no mutant by nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_conformance::gate::Mistake;
use hopwise_conformance::mutants::{
    self, Cue, Fate, Finding, Killer, Lane, Mutant, Part, Patch, Trial, try_all,
};
use hopwise_conformance::servers::{Flaw, Servers};
use hopwise_protocol::scenario;
use hopwise_vocab::{Hop, Safeguard};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::thread::available_parallelism;
use std::time::Duration;

/// A third of the time of a replay is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn tried(mutants: &[&'static Mutant]) -> Vec<Trial> {
    let threads = available_parallelism().unwrap();
    let stop = AtomicBool::new(false);
    try_all(mutants, threads, &stop, &|| Duration::ZERO, &|_| ())
}

#[test]
fn every_mutant_is_caught_by_its_named_killer() {
    let all: Vec<_> = mutants::all().collect();
    let trials = tried(&all);
    let mut wrong = String::new();
    for trial in &trials {
        if trial.fate() != Fate::Killed {
            let killer = trial.mutant.killer;
            writeln!(wrong, "{}: {killer:?}, but", trial.mutant.id).unwrap();
            for lane in Lane::ALL {
                writeln!(wrong, "  {lane}: {:?}", trial.finding(lane)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!("matrix", matrix(&trials));
}

/// What each lane says, as a table that a change of any of it is seen in.
fn matrix(trials: &[Trial]) -> String {
    let cell = |finding: &Finding| match finding {
        Finding::NotAsked => "not looked at".into(),
        Finding::Missed(tried) => format!("not seen in {tried}"),
        Finding::Caught { by, steps, .. } => format!("{by} in {steps}"),
    };
    let lanes = Lane::ALL.map(Lane::name).join(" | ");
    let mut table = format!("| mutant | part | {lanes} |\n|---|---|---|---|---|---|---|\n");
    for trial in trials {
        let cells = Lane::ALL.map(|lane| cell(trial.finding(lane))).join(" | ");
        let (id, part) = (trial.mutant.id, trial.mutant.patch.part());
        writeln!(table, "| {id} | {part} | {cells} |").unwrap();
    }
    table
}

/// Passes everything on as it is.
struct Faithful;

impl Mistake for Faithful {}

/// Changes nothing, and is looked for like any mutant.
const fn harmless(id: &'static str, scenario: &'static str, patch: Patch) -> Mutant {
    Mutant {
        id,
        sentence: "It changes nothing.",
        stands_for: "what is no mistake",
        scenario,
        cue: Cue::Any,
        patch,
        killer: Killer::replay("nothing"),
    }
}

static HARMLESS: [Mutant; 6] = [
    harmless("ccm", "create", Patch::Ccm(hopwise_core::ccm::decide)),
    harmless("vmop", "once-lost", Patch::Vmop(hopwise_core::vmop::decide)),
    harmless("ncp", "full", Patch::Ncp(hopwise_core::ncp::decide)),
    harmless(
        "calls",
        "recreate",
        Patch::Calls((Hop::Ncp, || Box::new(Faithful))),
    ),
    harmless("servers", "relist", Patch::Servers(sound)),
    harmless(
        "model",
        "once-crashed",
        Patch::Model(stateright::Model::next_state),
    ),
];

fn sound() -> Box<dyn Flaw> {
    Box::new(
        |servers: &Servers, place, request: &http::Request<bytes::Bytes>| {
            servers.sound(place).answer(request)
        },
    )
}

#[test]
fn what_changes_nothing_is_caught_by_nothing() {
    let harmless: Vec<_> = HARMLESS.iter().collect();
    for trial in tried(&harmless) {
        for lane in Lane::ALL {
            let finding = trial.finding(lane);
            let is_caught = matches!(finding, Finding::Caught { .. });
            assert!(!is_caught, "{}, {lane}: {finding:?}", trial.mutant.id);
        }
        assert_eq!(trial.fate(), Fate::Survived, "{}", trial.mutant.id);
    }
}

#[test]
fn every_safeguard_is_missing_in_some_mutant() {
    for safeguard in Safeguard::ALL {
        let lacks = |patch: Patch| matches!(patch, Patch::Without(off) if off == *safeguard);
        assert!(mutants::all().any(|it| lacks(it.patch)), "{safeguard}");
    }
}

#[test]
fn every_mutant_has_a_name_of_its_own_and_a_scenario_that_there_is() {
    let ids: BTreeSet<&str> = mutants::all().map(|it| it.id).collect();
    assert_eq!(ids.len(), mutants::all().count());
    for mutant in mutants::all() {
        assert!(scenario(mutant.scenario).is_ok(), "{}", mutant.id);
    }
}

#[test]
fn there_are_as_many_mutants_of_each_part_as_are_asked_for() {
    let count =
        |is_it: fn(Part) -> bool| mutants::all().filter(|it| is_it(it.patch.part())).count();
    assert!(count(|part| matches!(part, Part::Controller(_))) >= 58);
    assert_eq!(
        count(|part| part == Part::Controllers),
        Safeguard::ALL.len()
    );
    assert!(count(|part| part == Part::Servers) >= 6);
    assert!(count(|part| part == Part::Model) >= 5);
}
