//! The questions, each with what is varied, its runs, a table and a plot.

use crate::chart::{Chart, Joined, Series};
use crate::delays::Delays;
use crate::draw::Delay;
use crate::fleet::{Fleet, Setup, run};
use crate::measure::{Distribution, Measurements, Requests};
use crate::policy::Policy;
use crate::table::{number, seconds, spread, table};
use std::time::Duration;

/// What the runs say about one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// A short name, also that of the plot's file.
    pub(crate) id: &'static str,
    /// The question.
    pub(crate) question: &'static str,
    /// Markdown.
    pub(crate) table: String,
    /// A plot of the same runs.
    pub(crate) svg: String,
}

/// Every question, answered with runs of this seed.
pub(crate) fn answers(seed: u64) -> Vec<Answer> {
    vec![
        interval(seed),
        policies(seed),
        api_latency(seed),
        size(seed),
        causes(seed),
    ]
}

/// One run of a question.
pub(crate) struct Case {
    /// What is varied, as cells of a row.
    pub(crate) varied: Vec<String>,
    pub(crate) measured: Measurements,
}

/// Services per run, so that one in a hundred is five of them.
const MANY: usize = 500;

/// What holds where a question of the page does not vary it. There are many clusters, since the ticks of one
/// keep their distance from ncp's as long as it runs, and what that distance is would be luck.
pub fn base() -> Setup {
    let setup = Setup::default();
    let fleet = Fleet {
        clusters: 20,
        services: MANY,
        ..setup.fleet
    };
    Setup { fleet, ..setup }
}

fn interval(seed: u64) -> Answer {
    let milliseconds = [500, 1_000, 2_000, 5_000, 10_000, 30_000];
    let cases = milliseconds.map(|it| {
        let interval = Duration::from_millis(it);
        let policy = Policy::Regular { interval };
        Case::of(&[interval], &Setup { policy, ..base() }, seed)
    });
    Answer {
        id: "interval",
        question: "How long does a user wait, by the interval of ccm's poll?",
        table: latencies(&["poll interval"], &cases),
        svg: Chart {
            title: "Latency by poll interval".into(),
            says: "Publishing and deleting take longer with a longer poll interval; an edit \
                   does not."
                .into(),
            ..by_percentiles("poll interval", &cases)
        }
        .svg(),
    }
}

fn policies(seed: u64) -> Answer {
    let mut cases = Vec::new();
    for mean in [2, 10, 60].map(Duration::from_secs) {
        for policy in [base().policy, Policy::AS_BUILT] {
            let delays = Delays {
                allocation: Delay::around(mean),
                ..Delays::default()
            };
            let setup = Setup {
                delays,
                policy,
                ..base()
            };
            let measured = run(&setup, seed);
            let varied = vec![short(mean), policy.to_string()];
            cases.push(Case { varied, measured });
        }
    }
    let varied = ["address realized after", "policy"];
    let columns = [&varied[..], &["polls per Service"]].concat();
    let polls = cases.iter().map(|case| {
        let polls = case.measured.all_requests().polls as f64 / MANY as f64;
        [case.varied.clone(), vec![number(polls)]].concat()
    });
    let polls = table(&columns, &polls.collect::<Vec<_>>());
    Answer {
        id: "policy",
        question: "What does the regular poll change against the backoff as built?",
        table: latencies(&varied, &cases) + "\n" + &polls,
        svg: chart_of_policies(&cases).svg(),
    }
}

fn chart_of_policies(cases: &[Case]) -> Chart {
    let of = |first: usize, name: &str, percent| Series {
        name: name.into(),
        values: cases
            .iter()
            .skip(first)
            .step_by(2)
            .map(|case| at(&case.measured.published, percent))
            .collect(),
    };
    Chart {
        title: "Regular poll and backoff: create→published".into(),
        says: "With the backoff as built the wait grows with the time that the address takes, and \
               with the regular poll by no more than one interval."
            .into(),
        across: "mean time until the address is realized".into(),
        up: "seconds".into(),
        places: cases
            .iter()
            .step_by(2)
            .map(|case| case.varied[0].clone())
            .collect(),
        joined: Joined::ByLine,
        series: vec![
            of(0, "regular, median", 50),
            of(0, "regular, p99", 99),
            of(1, "as built, median", 50),
            of(1, "as built, p99", 99),
        ],
    }
}

