//! Without a safeguard and with it: the two walks side by side, and both as a story.

use super::belief;
use super::contrast::{Contrast, Turn};
use super::lane::End;
use super::narrow::Half;
use super::steps::{Event, events};
use super::story::{list, story};
use super::{figure, words::plural};
use crate::run::Finding;
use hopwise_vocab::{Deed, Safeguard, Trace};
use maud::{Markup, html};

/// The most rows of a diagram: both fit on a sheet of paper.
const MOST_ROWS: usize = 40;
/// So many shared steps before the one that parts the walks are always shown.
const ALWAYS_SHOWN: usize = 4;

/// The counterexample of a safeguard's card.
pub(super) fn draw(finding: &Finding, safeguard: Safeguard) -> Markup {
    let (id, headline) = (finding.id(), finding.headline());
    let trace = match Trace::parse(finding.trace) {
        Ok(trace) => trace,
        Err(error) => {
            return html! {
                h4 id=(id) { (headline) }
                p.notice.breaks { "The trace cannot be read: " (error) }
                pre tabindex="0" { (finding.trace) }
            };
        }
    };
    let contrast = Contrast::of(&trace, safeguard);
    html! {
        h4 id=(id) { (headline) }
        p.story { (story(&trace, finding.clause, finding.cycle)) }
        @if let Some(it) = &contrast { p.story { (with_it(it)) } }
        (halves(&id, finding, safeguard, &trace, contrast.as_ref()))
        (belief::folded(&id, &trace))
        details {
            summary { "The steps without it as text" }
            (list(&trace, finding.cycle, Some(finding.clause)))
        }
        @if let Some(it) = &contrast {
            details {
                summary { "The steps with it as text, from where they part" }
                (after(it))
            }
        }
    }
}

/// The steps with the safeguard from where the walks part.
fn after(contrast: &Contrast) -> Markup {
    let events = events(&contrast.held);
    html! {
        @if contrast.parts >= events.len() { p.muted { "No further step." } }
        ol.steps start=(contrast.parts + 1) {
            @for event in events.iter().skip(contrast.parts) {
                li { b { (event.who()) } ": " (event.sentence) }
            }
        }
    }
}

/// What a safeguard that is off in a trace changes, in a sentence; nothing if the model does not go
/// along with the trace.
pub(crate) fn prevented(trace: &Trace, safeguard: Safeguard) -> Option<String> {
    Contrast::of(trace, safeguard).map(|it| with_it(&it))
}

/// What the safeguard changes, in a sentence.
fn with_it(contrast: &Contrast) -> String {
    let at = contrast.parts + 1;
    let with = events(&contrast.held);
    let clause = || {
        with.get(contrast.parts)
            .map_or(String::new(), Event::clause)
    };
    match contrast.turn {
        Turn::Instead => format!("With it there is no such step {at}. Instead, {}.", clause()),
        Turn::Nothing => {
            format!("With it there is no such step {at}, and nothing in its place.")
        }
        Turn::Refused => format!("With it the server refuses step {at}, and nothing changes."),
        Turn::Otherwise => {
            let outcome = contrast.outcome.as_ref();
            let outcome = outcome.map_or(String::new(), |it| format!(": {it}"));
            format!("With it step {at} has another outcome{outcome}.")
        }
        Turn::GoesOn => format!(
            "With it the same {} are not the end: {} later what is waited for is reached, \
             beginning with step {at}: {}.",
            plural(contrast.shared as u64, "step"),
            plural((with.len() - contrast.shared) as u64, "step"),
            clause()
        ),
    }
}

