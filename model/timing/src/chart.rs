//! A plot as an SVG: the same bytes for the same numbers, readable on light and on dark ground, and
//! said in words for whoever does not see it.

use std::fmt::Write as _;

/// Values over named places.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// What it shows.
    pub(crate) title: String,
    /// What there is to see in it, in a sentence.
    pub(crate) says: String,
    /// What the places are.
    pub(crate) across: String,
    /// What the values are.
    pub(crate) up: String,
    /// The places, from the left.
    pub(crate) places: Vec<String>,
    /// Whether the places are steps of one quantity.
    pub(crate) joined: Joined,
    /// The series, in the order of the legend.
    pub(crate) series: Vec<Series>,
}

/// Whether the values of a series are joined by a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    ByLine,
    Not,
}

/// A value for each place.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 300.0;

/// Lines are told apart by their dashes and marks, not by colour.
const DASHES: [&str; 6] = ["none", "7 4", "2 3", "10 3 2 3", "4 4", "1 4"];

impl Chart {
    /// The SVG.
    pub(crate) fn svg(&self) -> String {
        let mut svg = String::new();
        self.head(&mut svg);
        let scale = Scale::of(self.most());
        self.axes(&mut svg, &scale);
        for (index, series) in self.series.iter().enumerate() {
            self.draw(&mut svg, &scale, index, series);
            legend(&mut svg, index, self.joined, &series.name);
        }
        svg += "</svg>\n";
        svg
    }

    fn head(&self, svg: &mut String) {
        let (title, says) = (escaped(&self.title), escaped(&self.says));
        // As a document of its own it has nobody to inherit its colour from.
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             role=\"img\" aria-labelledby=\"t d\" fill=\"currentColor\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
             <title id=\"t\">{title}</title>\n<desc id=\"d\">{says}</desc>\n\
             <style>svg:root{{color:#1f2328}}\
             @media (prefers-color-scheme:dark){{svg:root{{color:#e6edf3}}}}</style>\n\
             <text x=\"{LEFT}\" y=\"22\" font-size=\"15\" font-weight=\"600\">{title}</text>"
        );
    }

    fn axes(&self, svg: &mut String, scale: &Scale) {
        for step in 0..=scale.steps {
            let (y, value) = (scale.y(scale.value(step)), scale.label(step));
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"currentColor\" stroke-opacity=\"0.2\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                LEFT - 8.0,
                y + 4.0
            );
        }
        for (index, place) in self.places.iter().enumerate() {
            let x = self.x(index);
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 20.0,
                escaped(place)
            );
        }
        let (middle, below) = ((LEFT + RIGHT) / 2.0, BOTTOM + 44.0);
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
            escaped(&self.across)
        );
        let level = (TOP + BOTTOM) / 2.0;
        let _ = writeln!(
            svg,
            "<text transform=\"translate(16 {level}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escaped(&self.up)
        );
    }

    fn draw(&self, svg: &mut String, scale: &Scale, index: usize, series: &Series) {
        let points = series.values.iter().enumerate();
        let points: Vec<_> = points
            .map(|(place, &value)| (self.x(place), scale.y(value)))
            .collect();
        if self.joined == Joined::ByLine {
            let list: Vec<_> = points
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            line(svg, index, &list.join(" "));
        }
        for (x, y) in points {
            mark(svg, index, x, y);
        }
    }

    fn most(&self) -> f64 {
        let values = self.series.iter().flat_map(|series| &series.values);
        values.copied().fold(0.0, f64::max)
    }

    fn x(&self, place: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * (place as f64 + 0.5) / self.places.len() as f64
    }
}

/// From zero to a round number not below the largest value.
struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    fn of(most: f64) -> Scale {
        let decades = [0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0];
        let rounds = decades.into_iter().flat_map(|it| [it, it * 2.0, it * 5.0]);
        let mut fitting = rounds.filter(|step| step * 6.0 >= most);
        let step = fitting.next().unwrap_or(most);
        let mut steps = 1;
        while step * f64::from(steps) < most {
            steps += 1;
        }
        Scale { step, steps }
    }

    fn value(&self, step: u32) -> f64 {
        self.step * f64::from(step)
    }

    fn label(&self, step: u32) -> String {
        let digits = [1.0, 0.1, 0.01].iter().position(|&it| self.step >= it);
        format!("{:.*}", digits.unwrap_or(3), self.value(step))
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * value / self.value(self.steps)
    }
}

fn line(svg: &mut String, index: usize, points: &str) {
    let dash = DASHES[index % DASHES.len()];
    let _ = writeln!(
        svg,
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\" \
         stroke-dasharray=\"{dash}\"/>"
    );
}

fn mark(svg: &mut String, index: usize, x: f64, y: f64) {
    let shape = match index % 6 {
        0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        1 => path(x, y, "m-4 -4h8v8h-8z", "currentColor"),
        2 => path(x, y, "m0 -5l5 9h-10z", "currentColor"),
        3 => path(x, y, "m-4 -4l8 8m0 -8l-8 8", "none"),
        4 => path(x, y, "m0 -5l5 5l-5 5l-5 -5z", "currentColor"),
        _ => path(x, y, "m0 -5v10m-5 -5h10", "none"),
    };
    let _ = writeln!(svg, "{shape}");
}

fn path(x: f64, y: f64, shape: &str, fill: &str) -> String {
    format!(
        "<path d=\"M{x:.1} {y:.1}{shape}\" fill=\"{fill}\" stroke=\"currentColor\" \
         stroke-width=\"1.6\"/>"
    )
}

fn legend(svg: &mut String, index: usize, joined: Joined, name: &str) {
    let (x, y) = (RIGHT + 20.0, TOP + 12.0 + 24.0 * index as f64);
    if joined == Joined::ByLine {
        let points = format!("{x:.1},{y:.1} {:.1},{y:.1}", x + 32.0);
        line(svg, index, &points);
    }
    mark(svg, index, x + 16.0, y);
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        x + 42.0,
        y + 4.0,
        escaped(name)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_round_number_that_covers_everything() {
        for (most, end) in [(0.9, 1.0), (7.0, 8.0), (61.0, 80.0), (100.0, 100.0)] {
            let scale = Scale::of(most);
            assert_eq!(scale.value(scale.steps), end, "{most}");
        }
    }

    #[test]
    fn a_plot_has_a_title_and_a_description_and_nothing_that_runs() {
        let chart = Chart {
            title: "a < b".into(),
            says: "b is larger".into(),
            across: "place".into(),
            up: "value".into(),
            places: vec!["a".into(), "b".into()],
            joined: Joined::ByLine,
            series: vec![Series {
                name: "n".into(),
                values: vec![1.0, 2.0],
            }],
        };
        let svg = chart.svg();
        assert!(svg.contains("<title id=\"t\">a &lt; b</title>"), "{svg}");
        assert!(svg.contains("<desc id=\"d\">b is larger</desc>"), "{svg}");
        assert!(!svg.contains("script") && !svg.contains("href"), "{svg}");
        assert_eq!(svg, chart.svg());
    }
}
