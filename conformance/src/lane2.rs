//! Lane 2, the decisions: at every reachable state of a scenario every hop is asked, and what
//! `hopwise-core` decides must be what the model asks for, payload included.
//!
//! It may not idle where the model acts, nor act where the model idles. The model is asked at
//! every state; the core, being a pure function, once per observation.

mod core;
mod inquiry;
mod questions;
mod translation;

pub use self::core::Core;
pub use inquiry::{Disagreement, Inquiry};

use crate::caller::Caller;
use crate::difference::Difference;
use hopwise_checker::{Bounds, Graph, Id, explore_packed};
use hopwise_protocol::{Chain, Request, Scenario};
use hopwise_vocab::{Claim, Header, Hop, Safeguards, Trace};
use questions::{Memory, Question};
use serde::Serialize;
use std::time::Duration;

/// What comparing the decisions of one scenario came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The scenario.
    pub scenario: &'static str,
    /// The safeguards that are off, on both sides.
    pub off: Safeguards,
    /// How many reachable states were found; all were asked, unless there is a divergence.
    pub states: usize,
    /// Whether these are all that there are.
    pub complete: bool,
    /// How many decisions were compared.
    pub compared: usize,
    /// How many different observations they were made on.
    pub observations: usize,
    /// How long the search took.
    pub searching: Duration,
    /// How long the comparison took.
    pub comparing: Duration,
    /// The first disagreement, at a state that no other is nearer than.
    pub divergence: Option<Divergence>,
}

/// A state in which the model and the core decide differently.
#[derive(Debug, Serialize)]
pub struct Divergence {
    /// Whose decision.
    pub hop: Hop,
    /// What was observed.
    pub observed: String,
    /// What the model asks for; nothing if it idles.
    pub model: Option<String>,
    /// What the core decided; nothing if it idles.
    pub core: Option<String>,
    /// The fields of the request that differ.
    pub differences: Vec<Difference>,
    /// A shortest way to the state, as text.
    pub trace: String,
}

/// Compares the decisions of the core with the model's in every reachable state.
pub fn run(scenario: &Scenario, safeguards: &Safeguards, caller: &mut Caller<'_>) -> Report {
    run_with(
        &Core::reference(safeguards.clone()),
        scenario,
        safeguards,
        caller,
    )
}

/// The same, with another core than the model's safeguards ask for.
pub fn run_with(
    core: &Core,
    scenario: &Scenario,
    safeguards: &Safeguards,
    caller: &mut Caller<'_>,
) -> Report {
    let chain = Chain {
        scenario: *scenario,
        safeguards: safeguards.clone(),
    };
    let begun = caller.now();
    let bounds = Bounds {
        states: caller.limit,
        ..Bounds::default()
    };
    let graph = explore_packed(&chain, &bounds);
    let searched = caller.now();
    let mut memory = Memory::new(core);
    let mut compared = 0;
    let mut divergence = None;
    for id in graph.ids() {
        let state = graph.state(id);
        for (at, question) in questions::of(&chain, &state) {
            compared += 1;
            let asked = question.ask_model(&chain, &state, at);
            let decided = memory.ask(&question);
            if decided.as_ref() != Ok(&asked) {
                divergence = Some(describe(&graph, id, &question, asked, decided));
                break;
            }
        }
        if divergence.is_some() {
            break;
        }
        caller.report(id as usize + 1, graph.len());
    }
    Report {
        scenario: scenario.name,
        off: safeguards.clone(),
        states: graph.len(),
        complete: graph.is_complete(),
        compared,
        observations: memory.len(),
        searching: searched - begun,
        comparing: caller.now() - searched,
        divergence,
    }
}

fn describe(
    graph: &Graph<'_, Chain>,
    id: Id,
    question: &Question,
    asked: Option<Request>,
    decided: &Result<Option<Request>, translation::Error>,
) -> Divergence {
    let chain = graph.model();
    let claim = Claim::Witness(format!(
        "the model and the core decide differently for {}",
        question.hop()
    ));
    let mut header = Header::new("decision", chain.scenario.name, claim);
    header.off = chain.safeguards.clone();
    Divergence {
        hop: question.hop(),
        observed: format!("{question:?}"),
        model: asked.as_ref().map(show),
        core: match decided {
            Ok(decided) => decided.as_ref().map(show),
            Err(error) => Some(error.to_string()),
        },
        differences: decided
            .as_ref()
            .map_or_else(|_| Vec::new(), |decided| differences(asked, *decided)),
        trace: Trace::new(
            header,
            graph
                .trace_to(id)
                .steps
                .into_iter()
                .map(|(action, _)| action),
        )
        .to_text(),
    }
}

fn show(asked: &Request) -> String {
    format!("{asked:?}")
}

fn differences(model: Option<Request>, core: Option<Request>) -> Vec<Difference> {
    let (Some(model), Some(core)) = (model, core) else {
        return Difference::between("request", &model, &core)
            .into_iter()
            .collect();
    };
    let fields = [
        Difference::between("verb", &model.verb, &core.verb),
        Difference::between("object", &model.object, &core.object),
        Difference::between("uid", &model.uid, &core.uid),
        Difference::between("version", &model.version, &core.version),
        Difference::between("payload", &model.payload, &core.payload),
    ];
    fields.into_iter().flatten().collect()
}
