//! Judges graphs whose right answers are known, and random ones by another method.

mod convergence;
mod counts;
mod examples;
mod exploration;
mod known_mistakes;
mod liveness;
mod replays;
mod safety;
mod same_graph;
mod simulation;
mod small;
mod survey;
mod symmetry;
