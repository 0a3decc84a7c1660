//! Every row of `docs/protocol.md` §4, every safeguard off, and what holds of all decisions.

mod ccm;
mod fixtures;
mod ncp;
mod sweep;
mod terms;
mod totality;
mod vmop;
mod without;
