//! Which property breaks without which safeguard: properties down, safeguards across, so that it fits
//! a screen and a sheet of paper.

use super::safeguards::{class, searches};
use super::table_box;
use super::words::{plural, thousands};
use crate::run::{Mark, Run, ScenarioRun, Search};
use hopwise_vocab::Safeguard;
use maud::{Markup, html};

/// How many searches of a column are named.
const MOST_NAMED: usize = 4;

/// A column: the searches that were asked for, or those without a safeguard.
struct Column<'a> {
    /// The safeguard that is taken away in it, if there is a card for it.
    without: Option<Safeguard>,
    name: String,
    searches: Vec<&'a ScenarioRun>,
}

/// The table, what its marks mean, and how far each of its searches went.
pub(super) fn draw(run: &Run) -> Markup {
    let columns = columns(run);
    html! {
        (table_box("Safeguards and properties", &table(run, &columns)))
        p.muted {
            "“– not decided” means that the search stopped before it was complete: it is not \
             a pass. “· vacuous” means that the searches of the column never reached the \
             premise of the property, or do not have it. “○ exempt” means that the property is \
             not promised in the scenarios of the column."
        }
        details {
            summary { "How far each was searched" }
            (table_box("How far each was searched", &reach(&columns)))
        }
    }
}

fn table(run: &Run, columns: &[Column<'_>]) -> Markup {
    html! {
        table.firm.matrix {
            caption { "What breaks if this safeguard is removed" }
            thead {
                tr {
                    th scope="col" { "Property" }
                    @for column in columns { th scope="col" { span.turned { (name(column)) } } }
                }
            }
            tbody {
                @for id in properties(run) {
                    tr {
                        th scope="row" { (breakable(id)) }
                        @for column in columns { (cell(id, &column.searches)) }
                    }
                }
            }
        }
    }
}

fn name(column: &Column<'_>) -> Markup {
    html! {
        @match column.without {
            Some(safeguard) => { "− " a href=(format!("#safeguard-{safeguard}")) { (safeguard) } },
            None => (column.name),
        }
    }
}

fn reach(columns: &[Column<'_>]) -> Markup {
    html! {
        table {
            caption { "The searches of each column" }
            thead {
                tr {
                    th scope="col" { "Safeguards" }
                    th.num scope="col" { "States" }
                    th scope="col" { "Searches" }
                }
            }
            tbody { @for column in columns { (reached(column)) } }
        }
    }
}

fn reached(column: &Column<'_>) -> Markup {
    let searches = &column.searches;
    let states: u64 = searches.iter().map(|search| search.states).sum();
    let names: Vec<&str> = searches.iter().map(|search| search.name.as_str()).collect();
    let stopped = searches
        .iter()
        .any(|search| search.search != Search::Complete);
    html! {
        tr {
            th scope="row" { (name(column)) }
            td.num { (thousands(states)) }
            td.some {
                (if stopped { "stopped: " } else { "complete: " })
                @if names.len() > MOST_NAMED {
                    (plural(names.len() as u64, "search")) ", " a href="#searches" { "listed below" }
                } @else { (names.join(", ")) }
            }
        }
    }
}

fn columns(run: &Run) -> Vec<Column<'_>> {
    let asked = asked(run).into_iter().map(|(name, searches)| Column {
        without: None,
        name,
        searches,
    });
    let ablated = run.ablated().map(|safeguard| Column {
        without: Some(safeguard),
        name: safeguard.to_string(),
        searches: searches(run, safeguard),
    });
    asked.chain(ablated).collect()
}

/// The properties of all searches, in the order in which they first appear.
fn properties(run: &Run) -> Vec<&str> {
    let ablated = run.ablations.iter().map(|ablation| &ablation.run);
    let mut ids: Vec<&str> = Vec::new();
    for property in run
        .scenarios
        .iter()
        .chain(ablated)
        .flat_map(|s| &s.properties)
    {
        if !ids.contains(&property.id.as_str()) {
            ids.push(&property.id);
        }
    }
    ids
}

/// The searches that were asked for, by the safeguards that are on in them.
fn asked(run: &Run) -> Vec<(String, Vec<&ScenarioRun>)> {
    let mut rows: Vec<(String, Vec<&ScenarioRun>)> = Vec::new();
    for scenario in &run.scenarios {
        let name = match scenario.off.off().next() {
            None => "all on".to_owned(),
            Some(_) => scenario.off.to_string(),
        };
        match rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, searches)) => searches.push(scenario),
            None => rows.push((name, vec![scenario])),
        }
    }
    rows
}

/// One cell: the worst that any search of the column says, with its shortest counterexample.
fn cell(id: &str, searches: &[&ScenarioRun]) -> Markup {
    let found = searches.iter().flat_map(|search| search.findings(None));
    let found = found.filter(|finding| finding.property.id == id);
    if let Some(finding) = found.min_by_key(|finding| finding.steps) {
        let href = format!("#{}", finding.id());
        return html! { td.breaks { a href=(href) { "✗\u{a0}breaks in " (finding.steps) } } };
    }
    let properties = searches
        .iter()
        .flat_map(|s| s.properties.iter().map(move |p| (s, p)));
    let of_it = properties.filter(|(_, property)| property.id == id);
    let mark = of_it.map(|(search, property)| search.mark(property)).max();
    let mark = mark.unwrap_or(Mark::NotAsked);
    html! { td class=(class(mark)) { (mark.sign()) "\u{a0}" (mark.words()) } }
}

/// A name that may be broken after its underscores.
fn breakable(id: &str) -> Markup {
    html! {
        @for (index, part) in id.split('_').enumerate() {
            @if index > 0 { "_" wbr; }
            (part)
        }
    }
}
