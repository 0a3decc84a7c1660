//! `hopwise report`: one page of runs that were made before.

use crate::cli::Report;
use crate::commands::diff::read;
use crate::commands::review::LIMITS;
use crate::context::print_to_end;
use crate::exit::{Exit, Failure, Outcome};
use crate::report::{self, Since};
use crate::run::{Compared, Judgement, Run};
use anyhow::Context as _;

/// Runs the command.
///
/// # Errors
/// Names a file that is no run, or that cannot be written.
pub fn report(flags: &Report) -> Outcome {
    let runs = flags.runs.iter().map(|path| read(path));
    let runs: Vec<Run> = runs.collect::<Result<_, Failure>>()?;
    let run = Run::joined(runs).expect("the command line asks for one run at least");
    let since = match &flags.since {
        None => None,
        Some(path) => {
            let older = read(path)?;
            let compared = Compared::of(&older, &run);
            Some(Since { older, compared })
        }
    };
    let page = report::page(&run, LIMITS, since.as_ref());
    std::fs::write(&flags.out, page)
        .with_context(|| format!("write {}", flags.out.display()))
        .map_err(Failure::usage)?;
    print_to_end(&format!(
        "{}\n{}\nreport  {}\n",
        run.verdict(),
        run.tally(),
        flags.out.display()
    ))?;
    Ok(match run.judgement() {
        Judgement::Holds => Exit::Good,
        Judgement::Breaks => Exit::Broken,
        Judgement::NotDecided => Exit::NotDecided,
        Judgement::Nothing => Exit::NothingToJudge,
    })
}
