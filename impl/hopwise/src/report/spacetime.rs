//! The space-time diagram: a trace as one static SVG.
//!
//! Time runs downwards, one row per step. A slanted arrow shows how late something arrives, which
//! is what most of the chain's mistakes are about. Its rules:
//!
//! 1. Literal colours for light, dark and paper; no `var()`, no font file, no `foreignObject`.
//! 2. Lanes are as far apart as the widest label between neighbours.
//! 3. Widths come from a table of character classes; labels at the edge are anchored inwards.
//! 4. A label is on its arrow if that is level, and beyond its head if it slants. What is lost ends
//!    in a cross; a cross on a lifeline is a restart.
//! 5. The figure has a name and a one-sentence story; every step has a title. The list of steps
//!    beside it is the real alternative.
//! 6. Lifelines have a contrast of 3 : 1, text of 4.5 : 1.
//! 7. Lane names are repeated every 25 rows, quiet stretches of more than 60 steps are folded, and
//!    more than 400 steps are left to the list.
//! 8. It keeps its size: the page gives it a box to scroll in, and paper scales it.
//! 9. Dash, weight and shape carry the meaning; colour is the third channel.
//! 10. The same trace is the same bytes.

use super::lane::{End, Lane, Stroke};
use super::layout::{Layout, Placed, Row, head_width};
use super::palette::diagram_css;
use super::steps::{Event, events};
use super::svg::{Pen, width_of};
use super::words::plural;
use hopwise_vocab::Trace;

/// The most steps that are drawn.
pub const MOST_STEPS: usize = 400;

/// A trace, and what is to be said about it.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// A name without spaces, unique in the page.
    pub id: &'a str,
    /// What the figure is, for those who do not see it.
    pub title: &'a str,
    /// Its story in one sentence.
    pub story: &'a str,
    /// The steps.
    pub trace: &'a Trace,
    /// What is broken after the last step, in words.
    pub breaks: Option<&'a str>,
    /// Whether the end repeats for ever: from the step that is marked so in the trace, or, where
    /// none is, without any further step.
    pub cycle: bool,
}

impl Picture<'_> {
    /// The diagram as a file of its own; nothing if there are too many steps to draw.
    pub fn file(&self) -> Option<String> {
        self.draw(&diagram_css())
    }

    /// The diagram for a page that has the style sheet already.
    pub(crate) fn inline(&self) -> Option<String> {
        self.draw("")
    }

    fn draw(&self, css: &str) -> Option<String> {
        let events = events(self.trace);
        if events.len() > MOST_STEPS {
            return None;
        }
        let start = self.trace.steps.iter().position(|step| step.cycle);
        let cycle = start.or(self.cycle.then_some(events.len()));
        let again = match start {
            Some(_) => "↻ From here it repeats for ever:",
            None => "↻ From here nothing has to happen any more: it stays so for ever.",
        };
        let layout = Layout::of(&events, cycle, again, self.breaks);
        let mut pen = Pen::default();
        let broken = self
            .breaks
            .is_some()
            .then(|| events.len().saturating_sub(1));
        draw_bands(&mut pen, &layout, broken);
        draw_lanes(&mut pen, &layout);
        for (at, event) in events.iter().enumerate() {
            draw_event(&mut pen, &layout, at, event, broken == Some(at));
        }
        draw_words(&mut pen, &layout);
        if let Some(start) = start {
            draw_bracket(&mut pen, &layout, start, events.len() - 1);
        }
        let right = draw_key(&mut pen, &layout);
        let mut size = (layout.width.max(right), layout.bottom + 46.0);
        if events.iter().any(|event| event.end != End::Arrives) {
            draw_key_of_faults(&mut pen, &layout);
            size.1 += 20.0;
        }
        Some(pen.figure(self.id, (self.title, self.story), size, css))
    }
}

/// Every second row is tinted, so that an eye finds its number.
fn is_tinted(layout: &Layout, placed: &Placed) -> bool {
    let nth = layout.rows.iter().position(|other| other.top >= placed.top);
    nth.is_some_and(|nth| nth % 2 == 1)
}

