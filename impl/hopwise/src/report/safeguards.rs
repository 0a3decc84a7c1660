//! What breaks if a safeguard is removed: a matrix, and a card for each.

use super::pair;
use super::table_box;
use super::words::{plural, thousands};
use crate::run::{Finding, Mark, Run, ScenarioRun, Search, Verdict};
use hopwise_vocab::Safeguard;
use maud::{Markup, html};

/// How many searches a row of the matrix names.
const MOST_NAMED: usize = 4;

/// The section.
pub(super) fn draw(run: &Run) -> Markup {
    html! {
        @if run.ablations.is_empty() {
            p.notice { "No safeguard was taken away in this run: nothing shows why each is there." }
        } @else {
            p {
                "Each safeguard is taken away in turn, in the model and in the controllers. \
                 That something then breaks is wanted: it shows what the safeguard is for, and \
                 that the check can fail."
            }
            (table_box("Safeguards and properties", &matrix(run)))
            p.muted {
                "“– not decided” means that the search stopped before it was complete: it is not \
                 a pass. “· not asked” means that the searches of the row never reached the \
                 premise of the property, or do not have it. “○ exempt” means that the property is \
                 not promised in the scenarios of the row."
            }
            @for safeguard in run.ablated() { (card(run, safeguard)) }
        }
    }
}

fn matrix(run: &Run) -> Markup {
    let columns = columns(run);
    html! {
        table.firm {
            caption { "What breaks if this safeguard is removed" }
            thead {
                tr {
                    th scope="col" { "Safeguards" }
                    @for id in &columns { th scope="col" { (breakable(id)) } }
                    th.num scope="col" { "States" }
                    th scope="col" { "Searches" }
                }
            }
            tbody {
                @for (name, searches) in asked(run) {
                    (row(&html! { (name) }, &columns, &searches))
                }
                @for safeguard in run.ablated() {
                    @let card = format!("#safeguard-{safeguard}");
                    @let name = html! { "− " a href=(card) { (safeguard) } };
                    (row(&name, &columns, &searches(run, safeguard)))
                }
            }
        }
    }
}

/// The properties of all searches, in the order in which they first appear.
fn columns(run: &Run) -> Vec<&str> {
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

fn searches(run: &Run, safeguard: Safeguard) -> Vec<&ScenarioRun> {
    let of_it = run
        .ablations
        .iter()
        .filter(|ablation| ablation.is_about(safeguard));
    of_it.map(|ablation| &ablation.run).collect()
}

fn row(name: &Markup, columns: &[&str], searches: &[&ScenarioRun]) -> Markup {
    let states: u64 = searches.iter().map(|search| search.states).sum();
    let names: Vec<&str> = searches.iter().map(|search| search.name.as_str()).collect();
    let stopped = searches
        .iter()
        .any(|search| search.search != Search::Complete);
    html! {
        tr {
            th scope="row" { (name) }
            @for id in columns { (cell(id, searches)) }
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

/// One cell: the worst that any search of the row says, with its shortest counterexample.
fn cell(id: &str, searches: &[&ScenarioRun]) -> Markup {
    let found = searches.iter().flat_map(|search| search.findings(None));
    let found = found.filter(|finding| finding.property.id == id);
    if let Some(finding) = found.min_by_key(|finding| finding.steps) {
        let href = format!("#{}", finding.id());
        return html! { td.mark.breaks { a href=(href) { "✗ breaks in " (finding.steps) } } };
    }
    let properties = searches
        .iter()
        .flat_map(|s| s.properties.iter().map(move |p| (s, p)));
    let of_it = properties.filter(|(_, property)| property.id == id);
    let mark = of_it.map(|(search, property)| search.mark(property)).max();
    let mark = mark.unwrap_or(Mark::NotAsked);
    html! { td class=(format!("mark {}", class(mark))) { (mark.sign()) " " (mark.words()) } }
}

/// The class of a mark in the style sheet.
pub(super) const fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Holds => "holds",
        Mark::Breaks => "breaks",
        Mark::NotDecided => "open",
        Mark::NotAsked | Mark::Exempt => "unasked",
    }
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

fn card(run: &Run, safeguard: Safeguard) -> Markup {
    let found = shortest(run, safeguard);
    html! {
        article.card {
            h3 id=(format!("safeguard-{safeguard}")) {
                (safeguard) " " (tag(run.ablation_mark(safeguard)))
            }
            p { (safeguard.sentence()) }
            @match found {
                Some(finding) => {
                    p {
                        b { "Without it, " }
                        (plural(finding.steps, "step")) " of " (finding.scenario.name)
                        " are enough to break what is wanted: “" (finding.property.sentence) "” "
                        (protects(run, safeguard))
                    }
                    (pair::draw(&finding, safeguard))
                }
                None => (unnoticed(run, safeguard)),
            }
        }
    }
}

fn tag(mark: Mark) -> Markup {
    let (class, words) = match mark {
        Mark::Holds => ("holds", "✓ its removal is noticed"),
        Mark::Breaks => ("breaks", "✗ its removal breaks nothing"),
        Mark::NotDecided => ("open", "– not decided"),
        Mark::NotAsked | Mark::Exempt => ("open", "· not asked"),
    };
    html! { span class=(format!("tag {class}")) { (words) } }
}

fn protects(run: &Run, safeguard: Safeguard) -> Markup {
    let searches = searches(run, safeguard);
    let found = searches
        .iter()
        .flat_map(|search| search.findings(Some(safeguard)));
    let mut ids: Vec<&str> = found.map(|finding| finding.property.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    html! { "It protects " code { (ids.join(", ")) } "." }
}

/// The shortest counterexample that taking a safeguard away allows: it is told in its card.
pub(super) fn shortest(run: &Run, safeguard: Safeguard) -> Option<Finding<'_>> {
    let found = searches(run, safeguard).into_iter();
    let found = found.flat_map(|search| search.findings(Some(safeguard)));
    found.min_by_key(|finding| finding.steps)
}

fn unnoticed(run: &Run, safeguard: Safeguard) -> Markup {
    let searches = searches(run, safeguard);
    let why = searches.iter().find_map(|search| match &search.search {
        Search::Stopped(why) => Some(why.as_str()),
        Search::Complete => search.properties.iter().find_map(|p| match &p.verdict {
            Verdict::NotDecided { why } => Some(why.as_str()),
            Verdict::Holds | Verdict::Breaks { .. } => None,
        }),
    });
    html! {
        @match why {
            Some(why) => p.notice { "Not decided: " (why) ". What was searched breaks nothing." },
            None => p.notice.breaks {
                "Removing it broke nothing. Either it is redundant within these bounds, or the \
                 model cannot see what it is for. The bounds to widen: "
                @for (index, search) in searches.iter().enumerate() {
                    @if index > 0 { "; " }
                    (search.name) ": " (search.bounds)
                }
                "."
            }
        }
    }
}

/// The safeguards whose removal breaks a property.
pub(super) fn noticed_by<'a>(run: &'a Run, id: &'a str) -> impl Iterator<Item = Safeguard> + 'a {
    run.ablated().filter(move |safeguard| {
        let found = searches(run, *safeguard).into_iter();
        let mut findings = found.flat_map(|search| search.findings(None));
        findings.any(|finding| finding.property.id == id)
    })
}
