//! Three palettes, for light, dark and paper. The page takes them as custom properties; the
//! diagrams take them literally, since librsvg draws `var()` as black.

use std::fmt::Write as _;

/// The colours of one medium, each as `#rrggbb`.
#[derive(Debug)]
pub(super) struct Theme {
    pub ground: &'static str,
    pub text: &'static str,
    pub muted: &'static str,
    /// Borders that carry no meaning.
    pub rule: &'static str,
    /// Lifelines and frames: at least 3 : 1.
    pub lane: &'static str,
    pub band: &'static str,
    pub write: &'static str,
    pub watch: &'static str,
    pub answer: &'static str,
    pub nsx: &'static str,
    pub good: &'static str,
    pub good_band: &'static str,
    pub bad: &'static str,
    pub bad_band: &'static str,
    pub open: &'static str,
    pub open_band: &'static str,
}

pub(super) const LIGHT: Theme = Theme {
    ground: "#ffffff",
    text: "#1b1f24",
    muted: "#57606a",
    rule: "#d0d7de",
    lane: "#848d97",
    band: "#f6f8fa",
    write: "#0059a8",
    watch: "#5a6370",
    answer: "#00704f",
    nsx: "#8a4b00",
    good: "#00684a",
    good_band: "#e8f6f0",
    bad: "#b3261e",
    bad_band: "#fdecea",
    open: "#6b5300",
    open_band: "#fff6d6",
};

pub(super) const DARK: Theme = Theme {
    ground: "#0d1117",
    text: "#e6edf3",
    muted: "#9aa4af",
    rule: "#30363d",
    lane: "#6e7781",
    band: "#151b23",
    write: "#79b8ff",
    watch: "#b6bec8",
    answer: "#5fd3a5",
    nsx: "#ffb86b",
    good: "#5fd3a5",
    good_band: "#0f2a21",
    bad: "#ff8a80",
    bad_band: "#3a1614",
    open: "#e3c368",
    open_band: "#2d2611",
};

pub(super) const PAPER: Theme = Theme {
    ground: "#ffffff",
    text: "#000000",
    muted: "#333333",
    rule: "#999999",
    lane: "#777777",
    band: "#f3f3f3",
    write: "#003f7d",
    watch: "#444444",
    answer: "#00573d",
    nsx: "#6b3a00",
    good: "#00573d",
    good_band: "#eef6f2",
    bad: "#9b1c14",
    bad_band: "#f5dcda",
    open: "#574300",
    open_band: "#f7f0d8",
};

/// The custom properties of the page, in all three media.
pub(super) fn page_css() -> String {
    in_each_medium(|theme| {
        let pairs = [
            ("ground", theme.ground),
            ("text", theme.text),
            ("muted", theme.muted),
            ("rule", theme.rule),
            ("lane", theme.lane),
            ("band", theme.band),
            ("link", theme.write),
            ("good", theme.good),
            ("good-band", theme.good_band),
            ("bad", theme.bad),
            ("bad-band", theme.bad_band),
            ("open", theme.open),
            ("open-band", theme.open_band),
        ];
        let each = pairs.map(|(name, colour)| format!("--{name}:{colour}"));
        format!(":root{{{}}}", each.join(";"))
    })
}

/// The rules of the diagrams: shapes once, literal colours in all three media.
pub(super) fn diagram_css() -> String {
    const SHAPES: &str = include_str!("diagram.css");
    let shapes: String = SHAPES.lines().collect();
    shapes + &in_each_medium(diagram_colours)
}

fn diagram_colours(theme: &Theme) -> String {
    let mut css = String::new();
    let mut rule = |selectors: &str, property: &str, colour: &str| {
        let each: Vec<String> = selectors.split(',').map(|s| format!(".st {s}")).collect();
        write!(css, "{}{{{property}:{colour}}}", each.join(",")).expect("a String takes it");
    };
    rule(".bg", "fill", theme.ground);
    rule("text", "fill", theme.text);
    rule(".n,.sub,.mu", "fill", theme.muted);
    rule(".band,.box", "fill", theme.band);
    rule(".truth", "fill", theme.ground);
    rule(".lane,.box,.open,.truth,.axis", "stroke", theme.lane);
    rule(".lb", "stroke", theme.ground);
    rule(".on .lb", "stroke", theme.band);
    rule(".bad .lb", "stroke", theme.bad_band);
    rule(".badband", "fill", theme.bad_band);
    rule(".openband,.stale", "fill", theme.open_band);
    rule(".goodband", "fill", theme.good_band);
    rule(".ok", "fill", theme.good);
    rule(".bad text,.no", "fill", theme.bad);
    rule(".again", "fill", theme.open);
    rule(".loop,.stale", "stroke", theme.open);
    rule(".grid", "stroke", theme.rule);
    rule(".bar", "fill", theme.write);
    rule(".l .d", "fill", theme.text);
    rule(".x", "stroke", theme.bad);
    let kinds = [
        ("w", theme.write),
        ("r", theme.write),
        ("e", theme.watch),
        ("s", theme.answer),
        ("c", theme.nsx),
        ("q", theme.nsx),
    ];
    for (class, colour) in kinds {
        rule(&format!(".{class} .a"), "stroke", colour);
        rule(&format!(".{class} .h"), "fill", colour);
    }
    css
}

fn in_each_medium(rules: impl Fn(&Theme) -> String) -> String {
    let (light, dark, paper) = (rules(&LIGHT), rules(&DARK), rules(&PAPER));
    format!("{light}@media (prefers-color-scheme:dark){{{dark}}}@media print{{{paper}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let part = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_from_every_ground_it_is_set_on() {
        for theme in [&LIGHT, &DARK, &PAPER] {
            let grounds = [theme.ground, theme.band];
            let texts = [
                theme.text,
                theme.muted,
                theme.write,
                theme.good,
                theme.bad,
                theme.open,
            ];
            let mut pairs = vec![
                (theme.good, theme.good_band),
                (theme.bad, theme.bad_band),
                (theme.open, theme.open_band),
                (theme.text, theme.bad_band),
                (theme.text, theme.good_band),
                (theme.text, theme.open_band),
                (theme.muted, theme.bad_band),
            ];
            pairs.extend(
                texts
                    .iter()
                    .flat_map(|text| grounds.map(|ground| (*text, ground))),
            );
            for (text, ground) in pairs {
                let ratio = contrast(text, ground);
                assert!(ratio >= 4.5, "{text} on {ground} is {ratio:.2} : 1");
            }
        }
    }

    #[test]
    fn lines_that_carry_meaning_stand_out_three_to_one() {
        for theme in [&LIGHT, &DARK, &PAPER] {
            let kinds = [
                theme.lane,
                theme.write,
                theme.watch,
                theme.answer,
                theme.nsx,
            ];
            for (line, ground) in kinds
                .iter()
                .flat_map(|l| [(l, theme.ground), (l, theme.band)])
            {
                let ratio = contrast(line, ground);
                assert!(ratio >= 3.0, "{line} on {ground} is {ratio:.2} : 1");
            }
        }
    }

    #[test]
    fn a_diagram_names_its_colours_literally() {
        assert!(!diagram_css().contains("var("));
    }
}
