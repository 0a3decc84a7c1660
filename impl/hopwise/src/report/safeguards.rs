//! What breaks if a safeguard is removed: the matrix, and a card for each.

use super::words::plural;
use super::{matrix, pair};
use crate::run::{Finding, Mark, Run, ScenarioRun, Search, Verdict};
use hopwise_vocab::Safeguard;
use maud::{Markup, html};

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
            (matrix::draw(run))
            @for safeguard in run.ablated() { (card(run, safeguard)) }
        }
    }
}

/// The searches with a safeguard taken away.
pub(super) fn searches(run: &Run, safeguard: Safeguard) -> Vec<&ScenarioRun> {
    let of_it = run
        .ablations
        .iter()
        .filter(|ablation| ablation.is_about(safeguard));
    of_it.map(|ablation| &ablation.run).collect()
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
        Mark::NotAsked | Mark::Exempt => ("open", "· vacuous"),
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
