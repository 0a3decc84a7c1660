//! What was measured, as a table for people.

use super::spin::{self, Counted, Spin};
use super::{Measured, ScenarioMeasured, Speed, Spread};
use crate::report::words::thousands;

const HEAD: [&str; 9] = [
    "scenario",
    "threads",
    "states",
    "steps",
    "depth",
    "bytes/state",
    "states/CPU second (min, max)",
    "states/second",
    "judged in",
];

/// The table, and what there is to say of it.
pub fn table(measured: &Measured) -> String {
    let mut rows = vec![HEAD.map(String::from)];
    for scenario in &measured.scenarios {
        for speed in &scenario.speeds {
            rows.push(row(scenario, speed));
        }
    }
    if let Some(Spin::Counted(counted)) = &measured.spin {
        rows.push(spin_row(counted));
    }
    let mut text = aligned(&rows);
    text += &format!("\nmedians of {}", measured.runs);
    text += "; judged in: seconds until every promise is judged, after the search\n";
    for scenario in &measured.scenarios {
        if let Some(up) = &scenario.speed_up {
            let threads = scenario.speeds.last().map_or(1, |speed| speed.threads);
            text += &format!(
                "{}: {threads} threads search {:.2} times as fast as one, and judge {:.2} times\n",
                scenario.scenario, up.search, up.judge
            );
        }
    }
    match &measured.spin {
        None => (),
        Some(Spin::LeftOut(why)) => text += &format!("Spin is left out: {why}\n"),
        Some(Spin::Counted(counted)) => text += &compared(measured, counted),
    }
    text
}

fn row(scenario: &ScenarioMeasured, speed: &Speed) -> [String; 9] {
    [
        scenario.scenario.into(),
        speed.threads.to_string(),
        thousands(scenario.states as u64),
        thousands(scenario.steps as u64),
        scenario.depth.to_string(),
        format!("{:.1}", scenario.bytes_per_state),
        rate(speed.states_per_cpu_second),
        thousands(speed.states_per_second.median as u64),
        format!("{:.2} s", speed.judge_seconds.median),
    ]
}

fn spin_row(counted: &Counted) -> [String; 9] {
    let nothing = || "-".to_owned();
    [
        format!("{}, Spin", spin::SCENARIO),
        "1".into(),
        thousands(counted.states),
        nothing(),
        nothing(),
        format!("{:.1}", counted.bytes_per_state),
        rate(counted.states_per_cpu_second),
        nothing(),
        nothing(),
    ]
}

fn rate(spread: Option<Spread>) -> String {
    let Some(Spread { median, min, max }) = spread else {
        return "-".into();
    };
    let [median, min, max] = [median, min, max].map(|it| thousands(it as u64));
    format!("{median} ({min}, {max})")
}

/// Ours beside Spin's, and what is not the same work.
fn compared(measured: &Measured, counted: &Counted) -> String {
    let ours = measured.scenarios.iter();
    let ours = ours.clone().find(|it| it.scenario == spin::SCENARIO);
    let states = match ours.is_some_and(|it| it.states as u64 == counted.states) {
        true => "as many states as we do",
        false => "another number of states than we do",
    };
    let ours = ours.and_then(|it| it.speeds.first()?.states_per_cpu_second);
    let ratio = ours.zip(counted.states_per_cpu_second);
    let ratio = ratio.map_or_else(String::new, |(ours, spin)| {
        format!("; we are {:.2} times as fast", ours.median / spin.median)
    });
    format!(
        "Spin finds {states}{ratio}. It keeps states alone, and we keep their steps, too: see \
         docs/promela/README.md\n"
    )
}

/// Columns as wide as what is in them: names to the left, numbers to the right.
fn aligned(rows: &[[String; 9]]) -> String {
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; 9]| {
        let name = format!("{:width$}", row[0], width = widths[0]);
        let rest = row.iter().zip(&widths).skip(1);
        let rest = rest.map(|(cell, &width)| format!("  {cell:>width$}"));
        format!("{name}{}\n", rest.collect::<String>())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SpeedUp;

    fn always(it: f64) -> Spread {
        Spread {
            median: it,
            min: it,
            max: it,
        }
    }

    fn measured(spin: Spin) -> Measured {
        let speed = |threads, factor| Speed {
            threads,
            states_per_cpu_second: Some(always(1e6 / factor)),
            states_per_second: always(1e6 * factor),
            judge_seconds: always(0.5 / factor),
        };
        Measured {
            runs: 3,
            scenarios: vec![ScenarioMeasured {
                scenario: "create",
                states: 555_593,
                steps: 2_935_577,
                depth: 91,
                bytes_per_state: 50.3,
                speeds: vec![speed(1, 1.0), speed(2, 1.25)],
                speed_up: Some(SpeedUp {
                    search: 1.25,
                    judge: 1.25,
                }),
            }],
            spin: Some(spin),
        }
    }

    #[test]
    fn ours_is_told_beside_spin() {
        insta::assert_snapshot!(table(&measured(Spin::Counted(Counted {
            states: 555_593,
            states_per_cpu_second: Some(always(750_000.0)),
            bytes_per_state: 104.4,
        }))));
    }

    #[test]
    fn without_spin_one_line_says_how_to_get_it() {
        let text = table(&measured(Spin::LeftOut("install it".into())));
        assert!(text.ends_with("Spin is left out: install it\n"), "{text}");
    }
}