fn api_latency(seed: u64) -> Answer {
    let cases = [5, 20, 100, 500].map(|milliseconds| {
        let mean = Duration::from_millis(milliseconds);
        let delays = Delays {
            api: Delay::around(mean),
            ..Delays::default()
        };
        Case::of(&[mean], &Setup { delays, ..base() }, seed)
    });
    Answer {
        id: "api",
        question: "How much of the wait is the API servers' latency?",
        table: latencies(&["API call"], &cases),
        svg: Chart {
            title: "Latency by the API servers' latency".into(),
            says: "A call has to take hundreds of milliseconds before it matters beside the ticks."
                .into(),
            ..by_percentiles("mean latency of an API call", &cases)
        }
        .svg(),
    }
}

const CLUSTERS: [usize; 3] = [1, 5, 20];
const SERVICES: [usize; 4] = [1, 10, 100, 1000];

fn size(seed: u64) -> Answer {
    let mut cases = Vec::new();
    for clusters in CLUSTERS {
        for services in SERVICES {
            let fleet = Fleet {
                clusters,
                services,
                ..base().fleet
            };
            let measured = run(&Setup { fleet, ..base() }, seed);
            let varied = vec![clusters.to_string(), services.to_string()];
            cases.push(Case { varied, measured });
        }
    }
    let rows: Vec<_> = cases.iter().map(Case::load).collect();
    let columns = [
        "clusters",
        "Services",
        "create→published p50",
        "p99",
        "delete→free p50",
        "LIST/s",
        "ccm reads/s",
        "ccm writes/s",
        "ccm per cluster/s",
        "vmop, ncp/s",
    ];
    Answer {
        id: "size",
        question: "What does the Supervisor see, by the number of Services and clusters?",
        table: table(&columns, &rows),
        svg: chart_of_requests(&cases).svg(),
    }
}

fn chart_of_requests(cases: &[Case]) -> Chart {
    let of = |index: usize, name: String, requests: fn(&Requests) -> u64| {
        let cases = cases.iter().skip(index * SERVICES.len());
        let values = cases.take(SERVICES.len()).map(|case| {
            let measured = &case.measured;
            measured.per_second(requests(&measured.all_requests()))
        });
        Series {
            name,
            values: values.collect(),
        }
    };
    let lists = CLUSTERS.iter().enumerate().map(|(index, clusters)| {
        let name = match clusters {
            1 => "LISTs, 1 cluster".into(),
            _ => format!("LISTs, {clusters} clusters"),
        };
        of(index, name, |requests| requests.polls)
    });
    let others = of(0, "ccm's reads and writes".into(), |requests| {
        requests.reads + requests.writes
    });
    Chart {
        title: "Requests of ccm at the Supervisor".into(),
        says: "The LISTs grow with the clusters and not with the Services; reads and writes grow \
               with the Services."
            .into(),
        across: "Services".into(),
        up: "requests per second".into(),
        places: SERVICES.map(|it| it.to_string()).to_vec(),
        joined: Joined::ByLine,
        series: lists.chain([others]).collect(),
    }
}

