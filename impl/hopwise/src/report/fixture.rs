//! A run as a review finds it, for the tests of everything that is made of runs.

use crate::run::{
    Ablation, DecisionsRun, Found, Killer, Kind, LaneRun, MutantRun, Outcome, Pinned, ProductRun,
    PropertyRun, Rate, ReplayRun, Run, ScenarioRun, Search, Size, Source, TimedRun, Verdict, Wait,
};
use crate::telling::{Walked, verdict};
use hopwise_vocab::{Claim, Header, Safeguard, Safeguards, Trace};
use std::collections::BTreeMap;

const PROPERTIES: [(&str, Kind, &str, &str); 4] = [
    (
        "hop_order",
        Kind::Safety,
        "When an upstream incarnation is gone, nothing downstream still stands for it.",
        "□ ∀ d: upstream(d) ≠ gone",
    ),
    (
        "status_true",
        Kind::Safety,
        "An address shown by a live guest Service is allocated to that incarnation.",
        "□ (live(s) ∧ shows(s, a) ⇒ allocated(a) = uid(s))",
    ),
    (
        "created ⇝ published",
        Kind::LeadsTo,
        "A created Service shows its address, unless it is deleted first.",
        "created ⇝ shows_address ∨ deleted",
    ),
    (
        "edited ⇝ realized",
        Kind::LeadsTo,
        "The ports of a live Service are realized by NSX-T, unless they are edited again or the \
         Service is deleted first.",
        "edited ⇝ realized ∨ edited_again ∨ deleted",
    ),
];

const CREATE: [&str; 37] = [
    "user create",
    "deliver ccm service",
    "serve ccm hold service",
    "hear ccm hold service",
    "deliver ccm service",
    "ccm poll",
    "serve ccm list vm-service",
    "hear ccm list vm-service",
    "serve ccm create vm-service",
    "deliver vmop vm-service",
    "hear ccm create vm-service",
    "serve vmop hold vm-service",
    "hear vmop hold vm-service",
    "deliver vmop vm-service",
    "serve vmop create supervisor-service",
    "hear vmop create supervisor-service",
    "deliver ncp supervisor-service",
    "serve ncp hold supervisor-service",
    "hear ncp hold supervisor-service",
    "deliver ncp supervisor-service",
    "serve ncp read nsx",
    "serve ncp allocate allocation",
    "realize allocation",
    "hear ncp allocate allocation",
    "serve ncp read nsx",
    "serve ncp program load-balancer",
    "hear ncp program load-balancer",
    "realize load-balancer",
    "ncp tick",
    "serve ncp read nsx",
    "serve ncp publish supervisor-service",
    "deliver vmop supervisor-service",
    "deliver vmop supervisor-service",
    "deliver vmop supervisor-service",
    "serve vmop publish vm-service",
    "ccm poll",
    "serve ccm list vm-service",
];

const ORPHAN: [&str; 13] = [
    "user create",
    "deliver ccm service",
    "serve ccm hold service",
    "hear ccm hold service",
    "deliver ccm service",
    "ccm poll",
    "serve ccm list vm-service",
    "hear ccm list vm-service",
    "user delete",
    "deliver ccm service",
    "serve ccm create vm-service",
    "hear ccm create vm-service",
    "serve ccm release service",
];

const EXHAUSTED: [&str; 11] = [
    "user create",
    "deliver ccm service",
    "serve ccm hold service",
    "hear ccm hold service",
    "deliver ccm service",
    "serve ncp allocate allocation",
    "hear ncp allocate allocation",
    "realize allocation",
    "free address",
    "ncp tick",
    "serve ncp read nsx",
];

/// A trace of actions given as text.
pub(crate) fn trace(name: &str, steps: &[&str]) -> Trace {
    let actions = steps.iter().map(|step| step.parse().expect("a step"));
    Trace::new(Header::new(name, "create", Claim::Walk), actions)
}

/// From the user's create to the second poll.
pub(crate) fn create() -> Trace {
    trace("create", &CREATE)
}

/// The shortest way to lose a VirtualMachineService.
pub(crate) fn orphan() -> Trace {
    trace("orphan", &ORPHAN)
}

