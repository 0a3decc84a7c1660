//! The real controllers beside the model: `examples/live.sh` measured them, and runs with the same
//! intervals stand beside.

use crate::delays::Delays;
use crate::draw::Delay;
use crate::fleet::{Phases, Setup, run};
use crate::measure::Distribution;
use crate::policy::Policy;
use crate::questions::base;
use crate::table::{seconds, table};
use std::collections::BTreeMap;
use std::time::Duration;

/// Measured create→published: the poll interval in milliseconds, and seconds.
const MEASURED: &str = include_str!("../live.csv");

/// A Markdown table of measured and simulated create→published.
pub(crate) fn live(seed: u64) -> String {
    let mut rows = Vec::new();
    for (milliseconds, measured) in measured() {
        let interval = Duration::from_millis(milliseconds);
        let simulated = |phases| run(&like_it(interval, phases), seed).published;
        let cases = [
            ("measured", measured),
            ("simulated, ticks together", simulated(Phases::Together)),
            ("simulated, any phases", simulated(Phases::Drawn)),
        ];
        for (name, of) in cases {
            let times = [of.least(), of.median(), of.mean(), of.most()];
            let mut row = vec![format!("{} s", interval.as_secs_f64()), name.into()];
            row.push(of.count().to_string());
            row.extend(times.map(seconds));
            rows.push(row);
        }
    }
    let columns = ["poll interval", "", "Services", "min", "p50", "mean", "max"];
    table(&columns, &rows)
}

/// The chain as `hopwise up` starts it: ccm and ncp have one interval, the servers are in the same
/// process, and NSX-T realizes after 50 ms.
fn like_it(interval: Duration, phases: Phases) -> Setup {
    let few = |milliseconds| Delay::Fixed(Duration::from_millis(milliseconds));
    let delays = Delays {
        api: few(2),
        nsx: few(4),
        delivery: few(1),
        allocation: few(50),
        load_balancer: few(50),
        ncp_tick: interval,
        ..Delays::default()
    };
    Setup {
        delays,
        policy: Policy::Regular { interval },
        phases,
        ..base()
    }
}

/// What was measured, by poll interval.
pub(crate) fn measured() -> BTreeMap<u64, Distribution> {
    let mut by_interval: BTreeMap<u64, Vec<Duration>> = BTreeMap::new();
    let lines = MEASURED.lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let (interval, time) = line.split_once(',').expect("two columns");
        let interval = interval.parse().expect("milliseconds");
        let time = time.parse().expect("seconds");
        let times = by_interval.entry(interval).or_default();
        times.push(Duration::from_secs_f64(time));
    }
    let by_interval = by_interval.into_iter();
    by_interval
        .map(|(interval, times)| (interval, Distribution::of(times)))
        .collect()
}
