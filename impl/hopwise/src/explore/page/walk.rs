//! The page of one step: the chain as it is then, what led there, and what can happen next.

use super::{Frame, STEPS, columns, elsewhere, frame, keys, next, properties, share, whereabouts};
use crate::explore::ahead::{Next, Refused};
use crate::explore::journey::Journey;
use crate::explore::strip::{Mark, Row, first_broken, rests};
use crate::explore::words::of_place;
use crate::report::words::plural;
use crate::report::{Lane, Line, MOST_STEPS, Picture, draw_places, figure, story, table_box};
use crate::telling::Tree;
use hopwise_vocab::Slot;
use maud::{Markup, html};

/// What is on the page besides the walk.
pub(in crate::explore) struct Asides {
    pub rows: Vec<Row>,
    pub next: Vec<Next>,
    pub refused: Vec<Refused>,
    /// Notices: why a link does not fit, or that something cannot be done here.
    pub notices: Vec<String>,
    /// An action that was asked about, and the answer.
    pub answer: Option<(String, String)>,
    /// The beginning of every address here, such as `http://127.0.0.1:4321`.
    pub base: String,
}

/// The page.
pub(in crate::explore) fn walk(journey: &Journey, asides: &Asides) -> String {
    let sections = [
        ("chain", "The chain", chain(journey)),
        ("next", "What can happen next", next::draw(journey, asides)),
        ("changes", &changed(journey), changes(journey)),
        ("walk", "The walk", steps(journey, &asides.rows)),
        ("diagram", "The walk so far", diagram(journey, &asides.rows)),
        (
            "properties",
            "Properties",
            properties::draw(journey, &asides.rows),
        ),
        ("share", "Keep and share", share::draw(journey, asides)),
    ];
    frame(&Frame {
        title: format!("{}: {}: hopwise explore", place(journey), happened(journey)),
        head: head(journey, &asides.rows),
        foot: html! { (keys()) (elsewhere()) },
        script: STEPS,
        status: status(journey, &asides.rows),
        main: html! {
            @for notice in &asides.notices { p.notice.breaks { (notice) } }
            (share::kept(journey))
            div.board {
                @for (id, heading, body) in sections {
                    section class={ "of-" (id) } aria-labelledby=(id) {
                        h2 id=(id) { (heading) }
                        (body)
                    }
                }
            }
        },
    })
}

/// "Step 9 of 15".
fn place(journey: &Journey) -> String {
    let (at, last) = (journey.at(), journey.link.steps.len());
    if at == 0 {
        return match last {
            0 => "Start".into(),
            _ => format!("Start of {}", plural(last as u64, "step")),
        };
    }
    format!("Step {at} of {last}")
}

/// What the step that is looked at does.
fn happened(journey: &Journey) -> String {
    let event = journey
        .at()
        .checked_sub(1)
        .and_then(|index| journey.events.get(index));
    event.map_or("Nothing has happened yet".into(), |event| {
        format!("{}: {}", event.who(), event.sentence)
    })
}

/// What is told to those who do not see the page change.
fn status(journey: &Journey, rows: &[Row]) -> String {
    let at = journey.at();
    let broken: Vec<&str> = rows
        .iter()
        .filter(|it| it.is_broken_at(at))
        .map(|it| it.id)
        .collect();
    let ends = match broken.as_slice() {
        [] => "Nothing is broken.".into(),
        [one] => format!("✗ {one} is broken."),
        several => format!("✗ {} are broken.", several.join(", ")),
    };
    let rests = match at == journey.last() && rests(journey) {
        true => " Nothing has to happen any more.",
        false => "",
    };
    format!("{}. {}. {ends}{rests}", place(journey), happened(journey))
}

