//! Plots: shares over time, and bars. Lines are told apart by dash and weight before colour.

use super::svg::{Pen, width_of};
use super::words::thousands;

/// How a share grows with time.
pub(super) struct Curve<'a> {
    /// Of what.
    pub name: String,
    /// In seconds: what 0, 1, 2 … 100 percent do not exceed.
    pub percentiles: &'a [f64],
}

/// The classes of the lines, told apart by dash and weight.
const LINES: [&str; 4] = ["w", "e", "c long", "s dots"];
const LEFT: f32 = 52.0;
/// Narrow enough that a telephone shows the whole plot, and its text can be read there.
const RIGHT: f32 = 380.0;
const TOP: f32 = 14.0;
const BOTTOM: f32 = 204.0;
/// From one line of the key to the next.
const ROW: f32 = 20.0;
/// The shortest time that is told apart, in seconds.
const SHORTEST: f64 = 0.1;

/// The share that is through after a time, on a scale of which each part is ten times the last.
pub(super) fn shares(id: &str, names: (&str, &str), curves: &[Curve]) -> String {
    let all = || curves.iter().flat_map(|it| it.percentiles.iter().copied());
    let least = all().fold(f64::INFINITY, f64::min).max(SHORTEST);
    let most = all().fold(least, f64::max);
    let scale = ticks(least, most);
    let (from, to) = (scale[0], *scale.last().expect("a scale has two ends"));
    let x = |seconds: f64| {
        let part = (seconds.max(from) / from).log10() / (to / from).log10();
        LEFT + (RIGHT - LEFT) * part as f32
    };
    let mut pen = Pen::default();
    draw_shares(&mut pen);
    draw_times(&mut pen, &scale, x);
    let mut width = RIGHT + 20.0;
    let mut row = BOTTOM + 62.0;
    for (index, curve) in curves.iter().enumerate() {
        let points = curve.percentiles.iter().enumerate();
        let points: Vec<_> = points.map(|(percent, it)| (x(*it), y(percent))).collect();
        pen.open(LINES[index % LINES.len()], &curve.name);
        pen.path("a", &points, false);
        pen.line("a", (LEFT, row), (LEFT + 40.0, row));
        pen.text("tx", (LEFT + 48.0, row + 4.0), &curve.name);
        pen.close();
        width = width.max(LEFT + 60.0 + width_of(&curve.name));
        row += ROW;
    }
    pen.figure(id, names, (width, row - 6.0), "")
}

fn y(percent: usize) -> f32 {
    BOTTOM - (BOTTOM - TOP) * percent as f32 / 100.0
}

/// The shares along the left.
fn draw_shares(pen: &mut Pen) {
    for percent in [0, 25, 50, 75, 100] {
        let (class, y) = (if percent == 0 { "axis" } else { "grid" }, y(percent));
        pen.line(class, (LEFT, y), (RIGHT, y));
        let label = format!("{percent} %");
        pen.text("mu end", (LEFT - 8.0, y + 4.0), &label);
    }
}

/// The times along the bottom; one that would touch the one before it has no number.
fn draw_times(pen: &mut Pen, scale: &[f64], x: impl Fn(f64) -> f32) {
    let mut free = 0.0;
    for tick in scale {
        let (at, label) = (x(*tick), tick.to_string());
        let half = width_of(&label) / 2.0;
        pen.line("axis", (at, BOTTOM), (at, BOTTOM + 5.0));
        if at - half > free {
            pen.text("mu mid", (at, BOTTOM + 20.0), &label);
            free = at + half + 4.0;
        }
    }
    let middle = f32::midpoint(LEFT, RIGHT);
    pen.text("mu mid", (middle, BOTTOM + 38.0), "seconds");
}

/// The round times from one at or below the least to one at or above the most.
fn ticks(least: f64, most: f64) -> Vec<f64> {
    let decades = [0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0];
    let rounds = decades.into_iter().flat_map(|it| [it, it * 2.0, it * 5.0]);
    let rounds: Vec<f64> = rounds.collect();
    let first = rounds.iter().rposition(|it| *it <= least).unwrap_or(0);
    let last = rounds.iter().position(|it| *it >= most);
    let last = last.unwrap_or(rounds.len() - 1).max(first + 1);
    rounds[first..=last].to_vec()
}