/// A pool that was exhausted, and a waiter that is never tried again.
pub(crate) fn lasso() -> Trace {
    let mut trace = trace("starved", &EXHAUSTED);
    trace.steps[9].cycle = true;
    trace
}

/// What a search without hold-until-gone finds.
pub(crate) fn breaks_hop_order() -> Verdict {
    Verdict::Breaks {
        steps: 13,
        clause: "the guest Service is gone, and a VirtualMachineService stands for it".into(),
        trace: orphan().to_text(),
        cycle: false,
    }
}

fn starves() -> Verdict {
    Verdict::Breaks {
        steps: 11,
        clause: "the Service shows no address, although one is free".into(),
        trace: lasso().to_text(),
        cycle: true,
    }
}

/// A replay's bad end.
pub(crate) fn diverged() -> Outcome {
    Outcome::Diverged {
        step: 9,
        action: "serve ccm create vm-service".into(),
        difference: "model: VirtualMachineService exists\ncontrollers: none".into(),
    }
}

fn scenario(name: &str, states: u64) -> ScenarioRun {
    let taken = CREATE.iter().map(|step| ((*step).to_owned(), states / 7));
    let properties = PROPERTIES.map(|(id, kind, sentence, formula)| PropertyRun {
        id: id.into(),
        sentence: sentence.into(),
        formula: formula.into(),
        kind,
        premise_states: match id {
            "edited ⇝ realized" => Some(0),
            _ => Some(states / 2),
        },
        exempt: None,
        verdict: Verdict::Holds,
    });
    ScenarioRun {
        name: name.into(),
        sentence: "One Service is created and gets its address.".into(),
        bounds: "1 Service, created once, 2 addresses".into(),
        off: Safeguards::reference(),
        states,
        edges: states * 3,
        depth: 34,
        search: Search::Complete,
        seconds: 41.2,
        stateright_states: Some(states),
        actions: taken.collect::<BTreeMap<_, _>>(),
        never_taken: vec!["user edit".into(), "serve ccm update vm-service".into()],
        properties: properties.into(),
    }
}

fn ablation(safeguard: Safeguard, name: &str, property: usize, verdict: Verdict) -> Ablation {
    let mut run = scenario(name, 163_274);
    run.off = Safeguards::reference().without(safeguard);
    run.properties[property].verdict = verdict;
    Ablation {
        safeguard,
        sentence: safeguard.sentence().into(),
        run,
    }
}

fn replay(name: &str, trace: &Trace) -> ReplayRun {
    ReplayRun {
        covers: None,
        name: name.into(),
        scenario: "create".into(),
        off: trace.header.off.clone(),
        claim: Claim::Witness("published".into()),
        steps: trace.steps.len() as u64,
        outcome: Outcome::Followed,
        transcript: "ccm  → guest       PATCH services/web  metadata.finalizers  200\n\
                     ccm  → supervisor  POST virtualmachineservices  201 uid-2\n"
            .into(),
        trace: trace.to_text(),
        seconds: 0.12,
    }
}

/// A mutant that is caught as it should be.
pub(crate) fn mutant() -> MutantRun {
    let lane = |lane: &str, found| LaneRun {
        lane: lane.into(),
        found,
        seconds: 0.01,
    };
    MutantRun {
        name: "ccm-waits-to-be-rid".into(),
        part: "ccm".into(),
        sentence: "ccm waits for the VirtualMachineService to go and never deletes it.".into(),
        stands_for: "BP25".into(),
        scenario: "create".into(),
        killer: Killer {
            lane: "decisions".into(),
            by: "request".into(),
        },
        lanes: vec![
            lane(
                "decisions",
                Found::Caught {
                    by: "request".into(),
                    told: "ccm: the model asks for delete, the controller for nothing".into(),
                    steps: 13,
                    trace: orphan().to_text(),
                },
            ),
            lane("replay", Found::Missed(3)),
            lane("property", Found::NotAsked),
        ],
    }
}

