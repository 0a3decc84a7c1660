//! Tries mutants: every lane that can see what a mutant changes looks for it, and stops where it
//! finds it.

mod accept;
mod product;
mod property;
mod replay;

use super::spec::Spec;
use super::ways::has;
use super::{Cue, Finding, Lane, Mutant, Patch, Trial};
use crate::lane2::{Core, Inquiry};
use hopwise_checker::{Bounds, Graph, explore_packed};
use hopwise_protocol::{Chain, scenario};
use hopwise_vocab::{Action, Claim, Header, Safeguards, Trace};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How many states of a scenario are looked at, nearest first; more where a cue is farther.
const MOST: usize = 150_000;

/// A clock of the caller's.
pub type Clock<'a> = &'a (dyn Fn() -> Duration + Sync);

/// A scenario, searched, with all that its mutants share.
struct Bench<'g> {
    graph: &'g Graph<'g, Spec>,
    inquiry: Inquiry,
    stop: &'g AtomicBool,
    clock: Clock<'g>,
}

/// Tries mutants on so many threads until it is to stop, and tells of each as it ends. The trials are
/// in the order of the mutants; those that were not tried any more are missing.
///
/// # Panics
/// When a mutant names a scenario that there is not, which a test excludes.
pub fn try_all(
    mutants: &[&'static Mutant],
    threads: NonZero<usize>,
    stop: &AtomicBool,
    clock: Clock<'_>,
    heard: &(dyn Fn(&Trial) + Sync),
) -> Vec<Trial> {
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, mutant) in mutants.iter().enumerate() {
        groups.entry(place(mutant)).or_default().push(at);
    }
    let mut trials: Vec<(usize, Trial)> = Vec::new();
    for group in groups.into_values() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let spec = spec_of(mutants[group[0]]);
        let cues = group.iter().map(|&at| mutants[at].cue);
        let graph = search(&spec, cues, threads, stop);
        let states = graph.ids().map(|id| (id, graph.state(id)));
        let bench = Bench {
            inquiry: Inquiry::of(&spec.chain, states),
            graph: &graph,
            stop,
            clock,
        };
        let tried = side_by_side(threads, &group, |&at| {
            (!stop.load(Ordering::Relaxed)).then_some(())?;
            let trial = bench.try_one(mutants[at]);
            heard(&trial);
            Some((at, trial))
        });
        trials.extend(tried.into_iter().flatten());
    }
    trials.sort_by_key(|(at, _)| *at);
    trials.into_iter().map(|(_, trial)| trial).collect()
}

/// The nearest states of a scenario, and all of them if a cue is not among their steps.
fn search<'m>(
    spec: &'m Spec,
    mut cues: impl Iterator<Item = Cue>,
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Graph<'m, Spec> {
    let all = Bounds {
        threads: Some(threads),
        stop: Some(stop),
        ..Bounds::default()
    };
    let near = Bounds {
        states: Some(MOST),
        ..all
    };
    let graph = explore_packed(spec, &near);
    if graph.is_complete() || cues.all(|cue| has(&graph, cue)) {
        return graph;
    }
    explore_packed(spec, &all)
}

/// What is searched for a mutant: a scenario, and of a mutant of the model its own one.
fn place(mutant: &Mutant) -> (&'static str, &'static str) {
    let own = match mutant.patch {
        Patch::Model(_) | Patch::Lax(_) => mutant.id,
        Patch::Ccm(_)
        | Patch::Vmop(_)
        | Patch::Ncp(_)
        | Patch::Calls(_)
        | Patch::Deaf(_)
        | Patch::Without(_)
        | Patch::Servers(_)
        | Patch::Unfair => "",
    };
    (mutant.scenario, own)
}

fn spec_of(mutant: &Mutant) -> Spec {
    let safeguards = mutant.patch.safeguards();
    let scenario = scenario(mutant.scenario).expect("mutants name scenarios that there are");
    let spec = Spec::of(Chain {
        scenario,
        safeguards,
    });
    match mutant.patch {
        Patch::Model(step) => Spec { step, ..spec },
        Patch::Ccm(_)
        | Patch::Vmop(_)
        | Patch::Ncp(_)
        | Patch::Calls(_)
        | Patch::Deaf(_)
        | Patch::Without(_)
        | Patch::Servers(_)
        | Patch::Lax(_)
        | Patch::Unfair => spec,
    }
}

