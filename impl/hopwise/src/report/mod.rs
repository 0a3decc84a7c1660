//! The page for a design review: one HTML file that asks nothing of any network.
//!
//! Verdict first, then the evidence. It runs no script, so what is read is what was written; the
//! run itself lies in it as JSON, for programs. The same run is the same bytes.

mod belief;
mod changes;
mod conformance;
mod contrast;
mod coverage;
#[cfg(test)]
pub(crate) mod fixture;
mod lane;
mod latency;
mod layout;
mod limits;
mod matrix;
mod narrow;
mod pair;
mod palette;
mod plot;
mod properties;
mod safeguards;
mod spacetime;
mod steps;
mod story;
mod svg;
mod told;
mod topology;
mod verdict;
mod watch;
pub(crate) mod words;

pub(crate) use belief::{Belief, beliefs};
pub(crate) use contrast::hop;
pub(crate) use lane::{End, Lane, Stroke};
pub(crate) use pair::{is_told, prevented};
pub use spacetime::{MOST_STEPS, Picture};
pub(crate) use steps::{Event, events};
pub use story::{story, transcript};
pub(crate) use topology::{Line, draw_places};

use crate::run::{Compared, Run};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The sections in their order: anchor and heading.
const SECTIONS: [(&str, &str); 10] = [
    ("chain", "The chain"),
    ("safeguards", "Safeguards"),
    ("properties", "Properties"),
    ("counterexamples", "Counterexamples"),
    ("searches", "Searches"),
    ("coverage", "Coverage"),
    ("conformance", "Conformance"),
    ("latency", "Latency and cost"),
    ("limits", "What was not modelled"),
    ("reproduce", "Reproduce"),
];

/// An older run, and how the one of the page differs from it.
pub struct Since {
    /// The older run.
    pub older: Run,
    /// What differs.
    pub compared: Compared,
}

/// The page of a run. `limits` is the Markdown of `docs/limits.md`: what was not modelled.
pub fn page(run: &Run, limits: &str, since: Option<&Since>) -> String {
    let title = format!("hopwise: {}", run.headline());
    let body = html! {
        a.skip href="#main" { "Skip to the evidence" }
        header { (verdict::draw(run)) }
        nav aria-label="Sections" {
            ul {
                @if since.is_some() { li { a href="#changes" { "Changes" } } }
                @for (anchor, heading) in SECTIONS {
                    li { a href=(format!("#{anchor}")) { (heading) } }
                }
            }
        }
        main id="main" tabindex="-1" {
            @if let Some(since) = since { (changes::draw(since)) }
            (sections(run, limits))
        }
        footer { (embedded(run)) }
    };
    sheet(&title, &body)
}

/// A page that brings the report's style with it.
pub(crate) fn sheet(title: &str, body: &Markup) -> String {
    document(title, &html! { style { (PreEscaped(style())) } }, body)
}

/// A page; `dress` is what its head has beside the title.
pub(crate) fn document(title: &str, dress: &Markup, body: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                (dress)
            }
            body { (body) }
        }
    };
    document.into_string()
}

/// The style sheet of the page, and of every diagram in it.
pub(crate) fn style() -> String {
    let page: String = include_str!("page.css").lines().collect();
    palette::page_css() + &page + &palette::diagram_css()
}

fn sections(run: &Run, limits: &str) -> Markup {
    let bodies = [
        chain(),
        safeguards::draw(run),
        properties::draw(run),
        story::draw_section(run),
        coverage::draw_searches(run),
        coverage::draw(run),
        conformance::draw(run),
        latency::draw(run),
        limits::draw(limits),
        reproduce(run),
    ];
    html! {
        @for ((anchor, heading), body) in SECTIONS.into_iter().zip(bodies) {
            section aria-labelledby=(anchor) {
                h2 id=(anchor) { (heading) }
                (body)
            }
        }
    }
}

fn chain() -> Markup {
    html! {
        p {
            "Three controllers carry a Service of type LoadBalancer from a guest cluster to NSX-T, \
             and its address back. Each hop sees only its neighbours, and sees them late."
        }
        (figure("The chain of three hops", &topology::draw()))
    }
}

/// A picture in a box of its own that scrolls, also by keyboard.
pub(crate) fn figure(label: &str, svg: &str) -> Markup {
    html! {
        figure {
            div.scroll role="group" tabindex="0" aria-label=(label) { (PreEscaped(svg)) }
        }
    }
}

/// A table in a box of its own that scrolls, also by keyboard.
pub(crate) fn table_box(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="group" tabindex="0" aria-label=(label) { (table) } }
}

fn reproduce(run: &Run) -> Markup {
    let source = match &run.source {
        None => "not known".into(),
        Some(source) if source.dirty => format!("{} and uncommitted changes", source.commit),
        Some(source) => source.commit.clone(),
    };
    html! {
        p { "This run, again:" }
        pre tabindex="0" { code { (run.command) } }
        @if !run.scenarios.is_empty() {
            p { "One search, and one trace:" }
            pre tabindex="0" {
                code {
                    "hopwise check " (run.scenarios[0].name) "\n"
                    "hopwise trace FILE\n"
                    "hopwise replay FILE"
                }
            }
        }
        p {
            "hopwise " (run.version) ", commit " code { (source) } ", started " (run.started)
            ", " (words::duration(run.seconds)) " on " (words::plural(run.threads.into(), "thread"))
            ". The searches are exhaustive and take no seed: the same source gives the same \
             states, counterexamples and diagrams."
        }
    }
}

/// The run as JSON, so that the page is also its machine-readable form: everything but the
/// conversations of its replays, which are most of it. No character of it can end the element or
/// begin a comment.
fn embedded(run: &Run) -> Markup {
    let mut run = run.clone();
    for replay in &mut run.replays {
        replay.transcript.clear();
    }
    let json = serde_json::to_string(&run).expect("names, numbers and strings are always JSON");
    let safe = json
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    html! {
        p.muted {
            "The run itself is in this file, as JSON, in the element " code { "run" }
            ", without what was said in its replays: that is in " code { "run.json" } "."
        }
        script type="application/json" id="run" { (PreEscaped(safe)) }
    }
}

#[cfg(test)]
mod tests;
