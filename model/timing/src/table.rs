//! Markdown tables, and how numbers are written in them.

use crate::measure::Distribution;
use std::time::Duration;

/// A table with these columns; every row begins with what it is about.
pub fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let rule = (0..columns.len()).map(|column| if column == 0 { "---" } else { "---:" });
    let rule: Vec<String> = rule.map(String::from).collect();
    let mut text = line(&head) + &line(&rule);
    for row in rows {
        text += &line(row);
    }
    text
}

/// Seconds to three digits or so.
pub fn seconds(time: Duration) -> String {
    number(time.as_secs_f64())
}

/// A number to three digits or so.
pub fn number(value: f64) -> String {
    let digits = if value >= 10.0 {
        1
    } else if value >= 1.0 {
        2
    } else {
        3
    };
    format!("{value:.digits$}")
}

/// Minimum, three percentiles and maximum.
pub(crate) fn spread(of: &Distribution) -> Vec<String> {
    let percents = [0, 50, 90, 99, 100].into_iter();
    percents
        .map(|percent| seconds(of.percentile(percent)))
        .collect()
}
