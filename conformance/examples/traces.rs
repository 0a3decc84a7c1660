//! Writes the kept traces anew: `cargo run --release -p hopwise-conformance --example traces`.

use hopwise_conformance::witnesses::{GOALS, to_goal, without_safeguards};
use hopwise_vocab::Trace;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    for goal in GOALS {
        let trace = to_goal(goal)?;
        write(&trace.ok_or_else(|| format!("the model never reaches {:?}", goal.name))?)?;
    }
    for trace in without_safeguards()? {
        write(&trace)?;
    }
    Ok(())
}

fn write(trace: &Trace) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let file = folder.join(format!("{}.ndjson", trace.header.name));
    println!("{}: {} steps", trace.header.name, trace.steps.len());
    Ok(std::fs::write(file, trace.to_text())?)
}
