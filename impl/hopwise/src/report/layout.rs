//! Where things stand in a space-time diagram: which rows there are, how far apart the lanes.

use super::lane::Lane;
use super::steps::Event;
use super::svg::{width_of, wrapped};

/// From this many steps on, runs of quiet ones are folded into one row.
const FOLD_FROM: usize = 60;
/// The lanes' names are repeated after this many rows.
const HEADS_EVERY: usize = 25;
/// Left of the first lifeline: numbers, and the bracket of a cycle.
const LEFT: f32 = 54.0;
const HEADS: f32 = 66.0;
const ROW: f32 = 28.0;
const LINE: f32 = 16.0;

/// One row of the diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A step.
    Step(usize),
    /// Quiet steps, from the first to the last.
    Folded(usize, usize),
    /// The beginning of a cycle.
    Again(Vec<String>),
    /// What is broken now.
    Bad(Vec<String>),
    /// The names of the lanes once more.
    Heads,
}

/// A row with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub row: Row,
    pub top: f32,
    pub height: f32,
}

impl Placed {
    /// The height at which arrows of the row run.
    pub fn middle(&self) -> f32 {
        self.top + ROW * 0.62
    }
}

/// The whole arrangement.
pub(super) struct Layout {
    pub rows: Vec<Placed>,
    lanes: [f32; 7],
    pub width: f32,
    /// Where the last row ends.
    pub bottom: f32,
}

impl Layout {
    /// Arranges events, with the step at which a cycle begins and the words of what breaks.
    pub fn of(events: &[Event], cycle: Option<usize>, again: &str, breaks: Option<&str>) -> Self {
        let lanes = lanes(events);
        let width = lanes[6] + head_width(Lane::Nsx) / 2.0 + 12.0;
        let room = width - LEFT - 40.0;
        let mut rows = rows(events, cycle, &wrapped(again, room));
        rows.extend(breaks.map(|words| Row::Bad(wrapped(words, room))));
        let (rows, bottom) = place(rows);
        Layout {
            rows,
            lanes,
            width,
            bottom,
        }
    }

    /// The place of a lifeline.
    pub fn x(&self, lane: Lane) -> f32 {
        self.lanes[lane as usize]
    }

    /// The height of a step, or of the row that it is folded into.
    pub fn y(&self, step: usize) -> Option<f32> {
        let mut rows = self.rows.iter();
        let found = rows.find(|placed| match placed.row {
            Row::Step(at) => at == step,
            Row::Folded(first, last) => (first..=last).contains(&step),
            Row::Again(_) | Row::Bad(_) | Row::Heads => false,
        });
        found.map(Placed::middle)
    }

    /// The right end of the column of step numbers.
    pub const NUMBERS: f32 = LEFT - 14.0;
}

/// The width of the box with a lane's name.
pub(super) fn head_width(lane: Lane) -> f32 {
    let below = width_of(lane.below()) * 10.0 / 11.5;
    width_of(lane.name()).max(below).max(84.0) + 12.0
}

/// Lanes are as far apart as the widest label between neighbours asks for.
fn lanes(events: &[Event]) -> [f32; 7] {
    let mut gaps = [0.0_f32; 6];
    for (index, pair) in Lane::ALL.windows(2).enumerate() {
        gaps[index] = (head_width(pair[0]) + head_width(pair[1])) / 2.0 + 10.0;
    }
    for (at, event) in events.iter().enumerate() {
        let (low, high) = (
            event.from.min(event.to) as usize,
            event.from.max(event.to) as usize,
        );
        let label = width_of(&event.label) + 30.0;
        if high - low == 1 {
            gaps[low] = gaps[low].max(label);
        }
        // A slanted arrow has its label beyond its head, in the next gap.
        let beyond = if event.to > event.from {
            high
        } else {
            low.wrapping_sub(1)
        };
        if event.sent != at && beyond < gaps.len() {
            gaps[beyond] = gaps[beyond].max(label - 10.0);
        }
    }
    let mut xs = [LEFT + 54.0; 7];
    for index in 1..xs.len() {
        xs[index] = xs[index - 1] + gaps[index - 1];
    }
    xs
}

fn rows(events: &[Event], cycle: Option<usize>, again: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < events.len() {
        if cycle == Some(at) {
            rows.push(Row::Again(again.to_vec()));
        }
        let quiet = events[at..]
            .iter()
            .take_while(|event| event.is_quiet)
            .count();
        let until = cycle
            .filter(|start| *start > at)
            .map_or(quiet, |start| quiet.min(start - at));
        if events.len() > FOLD_FROM && until >= 3 {
            rows.push(Row::Folded(at, at + until - 1));
            at += until;
        } else {
            rows.push(Row::Step(at));
            at += 1;
        }
    }
    if cycle == Some(events.len()) {
        rows.push(Row::Again(again.to_vec()));
    }
    with_heads(rows)
}

fn with_heads(rows: Vec<Row>) -> Vec<Row> {
    let count = rows.len();
    let mut all = Vec::with_capacity(count + count / HEADS_EVERY);
    for (index, row) in rows.into_iter().enumerate() {
        // Not for the last few rows: the names would be all that they add.
        if index > 0 && index.is_multiple_of(HEADS_EVERY) && count - index > 5 {
            all.push(Row::Heads);
        }
        all.push(row);
    }
    all
}

fn place(rows: Vec<Row>) -> (Vec<Placed>, f32) {
    let mut top = HEADS;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        let height = match &row {
            Row::Step(_) | Row::Folded(..) => ROW,
            Row::Again(lines) | Row::Bad(lines) => LINE * lines.len() as f32 + 12.0,
            Row::Heads => HEADS,
        };
        placed.push(Placed { row, top, height });
        top += height;
    }
    (placed, top)
}

#[cfg(test)]
mod tests {
    use super::super::steps::events;
    use super::*;
    use crate::report::fixture;

    fn layout(repeats: usize) -> Layout {
        let step = [
            "ccm poll",
            "serve ccm list vm-service",
            "hear ccm list vm-service",
        ];
        let mut steps = vec!["user create"];
        (0..repeats).for_each(|_| steps.extend(step));
        steps.push("user delete");
        Layout::of(&events(&fixture::trace("t", &steps)), None, "", None)
    }

    #[test]
    fn a_short_trace_has_a_row_for_every_step() {
        let rows: Vec<Row> = layout(2)
            .rows
            .into_iter()
            .map(|placed| placed.row)
            .collect();
        assert_eq!(rows, (0..8).map(Row::Step).collect::<Vec<_>>());
    }

    #[test]
    fn quiet_stretches_of_a_long_trace_are_folded() {
        let layout = layout(20);
        let rows: Vec<&Row> = layout.rows.iter().map(|placed| &placed.row).collect();
        assert_eq!(rows, [&Row::Step(0), &Row::Folded(1, 60), &Row::Step(61)]);
        assert_eq!(layout.y(30), layout.y(1));
    }

    #[test]
    fn the_lanes_names_are_repeated_in_a_tall_diagram() {
        let heads = layout(18)
            .rows
            .iter()
            .filter(|p| p.row == Row::Heads)
            .count();
        assert_eq!(heads, 2);
    }

    #[test]
    fn neighbouring_lanes_leave_room_for_the_widest_label_between_them() {
        let trace = fixture::trace("t", &["serve ccm list vm-service"]);
        let layout = Layout::of(&events(&trace), None, "", None);
        let room = layout.x(Lane::Supervisor) - layout.x(Lane::Ccm);
        assert!(room >= width_of("list VirtualMachineServices") + 29.0);
    }
}
