//! Explores a stateright model into a graph and decides safety and fair liveness on it.
//!
//! *Takes* any [`stateright::Model`] with comparable states and actions. *Gives* a [`Graph`] with
//! every reachable state stored once, and judgements on it: [`invariant`], [`step_invariant`],
//! [`reachable`], [`rests_only_when`], [`never_wedged`] and [`longest`] for safety; [`leads_to`],
//! [`eventually_always`] and [`always_eventually`] for liveness under weak and strong fairness. A
//! [`survey`] judges many of them at once.
//! *Promises* four things:
//!
//! - A search that was cut never passes: it breaks or it is [`Verdict::NotDecided`].
//! - Two states are one node exactly if they are equal; no verdict rests on a hash.
//! - The graph is the same for any number of threads, packed or not.
//! - Every counterexample was checked by [`replay`], which knows the model and not the graph.
#![doc = include_str!("../README.md")]

#[cfg(test)]
extern crate self as hopwise_checker;
#[cfg(test)]
mod oracle;

mod edges;
mod offsets;
mod packed;
mod parents;
mod store;

mod explore;
mod found;
mod labels;
mod piece;
mod progress;
mod threads;

mod graph;
mod ids;
mod scc;
mod states;
mod statistics;
mod ways;

mod convergence;
mod safety;
mod symmetry;

mod classes;
mod duties;
mod fairness;
mod lasso;
mod liveness;
mod region;
mod rules;
mod survey;

mod compare;
pub mod replay;
mod simulation;
mod trace;
mod verdict;

use std::hash::Hash;

use stateright::Model;

pub use compare::stateright_states;
pub use convergence::{Longest, Spent, longest, never_wedged};
pub use explore::{Bounds, explore, explore_packed};
pub use fairness::{Fair, Fairness, Strength, Unfair, WeaklyFair};
pub use graph::{Bytes, Coverage, Graph, Id};
pub use liveness::{always_eventually, eventually_always, leads_to};
pub use packed::{Packed, assert_packs};
pub use progress::Progress;
pub use safety::{
    NeverReached, invariant, quiescent, reachable, rests_only_when, step_invariant, witness,
};
pub use simulation::{Run, follow, simulate, taken};
pub use statistics::Statistics;
pub use survey::{Survey, invariants, survey};
pub use symmetry::{Orbits, Symmetry, explore_symmetric, explore_symmetric_packed};
pub use trace::{Lasso, Trace};
pub use verdict::{Judgement, Verdict, Why};

/// A model that can be explored: its states can be stored and found again, its actions compared.
///
/// It is implemented for every [`Model`] that qualifies and is only a short way to write the
/// bounds. Equality and hash must agree, of states and of actions, and `init_states`, `actions` and
/// `next_state` must be functions of their arguments alone; replaying a counterexample panics
/// otherwise.
///
/// Models, states and actions are shared among the threads of a search.
pub trait Checkable:
    Model<State: Clone + Eq + Hash + Send + Sync, Action: Clone + Eq + Hash + Send + Sync> + Sync
{
}

impl<M> Checkable for M
where
    M: Model + Sync,
    M::State: Clone + Eq + Hash + Send + Sync,
    M::Action: Clone + Eq + Hash + Send + Sync,
{
}
