//! The properties: what each says, whether it holds, and what shows that it can fail.

use super::safeguards::{class, noticed_by};
use super::table_box;
use super::words::thousands;
use crate::run::{Mark, PropertyRun, Run};
use maud::{Markup, html};

/// The section.
pub(super) fn draw(run: &Run) -> Markup {
    let properties = distinct(run);
    html! {
        @if properties.is_empty() {
            p.notice { "No property was judged." }
        } @else {
            (table_box("Properties", &table(run, &properties)))
            p.muted {
                "“Premise reached” counts the states in which the property had something to say; \
                 where it is 0, nothing was tried. “Would be noticed by” names the safeguards \
                 whose removal breaks the property: the evidence that the check can fail."
            }
        }
    }
}

/// Each property once, as its first search tells it.
fn distinct(run: &Run) -> Vec<&PropertyRun> {
    let mut seen: Vec<&PropertyRun> = Vec::new();
    for property in run
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.properties)
    {
        if !seen.iter().any(|known| known.id == property.id) {
            seen.push(property);
        }
    }
    seen
}

fn table(run: &Run, properties: &[&PropertyRun]) -> Markup {
    html! {
        table {
            caption { "What was asked of every behaviour" }
            thead {
                tr {
                    th scope="col" { "Property" }
                    th scope="col" { "What it says" }
                    th scope="col" { "Verdict" }
                    th.num scope="col" { "Premise reached" }
                    th scope="col" { "Would be noticed by" }
                }
            }
            tbody { @for property in properties { (row(run, property)) } }
        }
    }
}

fn row(run: &Run, property: &PropertyRun) -> Markup {
    let mark = run
        .property_marks()
        .get(property.id.as_str())
        .copied()
        .unwrap_or(Mark::NotAsked);
    let broken = run
        .findings()
        .into_iter()
        .find(|finding| finding.ablated.is_none() && finding.property.id == property.id);
    html! {
        tr {
            th scope="row" { (property.id) br; span.muted { (property.kind.words()) } }
            td.long {
                (property.sentence)
                details { summary { "Formula" } code { (property.formula) } }
            }
            td class=(format!("mark {}", class(mark))) {
                @match broken {
                    Some(it) => a href=(format!("#{}", it.id())) { "✗ breaks in " (it.steps) },
                    None => { (mark.sign()) " " (mark.words()) },
                }
            }
            td.num { (premise(run, &property.id)) }
            td { (noticed(run, &property.id)) }
        }
    }
}

/// In how many states of all searches the premise was true.
fn premise(run: &Run, id: &str) -> String {
    let all = run
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.properties);
    let counts: Vec<u64> = all
        .filter(|p| p.id == id)
        .filter_map(|property| property.premise_states)
        .collect();
    if counts.is_empty() {
        "always".into()
    } else {
        thousands(counts.iter().sum())
    }
}

fn noticed(run: &Run, id: &str) -> Markup {
    let safeguards: Vec<_> = noticed_by(run, id).collect();
    html! {
        @if safeguards.is_empty() { span.muted { "none of those taken away" } }
        @for (index, safeguard) in safeguards.iter().enumerate() {
            @if index > 0 { ", " }
            a href=(format!("#safeguard-{safeguard}")) { (safeguard) }
        }
    }
}
