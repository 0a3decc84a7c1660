//! A space-time diagram that leaves room for another beside it: the lanes close together, and the
//! words of all steps in one column.
//!
//! Two of them that begin with the same steps have these at the same height. Otherwise the rules
//! are those of the wide diagram.

use super::lane::{End, Lane};
use super::spacetime::draw_call;
use super::steps::{Event, events};
use super::svg::{Pen, width_of, wrapped};
use hopwise_vocab::Trace;

/// The right end of the column of numbers.
const NUMBERS: f32 = 26.0;
/// The first lane, and from one to the next.
const FIRST: f32 = 58.0;
const GAP: f32 = 42.0;
/// The left end of the column of words.
const WORDS: f32 = FIRST + 6.0 * GAP + 22.0;
const HEADS: f32 = 40.0;
const ROW: f32 = 21.0;
const LINE: f32 = 16.0;
/// The least width, so that two halves look like two of a kind.
const LEAST: f32 = 560.0;

/// One of two walks.
pub(super) struct Half<'a> {
    /// A name without spaces, unique in the page.
    pub id: &'a str,
    /// What it is, for those who do not see it.
    pub title: &'a str,
    /// Its story.
    pub story: &'a str,
    /// The steps.
    pub trace: &'a Trace,
    /// The first step, counted from 0, that is not one of both walks, or leads somewhere else.
    pub parts: Option<usize>,
    /// Whether it goes wrong.
    pub is_bad: bool,
    /// What is so at its end.
    pub end: &'a str,
    /// Steps that are one row, from the first to the last of each; the same in both halves.
    pub folds: &'a [(usize, usize)],
}

/// A row that is no step.
struct Words {
    /// The step that it stands before.
    before: usize,
    class: (&'static str, &'static str),
    lines: Vec<String>,
}

impl Words {
    fn height(&self) -> f32 {
        LINE * self.lines.len() as f32 + 10.0
    }
}

impl Half<'_> {
    /// The diagram, for a page that has the style sheet already.
    pub fn draw(&self) -> String {
        let events = events(self.trace);
        let labels = events.iter().map(|it| width_of(&it.label));
        let width = (WORDS + labels.fold(0.0, f32::max) + 12.0).max(LEAST);
        let words = self.words(events.len(), width - NUMBERS - 30.0);
        let tops = self.tops(events.len(), &words);
        let bottom = tops[events.len()];
        let mut pen = Pen::default();
        let is_last = |step: usize| self.is_bad && step + 1 == events.len();
        let is_shown = |step: &usize| self.fold(*step).is_none();
        for step in (0..events.len()).filter(is_shown) {
            let class = match (is_last(step), self.parts == Some(step), step % 2) {
                (true, ..) => "badband",
                (_, true, _) => "openband",
                (_, _, 1) => "band",
                _ => continue,
            };
            pen.rect(class, (0.0, tops[step]), (width, ROW), 0.0);
        }
        for it in &words {
            let y = tops[it.before] - it.height();
            pen.rect(it.class.0, (0.0, y), (width, it.height()), 0.0);
        }
        draw_lanes(&mut pen, bottom - end_height(&words, events.len()));
        let middle = |step: usize| tops[step] + ROW * 0.55;
        for (first, last) in self.folds {
            let words = format!("{} to {}: as in the list of steps", first + 1, last + 1);
            pen.text("mu", (WORDS, middle(*first) + 4.0), &words);
        }
        let all = events.iter().enumerate();
        for (step, event) in all.filter(|(step, _)| is_shown(step)) {
            let from = (middle(event.sent), middle(step));
            if self.parts == Some(step) {
                pen.text("again b", (NUMBERS + 5.0, from.1 + 4.0), "◆");
            }
            draw_event(&mut pen, step, event, from, is_last(step));
        }
        for it in &words {
            let y = tops[it.before] - it.height() + 17.0;
            for (at, line) in it.lines.iter().enumerate() {
                pen.text(it.class.1, (NUMBERS + 5.0, y + LINE * at as f32), line);
            }
        }
        pen.figure(self.id, (self.title, self.story), (width, bottom + 4.0), "")
    }

    /// The fold that a step is in.
    fn fold(&self, step: usize) -> Option<(usize, usize)> {
        let mut folds = self.folds.iter();
        let found = folds.find(|(first, last)| (*first..=*last).contains(&step));
        found.copied()
    }

    /// Where each step begins, and where all of them end.
    fn tops(&self, steps: usize, words: &[Words]) -> Vec<f32> {
        let mut tops = Vec::with_capacity(steps + 1);
        let mut top = HEADS;
        for step in 0..=steps {
            let before = words.iter().filter(|it| it.before == step);
            top += before.map(Words::height).sum::<f32>();
            tops.push(top);
            top += match self.fold(step) {
                Some((_, last)) if step < last => 0.0,
                Some(_) | None => ROW,
            };
        }
        tops
    }

    /// Where a cycle begins, and how it ends.
    fn words(&self, steps: usize, room: f32) -> Vec<Words> {
        let cycle = self.trace.steps.iter().position(|step| step.cycle);
        let cycle = cycle.map(|before| Words {
            before,
            class: ("openband", "again b"),
            lines: wrapped("↻ From here it repeats for ever:", room),
        });
        let class = match self.is_bad {
            true => ("badband", "no b"),
            false => ("goodband", "ok b"),
        };
        let end = Words {
            before: steps,
            class,
            lines: wrapped(self.end, room),
        };
        cycle.into_iter().chain([end]).collect()
    }
}

