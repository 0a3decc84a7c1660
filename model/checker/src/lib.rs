//! Explores a stateright model into a graph and decides safety and fair liveness on it.
//!
//! *Takes* any [`stateright::Model`] with comparable states and actions. *Gives* a [`Graph`] with
//! every reachable state stored once, and judgements on it: [`invariant`], [`step_invariant`],
//! [`reachable`], [`rests_only_when`] for safety; [`leads_to`], [`eventually_always`] and
//! [`always_eventually`] for liveness under weak fairness. *Promises* three things:
//!
//! - A search that was cut never passes: it breaks or it is [`Verdict::NotDecided`].
//! - Two states are one node exactly if they are equal; no verdict rests on a hash.
//! - Every counterexample was checked by [`replay`], which knows the model and not the graph.
#![doc = include_str!("../README.md")]

mod compare;
mod explore;
mod fairness;
mod graph;
mod lasso;
mod liveness;
mod progress;
mod region;
pub mod replay;
mod safety;
mod scc;
mod table;
mod trace;
mod verdict;

use std::hash::Hash;

use stateright::Model;

pub use compare::stateright_states;
pub use explore::{Bounds, explore};
pub use fairness::{Fairness, Unfair, WeaklyFair};
pub use graph::{Coverage, Graph, Id};
pub use liveness::{always_eventually, eventually_always, leads_to};
pub use progress::Progress;
pub use safety::{
    NeverReached, invariant, quiescent, reachable, rests_only_when, step_invariant, witness,
};
pub use trace::{Lasso, Trace};
pub use verdict::{Judgement, Verdict, Why};

/// A model that can be explored: its states can be stored and found again, its actions compared.
///
/// It is implemented for every [`Model`] that qualifies and is only a short way to write the
/// bounds. Equality and hash of states must agree, and `init_states`, `actions` and `next_state`
/// must be functions of their arguments alone; replaying a counterexample panics otherwise.
pub trait Checkable: Model<State: Clone + Eq + Hash, Action: Clone + Eq> {}

impl<M> Checkable for M
where
    M: Model,
    M::State: Clone + Eq + Hash,
    M::Action: Clone + Eq,
{
}
