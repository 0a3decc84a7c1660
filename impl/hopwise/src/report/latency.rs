//! How long a user waits, and what the chain asks of the Supervisor meanwhile.

use super::plot::{Curve, bars, shares};
use super::words::{duration, plural, thousands};
use super::{figure, table_box};
use crate::run::{Run, TimedRun, Wait};
use maud::{Markup, html};

/// The section.
pub(super) fn draw(run: &Run) -> Markup {
    html! {
        @if run.timed.is_empty() {
            p.notice { "The chain was not timed in this run." }
        } @else {
            p {
                "The model that is searched is also run with delays: every step is one that it \
                 allows, and only the time at which a step happens is added. Nothing here is \
                 promised or judged, and what is assumed stands below."
            }
            (table_box("Waits", &waits(&run.timed)))
            div.plots {
                @for (index, timed) in run.timed.iter().enumerate() {
                    (convergence(index, timed))
                }
                @if run.timed.len() > 1 { (by_policy(&run.timed)) }
                (requests(&run.timed))
            }
            @for timed in &run.timed { (assumed(timed)) }
        }
    }
}

fn waits(all: &[TimedRun]) -> Markup {
    html! {
        table {
            caption { "How long a user waits, in seconds" }
            thead {
                tr {
                    th scope="col" { "ccm polls" }
                    th scope="col" { "From, to" }
                    th.num scope="col" { "Services" }
                    th.num scope="col" { "half" }
                    th.num scope="col" { "90 %" }
                    th.num scope="col" { "99 %" }
                    th.num scope="col" { "all" }
                }
            }
            tbody {
                @for (timed, wait) in all.iter().flat_map(|it| it.waits.iter().map(move |of| (it, of))) {
                    tr {
                        th scope="row" { (timed.policy) }
                        td { (wait.name) }
                        td.num { (thousands(wait.services)) }
                        @for percent in [50, 90, 99, 100] { td.num { (seconds(wait, percent)) } }
                    }
                }
            }
        }
    }
}

fn seconds(wait: &Wait, percent: usize) -> String {
    wait.percentile(percent)
        .map_or("–".into(), |it| format!("{it:.1}"))
}

fn curve<'a>(name: &str, wait: &'a Wait) -> Curve<'a> {
    Curve {
        name: name.into(),
        percentiles: &wait.percentiles,
    }
}

/// Whether anything can be drawn of a wait.
fn is_known(wait: &&Wait) -> bool {
    !wait.percentiles.is_empty()
}

/// How the Services of a run come to what they wait for.
fn convergence(index: usize, timed: &TimedRun) -> Markup {
    let known = timed.waits.iter().filter(is_known);
    let curves: Vec<Curve> = known.map(|it| curve(&it.name, it)).collect();
    let title = format!(
        "Share of Services that are through after a time: {}",
        timed.policy
    );
    html! {
        @if !curves.is_empty() {
            (plot(&title, &shares(&format!("waits-{index}"), (&title, &told(&curves)), &curves)))
        }
    }
}

/// The first wait, which is the one for the address, by policy.
fn by_policy(all: &[TimedRun]) -> Markup {
    let firsts = all.iter().filter_map(|it| Some((it, it.waits.first()?)));
    let known: Vec<_> = firsts.filter(|(_, wait)| is_known(wait)).collect();
    let curves: Vec<Curve> = known
        .iter()
        .map(|(it, wait)| curve(&it.policy, wait))
        .collect();
    let name = known.first().map_or("", |(_, wait)| wait.name.as_str());
    let title = format!("How many Services are through {name} after how long, by how ccm polls");
    html! {
        @if !curves.is_empty() {
            (plot(&title, &shares("waits-by-policy", (&title, &told(&curves)), &curves)))
        }
    }
}

/// Half and all of each curve, for those who do not see it.
fn told(curves: &[Curve]) -> String {
    let each = curves.iter().map(|it| {
        let at = |percent: usize| it.percentiles.get(percent).copied().unwrap_or_default();
        format!(
            "{}: half after {:.1} s, all after {:.1} s.",
            it.name,
            at(50),
            at(100)
        )
    });
    each.collect::<Vec<_>>().join(" ")
}

fn requests(all: &[TimedRun]) -> Markup {
    let each = all
        .iter()
        .flat_map(|timed| timed.rates.iter().map(move |rate| (timed, rate)));
    let rows = each.map(|(timed, rate)| {
        let policy = timed.policy.split(',').next().unwrap_or_default();
        (format!("{policy}: {}", rate.name), rate.per_second)
    });
    let rows: Vec<(String, f64)> = rows.collect();
    let title = "Requests per second that the Supervisor’s API server sees";
    let story = "The numbers stand behind the bars.";
    plot(title, &bars("requests", (title, story), &rows))
}

/// A plot with its title above.
fn plot(title: &str, svg: &str) -> Markup {
    html! { div { p.side { (title) } (figure(title, svg)) } }
}

fn assumed(timed: &TimedRun) -> Markup {
    let title = format!("What is assumed: {}", timed.policy);
    html! {
        details {
            summary { (title) }
            p {
                (plural(timed.services, "Service")) " in " (plural(timed.clusters, "cluster"))
                ", each created, edited and deleted once; seed " (timed.seed) "; "
                (thousands(timed.services - timed.unfinished)) " came to their end within "
                (duration(timed.lasted)) " of the model’s own time."
            }
            (table_box(&title, &html! {
                table {
                    caption { "Assumptions" }
                    thead { tr { th scope="col" { "What" } th scope="col" { "Assumed" } } }
                    tbody {
                        @for (name, value) in &timed.assumed {
                            tr { th scope="row" { (name) } td.long { (value) } }
                        }
                    }
                }
            }))
        }
    }
}