/// The step that is pinned, and where it can be pinned or let go.
fn pin(journey: &Journey) -> Markup {
    let (at, link) = (journey.at(), &journey.link);
    let here = Some(at);
    html! {
        @if let Some(pinned) = journey.pinned() {
            li { a href=(pinned) { "Pinned: " (step_named(pinned)) } }
            li {
                a id=[(here == journey.pinned()).then_some("pin")] href=(link.pinning(None).path()) {
                    "Let go of the pin"
                }
            }
        }
        @if here != journey.pinned() {
            li { a id="pin" href=(link.pinning(here).path()) { "Pin this step" } }
        }
    }
}

/// A step in a sentence.
fn step_named(step: usize) -> String {
    match step {
        0 => "the start".into(),
        _ => format!("step {step}"),
    }
}

fn head(journey: &Journey, rows: &[Row]) -> Markup {
    let (at, last) = (journey.at(), journey.last());
    let link = &journey.link;
    let to = |id: &str, words: &str, step: Option<usize>| {
        html! {
            li {
                @match step.filter(|step| *step != at) {
                    Some(step) => a id=(id) href=(step) { (words) },
                    None => span id=(id) { (words) },
                }
            }
        }
    };
    html! {
        h1 { (link.scenario.name) " " span.muted { (link.safeguards) } }
        p.meta { (link.scenario.sentence) }
        nav aria-label="Steps" {
            ul {
                (to("first", "« Start", Some(0)))
                (to("before", "‹ Back", at.checked_sub(1)))
                (to("after", "Forward ›", (at < last).then_some(at + 1)))
                (to("last", "End »", Some(last)))
                @if let Some(step) = first_broken(rows) {
                    (to("broken", &format!("✗ First broken: step {step}"), Some(step)))
                }
                (pin(journey))
            }
        }
    }
}

/// A picture for each Service.
fn chain(journey: &Journey) -> Markup {
    let chain = &journey.walked.chain;
    let slots: Vec<Slot> = chain.slots().collect();
    html! {
        @for slot in &slots {
            @let title = match slots.len() {
                1 => "The chain after this step".to_owned(),
                _ => format!("The chain about Service {slot}, after this step"),
            };
            (figure(&title, &picture(journey, *slot, &title)))
        }
    }
}

fn picture(journey: &Journey, slot: Slot, title: &str) -> String {
    let chain = &journey.walked.chain;
    let places = Lane::ALL.map(|lane| {
        let before = journey
            .before()
            .map(|state| of_place(chain, state, slot, lane));
        let lines = of_place(chain, journey.state(), slot, lane).into_iter();
        let lines = lines.map(|text| Line {
            is_new: before
                .as_ref()
                .is_some_and(|before| !before.contains(&text)),
            text,
        });
        (lane, lines.collect::<Vec<_>>())
    });
    let told = places.iter().map(|(lane, lines)| {
        let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        format!("{}: {}", lane.name(), lines.join(", "))
    });
    let told: Vec<String> = told.collect();
    let key = match journey.pinned() {
        None => "Numbers are incarnations. ▸ and bold: new with this step.".to_owned(),
        Some(pinned) => format!(
            "Numbers are incarnations. ▸ and bold: not so at {}, which is pinned.",
            step_named(pinned)
        ),
    };
    draw_places(
        &format!("chain-{slot}"),
        (title, &told.join(". ")),
        &places,
        &key,
    )
}

/// The heading of what is compared.
fn changed(journey: &Journey) -> String {
    match journey.pinned() {
        None => "What this step changed".into(),
        Some(pinned) => format!("What is another than at {}", step_named(pinned)),
    }
}

