//! What breaks without what: safeguards in rows, properties in columns.

use super::{Ablation, Mark, Run, Verdict};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The matrix of a run's ablations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix<'a> {
    /// The properties that were judged, in the order of the protocol.
    pub properties: Vec<&'a str>,
    /// One row per safeguard, and per pair that was tried.
    pub rows: Vec<Row<'a>>,
}

/// What one removal does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The safeguards that are off.
    pub name: String,
    /// One cell per property.
    pub cells: Vec<Cell<'a>>,
}

/// What one removal does to one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// It breaks: the steps of the shortest counterexample, and the scenario that has it.
    Breaks(u64, &'a str),
    /// It does not, as far as can be said.
    Unbroken(Mark),
}

impl Run {
    /// What breaks without what.
    pub fn matrix(&self) -> Matrix<'_> {
        let all = || self.ablations.iter().chain(&self.pairs);
        let mut properties: Vec<&str> = Vec::new();
        for property in all().flat_map(|it| &it.run.properties) {
            if !properties.contains(&property.id.as_str()) {
                properties.push(&property.id);
            }
        }
        let mut names: Vec<String> = Vec::new();
        for name in all().map(row_name) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let rows = names.into_iter().map(|name| {
            let of_it: Vec<&Ablation> = all().filter(|it| row_name(it) == name).collect();
            let cells = properties.iter().map(|id| cell(id, &of_it)).collect();
            Row { name, cells }
        });
        Matrix {
            rows: rows.collect(),
            properties,
        }
    }
}

fn row_name(ablation: &Ablation) -> String {
    let off: Vec<_> = ablation.run.off.off().map(|it| it.name()).collect();
    off.join(" + ")
}

fn cell<'a>(id: &str, searches: &[&'a Ablation]) -> Cell<'a> {
    let judged = || {
        let all = searches.iter();
        all.flat_map(|it| it.run.properties.iter().map(move |p| (&it.run, p)))
            .filter(|(_, property)| property.id == id)
    };
    let broken = judged().filter_map(|(run, property)| match property.verdict {
        Verdict::Breaks { steps, .. } if property.exempt.is_none() => {
            Some((steps, run.name.as_str()))
        }
        Verdict::Breaks { .. } | Verdict::Holds | Verdict::NotDecided { .. } => None,
    });
    match broken.min() {
        Some((steps, scenario)) => Cell::Breaks(steps, scenario),
        None => {
            let marks = judged().map(|(run, property)| run.mark(property));
            Cell::Unbroken(marks.max().unwrap_or(Mark::NotAsked))
        }
    }
}

impl Cell<'_> {
    /// The cell in a few letters.
    pub fn short(&self) -> String {
        match self {
            Cell::Breaks(steps, _) => format!("✗ {steps}"),
            Cell::Unbroken(mark) => mark.sign().into(),
        }
    }
}

/// For programs: a list of removals, each with its cells by property.
impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(|row| {
            let cells = self.properties.iter().zip(&row.cells);
            let cells: BTreeMap<&str, &Cell<'_>> = cells.map(|(id, cell)| (*id, cell)).collect();
            serde_json::json!({"without": row.name, "cells": cells})
        }))
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cell = match self {
            Cell::Breaks(steps, scenario) => {
                serde_json::json!({"mark": "breaks", "steps": steps, "scenario": scenario})
            }
            Cell::Unbroken(mark) => serde_json::json!({"mark": mark.words()}),
        };
        cell.serialize(serializer)
    }
}

/// The columns of a terminal that the text fits in.
const COLUMNS: usize = 100;
const CELL: usize = 6;

impl Matrix<'_> {
    /// The matrix as aligned text of at most 100 columns. Properties are numbered, and named below.
    pub fn to_text(&self) -> String {
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let first = (names.max().unwrap_or(0) + 2).min(COLUMNS - CELL);
        let most = ((COLUMNS - first) / CELL).max(1);
        let mut text = String::new();
        let numbers: Vec<usize> = (0..self.properties.len()).collect();
        for block in numbers.chunks(most) {
            let heads = block.iter().map(|column| (column + 1).to_string());
            text += &line("", first, heads);
            for row in &self.rows {
                let cells = block.iter().map(|column| row.cells[*column].short());
                text += &line(&row.name, first, cells);
            }
        }
        for (column, id) in self.properties.iter().enumerate() {
            writeln!(text, "{:>4}  {id}", column + 1).expect("a String takes it");
        }
        text + "      ✗ N breaks in N steps   ✓ holds   – not decided   · vacuous   ○ exempt\n"
    }

    /// The matrix as a table of Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = "| without |".to_owned();
        for id in &self.properties {
            write!(text, " {id} |").expect("a String takes it");
        }
        text += &format!("\n|---|{}\n", "---|".repeat(self.properties.len()));
        for row in &self.rows {
            write!(text, "| {} |", row.name).expect("a String takes it");
            for cell in &row.cells {
                let words = match cell {
                    Cell::Breaks(steps, scenario) => {
                        format!("**✗ breaks in {steps}** ({scenario})")
                    }
                    Cell::Unbroken(mark) => format!("{} {}", mark.sign(), mark.words()),
                };
                write!(text, " {words} |").expect("a String takes it");
            }
            text.push('\n');
        }
        text
    }
}

fn line(name: &str, first: usize, cells: impl Iterator<Item = String>) -> String {
    let mut text = format!("{name:<first$}");
    for cell in cells {
        write!(text, "{cell:<CELL$}").expect("a String takes it");
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use crate::report::fixture;

    #[test]
    fn the_matrix_says_what_breaks_without_what() {
        insta::assert_snapshot!(fixture::run().matrix().to_text());
    }

    #[test]
    fn the_matrix_is_a_table_in_markdown() {
        insta::assert_snapshot!(fixture::run().matrix().to_markdown());
    }

    #[test]
    fn a_program_finds_each_cell_by_its_names() {
        let run = fixture::run();
        let matrix = serde_json::to_value(run.matrix()).unwrap();
        assert_eq!(matrix[0]["without"], "hold-until-gone");
        assert_eq!(matrix[0]["cells"]["hop_order"]["steps"], 13);
        assert_eq!(matrix[0]["cells"]["status_true"]["mark"], "holds");
    }

    #[test]
    fn however_many_properties_there_are_a_line_has_at_most_100_columns() {
        let mut run = fixture::run();
        let properties = &mut run.ablations[0].run.properties;
        for number in 0..30 {
            let mut more = properties[0].clone();
            more.id = format!("property_{number}");
            properties.push(more);
        }
        let text = run.matrix().to_text();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{text}");
    }
}
