//! Whether the end of a trace shows the sign of a hazard of the chain as built.

use super::claim::{Verdict, lasso};
use super::walked::Walked;
use hopwise_checker::replay::{self, Flaw};
use hopwise_protocol::{Chain, HAZARDS, Hazard, Reference, Sign, State, WeaklyFair};
use hopwise_vocab::{Claim, Trace};

/// The hazard that a trace claims to show.
pub fn claimed(trace: &Trace) -> Option<&'static Hazard> {
    match &trace.header.claim {
        Claim::Witness(what) => named(what),
        Claim::Breaks(_) | Claim::Walk => None,
    }
}

/// The hazard of this name.
pub fn named(name: &str) -> Option<&'static Hazard> {
    HAZARDS.iter().find(|it| it.name == name)
}

/// The hazard of this name, or of its number in `docs/hazards.md`.
pub fn called(name: &str) -> Option<&'static Hazard> {
    let number = |name: &str| -> Option<u8> {
        let digits = name.strip_prefix(['h', 'H'])?;
        digits.parse().ok()
    };
    let numbered = |it: &&Hazard| {
        let own = it.name.split('-').next().and_then(number);
        own.is_some() && own == number(name)
    };
    named(name).or_else(|| HAZARDS.iter().find(numbered))
}

/// What kind of sign a hazard has.
pub const fn kind(sign: Sign) -> &'static str {
    match sign {
        Sign::State(_) => "a state that is reached",
        Sign::Step(_) => "a step that is taken",
        Sign::Forever(_) => "a state that is reached and never left, whatever is fair",
    }
}

/// The sign of a hazard, in words.
pub fn sign(hazard: &Hazard) -> String {
    format!("{}: {}", kind(hazard.sign), hazard.sentence)
}