fn draw_bands(pen: &mut Pen, layout: &Layout, broken: Option<usize>) {
    for placed in &layout.rows {
        let class = match &placed.row {
            Row::Bad(_) => "badband",
            Row::Step(at) if broken == Some(*at) => "badband",
            Row::Again(_) => "openband",
            Row::Step(_) | Row::Folded(..) if is_tinted(layout, placed) => "band",
            Row::Step(_) | Row::Folded(..) | Row::Heads => continue,
        };
        pen.rect(class, (0.0, placed.top), (layout.width, placed.height), 0.0);
    }
}

fn draw_lanes(pen: &mut Pen, layout: &Layout) {
    let heads = layout.rows.iter().filter(|placed| placed.row == Row::Heads);
    let tops: Vec<f32> = heads.map(|placed| placed.top + 12.0).collect();
    let last = layout
        .rows
        .iter()
        .rev()
        .find(|placed| matches!(placed.row, Row::Step(_)));
    let bottom = last.map_or(layout.bottom, |placed| placed.top + placed.height);
    for lane in Lane::ALL {
        let x = layout.x(lane);
        pen.line("lane", (x, 54.0), (x, bottom));
        for top in std::iter::once(12.0).chain(tops.iter().copied()) {
            let width = head_width(lane);
            pen.rect("box", (x - width / 2.0, top), (width, 42.0), 6.0);
            pen.text("ht", (x, top + 18.0), lane.name());
            pen.text("sub", (x, top + 33.0), lane.below());
        }
    }
}

fn draw_event(pen: &mut Pen, layout: &Layout, at: usize, event: &Event, is_bad: bool) {
    let Some(placed) = layout
        .rows
        .iter()
        .find(|placed| placed.row == Row::Step(at))
    else {
        return;
    };
    let y = placed.middle();
    pen.text("n", (Layout::NUMBERS, y + 4.0), &(at + 1).to_string());
    let ground = match (is_bad, is_tinted(layout, placed)) {
        (true, _) => " bad",
        (false, true) => " on",
        (false, false) => "",
    };
    let title = format!("Step {}: {}: {}", at + 1, event.who(), event.sentence);
    pen.open(&format!("ev {}{ground}", event.stroke.class()), &title);
    let to = (layout.x(event.to), y);
    if event.from == event.to {
        match event.end {
            End::Broken => pen.cross(to),
            End::Arrives | End::Lost | End::ReplyLost => pen.dot("d", to),
        }
        beside(
            pen,
            layout,
            to,
            &event.label,
            to.0 + 12.0 + width_of(&event.label) < layout.width,
        );
    } else {
        let sent = layout.y(event.sent).unwrap_or(y);
        let from = (layout.x(event.from), sent);
        draw_call(pen, event, from, to);
        if event.sent == at {
            above(pen, layout, from, to, &event.label);
        } else {
            beside(pen, layout, to, &event.label, to.0 > from.0);
        }
    }
    pen.close();
}

/// What is lost ends in a cross, on its way there or on its way back.
pub(super) fn draw_call(pen: &mut Pen, event: &Event, from: (f32, f32), to: (f32, f32)) {
    let part = |part: f32| {
        (
            from.0 + (to.0 - from.0) * part,
            from.1 + (to.1 - from.1) * part,
        )
    };
    match event.end {
        End::Arrives | End::Broken => pen.arrow(from, to, event.stroke == Stroke::NsxRead),
        End::Lost => {
            pen.line("a", part(0.02), part(0.6));
            pen.cross(part(0.6));
        }
        End::ReplyLost => {
            pen.arrow(from, to, false);
            let back = (part(0.4).0, part(0.4).1 + 7.0);
            pen.line("a back", (part(0.98).0, back.1), back);
            pen.cross(back);
        }
    }
}

/// A label above a level arrow.
fn above(pen: &mut Pen, layout: &Layout, from: (f32, f32), to: (f32, f32), label: &str) {
    let half = width_of(label) / 2.0 + 4.0;
    let middle = f32::midpoint(from.0, to.0).clamp(half, layout.width - half);
    pen.text("lb mid", (middle, to.1 - 5.0), label);
}