fn changes(journey: &Journey) -> Markup {
    let changes = journey.changes();
    let (caption, names) = match journey.pinned() {
        None => (happened(journey), ["Before", "After"].map(str::to_owned)),
        Some(pinned) => (
            "The pinned state, and the one that is looked at".into(),
            [pinned, journey.at()].map(|step| format!("At {}", step_named(step))),
        ),
    };
    let table = html! {
        table {
            caption { (caption) }
            (columns(&["Change", "Where", &names[0], &names[1]]))
            tbody {
                @for change in &changes {
                    tr {
                        td.mark { (change.op) " " span.muted { (op(change.op)) } }
                        th scope="row" { (whereabouts(&change.at)) }
                        td.some { code { (change.from) } }
                        td.some { code { (change.to) } }
                    }
                }
            }
        }
    };
    html! {
        @if journey.before().is_none() {
            p { "This is the start: no step has been taken." }
        } @else if journey.pinned() == Some(journey.at()) {
            p { "This is the pinned step: another can be looked at beside it." }
        } @else {
            (table_box(&changed(journey), &table))
        }
        details {
            summary { "The whole state" }
            pre tabindex="0" { (Tree::of(journey.state()).to_text()) }
        }
    }
}

/// What the letter of a change means.
const fn op(letter: char) -> &'static str {
    match letter {
        'A' => "added",
        'D' => "deleted",
        _ => "modified",
    }
}

fn steps(journey: &Journey, rows: &[Row]) -> Markup {
    let at = journey.at();
    html! {
        ol.walk start="0" {
            li { (step_link(0, at, &html! { "the start" })) }
            @for (index, event) in journey.events.iter().enumerate() {
                @let step = index + 1;
                li.cycle[journey.trace.steps[index].cycle].last[breaks(rows, step)] {
                    @if journey.trace.steps[index].cycle {
                        span.again { "From here it repeats for ever. " }
                    }
                    @if step > journey.last() {
                        span.muted { (event.who()) ": " (event.sentence) " – not taken" }
                    } @else {
                        (step_link(step, at, &html! { b { (event.who()) } ": " (event.sentence) }))
                        @for row in rows.iter().filter(|row| begins(row, step)) { " – ✗ " (row.id) }
                    }
                }
            }
        }
    }
}

fn step_link(step: usize, at: usize, words: &Markup) -> Markup {
    html! {
        @if step == at {
            a href=(step) aria-current="step" { (words) }
        } @else {
            a href=(step) { (words) }
        }
    }
}

fn breaks(rows: &[Row], step: usize) -> bool {
    rows.iter().any(|row| row.is_broken_at(step))
}

/// Whether a property is broken after a step and was not before.
fn begins(row: &Row, step: usize) -> bool {
    row.is_broken_at(step)
        && !step
            .checked_sub(1)
            .is_some_and(|before| row.is_broken_at(before))
}

fn diagram(journey: &Journey, rows: &[Row]) -> Markup {
    let trace = journey.so_far();
    let at = journey.at();
    let broken = rows.iter().find(|row| row.is_broken_at(at));
    let clause = broken.and_then(|row| match row.marks.get(at) {
        Some(Mark::Broken(clause)) => Some(*clause),
        Some(Mark::Waits(_) | Mark::Holds | Mark::Unasked) | None => row.never.map(|it| it.clause),
    });
    let words = broken
        .zip(clause)
        .map(|(row, clause)| format!("✗ {} is broken: {clause}", row.id));
    let cycle = at == journey.last() && broken.is_some_and(|row| row.never.is_some());
    let told = match clause {
        Some(clause) => story(&trace, &format!("it is false that {clause}"), cycle),
        None => format!(
            "{}, each of which the list tells.",
            plural(at as u64, "step")
        ),
    };
    let picture = Picture {
        id: "walk-diagram",
        title: "The walk so far",
        story: &told,
        trace: &trace,
        breaks: words.as_deref(),
        cycle,
    };
    html! {
        @if at == 0 {
            p { "There is nothing to draw yet." }
        } @else {
            (drawn(&picture))
        }
    }
}

fn drawn(picture: &Picture<'_>) -> Markup {
    html! {
        @match picture.inline() {
            Some(svg) => (figure("The walk so far", &svg)),
            None => p.notice { "No diagram: it would have more than " (MOST_STEPS) " steps." },
        }
    }
}
