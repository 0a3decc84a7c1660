//! Pure decisions of the three hops.
//!
//! Each hop is a function from what was observed to what to do, as the tables of
//! `docs/protocol.md` §4 say: [`ccm::decide`], [`vmop::decide`], [`ncp::decide`]. A decision
//! carries its whole payload, preconditions included, and asks for at most one write. Beside the
//! passes, [`sweep`] says what stands for nobody (§4.4).
//!
//! Nothing here reads, writes, waits, or knows what time it is; nothing here knows Kubernetes.

pub mod ccm;
mod live;
pub mod mirror;
pub mod ncp;
pub mod sweep;
mod terms;
mod told;
mod upstream;
pub mod vmop;

pub use live::{Live, ProvenAbsent};
pub use terms::{Clients, Terms};
pub use told::Told;
pub use upstream::{
    Guard, Hold, Lifecycle, Port, Protocol, ResourceVersion, Serving, Uid, Upstream,
};
