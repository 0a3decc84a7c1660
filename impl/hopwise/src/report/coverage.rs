//! What was searched, and which actions the searches took.

use super::table_box;
use super::words::{duration, thousands};
use crate::run::{Run, ScenarioRun, Search};
use crate::search::MOST_COUNTED;
use hopwise_vocab::Action;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The section of the searches.
pub(super) fn draw_searches(run: &Run) -> Markup {
    let ablated = run.ablations.iter().map(|ablation| &ablation.run);
    let all: Vec<&ScenarioRun> = run.scenarios.iter().chain(ablated).collect();
    html! {
        @if all.is_empty() { p.notice { "Nothing was searched." } } @else {
            (table_box("Searches", &searches(&all)))
            p.muted {
                "A search is complete when every reachable state was expanded. Where stateright’s \
                 own search was run over the same model, up to " (thousands(MOST_COUNTED as u64))
                " states, its count of distinct states stands beside ours."
            }
        }
    }
}

fn searches(all: &[&ScenarioRun]) -> Markup {
    html! {
        table {
            caption { "Every search" }
            thead {
                tr {
                    th scope="col" { "Scenario" }
                    th scope="col" { "What it is about" }
                    th scope="col" { "Safeguards" }
                    th.num scope="col" { "States" }
                    th.num scope="col" { "stateright" }
                    th.num scope="col" { "Edges" }
                    th.num scope="col" { "Depth" }
                    th.num scope="col" { "Time" }
                    th scope="col" { "End" }
                }
            }
            tbody {
                @for search in all {
                    tr {
                        th scope="row" { (search.name) }
                        td.long { (search.sentence) br; span.muted { (search.bounds) } }
                        td { (search.off) }
                        td.num { (thousands(search.states)) }
                        td.num { (search.stateright_states.map_or("–".into(), thousands)) }
                        td.num { (thousands(search.edges)) }
                        td.num { (thousands(search.depth)) }
                        td.num { (duration(search.seconds)) }
                        (end(search))
                    }
                }
            }
        }
    }
}

fn end(search: &ScenarioRun) -> Markup {
    match &search.search {
        Search::Complete => html! { td.holds { "✓ complete" } },
        Search::Stopped(why) => html! { td.open { "– stopped: " (why) } },
    }
}

/// The section of the actions.
pub(super) fn draw(run: &Run) -> Markup {
    let rows = rows(run);
    let is_cut = run.scenarios.iter().any(|it| it.search != Search::Complete);
    let never = rows.iter().filter(|(_, _, total)| *total == 0).count();
    html! {
        @if rows.is_empty() { p.notice { "No action was counted." } } @else {
            p {
                @if is_cut {
                    (rows.len() - never) " actions were taken. A search was cut: what it has not \
                    taken it may not have come to. "
                } @else {
                    (rows.len() - never) " of " (rows.len()) " actions were taken. "
                }
                @if never > 0 { "Those that never were stand first." }
            }
            (table_box("Coverage", &table(run, &rows)))
        }
    }
}

/// Action, its count in each scenario, and in all.
type Counted = (String, Vec<u64>, u64);

fn rows(run: &Run) -> Vec<Counted> {
    let mut names = BTreeSet::new();
    for scenario in &run.scenarios {
        names.extend(scenario.actions.keys().chain(&scenario.never_taken));
    }
    let mut rows: Vec<Counted> = names.into_iter().map(|name| counted(run, name)).collect();
    // Unknown words come last; the protocol's own order otherwise.
    rows.sort_by_cached_key(|(name, _, total)| {
        (
            *total > 0,
            name.parse::<Action>().map_err(|unknown| unknown.name),
        )
    });
    rows
}

fn counted(run: &Run, name: &str) -> Counted {
    let counts = run
        .scenarios
        .iter()
        .map(|s| s.actions.get(name).copied().unwrap_or(0));
    let counts: Vec<u64> = counts.collect();
    let total = counts.iter().sum();
    (name.into(), counts, total)
}

fn table(run: &Run, rows: &[Counted]) -> Markup {
    html! {
        table.firm.counts {
            caption { "How many steps each action is" }
            thead {
                tr {
                    th scope="col" { "Action" }
                    @for scenario in &run.scenarios { th.num scope="col" { (scenario.name) } }
                    th.num scope="col" { "All" }
                }
            }
            tbody {
                @for (name, counts, total) in rows {
                    tr.zero[*total == 0] {
                        th scope="row" { (name) @if *total == 0 { " – never taken" } }
                        @for count in counts { td.num { (thousands(*count)) } }
                        td.num { (thousands(*total)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn where_a_search_was_cut_no_coverage_looks_complete() {
        let of = |run: &Run| draw(run).into_string();
        assert!(of(&fixture::run()).contains(" actions were taken. Those that never were"));
        let mut run = fixture::run();
        run.scenarios[0].search = Search::Stopped("stopped at --states 10".into());
        let cut = of(&run);
        assert!(cut.contains("A search was cut"), "{cut}");
        assert!(!cut.contains(" of "), "{cut}");
    }

    #[test]
    fn actions_that_were_never_taken_stand_first() {
        let rows = rows(&fixture::run());
        let names: Vec<&str> = rows.iter().map(|(name, _, _)| name.as_str()).collect();
        let first = ["user edit", "serve ccm update vm-service", "user create"];
        assert_eq!(names[..3], first);
    }
}