fn end_height(words: &[Words], steps: usize) -> f32 {
    let end = words.iter().filter(|it| it.before == steps);
    end.map(Words::height).sum()
}

fn x(lane: Lane) -> f32 {
    FIRST + GAP * lane as usize as f32
}

fn draw_lanes(pen: &mut Pen, bottom: f32) {
    for lane in Lane::ALL {
        let x = x(lane);
        pen.line("lane", (x, 30.0), (x, bottom));
        pen.rect("box", (x - GAP / 2.0 + 1.0, 8.0), (GAP - 2.0, 22.0), 4.0);
        pen.text("sub", (x, 23.0), lane.short());
    }
}

fn draw_event(pen: &mut Pen, step: usize, event: &Event, (sent, y): (f32, f32), is_bad: bool) {
    let number = (step + 1).to_string();
    pen.text("n", (NUMBERS, y + 4.0), &number);
    let bad = if is_bad { " bad" } else { "" };
    let title = format!("Step {number}: {}: {}", event.who(), event.sentence);
    pen.open(&format!("ev {}{bad}", event.stroke.class()), &title);
    let to = (x(event.to), y);
    match (event.from == event.to, event.end) {
        (true, End::Broken) => pen.cross(to),
        (true, End::Arrives | End::Lost | End::ReplyLost) => pen.dot("d", to),
        (false, _) => draw_call(pen, event, (x(event.from), sent), to),
    }
    pen.text("tx", (WORDS, y + 4.0), &event.label);
    pen.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn half(trace: &Trace) -> Half<'_> {
        Half {
            id: "h",
            title: "A walk",
            story: "What happens.",
            trace,
            parts: Some(12),
            is_bad: true,
            end: "✗ hop_order is broken: something is left <behind>",
            folds: &[],
        }
    }

    fn number_of(svg: &str, step: usize) -> (String, String) {
        let tree = roxmltree::Document::parse(svg).unwrap();
        let text = step.to_string();
        let mut all = tree.descendants();
        let found =
            all.find(|it| it.attribute("class") == Some("n") && it.text() == Some(text.as_str()));
        let found = found.unwrap();
        let at = |name| found.attribute(name).unwrap().to_owned();
        (at("x"), at("y"))
    }

    #[test]
    fn steps_that_two_halves_share_are_at_the_same_place() {
        let (one, mut other) = (fixture::orphan(), fixture::orphan());
        other.steps.truncate(12);
        other.steps.push(fixture::create().steps[12].clone());
        let drawn = half(&one).draw();
        let held = Half {
            is_bad: false,
            end: "✓ it holds after every step",
            ..half(&other)
        };
        let held = held.draw();
        for step in 1..=13 {
            assert_eq!(number_of(&drawn, step), number_of(&held, step));
        }
        assert_eq!(drawn.matches('◆').count(), 1);
        assert!(held.contains("goodband") && !held.contains("badband"));
    }

    #[test]
    fn steps_that_are_folded_are_one_row() {
        let trace = fixture::orphan();
        let whole = half(&trace).draw();
        let folded = Half {
            folds: &[(1, 7)],
            ..half(&trace)
        };
        let folded = folded.draw();
        assert!(folded.contains("2 to 8: as in the list of steps"));
        let height = |svg: &str| -> f32 {
            let tree = roxmltree::Document::parse(svg).unwrap();
            tree.root_element()
                .attribute("height")
                .unwrap()
                .parse()
                .unwrap()
        };
        assert_eq!(height(&whole) - height(&folded), 6.0 * ROW);
    }

    #[test]
    fn a_cycle_is_said_where_it_begins() {
        let svg = half(&fixture::lasso()).draw();
        assert!(svg.contains("From here it repeats for ever"));
        assert_eq!(svg, half(&fixture::lasso()).draw());
    }

    #[test]
    fn no_word_leaves_the_canvas() {
        for trace in hopwise_conformance::traces::committed() {
            let svg = half(&trace).draw();
            let tree = roxmltree::Document::parse(&svg).unwrap();
            let width: f32 = tree
                .root_element()
                .attribute("width")
                .unwrap()
                .parse()
                .unwrap();
            for text in tree
                .descendants()
                .filter(|it| it.attribute("class") == Some("tx"))
            {
                let x: f32 = text.attribute("x").unwrap().parse().unwrap();
                assert!(
                    x + width_of(text.text().unwrap()) <= width,
                    "{}",
                    trace.header.name
                );
            }
        }
    }
}
