//! `hopwise manifests`: what each cluster needs for its controllers.

use crate::cli::Manifests;
use crate::context::print_to_end;
use crate::exit::{Exit, Outcome};
use crate::manifests::{files, yaml};
use anyhow::Context;

/// Runs the command.
///
/// # Errors
/// Says which file cannot be written.
pub fn manifests(flags: &Manifests) -> Outcome {
    let namespace = &flags.supervisor_namespace;
    let Some(directory) = &flags.out else {
        print_to_end(&yaml(&flags.cluster.deployed(namespace))?)?;
        return Ok(Exit::Good);
    };
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    for (name, text) in files(&flags.cluster.deployed(namespace))? {
        let path = directory.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(Exit::Good)
}
