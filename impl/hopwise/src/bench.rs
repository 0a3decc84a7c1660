//! How quickly the model is searched and judged on this machine.

pub mod spin;
mod table;

use crate::context::Context;
use crate::limits::Limits;
use crate::search::{Effort, judge};
use hopwise_checker::{Graph, explore_packed};
use hopwise_protocol::{Chain, Scenario};
use hopwise_vocab::Safeguards;
use serde::Serialize;
use std::num::NonZero;

pub use table::table;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// How often each search was made.
    pub runs: u16,
    /// The scenarios, in the order asked for.
    pub scenarios: Vec<ScenarioMeasured>,
    /// The same scenario in Spin, if it was among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spin: Option<spin::Spin>,
}

/// What was measured in one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioMeasured {
    /// Its name.
    pub scenario: &'static str,
    /// The number of states.
    pub states: usize,
    /// The number of steps between them.
    pub steps: usize,
    /// The number of steps to the deepest state.
    pub depth: usize,
    /// The memory of the graph, divided by the states.
    pub bytes_per_state: f64,
    /// With one thread, and with one for each processor if there are several.
    pub speeds: Vec<Speed>,
    /// How many times as fast all threads are as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_up: Option<SpeedUp>,
}

/// How quick it is with so many threads.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Speed {
    /// The number of threads.
    pub threads: usize,
    /// States found by each second of one processor's time; none where the system does not tell
    /// the time, or it was too short to tell.
    pub states_per_cpu_second: Option<Spread>,
    /// States found per second by the clock.
    pub states_per_second: Spread,
    /// Seconds by the clock until every promise of the scenario is judged.
    pub judge_seconds: Spread,
}

/// How many times as fast all threads are as one, by the clock, in the median.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpeedUp {
    /// When searching.
    pub search: f64,
    /// When judging.
    pub judge: f64,
}

/// The middle and the ends of some measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The middle one, or of two the lower.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of some measurements; none of none.
    pub fn of(mut measured: Vec<f64>) -> Option<Spread> {
        measured.sort_by(f64::total_cmp);
        Some(Spread {
            median: *measured.get(measured.len().checked_sub(1)? / 2)?,
            min: *measured.first()?,
            max: *measured.last()?,
        })
    }
}

/// One search and its judgement.
struct OneRun {
    cpu_seconds: Option<f64>,
    seconds: f64,
    judge_seconds: f64,
}

/// Searches a scenario and judges every promise of it so many times, with one thread and with all.
/// None if the user wants it to end.
pub fn measure(
    scenario: Scenario,
    runs: NonZero<u16>,
    context: &Context,
    say: impl Fn(&str),
) -> Option<ScenarioMeasured> {
    let chain = Chain {
        scenario,
        safeguards: Safeguards::reference(),
    };
    let all = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let mut found = None;
    let mut speeds = Vec::new();
    for threads in each_once(NonZero::<usize>::MIN, all) {
        let mut measured = Vec::new();
        for run in 1..=runs.get() {
            let with = match threads.get() {
                1 => "1 thread".into(),
                several => format!("{several} threads"),
            };
            say(&format!("{}: {with}, run {run} of {runs}", scenario.name));
            let (one, size) = one_run(&chain, threads, context)?;
            measured.push(one);
            found = Some(size);
        }
        speeds.push(speed(threads, found?.states, &measured)?);
    }
    let found = found?;
    Some(ScenarioMeasured {
        scenario: scenario.name,
        states: found.states,
        steps: found.steps,
        depth: found.depth,
        bytes_per_state: found.bytes as f64 / found.states.max(1) as f64,
        speed_up: speed_up(&speeds),
        speeds,
    })
}

fn each_once<T: PartialEq>(one: T, other: T) -> impl Iterator<Item = T> {
    let other = (other != one).then_some(other);
    std::iter::once(one).chain(other)
}

