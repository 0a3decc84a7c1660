//! The properties along the walk, as stretches of steps.

use super::columns;
use crate::explore::journey::Journey;
use crate::explore::strip::{Mark, Row};
use crate::report::table_box;
use maud::{Markup, html};

pub(super) fn draw(journey: &Journey, rows: &[Row]) -> Markup {
    let is_asked =
        |row: &&Row| row.never.is_some() || row.marks.iter().any(|it| *it != Mark::Unasked);
    let asked: Vec<&Row> = rows.iter().filter(is_asked).collect();
    let idle: Vec<&Row> = rows.iter().filter(|row| !is_asked(row)).collect();
    html! {
        (table_box("Properties along the walk", &table(journey, &asked)))
        @if !idle.is_empty() {
            details {
                summary { "Not put to the test on this walk: " (idle.len()) }
                ul { @for row in idle { li { b { (row.id) } ": " (row.sentence) } } }
            }
        }
    }
}

fn table(journey: &Journey, rows: &[&Row]) -> Markup {
    let at = journey.at();
    html! {
        table {
            caption { "Each property after this step, and along the walk" }
            (columns(&["Property", "After this step", "Along the walk"]))
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" {
                            details.property { summary { (row.id) } p.muted { (row.sentence) } }
                        }
                        (now(row, at))
                        td.stretches {
                            @for (first, last, mark) in row.stretches() {
                                @let words = [meaning(mark, row), &range(first, last)].join(" ");
                                a href=(first) class=(class(mark, row)) aria-label=(words) {
                                    (sign(mark, row)) " " (range(first, last))
                                }
                                " "
                            }
                        }
                    }
                }
            }
        }
    }
}

fn range(first: usize, last: usize) -> String {
    match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    }
}

/// The cell of the step that is looked at.
fn now(row: &Row, at: usize) -> Markup {
    let mark = row.marks.get(at).copied().unwrap_or(Mark::Unasked);
    if let Some(never) = row.never.filter(|never| at >= never.from) {
        let exempt = row.exempt;
        return html! {
            td.breaks[exempt.is_none()] {
                "✗ for ever, or again and again, it is false that " (never.clause)
                @if let Some(since) = exempt { " – not promised here, since " (since) }
            }
        };
    }
    html! {
        td class=(class(mark, row)) {
            (sign(mark, row)) " " (meaning(mark, row))
            @match mark {
                Mark::Broken(clause) => { ": it is false that " (clause) },
                Mark::Waits(clause) => { " until " (clause) },
                Mark::Holds | Mark::Unasked => {},
            }
            @if let (Mark::Broken(_), Some(since)) = (mark, row.exempt) {
                " – not promised here, since " (since)
            }
        }
    }
}

const fn sign(mark: Mark, row: &Row) -> &'static str {
    match (mark, row.exempt) {
        (Mark::Unasked, _) => "·",
        (Mark::Holds, _) => "✓",
        (Mark::Broken(_), None) => "✗",
        (Mark::Broken(_), Some(_)) => "(✗)",
        (Mark::Waits(_), _) => "…",
    }
}

const fn meaning(mark: Mark, row: &Row) -> &'static str {
    match (mark, row.exempt) {
        (Mark::Unasked, _) => "not put to the test",
        (Mark::Holds, _) => "holds",
        (Mark::Broken(_), None) => "broken",
        (Mark::Broken(_), Some(_)) => "not true",
        (Mark::Waits(_), _) => "waits",
    }
}

const fn class(mark: Mark, row: &Row) -> &'static str {
    match (mark, row.exempt) {
        (Mark::Unasked, _) => "unasked",
        (Mark::Holds, _) => "holds",
        (Mark::Broken(_), None) => "breaks",
        (Mark::Broken(_), Some(_)) | (Mark::Waits(_), _) => "open",
    }
}
