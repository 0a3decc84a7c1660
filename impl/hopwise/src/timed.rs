//! What a run with delays measured, in words.

use crate::cli::Span;
use crate::report::words::{duration, plural, thousands};
use crate::run::{Rate, TimedRun, Wait};
use hopwise_timing::{Delays, Distribution, Measurements, Phases, Policy, Setup};
use hopwise_timing::{number, seconds, table};
use serde_json::{Value, json};
use std::fmt::{Display, Write as _};

/// A run, and what it was asked.
pub struct Timed {
    /// What drew the delays.
    pub seed: u64,
    /// What was assumed.
    pub setup: Setup,
    /// What came of it.
    pub measured: Measurements,
    /// Why it did not go to its end, if it did not.
    pub cut: Option<String>,
}

const PERCENTS: [usize; 4] = [50, 90, 99, 100];
const COLUMNS: [&str; 5] = ["Services", "p50", "p90", "p99", "max"];
/// How wide the first column of the text is.
const FIRST: usize = 20;
/// How wide the others are.
const OTHER: usize = 8;

impl Timed {
    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title());
        for (name, value) in self.assumed() {
            writeln!(text, "{name:FIRST$}{value}").expect("a String takes it");
        }
        text.push('\n');
        write_row(&mut text, "seconds", &COLUMNS);
        for (name, of) in self.latencies() {
            write_row(&mut text, name, &spread(of));
        }
        text += "\nrequests per second that the Supervisor sees\n";
        for (name, rate) in self.rates() {
            write_row(&mut text, name, &[number(rate)]);
        }
        format!("{text}\n{}\n", self.ending())
    }

    /// For a pull request.
    pub fn to_markdown(&self) -> String {
        let assumed = self.assumed().into_iter();
        let assumed: Vec<_> = assumed
            .map(|(name, value)| vec![name.into(), value])
            .collect();
        let row = |(name, of): (&str, &Distribution)| [vec![name.into()], spread(of)].concat();
        let latencies: Vec<_> = self.latencies().map(row).to_vec();
        let rate = |(name, rate): (&str, f64)| vec![name.into(), number(rate)];
        let rates: Vec<_> = self.rates().map(rate).to_vec();
        format!(
            "### {}\n\n{}\n{}\n{}\n{}\n",
            self.title(),
            table(&[&["seconds"], &COLUMNS[..]].concat(), &latencies),
            table(&["the Supervisor sees", "per second"], &rates),
            table(&["assumed", ""], &assumed),
            self.ending()
        )
    }

    /// For programs. Every time is in seconds.
    pub fn to_json(&self) -> String {
        let latency = |(_, of): (&str, &Distribution)| {
            let at = |percent| match of.count() {
                0 => Value::Null,
                _ => of.percentile(percent).as_secs_f64().into(),
            };
            let [p50, p90, p99, max] = PERCENTS.map(at);
            let services = of.count();
            json!({"services": services, "p50": p50, "p90": p90, "p99": p99, "max": max})
        };
        let [published, realized, gone, free] = self.latencies().map(latency);
        let [polls, reads, writes, others, all] = self.rates().map(|(_, rate)| rate);
        let assumed = self.assumed().into_iter();
        let assumed = assumed.map(|(name, value)| (name.to_owned(), value.into()));
        let document = json!({
            "schema": "hopwise/latency/1",
            "seed": self.seed,
            "clusters": self.setup.fleet.clusters,
            "services": self.setup.fleet.services,
            "assumed": assumed.collect::<serde_json::Map<_, Value>>(),
            "seconds": {
                "published": published,
                "realized": realized,
                "gone": gone,
                "free": free,
            },
            "per_second": {
                "polls": polls,
                "reads": reads,
                "writes": writes,
                "others": others,
                "all": all,
            },
            "lasted": self.measured.lasted.as_secs_f64(),
            "unfinished": self.measured.unfinished,
            "cut": self.cut,
        });
        format!("{document:#}\n")
    }

    /// For a report. Times are rounded to milliseconds.
    pub fn to_run(&self) -> TimedRun {
        let rounded = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
        let wait = |(name, of): (&str, &Distribution)| Wait {
            name: name.into(),
            services: of.count() as u64,
            percentiles: match of.count() {
                0 => Vec::new(),
                _ => (0..=100)
                    .map(|percent| rounded(of.percentile(percent).as_secs_f64()))
                    .collect(),
            },
        };
        let rate = |(name, per_second): (&str, f64)| Rate {
            name: name.into(),
            per_second: rounded(per_second),
        };
        let assumed = self.assumed().into_iter();
        TimedRun {
            policy: self.setup.policy.to_string(),
            seed: self.seed,
            clusters: self.setup.fleet.clusters as u64,
            services: self.services(),
            assumed: assumed.map(|(name, value)| (name.into(), value)).collect(),
            waits: self.latencies().map(wait).into(),
            rates: self.rates().map(rate).into(),
            lasted: rounded(self.measured.lasted.as_secs_f64()),
            unfinished: self.measured.unfinished as u64,
        }
    }

    fn title(&self) -> String {
        let (services, clusters) = (self.services(), self.setup.fleet.clusters as u64);
        format!(
            "{} in {}, seed {}",
            plural(services, "Service"),
            plural(clusters, "cluster"),
            self.seed
        )
    }

    fn services(&self) -> u64 {
        self.setup.fleet.services as u64
    }

    fn assumed(&self) -> Vec<(&'static str, String)> {
        let Delays {
            api,
            nsx,
            delivery,
            allocation,
            load_balancer,
            quarantine,
            ncp_tick,
            think,
            ..
        } = self.setup.delays;
        let realization = match allocation == load_balancer {
            true => allocation.to_string(),
            false => format!("{allocation} for an allocation, {load_balancer} for a load balancer"),
        };
        let phases = match self.setup.phases {
            Phases::Drawn => "at any moment of their interval",
            Phases::Together => "together",
        };
        vec![
            (
                "created",
                format!("within {}", Span(self.setup.fleet.window)),
            ),
            ("ccm polls", self.setup.policy.to_string()),
            ("ncp ticks", format!("every {}", Span(ncp_tick))),
            ("ticks begin", phases.into()),
            ("API call", api.to_string()),
            ("NSX-T call", nsx.to_string()),
            ("watch event", delivery.to_string()),
            ("realization", realization),
            ("quarantine", quarantine.to_string()),
            ("user thinks", think.to_string()),
        ]
    }

    fn latencies(&self) -> [(&'static str, &Distribution); 4] {
        let Measurements {
            published,
            realized,
            gone,
            free,
            ..
        } = &self.measured;
        [
            ("create→published", published),
            ("edit→realized", realized),
            ("delete→gone", gone),
            ("delete→free", free),
        ]
    }

    fn rates(&self) -> [(&'static str, f64); 5] {
        let all = self.measured.all_requests();
        let polls = match self.setup.policy {
            Policy::Regular { .. } => "ccm's LISTs",
            Policy::AsBuilt { .. } => "ccm's polling GETs",
        };
        [
            (polls, all.polls),
            ("ccm's live reads", all.reads),
            ("ccm's writes", all.writes),
            ("vmop and ncp", all.others),
            ("in all", all.by_ccm() + all.others),
        ]
        .map(|(name, requests)| (name, self.measured.per_second(requests)))
    }

    fn ending(&self) -> String {
        let all = self.services();
        let finished = thousands(all - self.measured.unfinished as u64);
        let cut = match &self.cut {
            Some(why) => {
                format!("; {why}: what comes later is not measured, so times lean to short")
            }
            None => String::new(),
        };
        let lasted = duration(self.measured.lasted.as_secs_f64());
        format!(
            "{finished} of {} came to their end in {lasted}{cut}",
            plural(all, "Service")
        )
    }
}

/// How many, three percentiles and the maximum.
fn spread(of: &Distribution) -> Vec<String> {
    let at = |percent| match of.count() {
        0 => "–".into(),
        _ => seconds(of.percentile(percent)),
    };
    let count = thousands(of.count() as u64);
    std::iter::once(count).chain(PERCENTS.map(at)).collect()
}

/// A row of the text: its name, and cells that end below one another.
fn write_row(text: &mut String, name: &str, cells: &[impl Display]) {
    write!(text, "{name:FIRST$}").expect("a String takes it");
    for cell in cells {
        write!(text, " {cell:>OTHER$}").expect("a String takes it");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_timing::{base, run};
    use std::time::Duration;

    fn timed(policy: Policy, horizon: Duration) -> Timed {
        let mut setup = Setup {
            policy,
            horizon,
            ..base()
        };
        (setup.fleet.clusters, setup.fleet.services) = (3, 20);
        let measured = run(&setup, 7);
        let cut = (measured.unfinished > 0).then(|| "cut by --horizon".into());
        Timed {
            seed: 7,
            setup,
            measured,
            cut,
        }
    }

    #[test]
    fn a_run_is_told_in_tables() {
        insta::assert_snapshot!(timed(base().policy, base().horizon).to_text());
    }

    #[test]
    fn a_run_is_told_for_a_pull_request() {
        insta::assert_snapshot!(timed(Policy::AS_BUILT, base().horizon).to_markdown());
    }

    #[test]
    fn what_was_not_reached_has_no_percentiles() {
        let cut = timed(base().policy, Duration::from_secs(130));
        let text = cut.to_text();
        let row = text.lines().find(|line| line.starts_with("delete→free"));
        let cells: Vec<&str> = row.unwrap().split_whitespace().collect();
        assert_eq!(cells[1..], ["0", "–", "–", "–", "–"]);
        let end = "\n0 of 20 Services came to their end in 2:10; cut by --horizon: ";
        assert!(text.contains(end), "{text}");
        let told: Value = serde_json::from_str(&cut.to_json()).unwrap();
        assert_eq!(told["seconds"]["free"]["p50"], Value::Null);
        assert_eq!(told["unfinished"], 20);
        let published = told["seconds"]["published"]["p50"].as_f64();
        assert!(published.is_some_and(|it| it > 5.0), "{published:?}");
    }

    #[test]
    fn a_program_reads_every_rate() {
        let told = timed(base().policy, base().horizon).to_json();
        let told: Value = serde_json::from_str(&told).unwrap();
        let rate = |of: &str| told["per_second"][of].as_f64().unwrap();
        let polls = rate("polls");
        assert!(
            (polls - 0.3).abs() < 0.01,
            "3 clusters, every 10 s: {polls}"
        );
        let parts = ["polls", "reads", "writes", "others"].map(rate);
        assert!((parts.iter().sum::<f64>() - rate("all")).abs() < 1e-9);
    }
}
