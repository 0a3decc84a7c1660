//! Whether what a trace claims is true on the model.

use super::hazard;
use super::walked::Walked;
use crate::exit::Failure;
use crate::nearest::did_you_mean;
use crate::selection::property_ids;
use hopwise_checker::Lasso;
use hopwise_conformance::witnesses::GOALS;
use hopwise_protocol::{Chain, Form, INVARIANTS, Invariant, LEADS_TO, LeadsTo};
use hopwise_vocab::{Claim, Trace};

/// Whether a claim is true, and in which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is.
    pub is_true: bool,
    /// Why, in one line.
    pub why: String,
    /// The clause that is false at the end of a trace that breaks a property.
    pub clause: Option<&'static str>,
    /// After which step it is false, or a hazard's sign shows, for the first time; 0 is the start.
    pub step: Option<usize>,
    /// Whether the trace stands for one that never ends.
    pub is_endless: bool,
}

impl Verdict {
    pub(super) fn plain(is_true: bool, why: impl Into<String>) -> Verdict {
        Verdict {
            is_true,
            why: why.into(),
            clause: None,
            step: None,
            is_endless: false,
        }
    }
}

/// Judges the claim of a trace that was taken on the model.
///
/// # Errors
/// Names a property that there is not.
pub fn verdict(trace: &Trace, walked: &Walked) -> Result<Verdict, Failure> {
    if let Some(refused) = &walked.refused {
        let enabled: Vec<_> = refused.enabled.iter().map(ToString::to_string).collect();
        return Ok(Verdict::plain(
            false,
            format!(
                "step {}, {}, is not enabled there, so that nothing from it on can happen; \
                 enabled are: {}",
                refused.step,
                refused.action,
                enabled.join(", ")
            ),
        ));
    }
    match &trace.header.claim {
        Claim::Walk => Ok(Verdict::plain(true, "every step is one of the model")),
        Claim::Witness(what) => Ok(match hazard::named(what) {
            Some(hazard) => hazard::shown(hazard, trace, walked),
            None => witness(what, walked),
        }),
        Claim::Breaks(id) => breaks(id, trace, walked),
    }
}

fn witness(what: &str, walked: &Walked) -> Verdict {
    match GOALS.iter().find(|goal| goal.sentence == what) {
        Some(goal) if (goal.is_reached)(walked.last()) => Verdict::plain(
            true,
            "every step is one of the model, and its end is as claimed",
        ),
        Some(_) => Verdict::plain(false, "its end is not as claimed"),
        None => Verdict::plain(
            true,
            "every step is one of the model; nothing here can tell whether its end is as claimed",
        ),
    }
}

fn breaks(id: &str, trace: &Trace, walked: &Walked) -> Result<Verdict, Failure> {
    if let Some(invariant) = INVARIANTS.iter().find(|it| it.id == id) {
        return Ok(breaks_invariant(invariant, walked));
    }
    if let Some(family) = LEADS_TO.iter().find(|it| it.id == id) {
        return Ok(breaks_leads_to(family, trace, walked));
    }
    let message = format!(
        "trace {}, line 1: it claims to break {id:?}, which is no property of this model{}",
        trace.header.name,
        did_you_mean(id, property_ids())
    );
    Err(Failure::usage(anyhow::Error::msg(message)))
}

fn breaks_invariant(invariant: &Invariant, walked: &Walked) -> Verdict {
    let clause = invariant.clause(&walked.chain, walked.last());
    let Some(clause) = clause else {
        return Verdict::plain(false, format!("{} is true at its end", invariant.id));
    };
    let first = walked
        .states
        .iter()
        .position(|state| !invariant.holds(&walked.chain, state));
    let step = first.unwrap_or(walked.states.len() - 1);
    Verdict {
        clause: Some(clause),
        step: Some(step),
        ..Verdict::plain(true, format!("after step {step} it is false that {clause}"))
    }
}

/// A property of endless behaviours breaks if one of its instances does.
fn breaks_leads_to(family: &LeadsTo, trace: &Trace, walked: &Walked) -> Verdict {
    let lasso = lasso(trace, walked);
    let mut flaw = None;
    for of in (family.instances)(&walked.chain.scenario) {
        match family.is_broken_by(&walked.chain, &of, &lasso) {
            Ok(()) => {
                let cycle = trace.steps.iter().position(|step| step.cycle);
                let from = cycle.unwrap_or(trace.steps.len());
                let broken = family.broken_clause(&walked.chain, &of, &lasso);
                let (at, never) = broken.unwrap_or((0, "the goal is reached"));
                let why = match family.form {
                    Form::LeadsTo => format!("from step {from} on it is never true that {never}"),
                    Form::Stays => {
                        format!(
                            "again and again, first at step {}, it is false that {never}",
                            from + at
                        )
                    }
                };
                return Verdict {
                    clause: broken.map(|(_, clause)| clause),
                    step: Some(from + at),
                    is_endless: true,
                    ..Verdict::plain(true, why)
                };
            }
            Err(found) => flaw = Some(found),
        }
    }
    let why = flaw.map_or_else(|| "it has no instances here".into(), |it| it.to_string());
    Verdict::plain(false, format!("{} is not broken by it: {why}", family.id))
}

/// The endless behaviour that a trace stands for. Without a cycle, nothing happens after its end.
pub fn lasso(trace: &Trace, walked: &Walked) -> Lasso<Chain> {
    let stem = trace.steps.iter().position(|step| step.cycle);
    let stem = stem.unwrap_or(trace.steps.len());
    let states = walked.states.iter().skip(1).cloned();
    let mut steps: Vec<_> = trace.actions().zip(states).collect();
    let cycle = steps.split_off(stem);
    Lasso {
        stem: hopwise_checker::Trace {
            init: walked.states[0].clone(),
            steps,
        },
        cycle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str) -> Trace {
        let mut all = hopwise_conformance::traces::committed().into_iter();
        all.find(|trace| trace.header.name == name).unwrap()
    }

    fn judged(trace: &Trace) -> Verdict {
        verdict(trace, &Walked::of(trace).unwrap()).unwrap()
    }

    #[test]
    fn what_every_kept_trace_claims_is_true() {
        for trace in hopwise_conformance::traces::committed() {
            let verdict = judged(&trace);
            assert!(verdict.is_true, "{}: {}", trace.header.name, verdict.why);
        }
    }

    #[test]
    fn without_its_last_step_a_trace_breaks_nothing() {
        let mut trace = kept("hop-order-without-hold-until-gone");
        trace.steps.pop();
        assert!(!judged(&trace).is_true);
    }

    #[test]
    fn a_witness_that_stops_early_is_none() {
        let mut trace = kept("create");
        trace.steps.pop();
        assert_eq!(judged(&trace).why, "its end is not as claimed");
    }

    #[test]
    fn a_lasso_that_does_not_close_breaks_nothing() {
        let mut trace = kept("edited-realized-without-regular-poll");
        trace.steps.pop();
        let verdict = judged(&trace);
        assert!(
            !verdict.is_true && verdict.why.contains("cycle"),
            "{}",
            verdict.why
        );
    }
}
