//! How a walk is kept: as a link, as a trace, and beside the one that it was left for.

use super::walk::Asides;
use crate::explore::journey::{Journey, digest};
use crate::explore::link::{Link, common};
use crate::explore::strip::Row;
use crate::report::words::plural;
use maud::{Markup, html};

/// From this length on, in bytes, a link is too long for many programs that would pass it on.
const LONG: usize = 4_000;

pub(super) fn draw(journey: &Journey, asides: &Asides) -> Markup {
    let path = format!("{}?is={}", journey.link.path(), digest(journey.state()));
    let link = format!("{}{path}", asides.base);
    html! {
        p {
            label for="link" { "A link to this step " }
            input id="link" readonly value=(link);
        }
        p.muted {
            "It names every step by what is done, so that it outlives changes of the model as long "
            "as these steps are some of it, and says so where they are not. Elsewhere: "
        }
        pre tabindex="0" { code { "hopwise explore '" (path) "'" } }
        @if link.len() > LONG {
            p.notice {
                "The link is long, and some programs cut long links: save the trace instead."
            }
        }
        (save(journey, &asides.rows))
    }
}

/// The walk up to here as a trace that the controllers can be driven through.
fn save(journey: &Journey, rows: &[Row]) -> Markup {
    let at = journey.at();
    // What never ends is told whole.
    let is_told = |row: &&Row| row.never.is_none() || at == journey.last();
    let broken = rows
        .iter()
        .filter(|row| row.is_broken_at(at))
        .filter(is_told);
    html! {
        form.save action="save" method="get" {
            input type="hidden" name="at" value=(at);
            p {
                label for="name" { "Save as a test, named " }
                input id="name" name="name" required pattern="[a-z0-9\\-]+" value=(name(journey));
            }
            p {
                label for="claim" { "which claims " }
                select id="claim" name="claim" {
                    @for row in broken { option value=(row.id) { "to break " (row.id) } }
                    option value="" { "nothing but to be steps of the model" }
                }
            }
            p { button type="submit" { "Save the trace" } }
        }
        p.muted {
            code { "hopwise replay FILE" } " drives the controllers through it. In "
            "conformance/traces, and named in conformance/src/traces.rs, it is a test."
        }
    }
}

fn name(journey: &Journey) -> String {
    format!("{}-{}-steps", journey.link.scenario.name, journey.at())
}

/// The walk that was left when another step was taken.
pub(super) fn kept(journey: &Journey) -> Markup {
    let link = &journey.link;
    let Some((kept, swapped)) = link.kept.as_ref().zip(link.swapped()) else {
        return html! {};
    };
    let shared = common(&link.steps, kept);
    let length = plural(kept.len() as u64, "step");
    html! {
        p.notice {
            "Another walk, of " (length) ", is kept; both part after step " (shared) ": "
            a href="compare" { "compare both" } ", "
            a href=(swapped.path()) { "go back to that one" } " or "
            a href=(alone(link)) { "forget it" } "."
        }
    }
}

fn alone(link: &Link) -> String {
    link.alone().path()
}