/// A label beside a dot or an arrow head.
fn beside(pen: &mut Pen, layout: &Layout, at: (f32, f32), label: &str, right: bool) {
    let fits_right = at.0 + 12.0 + width_of(label) < layout.width;
    let fits_left = at.0 - 12.0 - width_of(label) > Layout::NUMBERS;
    if (right && fits_right) || !fits_left {
        pen.text("lb", (at.0 + 10.0, at.1 + 4.0), label);
    } else {
        pen.text("lb end", (at.0 - 10.0, at.1 + 4.0), label);
    }
}

fn draw_words(pen: &mut Pen, layout: &Layout) {
    let left = Layout::NUMBERS + 14.0;
    for placed in &layout.rows {
        let (class, lines) = match &placed.row {
            Row::Again(lines) => ("again b", lines),
            Row::Bad(lines) => ("no b", lines),
            Row::Folded(first, last) => {
                let count = plural((last - first + 1) as u64, "quiet step");
                let words = format!("{} to {}: {count}, in the list", first + 1, last + 1);
                pen.text("mu lb", (left, placed.middle() + 4.0), &words);
                continue;
            }
            Row::Step(_) | Row::Heads => continue,
        };
        for (index, line) in lines.iter().enumerate() {
            let y = placed.top + 18.0 + 16.0 * index as f32;
            pen.text(class, (left, y), line);
        }
    }
}

/// A bracket left of the numbers around the steps of a cycle, with an arrow head back at its start.
fn draw_bracket(pen: &mut Pen, layout: &Layout, first: usize, last: usize) {
    let (Some(top), Some(bottom)) = (layout.y(first), layout.y(last)) else {
        return;
    };
    let corners = [
        (16.0, bottom + 8.0),
        (6.0, bottom + 8.0),
        (6.0, top - 8.0),
        (15.0, top - 8.0),
    ];
    pen.path("loop", &corners, false);
    pen.path(
        "again",
        &[(20.0, top - 8.0), (12.0, top - 12.0), (12.0, top - 4.0)],
        true,
    );
}

/// Returns where it ends on the right, which may be beyond the last lane.
fn draw_key(pen: &mut Pen, layout: &Layout) -> f32 {
    let y = layout.bottom + 26.0;
    let mut x = Layout::NUMBERS - 10.0;
    let strokes = [
        (Stroke::Write, "write"),
        (Stroke::Read, "read (thin)"),
        (Stroke::Watch, "watch event (dashed)"),
        (Stroke::Answer, "answer (thin, slanted)"),
        (Stroke::NsxWrite, "NSX-T write (thick)"),
        (Stroke::NsxRead, "NSX-T read (two heads)"),
    ];
    for (stroke, words) in strokes {
        pen.raw(&format!("<g class=\"{}\">", stroke.class()));
        pen.arrow((x, y), (x + 38.0, y), stroke == Stroke::NsxRead);
        pen.text("mu", (x + 42.0, y + 4.0), words);
        pen.close();
        x += 58.0 + width_of(words);
    }
    pen.raw("<g class=\"l\">");
    let words = "on its own";
    pen.dot("d", (x + 4.0, y));
    pen.text("mu", (x + 14.0, y + 4.0), words);
    pen.close();
    x + 26.0 + width_of(words)
}