fn causes(seed: u64) -> Answer {
    let (all, rare) = (Delays::default(), base().policy);
    let often = Duration::from_millis(500);
    let (allocation, load_balancer) = (Delay::NONE, Delay::NONE);
    let (api, nsx, delivery) = (Delay::NONE, Delay::NONE, Delay::NONE);
    let often_polled = Policy::Regular { interval: often };
    #[rustfmt::skip]
    let without = [
        ("nothing", all, rare),
        ("poll lag", all, often_polled),
        ("ncp's tick", Delays { ncp_tick: often, ..all }, rare),
        ("realization", Delays { allocation, load_balancer, ..all }, rare),
        ("calls", Delays { api, nsx, delivery, ..all }, rare),
        ("both ticks", Delays { ncp_tick: often, ..all }, often_polled),
    ];
    let cases = without.map(|(name, delays, policy)| {
        let setup = Setup {
            delays,
            policy,
            ..base()
        };
        let (varied, measured) = (vec![name.into()], run(&setup, seed));
        Case { varied, measured }
    });
    Answer {
        id: "causes",
        question: "Where does the time go?",
        table: latencies(&["taken away"], &cases),
        svg: Chart {
            title: "Latency with one cause taken away".into(),
            says: "The ticks of ccm and of ncp are each a large part of create→published; the \
                   poll alone is nearly all of delete→gone."
                .into(),
            joined: Joined::Not,
            ..by_percentiles("taken away", &cases)
        }
        .svg(),
    }
}

impl Case {
    fn of(varied: &[Duration], setup: &Setup, seed: u64) -> Case {
        Case {
            varied: varied.iter().map(|&it| short(it)).collect(),
            measured: run(setup, seed),
        }
    }

    /// The row of what the Supervisor sees.
    fn load(&self) -> Vec<String> {
        let Measurements {
            published,
            free,
            requests,
            ..
        } = &self.measured;
        let all = self.measured.all_requests();
        let latency = [published.median(), published.percentile(99), free.median()];
        let latency = latency.map(seconds);
        let rates = [all.polls, all.reads, all.writes, all.by_ccm(), all.others];
        let mut rates = rates.map(|it| self.measured.per_second(it));
        rates[3] /= requests.len() as f64;
        let rates = rates.map(number);
        [self.varied.clone(), latency.to_vec(), rates.to_vec()].concat()
    }
}

/// Two tables: how long it takes to get something, and how long to be rid of it.
fn latencies(varied: &[&str], cases: &[Case]) -> String {
    let spread_of = |name| [name, "p50", "p90", "p99", "max"];
    let two = |of: &Distribution| [50, 99].map(|percent| seconds(of.percentile(percent)));
    let columns = |short, long| [varied, &[short, "p99"], &spread_of(long)].concat();
    let up = columns("edit→realized p50", "create→published min");
    let down = columns("delete→gone p50", "delete→free min");
    let rows = |of: fn(&Measurements) -> (&Distribution, &Distribution)| {
        let rows = cases.iter().map(|case| {
            let (short, long) = of(&case.measured);
            [case.varied.clone(), two(short).to_vec(), spread(long)].concat()
        });
        rows.collect::<Vec<_>>()
    };
    let up_rows = rows(|it| (&it.realized, &it.published));
    let down_rows = rows(|it| (&it.gone, &it.free));
    table(&up, &up_rows) + "\n" + &table(&down, &down_rows)
}

/// Medians and 99th percentiles of what a user waits for, over what is varied.
fn by_percentiles(across: &str, cases: &[Case]) -> Chart {
    let series = |name: &str, of: fn(&Measurements) -> &Distribution, percent| Series {
        name: format!("{name}, p{percent}"),
        values: cases
            .iter()
            .map(|case| at(of(&case.measured), percent))
            .collect(),
    };
    Chart {
        title: String::new(),
        says: String::new(),
        across: across.into(),
        up: "seconds".into(),
        places: cases.iter().map(|case| case.varied[0].clone()).collect(),
        joined: Joined::ByLine,
        series: vec![
            series("create→published", |it| &it.published, 50),
            series("create→published", |it| &it.published, 99),
            series("delete→gone", |it| &it.gone, 50),
            series("delete→gone", |it| &it.gone, 99),
            series("edit→realized", |it| &it.realized, 50),
        ],
    }
}

fn at(of: &Distribution, percent: usize) -> f64 {
    of.percentile(percent).as_secs_f64()
}

/// A duration as one writes it, as in 0.5 s or 20 ms.
fn short(time: Duration) -> String {
    match time.as_millis() {
        below @ 0..500 => format!("{below} ms"),
        _ => format!("{} s", time.as_secs_f64()),
    }
}
