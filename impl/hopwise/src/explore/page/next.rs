//! What can happen next, each with what would come of it, and why the rest can not.

use super::walk::Asides;
use crate::explore::ahead::{Next, Refused};
use crate::explore::journey::Journey;
use crate::report::words::plural;
use hopwise_vocab::Action;
use maud::{Markup, html};

pub(super) fn draw(journey: &Journey, asides: &Asides) -> Markup {
    let at = journey.at();
    let groups: Vec<&[Next]> = asides.next.chunk_by(|a, b| a.actor == b.actor).collect();
    html! {
        @if groups.is_empty() {
            p { "Nothing can happen here any more." }
        } @else {
            p.muted {
                "Owed: it, or another of its kind, is taken some day. The rest may never be."
            }
        }
        @for group in groups {
            h3 { (group[0].actor.name()) }
            ul.next { @for next in group { li { (one(next, at)) } } }
        }
        (question(asides, at))
        (refused(&asides.refused))
    }
}

/// The address of a step that is taken here.
fn to(at: usize, action: Action) -> String {
    format!("{at}?do={}", action.to_string().replace(' ', "+"))
}

fn one(next: &Next, at: usize) -> Markup {
    html! {
        a.do href=(to(at, next.action)) { (next.action) }
        @if next.is_walked { " " span.tag { "the walk’s next step" } }
        @if next.is_owed { " " span.tag { "owed" } }
        @for (property, clause) in &next.breaks {
            " " span.tag.breaks { "✗ breaks " (property.id) ": it is false then that " (clause) }
        }
        @for property in &next.mends { " " span.tag.holds { "✓ mends " (property.id) } }
        @if let Some(step) = next.back_to {
            " " span.tag { "back to how it was after step " (step) }
        }
        p { (next.who) ": " (next.sentence) }
        details {
            summary { "Changes " (plural(next.changes.len() as u64, "thing")) }
            ul.changes { @for change in &next.changes { li { code { (change) } } } }
        }
    }
}

/// A question about one action, which works without any script.
fn question(asides: &Asides, at: usize) -> Markup {
    let known = asides.refused.iter().flat_map(|it| &it.actions);
    html! {
        form.ask action={ (at) "#answer" } method="get" {
            label for="why" { "Why is it not enabled?" }
            input id="why" name="why" list="actions" required placeholder="such as ccm poll";
            datalist id="actions" { @for action in known { option value=(action) {} } }
            button type="submit" { "Ask" }
        }
        @if let Some((action, answer)) = &asides.answer {
            p.notice id="answer" { b { (action) } ": " (answer) }
        }
    }
}

fn refused(all: &[Refused]) -> Markup {
    let count: usize = all.iter().map(|it| it.actions.len()).sum();
    html! {
        details.refused {
            summary { "Not enabled here: " (plural(count as u64, "action")) ", and why" }
            dl {
                @for refused in all {
                    dt { "Since " (refused.since) }
                    dd {
                        @for (index, action) in refused.actions.iter().enumerate() {
                            @if index > 0 { ", " }
                            (action)
                        }
                    }
                }
            }
        }
    }
}
