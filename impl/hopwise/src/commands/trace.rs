//! `hopwise trace`: prints a trace, and says whether what it claims is true on the model.

use crate::cli::{Trace, TraceFormat};
use crate::commands::replay::read;
use crate::context::print_to_end;
use crate::exit::{Exit, Failure, Outcome};
use crate::nearest::did_you_mean;
use crate::telling::{self, Told, Tree, Verdict, Walked, verdict};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a file that is no trace, or a step that it does not have.
pub fn trace(flags: &Trace) -> Outcome {
    let whole = read(&flags.file)?;
    let walked = Walked::of(&whole)?;
    let judged = verdict(&whole, &walked)?;
    let mut trace = whole.clone();
    // What follows a step that cannot happen has not happened.
    trace.steps.truncate(walked.states.len() - 1);
    let told = Told {
        trace: &trace,
        walked: &walked,
        verdict: &judged,
    };
    let text = match (&flags.state_at, flags.format) {
        (Some(at), _) => state_at(at, &whole, &walked)?,
        (None, TraceFormat::Text) => told.to_text(),
        (None, TraceFormat::Table) => told.to_table(),
        (None, TraceFormat::Diff) => told.to_diff(),
        (None, TraceFormat::Json) => told.to_json(),
        (None, TraceFormat::Itf) => told.to_itf(),
        (None, TraceFormat::Mermaid) => telling::mermaid(&trace),
        (None, TraceFormat::Plantuml) => telling::plantuml(&trace),
        (None, TraceFormat::Svg) => {
            let drawn = told.to_svg();
            drawn.map_err(|error| Failure::usage(anyhow::Error::msg(error)))?
        }
        (None, TraceFormat::Html) => told.to_html(),
    };
    print_to_end(&text)?;
    if walked.refused.is_some() {
        return Err(not_of_the_model(&flags.file, &judged));
    }
    if judged.is_true {
        return Ok(Exit::Good);
    }
    eprintln!(
        "✗ {}: its claim is not true: {}",
        flags.file.display(),
        judged.why
    );
    Ok(Exit::Broken)
}

/// A file with a step that cannot happen.
pub fn not_of_the_model(file: &Path, judged: &Verdict) -> Failure {
    let (file, why) = (file.display(), &judged.why);
    Failure::usage(anyhow::anyhow!("{file} is no trace of the model: {why}"))
}

fn state_at(at: &str, trace: &hopwise_vocab::Trace, walked: &Walked) -> Result<String, Failure> {
    let step = step_at(at, trace).map_err(|error| Failure::usage(anyhow::Error::msg(error)))?;
    let Some(state) = walked.states.get(step) else {
        let taken = walked.states.len() - 1;
        let message = format!("--state-at {at}: the model goes along only up to step {taken}");
        return Err(Failure::usage(anyhow::Error::msg(message)));
    };
    let head = match step.checked_sub(1).and_then(|index| trace.steps.get(index)) {
        Some(taken) => format!("after step {step}, {}", taken.action),
        None => "at the start".into(),
    };
    Ok(format!("{head}\n{}", Tree::of(state).to_text()))
}

/// The step, counted from 1, that a label and the number of its occurrence name; `start` is 0.
fn step_at(at: &str, trace: &hopwise_vocab::Trace) -> Result<usize, String> {
    if at == "start" {
        return Ok(0);
    }
    let (label, occurrence) = match at.rsplit_once('/') {
        None => (at, 1),
        Some((label, number)) => {
            let number = number.parse().ok().filter(|number| *number > 0);
            let wrong = || format!("--state-at {at}: after the slash comes a number from 1 on");
            (label, number.ok_or_else(wrong)?)
        }
    };
    let labels: Vec<String> = trace.actions().map(|it| it.to_string()).collect();
    let mut found = labels.iter().enumerate().filter(|(_, it)| *it == label);
    let count = found.clone().count();
    found
        .nth(occurrence - 1)
        .map(|(index, _)| index + 1)
        .ok_or_else(|| {
            let known = labels.iter().map(String::as_str);
            match count {
                0 => format!(
                    "--state-at {at}: no step of {} is {label:?}{}",
                    trace.header.name,
                    did_you_mean(label, known)
                ),
                _ => format!(
                    "--state-at {at}: there {} {label:?} in {}",
                    match count {
                        1 => "is only one step".into(),
                        _ => format!("are only {count} steps"),
                    },
                    trace.header.name
                ),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_step_is_named_by_its_label_and_occurrence() {
        let trace = fixture::create();
        assert_eq!(step_at("start", &trace), Ok(0));
        assert_eq!(step_at("ccm poll", &trace), Ok(6));
        assert_eq!(step_at("ccm poll/2", &trace), Ok(36));
    }

    #[test]
    fn a_step_that_there_is_not_is_told_with_the_nearest() {
        let trace = fixture::create();
        let error = step_at("ccm pol", &trace).unwrap_err();
        assert!(error.contains("did you mean \"ccm poll\""), "{error}");
        assert!(
            step_at("ccm poll/3", &trace)
                .unwrap_err()
                .contains("there are only 2 steps \"ccm poll\" in create")
        );
        assert!(
            step_at("ccm poll/x", &trace)
                .unwrap_err()
                .contains("a number")
        );
    }
}
