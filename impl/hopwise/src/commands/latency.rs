//! `hopwise latency`: a run of the model with delays, or the page that is made of many.

use crate::cli::{Latency, LatencyFormat, Span};
use crate::context::{Context, print_to_end};
use crate::exit::{Exit, Outcome};
use crate::output;
use crate::timed::Timed;
use anyhow::Context as _;
use hopwise_timing::{page, run_while};
use std::fs;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a flag that contradicts another, or a file that cannot be written.
pub fn latency(flags: &Latency, context: &Context) -> Outcome {
    match &flags.page {
        Some(folder) => write_page(folder, flags.seed, context),
        None => one_run(flags, context),
    }
}

fn one_run(flags: &Latency, context: &Context) -> Outcome {
    let setup = flags.assumed.setup()?;
    let measured = run_while(&setup, flags.seed, || !context.is_stopped());
    let cut = match (measured.unfinished, context.is_stopped()) {
        (0, _) => None,
        (_, true) => Some("interrupted".into()),
        (_, false) => Some(format!("cut by --horizon {}", Span(setup.horizon))),
    };
    let timed = Timed {
        seed: flags.seed,
        setup,
        measured,
        cut,
    };
    print_to_end(&match flags.format {
        LatencyFormat::Text => timed.to_text(),
        LatencyFormat::Json => timed.to_json(),
        LatencyFormat::Markdown => timed.to_markdown(),
    })?;
    Ok(match &timed.cut {
        None => Exit::Good,
        Some(_) if context.is_stopped() => Exit::Interrupted,
        Some(_) if timed.measured.published.count() == 0 => {
            let horizon = Span(setup.horizon);
            eprintln!(
                "nothing was measured: no Service shows its address within --horizon {horizon}; \
                 give it longer"
            );
            Exit::NothingToJudge
        }
        Some(_) => Exit::NotDecided,
    })
}

/// The page and its plots. What cannot be written is known before anything is run.
fn write_page(folder: &Path, seed: u64, context: &Context) -> Outcome {
    output::make_folder(Some(folder))?;
    context.progress("running what the page is made of");
    let files = page(seed);
    if context.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    print_to_end(&write(folder, &files)?)?;
    Ok(Exit::Good)
}

/// Writes files below a folder, and lists them.
fn write(folder: &Path, files: &[(String, String)]) -> anyhow::Result<String> {
    let mut written = String::new();
    for (path, content) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
        written += &format!("{}\n", path.display());
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_page_are_written_below_the_folder_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["latency.md", "review/lag/api.svg"].map(|path| (path.into(), path.into()));
        let listed = write(folder.path(), &files).unwrap();
        assert_eq!(listed.lines().count(), 2);
        for file in listed.lines() {
            assert!(file.ends_with(&fs::read_to_string(file).unwrap()), "{file}");
        }
        assert!(folder.path().join("review/lag/api.svg").is_file());
    }
}