fn halves(
    id: &str,
    finding: &Finding,
    safeguard: Safeguard,
    trace: &Trace,
    contrast: Option<&Contrast>,
) -> Markup {
    let property = &finding.property.id;
    let parts = contrast.map(|it| it.parts);
    let rows = contrast.map_or(0, |it| it.held.steps.len());
    let folds = folds(
        &events(trace),
        parts.unwrap_or(trace.steps.len()),
        rows.max(trace.steps.len()),
    );
    let without = Half {
        id: &format!("{id}-without"),
        title: &format!("Without {safeguard}"),
        story: &story(trace, finding.clause, finding.cycle),
        trace,
        parts,
        is_bad: true,
        end: &format!("✗ {property} is broken: {}", finding.clause),
        folds: &folds,
    };
    let with = contrast.map(|it| {
        let end = match (it.is_good, finding.cycle) {
            (false, _) => "The walk with it is not followed further.".into(),
            (true, false) => format!("✓ {property} holds after every step"),
            (true, true) => format!("✓ {property}: nothing is waited for any more"),
        };
        Half {
            id: &format!("{id}-with"),
            title: &format!("With {safeguard}"),
            story: &with_it(it),
            trace: &it.held,
            parts,
            is_bad: false,
            end: &end,
            folds: &folds,
        }
        .draw()
    });
    html! {
        div.pair.halves {
            div { p.side { "Without it" } (figure("Without it", &without.draw())) }
            @if let Some(svg) = with {
                div { p.side { "With it" } (figure("With it", &svg)) }
            }
        }
        @if parts.is_some() {
            p.muted {
                "Both begin alike; ◆ is where they part. Across: user, guest API, ccm, Supervisor \
                 API, vmop, ncp, NSX-T. Dashed: a watch event; thin: a read or an answer; thick: \
                 NSX-T is written."
            }
        }
    }
}

/// Where there are too many rows, which steps that both walks begin with are one row: whole
/// stretches from the start, but nothing that a user or a fault does.
fn folds(events: &[Event], parts: usize, rows: usize) -> Vec<(usize, usize)> {
    let mut over = rows.saturating_sub(MOST_ROWS);
    let end = parts.min(events.len()).saturating_sub(ALWAYS_SHOWN);
    let mut folds = Vec::new();
    let mut at = 0;
    while at < end && over > 0 {
        let plain = events[at..end].iter().take_while(|it| !is_told(it)).count();
        let taken = plain.min(over + 1);
        if taken > 2 {
            folds.push((at, at + taken - 1));
            over -= taken - 1;
        }
        at += plain.max(1);
    }
    folds
}

/// Whether a story tells the step.
pub(crate) fn is_told(event: &Event) -> bool {
    matches!(event.action.deed, Deed::User(_) | Deed::Admin(_)) || event.end != End::Arrives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{fixture, page, words::wrap};
    use roxmltree::Document;

    /// The lines of a story, and how wide they are.
    const LINES: usize = 5;
    const COLUMNS: usize = 100;
    /// A sheet of A4 at 96 dots per inch, in dots.
    const SHEET: f32 = 1123.0;

    #[test]
    fn for_every_safeguard_there_is_a_short_story_and_a_diagram_of_a_page_one_click_away() {
        let run = fixture::every_safeguard();
        let html = page(&run, "# Limits\n", None);
        for safeguard in Safeguard::ALL {
            let link = format!("<a href=\"#safeguard-{safeguard}\">");
            let matrix = &html[..html.find("<article").unwrap()];
            assert!(matrix.contains(&link), "{safeguard}: no link in the matrix");
            let start = html.find(&format!("id=\"safeguard-{safeguard}\"")).unwrap();
            let card = &html[start..];
            let card = &card[..card.find("</article>").unwrap()];
            let stories = card.split("<p class=\"story\">").skip(1);
            let told: Vec<&str> = stories.map(|it| it.split("</p>").next().unwrap()).collect();
            assert_eq!(told.len(), 2, "{safeguard}");
            let lines: usize = told
                .iter()
                .map(|it| wrap(it, 0, COLUMNS).lines().count())
                .sum();
            assert!(lines <= LINES, "{safeguard}: {lines} lines: {told:?}");
            let drawn: Vec<&str> = card.split("<svg").skip(1).collect();
            assert_eq!(drawn.len(), 3, "{safeguard}");
            for svg in &drawn {
                let svg = format!("<svg{}</svg>", svg.split("</svg>").next().unwrap());
                let tree = Document::parse(&svg).unwrap();
                let height = tree.root_element().attribute("height").unwrap();
                let height: f32 = height.parse().unwrap();
                assert!(height <= SHEET, "{safeguard}: {height}");
            }
        }
    }

    #[test]
    fn what_is_folded_is_no_more_than_needed_and_never_what_a_story_tells() {
        let mut steps = vec!["user create"];
        steps.extend(["ccm poll"; 30]);
        steps.push("user delete");
        steps.extend(["ccm poll"; 30]);
        let events = events(&fixture::trace("t", &steps));
        assert_eq!(folds(&events, 62, 40), []);
        assert_eq!(folds(&events, 62, 62), [(1, 23)]);
        assert_eq!(folds(&events, 62, 80), [(1, 30), (32, 43)]);
        assert_eq!(folds(&events, 10, 200), [(1, 5)]);
    }
}