/// What happens, as the end of a sentence.
pub fn clause(hazard: &Hazard) -> String {
    let sentence = hazard.sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next().map(|it| it.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What the profile `reference` does about a hazard, in words.
pub const fn reference(hazard: &Hazard) -> &'static str {
    match hazard.reference {
        Reference::Prevents => "prevents it: with every safeguard on, the sign does not show",
        Reference::Corrects => {
            "corrects it: with every safeguard on, the sign may show, and what is wrong then is \
             put right"
        }
    }
}

/// Judges whether the end of a trace, taken on the model, shows the sign of a hazard.
pub fn shown(hazard: &Hazard, trace: &Trace, walked: &Walked) -> Verdict {
    match hazard.sign {
        Sign::State(is_bad) => by_state(walked, |state| is_bad(&walked.chain, state)),
        Sign::Step(is_bad) => by_step(walked, is_bad),
        Sign::Forever(is_bad) => {
            let bad = |state: &State| is_bad(&walked.chain, state);
            for_ever(trace, walked, bad)
        }
    }
}

fn by_state(walked: &Walked, is_bad: impl Fn(&State) -> bool) -> Verdict {
    let first = walked.states.iter().position(&is_bad);
    match (first, is_bad(walked.last())) {
        (Some(step), true) => since(step, format!("after step {step} the sign shows")),
        (Some(step), false) => Verdict::plain(
            false,
            format!("the sign shows after step {step}, and not at its end"),
        ),
        (None, _) => Verdict::plain(false, "no state of it shows the sign"),
    }
}

fn by_step(walked: &Walked, is_bad: impl Fn(&State, &State) -> bool) -> Verdict {
    let mut steps = walked.states.windows(2);
    let first = steps.position(|step| is_bad(&step[0], &step[1]));
    match first.map(|index| index + 1) {
        Some(step) if step + 1 == walked.states.len() => {
            since(step, format!("step {step}, its last, is the sign"))
        }
        Some(step) => Verdict::plain(
            false,
            format!("step {step} is the sign, and its last step is not"),
        ),
        None => Verdict::plain(false, "no step of it is the sign"),
    }
}

fn for_ever(trace: &Trace, walked: &Walked, is_bad: impl Fn(&State) -> bool) -> Verdict {
    let chain: &Chain = &walked.chain;
    let lasso = lasso(trace, walked);
    let good = |state: &State| !is_bad(state);
    match replay::leads_to(chain, &WeaklyFair::of(chain), &lasso, &is_bad, good) {
        Ok(()) => {
            let last_good = walked.states.iter().rposition(good);
            let step = last_good.map_or(0, |before| before + 1);
            Verdict {
                is_endless: true,
                ..since(
                    step,
                    format!("from step {step} on the sign shows, and nothing that is fair ends it"),
                )
            }
        }
        Err(Flaw::NotViolated) => Verdict::plain(false, "the sign does not show for ever"),
        Err(flaw) => Verdict::plain(false, format!("the sign does not show for ever: {flaw}")),
    }
}

fn since(step: usize, why: String) -> Verdict {
    Verdict {
        step: Some(step),
        ..Verdict::plain(true, why)
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict;
    use super::*;

    fn kept(hazard: &Hazard) -> Trace {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../conformance/traces/as-built"
        );
        let text = std::fs::read_to_string(format!("{folder}/{}.ndjson", hazard.name));
        Trace::parse(&text.expect("the trace is kept")).unwrap()
    }

    fn judged(trace: &Trace) -> Verdict {
        verdict(trace, &Walked::of(trace).unwrap()).unwrap()
    }

    #[test]
    fn every_kept_trace_of_a_hazard_shows_its_sign() {
        for hazard in HAZARDS {
            let verdict = judged(&kept(hazard));
            assert!(verdict.is_true, "{}: {}", hazard.name, verdict.why);
            assert!(verdict.step.is_some(), "{}", hazard.name);
        }
    }

    #[test]
    fn without_its_last_step_no_trace_of_a_hazard_shows_its_sign() {
        for hazard in HAZARDS {
            let mut trace = kept(hazard);
            trace.steps.pop();
            assert!(!judged(&trace).is_true, "{}", hazard.name);
        }
    }

    #[test]
    fn the_end_of_a_trace_is_judged_and_not_its_middle() {
        for (name, middle) in [
            (
                "h02-the-service-is-gone-and-its-address-is-not",
                "the sign shows after step",
            ),
            (
                "h06-the-annotation-of-another-is-removed",
                "is the sign, and its last step is not",
            ),
        ] {
            let mut trace = kept(named(name).unwrap());
            let steps = trace.steps.len();
            while trace.steps.len() < steps + 40 && judged(&trace).is_true {
                let more = Walked::of(&trace).unwrap().enabled();
                let (action, _) = more[0];
                trace.steps.push(hopwise_vocab::Step {
                    action,
                    cycle: false,
                });
            }
            let verdict = judged(&trace);
            assert!(verdict.why.contains(middle), "{name}: {}", verdict.why);
        }
    }

    #[test]
    fn a_sign_that_something_fair_would_end_is_none() {
        let hazard = named("h03-a-new-address-never-reaches-the-guest").unwrap();
        let mut trace = kept(hazard);
        trace.steps.iter_mut().for_each(|step| step.cycle = false);
        let verdict = judged(&trace);
        assert!(!verdict.is_true);
        assert!(verdict.why.contains("never taken"), "{}", verdict.why);
    }

    #[test]
    fn a_hazard_is_called_by_its_name_or_its_number() {
        for name in ["h09-a-late-delete-hits-the-successor", "h09", "H9"] {
            let found = called(name).map(|it| it.name);
            assert_eq!(
                found,
                Some("h09-a-late-delete-hits-the-successor"),
                "{name}"
            );
        }
        for name in ["h7", "H", "9", "hop_order"] {
            assert!(called(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_happens_ends_a_sentence() {
        let of = |name| clause(named(name).unwrap());
        assert_eq!(
            of("h06-the-annotation-of-another-is-removed"),
            "ccm removes an annotation that somebody else made"
        );
        assert!(of("h04-a-missing-object-is-not-made-again").starts_with("the Virtual"));
    }
}
