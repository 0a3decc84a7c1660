//! Two walks side by side: what they have in common, where they part, and where each ends.

use super::{Frame, STEPS, columns, elsewhere, frame, whereabouts};
use crate::explore::journey::Journey;
use crate::explore::strip::{Mark, Row, rows};
use crate::report::words::plural;
use crate::report::{Picture, figure, table_box};
use crate::telling::{Change, Tree};
use maud::{Markup, html};

/// The page. `shared` is how many steps both walks begin with.
pub(in crate::explore) fn compare(this: &Journey, kept: &Journey, shared: usize) -> String {
    let both = [("This walk", this), ("The kept walk", kept)];
    let link = &this.link;
    frame(&Frame {
        title: "Two walks: hopwise explore".into(),
        head: html! {
            h1 { (link.scenario.name) ": two walks " span.muted { (link.safeguards) } }
            p.meta {
                "Both begin with the same " (plural(shared as u64, "step"))
                ", and part at the one marked ◆."
            }
            nav aria-label="Steps" {
                ul { li { a href=(this.link.clone().at_end().path()) { "Back to this walk" } } }
            }
        },
        status: format!("They part after step {shared}."),
        foot: elsewhere(),
        script: STEPS,
        main: html! {
            section aria-labelledby="common" {
                h2 id="common" { "In common" }
                details {
                    summary { (plural(shared as u64, "step")) }
                    (list(this, 0..shared, None))
                }
            }
            div.pair {
                @for (index, (heading, journey)) in both.into_iter().enumerate() {
                    section aria-labelledby={ "branch-" (index) } {
                        h2 id={ "branch-" (index) } { (heading) }
                        @if let Some(stop) = journey.stop() {
                            p.notice.breaks { "The model does not go along: " (stop) }
                        }
                        (list(journey, shared..journey.last(), Some(shared)))
                        (diagram(journey, index, heading))
                    }
                }
            }
            section aria-labelledby="ends" {
                h2 id="ends" { "Where they end" }
                (properties(this, kept))
                (differences(this, kept))
            }
        },
    })
}

fn list(journey: &Journey, steps: std::ops::Range<usize>, parts: Option<usize>) -> Markup {
    let taken = steps.start..steps.end.min(journey.last()).max(steps.start);
    html! {
        @if taken.is_empty() { p.muted { "No further step." } }
        ol.steps start=(taken.start + 1) {
            @for index in taken {
                @let event = &journey.events[index];
                li {
                    @if parts == Some(index) { b { "◆ " } }
                    b { (event.who()) } ": " (event.sentence)
                }
            }
        }
    }
}

fn diagram(journey: &Journey, index: usize, title: &str) -> Markup {
    let trace = journey.so_far();
    let id = format!("branch-{index}-diagram");
    let told = format!(
        "{}, told in the list.",
        plural(journey.last() as u64, "step")
    );
    let picture = Picture {
        id: &id,
        title,
        story: &told,
        trace: &trace,
        breaks: None,
        cycle: false,
    };
    html! { @if let Some(svg) = picture.inline() { (figure(title, &svg)) } }
}

/// The properties that are not the same at both ends.
fn properties(this: &Journey, kept: &Journey) -> Markup {
    let (here, there) = (rows(this), rows(kept));
    let pairs = here.iter().zip(&there).map(|(a, b)| (a, end(a), end(b)));
    let different: Vec<_> = pairs.filter(|(_, a, b)| a != b).collect();
    let table = html! {
        table {
            caption { "Properties that differ at the ends" }
            (columns(&["Property", "This walk", "The kept walk"]))
            tbody {
                @for (row, a, b) in &different {
                    tr { th scope="row" { (row.id) } td { (a) } td { (b) } }
                }
            }
        }
    };
    html! {
        @if different.is_empty() {
            p { "Every property is the same at both ends." }
        } @else {
            (table_box("Properties that differ", &table))
        }
    }
}

/// What a property is at the end of a walk, in words.
fn end(row: &Row) -> String {
    match (row.never, row.marks.last()) {
        (Some(never), _) => format!("✗ for ever it is false that {}", never.clause),
        (None, Some(Mark::Broken(clause))) => format!("✗ it is false that {clause}"),
        (None, Some(Mark::Waits(clause))) => format!("… waits until {clause}"),
        (None, Some(Mark::Holds)) => "✓ holds".into(),
        (None, Some(Mark::Unasked) | None) => "· not put to the test".into(),
    }
}

fn differences(this: &Journey, kept: &Journey) -> Markup {
    let changes = Tree::of(this.walked.last()).changes(&Tree::of(kept.walked.last()));
    let table = html! {
        table {
            caption { "The state at both ends, where it differs" }
            (columns(&["Where", "This walk", "The kept walk"]))
            tbody {
                @for Change { at, from, to, .. } in &changes {
                    tr {
                        th scope="row" { (whereabouts(at)) }
                        td.some { code { (from) } }
                        td.some { code { (to) } }
                    }
                }
            }
        }
    };
    html! {
        @if changes.is_empty() {
            p { "Both end in the same state." }
        } @else {
            (table_box("The state at both ends", &table))
        }
    }
}
