//! `hopwise mutants`: seeds mistakes and says which lanes catch them.

use crate::cli::{Mutants, Shard};
use crate::commands::check::threads;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::lanes;
use crate::limits::Search;
use crate::output;
use crate::run::{Found, Run};
use crate::selection::mutants_named;
use anyhow::Context as _;
use hopwise_conformance::mutants::Mutant;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a mutant that there is not.
pub fn mutants(flags: &Mutants, context: &Context) -> Outcome {
    let chosen = mutants_named(&flags.mutants)?;
    let part = match flags.shard {
        None => chosen,
        Some(Shard { number, of }) => {
            let numbered = chosen.into_iter().enumerate();
            let ours = numbered.filter(|(at, _)| at % of == number - 1);
            ours.map(|(_, mutant)| mutant).collect()
        }
    };
    output::make_folder(flags.out.as_deref())?;
    let mut run = context.new_run();
    run.threads = threads(&Search::default());
    try_each(&mut run, &part, context);
    if let Some(folder) = &flags.out {
        write_traces(&run, folder)?;
        output::write_folder(&mut run, folder)?;
    }
    context.finish(run, |run| output::print(run, flags.format))
}

/// Tries mutants, and notes those that were not tried any more.
pub fn try_each(run: &mut Run, mutants: &[&'static Mutant], context: &Context) {
    run.mutants = lanes::mutants(mutants, context);
    let is_missing = |it: &&&Mutant| run.mutants.iter().all(|tried| tried.name != it.id);
    let missing = mutants.iter().filter(is_missing).map(|it| it.id.into());
    let missing: Vec<String> = missing.collect();
    run.unsearched.extend(missing);
}

/// One trace per mutant that a lane has caught, that of the shortest way.
fn write_traces(run: &Run, folder: &Path) -> Result<(), Failure> {
    for mutant in &run.mutants {
        let caught = mutant.lanes.iter().filter_map(|it| match &it.found {
            Found::Caught { steps, trace, .. } if !trace.is_empty() => Some((steps, trace)),
            Found::Caught { .. } | Found::NotAsked | Found::Missed(_) => None,
        });
        if let Some((_, trace)) = caught.min_by_key(|(steps, _)| **steps) {
            let path = folder.join(format!("{}.ndjson", mutant.name));
            std::fs::write(&path, trace).with_context(|| format!("write {}", path.display()))?;
        }
    }
    Ok(())
}