/// Does the same for each on so many threads. The results are in no order.
fn side_by_side<J: Sync, R: Send>(
    threads: NonZero<usize>,
    jobs: &[J],
    work: impl Fn(&J) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(jobs.len()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(job);
                    results.lock().push(result);
                }
            });
        }
    });
    results.into_inner()
}

impl Bench<'_> {
    fn try_one(&self, mutant: &'static Mutant) -> Trial {
        let mut spot = None;
        let findings = Lane::ALL.map(|lane| {
            let begun = (self.clock)();
            let finding = match lane {
                Lane::Decisions => self.decide(mutant, &mut spot),
                Lane::Product => self.search(mutant),
                Lane::Replay => self.replay(mutant, spot),
                Lane::Accept => accept::let_run(mutant.patch),
                Lane::Property => self.judge(mutant),
            };
            (finding, (self.clock)() - begun)
        });
        Trial { mutant, findings }
    }

    /// The decisions. Where they disagree is where the replays look first.
    fn decide(&self, mutant: &Mutant, spot: &mut Option<hopwise_checker::Id>) -> Finding {
        let Some(core) = mutant.patch.decisions() else {
            return Finding::NotAsked;
        };
        let Some(found) = self.inquiry.put(&core) else {
            return Finding::Missed(self.inquiry.len());
        };
        *spot = Some(found.at);
        let way = super::ways::to(self.graph, found.at);
        let said = |decision: &Option<String>| decision.clone().unwrap_or_else(|| "nothing".into());
        let by = found.differences.first();
        Finding::Caught {
            by: by.map_or("no word", |it| it.field.as_str()).into(),
            told: format!(
                "{}: the model asks for {}, the controller for {}",
                found.hop,
                said(&found.model),
                said(&found.core)
            ),
            steps: way.len(),
            trace: Some(self.trace(mutant, way)),
        }
    }

    fn trace(&self, mutant: &Mutant, way: impl IntoIterator<Item = Action>) -> Trace {
        let chain = &self.graph.model().chain;
        let claim = Claim::Witness(format!("{} shows", mutant.id));
        let mut header = Header::new(mutant.id, chain.scenario.name, claim);
        header.off = chain.safeguards.clone();
        Trace::new(header, way)
    }
}

impl Patch {
    /// The safeguards of the model.
    fn safeguards(self) -> Safeguards {
        match self {
            Patch::Lax(off) => Safeguards::reference().without(off),
            Patch::Ccm(_)
            | Patch::Vmop(_)
            | Patch::Ncp(_)
            | Patch::Calls(_)
            | Patch::Deaf(_)
            | Patch::Without(_)
            | Patch::Servers(_)
            | Patch::Model(_)
            | Patch::Unfair => Safeguards::reference(),
        }
    }

    /// The decisions to be asked; none where the mutant changes neither them nor the model's.
    fn decisions(self) -> Option<Core> {
        match self {
            Patch::Ccm(_) | Patch::Vmop(_) | Patch::Ncp(_) | Patch::Without(_) | Patch::Lax(_) => {
                Some(self.core())
            }
            Patch::Calls(_)
            | Patch::Deaf(_)
            | Patch::Servers(_)
            | Patch::Model(_)
            | Patch::Unfair => None,
        }
    }

    /// What the controllers decide by.
    fn core(self) -> Core {
        let core = Core::reference(Safeguards::reference());
        match self {
            Patch::Ccm(ccm) => Core { ccm, ..core },
            Patch::Vmop(vmop) => Core { vmop, ..core },
            Patch::Ncp(ncp) => Core { ncp, ..core },
            Patch::Without(off) => Core::reference(Safeguards::reference().without(off)),
            Patch::Calls(_)
            | Patch::Deaf(_)
            | Patch::Servers(_)
            | Patch::Model(_)
            | Patch::Lax(_)
            | Patch::Unfair => core,
        }
    }
}
