//! Why a world cannot take a step.

use crate::who::Who;
use hopwise_vocab::Action;

/// Why an action cannot be done to a world. Where the model can take it, that is a divergence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call that the action is about does not wait.
    #[error("no call waits for `{action}`; these wait: {waiting:?}")]
    NoCall {
        /// The action.
        action: Action,
        /// What waits.
        waiting: Vec<String>,
    },
    /// The watch that the action is about has nothing to deliver.
    #[error("`{action}` has no event to deliver")]
    NoEvent {
        /// The action.
        action: Action,
    },
    /// A server refused the user.
    #[error("`{action}` was refused: {answer}")]
    Refused {
        /// The action.
        action: Action,
        /// What the server said.
        answer: String,
    },
    /// NSX-T has nothing to realize, or no address to free.
    #[error("NSX-T has nothing for `{action}`")]
    Nothing {
        /// The action.
        action: Action,
    },
    /// A world has no such step, or has it at another time.
    #[error("`{action}` cannot be done to a world: {why}")]
    NoStep {
        /// The action.
        action: Action,
        /// Why not.
        why: &'static str,
    },
    /// A controller has returned or panicked.
    #[error("{who} has ended")]
    Ended {
        /// Which one.
        who: Who,
    },
    /// A controller asks what no hop of the protocol asks.
    #[error("{who} asks what the protocol does not know: {line}")]
    Unknown {
        /// Which one.
        who: Who,
        /// What it asks.
        line: String,
    },
    /// What is not in the model does not come to rest.
    #[error("stuttering does not end; the last of it was {last}")]
    Restless {
        /// What was served or delivered last.
        last: String,
    },
}
