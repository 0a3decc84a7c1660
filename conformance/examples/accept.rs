//! Accepts free runs and refuses corrupted ones, and says how quickly:
//! `cargo run --release -p hopwise-conformance --example accept [RUNS [EVENTS]]`.

use hopwise_conformance::accept::{MOST, Verdict, accept};
use hopwise_conformance::chaos::{Chaos, run};
use hopwise_conformance::corrupt::corrupt;
use hopwise_conformance::recording::Recording;
use hopwise_vocab::{Safeguard, Safeguards};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

/// What came of the recordings of one sort.
#[derive(Default)]
struct Tally {
    lines: usize,
    accepted: usize,
    refused: usize,
    undecided: usize,
    took: Duration,
    longest: Duration,
}

impl Tally {
    fn judge(&mut self, recording: &Recording) -> Verdict {
        #[expect(clippy::disallowed_methods, reason = "an example is its own caller")]
        let begun = Instant::now();
        let verdict = accept(recording, MOST);
        let took = begun.elapsed();
        self.took += took;
        self.longest = self.longest.max(took);
        self.lines += recording.lines.len();
        match verdict {
            Verdict::Accepted(_) => self.accepted += 1,
            Verdict::Refused(_) => self.refused += 1,
            Verdict::Undecided(_) => self.undecided += 1,
        }
        verdict
    }

    fn all(&self) -> usize {
        self.accepted + self.refused + self.undecided
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {} accepted, {} refused, {} not decided; {:.1} ms per 1,000 lines, the slowest {:.1} ms",
            self.accepted,
            self.refused,
            self.undecided,
            self.took.as_secs_f64() * 1e6 / self.lines.max(1) as f64,
            self.longest.as_secs_f64() * 1e3,
        );
    }
}

/// How many runs there are of the controllers without one safeguard.
const WITHOUT: u64 = 20;

/// What becomes of controllers that are without a safeguard, and are said to have it.
fn without_safeguards(events: usize) -> Result<(), Box<dyn Error>> {
    for off in Safeguard::ALL {
        let mut tally = Tally::default();
        let mut first = None;
        let mut ended = 0;
        for seed in 0..WITHOUT {
            let chaos = Chaos {
                safeguards: Safeguards::reference().without(*off),
                ..Chaos::new(seed, events)
            };
            match run(&chaos) {
                Err(_) => ended += 1,
                Ok(recording) => match tally.judge(&recording) {
                    Verdict::Refused(it) => first = first.or(it.action),
                    Verdict::Accepted(_) | Verdict::Undecided(_) => {}
                },
            }
        }
        let action = first.map_or("–".into(), |action| action.to_string());
        println!(
            "without {off}: {} of {WITHOUT} refused, {ended} ended; the first at: {action}",
            tally.refused
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|it| it.parse::<usize>());
    let runs = numbers.next().transpose()?.unwrap_or(100);
    let events = numbers.next().transpose()?.unwrap_or(1000);
    let (mut total, mut by_log, mut corrupted) = Default::default();
    let tallies: [&mut Tally; 3] = [&mut total, &mut by_log, &mut corrupted];
    let [in_order, without_order, tampered] = tallies;
    let mut named = 0;
    let mut how: BTreeMap<_, usize> = BTreeMap::new();
    for seed in 0..runs as u64 {
        let recording = run(&Chaos::new(seed, events))?;
        for verdict in [
            in_order.judge(&recording),
            without_order.judge(&recording.by_log()),
        ] {
            if !matches!(verdict, Verdict::Accepted(_)) {
                println!("{verdict}");
            }
        }
        let Some(lie) = corrupt(&recording, seed) else {
            continue;
        };
        *how.entry(lie.how).or_default() += 1;
        match tampered.judge(&lie.recording) {
            Verdict::Refused(it) if (lie.line..=lie.latest).contains(&it.line) => named += 1,
            verdict @ (Verdict::Refused(_) | Verdict::Accepted(_) | Verdict::Undecided(_)) => {
                println!("{:?} at {}: {verdict}", lie.how, lie.line);
            }
        }
    }
    in_order.print("in order");
    without_order.print("by log");
    tampered.print("corrupted");
    println!(
        "{named} of the corrupted are refused at the event, or where it is missed first: {how:?}"
    );
    let right = in_order.accepted == runs && without_order.accepted == runs;
    if !right || named == 0 || named != tampered.all() {
        return Err(
            "a run is not accepted, or a corrupted one not refused where it is wrong".into(),
        );
    }
    without_safeguards(events)
}
