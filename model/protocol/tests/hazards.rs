//! The chain as it is built today goes wrong in every way that `docs/hazards.md` says it does.

use hopwise_checker::{Bounds, Graph, explore_packed, leads_to, step_invariant};
use hopwise_protocol::{Chain, HAZARDS, Hazard, Reference, Sign, WeaklyFair, scenario};
use hopwise_vocab::{Action, Claim, Header, Safeguards, Step, Trace};
use std::path::PathBuf;

/// Breadth first, the shortest way to every sign lies within so many states.
const MOST: usize = 600_000;

/// And to many within so many. A behaviour for ever is another in another search.
const FEW: usize = 50_000;

fn as_built(hazard: &Hazard) -> Chain {
    let built = Safeguards::as_built();
    Chain {
        scenario: scenario(hazard.scenario).expect("hazards name scenarios"),
        safeguards: hazard
            .also_off
            .iter()
            .fold(built, |on, &off| on.without(off)),
    }
}

/// The actions of the shortest behaviour that shows the hazard, and where its cycle begins.
fn shown(hazard: &Hazard, graph: &Graph<'_, Chain>) -> Option<(Vec<Action>, Option<usize>)> {
    let chain = graph.model();
    let actions = |steps: &[(Action, _)]| steps.iter().map(|(action, _)| *action).collect();
    match hazard.sign {
        Sign::State(is_bad) => {
            let bad = graph.ids().find(|&id| is_bad(chain, &graph.state(id)))?;
            Some((actions(&graph.trace_to(bad).steps), None))
        }
        Sign::Step(is_bad) => {
            let judged = step_invariant(graph, |before, _, after| !is_bad(before, after));
            Some((actions(&judged.counterexample()?.steps), None))
        }
        Sign::Forever(is_bad) => {
            let bad = |state: &_| is_bad(chain, state);
            let judged = leads_to(graph, &WeaklyFair::of(chain), bad, |state| !bad(state));
            let lasso = judged.counterexample()?;
            let mut all: Vec<Action> = actions(&lasso.stem.steps);
            let begins = all.len();
            all.extend(lasso.cycle.iter().map(|(action, _)| *action));
            Some((
                all,
                (begins < lasso.stem.steps.len() + lasso.cycle.len()).then_some(begins),
            ))
        }
    }
}

fn trace_of(hazard: &Hazard) -> Trace {
    let chain = as_built(hazard);
    let among = |states| {
        let bounds = Bounds {
            states: Some(states),
            ..Bounds::default()
        };
        shown(hazard, &explore_packed(&chain, &bounds))
    };
    let soon = match hazard.sign {
        Sign::State(_) | Sign::Step(_) => among(FEW),
        Sign::Forever(_) => None,
    };
    let found = soon.or_else(|| among(MOST));
    let (actions, cycle) = found.unwrap_or_else(|| panic!("{}", hazard.name));
    let mut header = Header::new(
        hazard.name,
        hazard.scenario,
        Claim::Witness(hazard.name.into()),
    );
    header.off = chain.safeguards.clone();
    let steps = actions.into_iter().enumerate();
    let steps = steps.map(|(index, action)| Step {
        action,
        cycle: Some(index) == cycle,
    });
    Trace {
        header,
        steps: steps.collect(),
    }
}

fn kept(hazard: &Hazard) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/traces/as-built");
    folder.join(hazard.name).with_extension("ndjson")
}

/// `HOPWISE_KEEP=1 cargo test -p hopwise-protocol --test hazards` writes the traces.
fn assert_shown(share: usize) {
    for hazard in HAZARDS.iter().skip(share).step_by(2) {
        let text = trace_of(hazard).to_text();
        if std::env::var_os("HOPWISE_KEEP").is_some() {
            std::fs::write(kept(hazard), &text).expect("the folder of traces is there");
        }
        let kept = std::fs::read_to_string(kept(hazard)).unwrap_or_default();
        assert_eq!(text, kept, "{}: the kept trace is another", hazard.name);
    }
}

#[test]
fn the_first_of_every_two_hazards_shows_as_its_kept_trace_says() {
    assert_shown(0);
}

#[test]
fn the_second_of_every_two_hazards_shows_as_its_kept_trace_says() {
    assert_shown(1);
}

#[test]
fn what_the_reference_prevents_does_not_show_in_it() {
    let prevented = |hazard: &&Hazard| hazard.reference == Reference::Prevents;
    for hazard in HAZARDS.iter().filter(prevented) {
        let chain = Chain {
            safeguards: Safeguards::reference(),
            ..as_built(hazard)
        };
        let graph = explore_packed(&chain, &Bounds::default());
        assert!(graph.is_complete());
        assert!(shown(hazard, &graph).is_none(), "{}", hazard.name);
    }
}