/// Only where something goes wrong.
fn draw_key_of_faults(pen: &mut Pen, layout: &Layout) {
    let (x, y) = (Layout::NUMBERS - 10.0, layout.bottom + 46.0);
    pen.raw("<g class=\"w\">");
    pen.line("a", (x, y), (x + 30.0, y));
    pen.cross((x + 30.0, y));
    pen.text("mu", (x + 42.0, y + 4.0), "lost");
    pen.cross((x + 90.0, y));
    pen.text("mu", (x + 102.0, y + 4.0), "restarted");
    pen.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use std::fmt::Write as _;

    fn picture(trace: &Trace) -> Picture<'_> {
        Picture {
            id: "p",
            title: "A trace",
            story: "What happens.",
            trace,
            breaks: None,
            cycle: false,
        }
    }

    fn texts(svg: &str) -> String {
        let tree = roxmltree::Document::parse(svg).unwrap();
        let texts = tree.descendants().filter(|node| node.has_tag_name("text"));
        texts
            .filter_map(|node| node.text())
            .fold(String::new(), |mut all, text| {
                writeln!(all, "{text}").unwrap();
                all
            })
    }

    #[test]
    fn a_diagram_is_well_formed_and_names_every_lane() {
        let trace = fixture::create();
        let texts = texts(&picture(&trace).file().unwrap());
        for lane in Lane::ALL {
            assert!(texts.contains(lane.name()), "{texts}");
        }
    }

    #[test]
    fn every_step_has_a_title_of_its_own() {
        let trace = fixture::create();
        let svg = picture(&trace).inline().unwrap();
        for step in 1..=trace.steps.len() {
            assert!(
                svg.contains(&format!("<title>Step {step}: ")),
                "step {step}"
            );
        }
    }

    #[test]
    fn the_same_trace_is_the_same_bytes() {
        let trace = fixture::create();
        assert_eq!(picture(&trace).file(), picture(&trace).file());
    }

    #[test]
    fn what_breaks_is_said_in_words_under_the_last_step() {
        let trace = fixture::orphan();
        let words = Some("✗ hop_order: something is left <behind>");
        let shown = Picture {
            breaks: words,
            ..picture(&trace)
        };
        let svg = shown.inline().unwrap();
        assert!(texts(&svg).contains("something is left <behind>"));
        assert_eq!(svg.matches("class=\"badband\"").count(), 2);
    }

    #[test]
    fn a_cycle_has_a_bracket_and_words() {
        let trace = fixture::lasso();
        let svg = Picture {
            cycle: true,
            ..picture(&trace)
        }
        .inline()
        .unwrap();
        assert!(svg.contains("class=\"loop\""));
        assert!(texts(&svg).contains("From here it repeats for ever"));
    }

    #[test]
    fn an_end_that_stays_is_said_without_a_bracket() {
        let trace = fixture::orphan();
        let svg = Picture {
            cycle: true,
            ..picture(&trace)
        }
        .inline()
        .unwrap();
        assert!(!svg.contains("class=\"loop\""));
        assert!(texts(&svg).contains("it stays so for ever"));
    }

    #[test]
    fn what_is_lost_and_who_restarts_has_a_cross() {
        let steps = [
            "user create",
            "deliver ccm service",
            "lose ccm hold service",
            "lose-reply ccm hold service",
            "crash ccm",
        ];
        let svg = picture(&fixture::trace("t", &steps)).inline().unwrap();
        assert_eq!(
            svg.matches("class=\"x\"").count(),
            3 + 2,
            "the key has two more"
        );
        assert!(texts(&svg).contains("restarts"));
        let good = picture(&fixture::create()).inline().unwrap();
        assert!(!good.contains("class=\"x\""));
    }

    #[test]
    fn a_trace_of_too_many_steps_is_left_to_the_list() {
        let trace = fixture::trace("long", &["user edit"; MOST_STEPS + 1]);
        assert_eq!(picture(&trace).file(), None);
    }

    #[test]
    fn no_label_leaves_the_canvas() {
        // Where little happens the lanes are narrower than the key.
        for trace in [fixture::orphan(), fixture::trace("one", &["user edit"])] {
            let svg = picture(&trace).inline().unwrap();
            let tree = roxmltree::Document::parse(&svg).unwrap();
            let width = tree.root_element().attribute("width").unwrap();
            let width: f32 = width.parse().unwrap();
            for node in tree.descendants().filter(|node| node.has_tag_name("text")) {
                let (class, words) = (node.attribute("class").unwrap(), node.text().unwrap());
                let x: f32 = node.attribute("x").unwrap().parse().unwrap();
                let long = width_of(words);
                let (start, end) = match class {
                    "lb mid" | "ht" => (x - long / 2.0, x + long / 2.0),
                    "lb end" | "n" => (x - long, x),
                    _ => (x, x + long),
                };
                let is_within = start >= 0.0 && (class == "sub" || end <= width);
                assert!(is_within, "{words:?}");
            }
        }
    }
}