/// A whole run in which all is well.
pub(crate) fn run() -> Run {
    let mut run = Run::new(
        "hopwise review --out review",
        "2026-11-22T10:00:00Z".parse().expect("a time"),
    );
    run.version = "0.1.0".into();
    run.source = Some(Source {
        commit: "1a2b3c4".into(),
        dirty: false,
    });
    run.seconds = 128.0;
    run.threads = 2;
    run.scenarios = vec![
        scenario("create", 1_204_331),
        scenario("delete-race", 88_412),
    ];
    run.ablations = vec![
        ablation(
            Safeguard::HoldUntilGone,
            "delete-race",
            0,
            breaks_hop_order(),
        ),
        ablation(Safeguard::WakeOnRelease, "exhausted", 2, starves()),
    ];
    run.decisions = vec![DecisionsRun {
        scenario: "create".into(),
        off: Safeguards::reference(),
        states: 1_204_331,
        asked: 9_870,
        distinct: 412,
        divergences: Vec::new(),
        seconds: 3.4,
    }];
    run.products = vec![product()];
    run.replays = vec![replay("create", &create()), replay("orphan", &orphan())];
    run.mutants = vec![mutant()];
    run.timed = vec![timed()];
    run
}

/// A short run with delays.
fn timed() -> TimedRun {
    let wait = |name: &str, each: f64| Wait {
        name: name.into(),
        services: 500,
        percentiles: (0..=100)
            .map(|percent| (each * f64::from(percent)).round())
            .collect(),
    };
    let rate = |name: &str, per_second| Rate {
        name: name.into(),
        per_second,
    };
    TimedRun {
        policy: "regular, every 10s".into(),
        seed: 1,
        clusters: 20,
        services: 500,
        assumed: BTreeMap::from([("ncp ticks".into(), "every 5s".into())]),
        waits: vec![
            wait("create→published", 0.25),
            wait("edit→realized", 0.08),
            wait("delete→gone", 0.1),
            wait("delete→free", 1.21),
        ],
        rates: vec![rate("ccm's LISTs", 2.0), rate("in all", 14.5)],
        lasted: 547.0,
        unfinished: 0,
    }
}

/// A run in which every safeguard is taken away, and its shortest kept counterexample is found.
pub(crate) fn every_safeguard() -> Run {
    let kept = hopwise_conformance::traces::committed();
    let mut run = run();
    let each = Safeguard::ALL.iter().map(|safeguard| {
        let of_it = kept
            .iter()
            .filter(|trace| !trace.header.off.has(*safeguard));
        let trace = of_it.min_by_key(|trace| trace.steps.len());
        found(*safeguard, trace.expect("one is kept for every safeguard"))
    });
    run.ablations = each.collect();
    run
}

/// A search that finds a kept counterexample.
fn found(safeguard: Safeguard, trace: &Trace) -> Ablation {
    let Claim::Breaks(id) = &trace.header.claim else {
        unreachable!("with a safeguard off only counterexamples are kept")
    };
    let walked = Walked::of(trace).expect("it is one of the model");
    let judged = verdict(trace, &walked).expect("it claims what there is");
    let clause = judged.clause.unwrap_or_default();
    let verdict = Verdict::Breaks {
        steps: trace.steps.len() as u64,
        clause: format!("it is false that {clause}"),
        trace: trace.to_text(),
        cycle: judged.is_endless,
    };
    let mut found = ablation(safeguard, &trace.header.scenario, 0, verdict);
    found.run.properties[0].id.clone_from(id);
    found
}

/// A search of model and controllers that found nothing.
pub(crate) fn product() -> ProductRun {
    ProductRun {
        scenario: "create".into(),
        off: Safeguards::reference(),
        model: 1_204,
        states: 1_310,
        steps: 5_120,
        runs: 96,
        complete: true,
        divergence: None,
        comparing: 0.007_68,
        seconds: 0.2,
    }
}

/// A check in which something broke, something was cut, something changed and something is left.
pub(crate) fn mixed() -> Run {
    let mut run = run();
    run.command = "hopwise check --baseline pinned.txt".into();
    run.scenarios[0].properties[0].verdict = breaks_hop_order();
    run.scenarios[1].search = Search::Stopped("interrupted".into());
    for property in &mut run.ablations[0].run.properties {
        property.verdict = Verdict::Holds;
    }
    run.unsearched = vec!["everyday".into()];
    let size = |states| Size {
        states,
        steps: 3_612_993,
        depth: 34,
    };
    run.baseline = vec![Pinned {
        scenario: "create".into(),
        pinned: Some(size(1_204_000)),
        found: Some(size(1_204_331)),
    }];
    run
}