/// A number for each name, as a bar with the number behind it.
pub(super) fn bars(id: &str, names: (&str, &str), rows: &[(String, f64)]) -> String {
    const ROW: f32 = 24.0;
    const LONGEST: f32 = 190.0;
    let left = rows
        .iter()
        .map(|(name, _)| width_of(name))
        .fold(0.0, f32::max)
        + 20.0;
    let most = rows
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::MIN_POSITIVE, f64::max);
    let mut pen = Pen::default();
    for (index, (name, value)) in rows.iter().enumerate() {
        let y = 10.0 + ROW * index as f32;
        let length = (LONGEST * (*value / most) as f32).max(1.0);
        pen.text("tx end", (left - 8.0, y + 13.0), name);
        pen.rect("bar", (left, y + 2.0), (length, ROW - 8.0), 0.0);
        pen.text("tx", (left + length + 8.0, y + 13.0), &number(*value));
    }
    let size = (left + LONGEST + 56.0, 16.0 + ROW * rows.len() as f32);
    pen.figure(id, names, size, "")
}

fn number(value: f64) -> String {
    match value {
        it if it >= 100.0 => thousands(it.round() as u64),
        it if it >= 10.0 => format!("{it:.1}"),
        it => format!("{it:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(svg: &str, element: &str, attribute: &str) -> Vec<f32> {
        let tree = roxmltree::Document::parse(svg).unwrap();
        let found = tree
            .descendants()
            .filter(|it| it.attribute("class") == Some(element));
        found
            .map(|it| it.attribute(attribute).unwrap().parse().unwrap())
            .collect()
    }

    #[test]
    fn a_scale_begins_and_ends_at_round_times_around_everything() {
        assert_eq!(
            ticks(0.3, 21.0),
            [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
        );
        assert_eq!(ticks(1.0, 1.0), [1.0, 2.0]);
    }

    #[test]
    fn a_share_that_is_reached_later_lies_further_right() {
        let early: Vec<f64> = (0..=100).map(|it| 1.0 + f64::from(it) / 50.0).collect();
        let late: Vec<f64> = early.iter().map(|it| it * 4.0).collect();
        let curves = [("early", &early), ("late", &late)].map(|(name, it)| Curve {
            name: name.into(),
            percentiles: it,
        });
        let svg = shares("s", ("Shares", "Late is later."), &curves);
        let tree = roxmltree::Document::parse(&svg).unwrap();
        let paths = tree.descendants().filter(|it| it.has_tag_name("path"));
        let ends: Vec<f32> = paths
            .map(|it| it.attribute("d").unwrap().rsplit('L').next().unwrap())
            .map(|end| end.split(' ').next().unwrap().parse().unwrap())
            .collect();
        assert!(ends[0] < ends[1], "{ends:?}");
        assert_eq!(svg, shares("s", ("Shares", "Late is later."), &curves));
    }

    #[test]
    fn no_time_on_the_scale_touches_the_next() {
        let wide: Vec<f64> = (0..=100).map(|it| f64::from(it).powi(3) / 8.0).collect();
        let curves = [Curve {
            name: "wide".into(),
            percentiles: &wide,
        }];
        let svg = shares("s", ("Shares", "Over six decades."), &curves);
        let tree = roxmltree::Document::parse(&svg).unwrap();
        let labels = tree
            .descendants()
            .filter(|it| it.attribute("class") == Some("mu mid"));
        let spans: Vec<(f32, f32)> = labels
            .filter(|it| it.text() != Some("seconds"))
            .map(|it| {
                let x: f32 = it.attribute("x").unwrap().parse().unwrap();
                let half = width_of(it.text().unwrap()) / 2.0;
                (x - half, x + half)
            })
            .collect();
        assert!(spans.len() > 5, "{spans:?}");
        assert!(spans.windows(2).all(|it| it[0].1 < it[1].0), "{spans:?}");
    }

    #[test]
    fn a_bar_is_as_long_as_its_number_is_large() {
        let rows = [("one".into(), 1.0), ("four".into(), 4.0)];
        let svg = bars("b", ("Bars", "Four is larger."), &rows);
        let widths = numbers(&svg, "bar", "width");
        assert!((widths[0] * 4.0 - widths[1]).abs() < 0.2, "{widths:?}");
    }
}
