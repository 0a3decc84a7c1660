//! Explores a stateright model into a graph and decides safety and fair liveness on it.