/// How large a graph is.
#[derive(Clone, Copy)]
struct Size {
    states: usize,
    steps: usize,
    depth: usize,
    bytes: usize,
}

impl Size {
    fn of(graph: &Graph<'_, Chain>) -> Size {
        Size {
            states: graph.len(),
            steps: graph.edges(),
            depth: graph.max_depth(),
            bytes: graph.bytes().total(),
        }
    }
}

fn one_run(chain: &Chain, threads: NonZero<usize>, context: &Context) -> Option<(OneRun, Size)> {
    let effort = Effort {
        limits: Limits {
            threads: Some(threads),
            ..Limits::default()
        },
        stop: Some(context.stop()),
        ..Effort::default()
    };
    let (begin, cpu_begin) = (context.elapsed(), cpu_seconds(Whose::Own));
    let graph = explore_packed(chain, &effort.bounds());
    let (end, cpu_end) = (context.elapsed(), cpu_seconds(Whose::Own));
    graph.is_complete().then_some(())?;
    judge(&graph, effort);
    let one = OneRun {
        cpu_seconds: cpu_end.zip(cpu_begin).map(|(end, begin)| end - begin),
        seconds: (end - begin).as_secs_f64(),
        judge_seconds: (context.elapsed() - end).as_secs_f64(),
    };
    (!context.is_stopped()).then(|| (one, Size::of(&graph)))
}

fn speed(threads: NonZero<usize>, states: usize, measured: &[OneRun]) -> Option<Speed> {
    let per = |seconds: f64| states as f64 / seconds;
    let by_cpu = measured.iter().filter_map(|one| one.cpu_seconds);
    let by_cpu = by_cpu.filter(|&seconds| seconds > 0.0).map(per);
    let by_clock = measured.iter().map(|one| per(one.seconds));
    Some(Speed {
        threads: threads.get(),
        states_per_cpu_second: Spread::of(by_cpu.collect()),
        states_per_second: Spread::of(by_clock.collect())?,
        judge_seconds: Spread::of(measured.iter().map(|one| one.judge_seconds).collect())?,
    })
}

fn speed_up(speeds: &[Speed]) -> Option<SpeedUp> {
    let [one, all] = speeds else { return None };
    Some(SpeedUp {
        search: all.states_per_second.median / one.states_per_second.median,
        judge: one.judge_seconds.median / all.judge_seconds.median,
    })
}

/// Whose time is asked for.
#[derive(Clone, Copy)]
enum Whose {
    /// This process's, with all its threads.
    Own,
    /// That of the programs it ran that have ended.
    Children,
}

/// The processors' time that was taken so far, which other programs on the machine do not change
/// much; none where the system does not tell it as Linux does, in hundredths of a second.
fn cpu_seconds(whose: Whose) -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit(')').next()?;
    let first = match whose {
        Whose::Own => 11,
        Whose::Children => 13,
    };
    let fields = after_name.split_whitespace().skip(first).take(2);
    let ticks: Vec<f64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    (ticks.len() == 2).then(|| ticks.iter().sum::<f64>() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_and_the_ends() {
        let spread = |measured: &[f64]| Spread::of(measured.to_vec());
        assert_eq!(spread(&[]), None);
        let [median, min, max] = [2.0, 1.0, 9.0];
        assert_eq!(spread(&[9.0, 1.0, 2.0]), Some(Spread { median, min, max }));
        assert_eq!(spread(&[1.0, 9.0]).map(|it| it.median), Some(1.0));
    }

    #[test]
    fn time_that_was_too_short_to_tell_gives_no_rate() {
        let one = OneRun {
            cpu_seconds: Some(0.0),
            seconds: 0.5,
            judge_seconds: 0.1,
        };
        let speed = speed(NonZero::<usize>::MIN, 100, &[one]).unwrap();
        assert_eq!(speed.states_per_cpu_second, None);
        assert_eq!(speed.states_per_second.median, 200.0);
    }
}
