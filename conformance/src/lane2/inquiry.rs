//! Every question that the states of a graph ask, once, with the model's answer.

use super::core::Core;
use super::questions::{self, Question};
use super::{differences, show};
use crate::difference::Difference;
use hopwise_checker::Id;
use hopwise_protocol::{Chain, Request, State};
use hopwise_vocab::Hop;
use std::collections::HashSet;

/// The questions, in the order of the states that ask them first.
pub struct Inquiry {
    asked: Vec<(Id, Question, Option<Request>)>,
}

/// The first answer of a core that is not the model's.
pub struct Disagreement {
    /// The state that asks.
    pub at: Id,
    /// Whose decision.
    pub hop: Hop,
    /// What the model asks for; nothing if it idles.
    pub model: Option<String>,
    /// What the core decided; nothing if it idles.
    pub core: Option<String>,
    /// The fields of the request that differ; none where the model has no word for the decision.
    pub differences: Vec<Difference>,
}

impl Inquiry {
    /// The questions of these states, nearest first.
    pub fn of(chain: &Chain, states: impl Iterator<Item = (Id, State)>) -> Inquiry {
        let mut known = HashSet::new();
        let mut asked = Vec::new();
        for (id, state) in states {
            for (at, question) in questions::of(chain, &state) {
                let answer = question.ask_model(chain, &state, at);
                if known.insert((question, answer)) {
                    asked.push((id, question, answer));
                }
            }
        }
        Inquiry { asked }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Puts them to a core until it disagrees.
    pub fn put(&self, core: &Core) -> Option<Disagreement> {
        self.asked.iter().find_map(|(at, question, asked)| {
            let decided = question.ask_core(core);
            (decided.as_ref() != Ok(asked)).then(|| Disagreement {
                at: *at,
                hop: question.hop(),
                model: asked.as_ref().map(show),
                core: match &decided {
                    Ok(decided) => decided.as_ref().map(show),
                    Err(error) => Some(error.to_string()),
                },
                differences: decided.map_or_else(|_| Vec::new(), |it| differences(*asked, it)),
            })
        })
    }
}
