//! How the run differs from an older one.

use super::{Since, table_box};
use crate::run::Difference;
use maud::{Markup, html};

/// The section.
pub(super) fn draw(since: &Since) -> Markup {
    let Since { older, compared } = since;
    let last = compared.to_string();
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Changes" }
            p {
                "Compared with " code { (older.command) } " of "
                (older.started.strftime("%Y-%m-%d %H:%M UTC"))
                @if let Some(source) = &older.source { ", commit " code { (source.commit) } }
                ": " (last.lines().last().unwrap_or_default()) "."
            }
            @for (group, all) in compared.groups() {
                @if !all.is_empty() { (table_box(group, &table(group, all))) }
            }
        }
    }
}

fn table(group: &str, all: &[Difference]) -> Markup {
    html! {
        table {
            caption { (group) }
            thead { tr { th scope="col" { "Check" } th scope="col" { "Before" } th scope="col" { "Now" } } }
            tbody {
                @for it in all {
                    tr { th scope="row" { (it.name) } td { (it.before) } td.long { (it.after) } }
                }
            }
        }
    }
}
