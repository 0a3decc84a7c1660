//! The little that is needed to write SVG by hand, byte for byte the same on every run.

use std::fmt::Write as _;

/// A text, safe between tags and in quoted attributes of XML and HTML. Characters that XML does
/// not know are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\t' | '\n' => safe.push(character),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A width that the text does not exceed in the usual sans-serif fonts at 11.5 px. By classes of
/// characters, so that no font file is needed.
pub(super) fn width_of(text: &str) -> f32 {
    let widths = text.chars().map(|c| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 3.4,
        'm' | 'w' | 'M' | 'W' | '@' => 9.8,
        'A'..='Z' | '0'..='9' | '_' => 7.6,
        c if c.is_ascii() => 6.5,
        _ => 11.5,
    });
    widths.sum()
}

/// The text cut at word boundaries into lines of at most `width`.
pub(super) fn wrapped(text: &str, width: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            *line += word;
        } else if width_of(line) + width_of(" ") + width_of(word) <= width {
            *line += " ";
            *line += word;
        } else {
            lines.push(word.into());
        }
    }
    lines
}

/// A point of the drawing.
pub(super) type Point = (f32, f32);

/// An SVG text in the making. Numbers have one decimal.
#[derive(Default)]
pub(super) struct Pen {
    text: String,
}

impl Pen {
    /// Writes markup as it is.
    pub fn raw(&mut self, markup: &str) {
        self.text += markup;
    }

    /// Opens a group, with what a pointer resting on it is told.
    pub fn open(&mut self, class: &str, title: &str) {
        let title = escaped(title);
        write!(self.text, r#"<g class="{class}"><title>{title}</title>"#).expect("it takes it");
    }

    /// Closes the group.
    pub fn close(&mut self) {
        self.text += "</g>";
    }

    /// A text with its left end, its middle or its right end at a point, by class.
    pub fn text(&mut self, class: &str, (x, y): Point, text: &str) {
        let text = escaped(text);
        write!(
            self.text,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#
        )
        .expect("a String takes every write");
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, (x, y): Point, (width, height): Point, radius: f32) {
        write!(
            self.text,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}""#
        )
        .expect("a String takes every write");
        if radius > 0.0 {
            write!(self.text, r#" rx="{radius:.1}""#).expect("a String takes every write");
        }
        self.text += "/>";
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, (x1, y1): Point, (x2, y2): Point) {
        write!(
            self.text,
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        )
        .expect("a String takes every write");
    }

    /// A line from point to point.
    pub fn path(&mut self, class: &str, points: &[Point], closed: bool) {
        write!(self.text, r#"<path class="{class}" d=""#).expect("a String takes every write");
        for (index, (x, y)) in points.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            write!(self.text, "{command}{x:.1} {y:.1}").expect("a String takes every write");
        }
        self.text += if closed { r#"z"/>"# } else { r#""/>"# };
    }

    /// A dot.
    pub fn dot(&mut self, class: &str, (x, y): Point) {
        write!(
            self.text,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4"/>"#
        )
        .expect("a String takes every write");
    }

    /// A cross: here something ends that should not.
    pub fn cross(&mut self, (x, y): Point) {
        let (left, right, top, bottom) = (x - 5.0, x + 5.0, y - 5.0, y + 5.0);
        write!(
            self.text,
            r#"<path class="x" d="M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}"/>"#
        )
        .expect("a String takes every write");
    }

    /// An arrow; `both` gives it a second head at its start.
    pub fn arrow(&mut self, from: Point, to: Point, both: bool) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let along = |(x, y): Point, by: f32| (x + ux * by, y + uy * by);
        let start = along(from, if both { 10.0 } else { 3.0 });
        self.line("a", start, along(to, -10.0));
        let mut head = |(x, y): Point, ux: f32, uy: f32| {
            let left = (x - ux * 10.0 - uy * 4.2, y - uy * 10.0 + ux * 4.2);
            let right = (x - ux * 10.0 + uy * 4.2, y - uy * 10.0 - ux * 4.2);
            self.path("h", &[(x, y), left, right], true);
        };
        head(along(to, -3.0), ux, uy);
        if both {
            head(along(from, 3.0), -ux, -uy);
        }
    }

    /// The finished figure: an image with a name and a description. With `css` it can stand alone.
    pub fn figure(self, id: &str, (title, story): (&str, &str), size: Point, css: &str) -> String {
        let (id, title, story) = (escaped(id), escaped(title), escaped(story));
        let (width, height) = size;
        let style = match css {
            "" => String::new(),
            css => format!("<style>{css}</style>"),
        };
        format!(
            "<svg class=\"st\" xmlns=\"http://www.w3.org/2000/svg\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
             <desc id=\"{id}-d\">{story}</desc>{style}\
             <rect class=\"bg\" width=\"100%\" height=\"100%\"/>{}</svg>",
            self.text
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_survives_escaping() {
        let text = escaped("<script>\"&'\u{0}\u{1b}");
        assert_eq!(text, "&lt;script&gt;&quot;&amp;&#39;\u{fffd}\u{fffd}");
    }

    #[test]
    fn lines_are_cut_between_words_and_never_inside() {
        let lines = wrapped("one two three four", width_of("one two three"));
        assert_eq!(lines, ["one two three", "four"]);
        assert_eq!(wrapped("unbreakable", 1.0), ["unbreakable"]);
    }
}
