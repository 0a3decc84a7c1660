//! A run in the form that was asked for.

mod github;
mod junit;
mod markdown;

use crate::cli::Format;
use crate::exit::Failure;
use crate::run::{Matrix, Run};
use anyhow::Context as _;
use serde::Serialize;
use std::path::Path;

/// The text of a run, ended by a newline.
pub fn print(run: &Run, format: Format) -> String {
    match format {
        Format::Text => format!("{run}\n"),
        Format::Json if run.ablations.is_empty() => run.to_json(),
        Format::Json => with_matrix(run),
        Format::Junit => junit::text(run),
        Format::Github => github::text(run),
        Format::Markdown => markdown::text(run),
    }
}

/// Makes the folder that a command writes to when it ends, if any, and writes to it, so that one
/// that cannot be used is known before the work is done.
///
/// # Errors
/// Names it, as a command line that cannot be used.
pub fn make_folder(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    let probe = folder.join(".hopwise-was-here");
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))
        .and_then(|()| {
            let tried = std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe));
            tried.with_context(|| format!("write to the folder {}", folder.display()))
        })
        .map_err(Failure::usage)
}

/// Writes `run.json` and every counterexample as a trace that `trace`, `explain` and `replay`
/// take, into a folder that is there.
///
/// # Errors
/// Names what cannot be written.
pub fn write_folder(run: &mut Run, folder: &Path) -> anyhow::Result<()> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    };
    for finding in run.findings() {
        write(&format!("{}.ndjson", finding.id()), finding.trace)?;
    }
    run.traces = Some(folder.display().to_string());
    write("run.json", &run.to_json())
}

/// The form of `run.json`, and the matrix that can be made of it.
fn with_matrix(run: &Run) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        run: &'a Run,
        matrix: Matrix<'a>,
    }
    let matrix = run.matrix();
    let text = serde_json::to_string_pretty(&Document { run, matrix });
    text.expect("names, numbers and strings are always JSON") + "\n"
}

/// Text inside an XML element or attribute.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\n' | '\t' => safe.push(letter),
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
