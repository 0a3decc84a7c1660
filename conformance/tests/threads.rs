//! The same twice, on one thread and on two: what is compared hangs on no scheduler.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_conformance::caller::Caller;
use hopwise_conformance::chaos::{self, Chaos};
use hopwise_conformance::mutants::{self, try_all};
use hopwise_conformance::transcript::Keep;
use hopwise_conformance::{replay, traces};
use hopwise_vocab::Trace;
use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A third of the time of a replay is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the controllers say along a trace, or how they leave it.
fn told(trace: &Trace) -> String {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    match replay::run(trace, Keep::All, &mut caller) {
        Ok(replayed) => replayed.transcript.concat(),
        Err(error) => error.to_string(),
    }
}

/// What each makes of it, on a thread of its own for every other one at the same time.
fn on_two_threads<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let (even, odd): (Vec<_>, Vec<_>) = jobs.chunks(2).map(|pair| (&pair[0], pair.get(1))).unzip();
    std::thread::scope(|scope| {
        let others = scope.spawn(|| odd.into_iter().flatten().map(&work).collect::<Vec<_>>());
        let ours: Vec<_> = even.into_iter().map(&work).collect();
        let mut others = others.join().unwrap().into_iter();
        ours.into_iter()
            .flat_map(|one| [Some(one), others.next()])
            .flatten()
            .collect()
    })
}

#[test]
fn every_kept_trace_is_the_same_conversation_on_one_thread_and_on_two() {
    let corpus = traces::committed();
    let one: Vec<String> = corpus.iter().map(told).collect();
    assert!(one.iter().any(|text| text.len() > 1000));
    assert_eq!(one, on_two_threads(&corpus, told));
}

#[test]
fn every_free_run_is_the_same_bytes_on_one_thread_and_on_two() {
    let seeds: Vec<u64> = (0..12).collect();
    let run = |seed: &u64| chaos::run(&Chaos::new(*seed, 200)).unwrap().to_text();
    let one: Vec<String> = seeds.iter().map(run).collect();
    assert_eq!(one, on_two_threads(&seeds, run));
}

#[test]
fn every_mutant_is_found_by_the_same_on_one_thread_and_on_two() {
    let every_tenth: Vec<_> = mutants::all().step_by(10).collect();
    let findings = |threads| {
        let threads = NonZero::new(threads).unwrap();
        let stop = AtomicBool::new(false);
        let trials = try_all(&every_tenth, threads, &stop, &|| Duration::ZERO, &|_| ());
        let told = trials.into_iter().map(|it| (it.mutant.id, it.findings));
        told.collect::<Vec<_>>()
    };
    assert_eq!(findings(1), findings(2));
}
