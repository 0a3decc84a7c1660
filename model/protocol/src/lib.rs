//! The specification of the chain as a stateright model.
