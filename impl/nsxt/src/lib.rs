//! An embedded NSX-T manager: Policy API, IPAM, realization and the data path.
//!
//! [`Manager`] is synchronous and does nothing by itself, so that a test can take it step by step;
//! [`PolicyApi`] makes a `tower` service of it, and [`datapath`] moves the traffic of what is
//! realized. It speaks the part of NSX-T 3.1 that load balancing needs: sessions, basic
//! authentication and principal identities with client certificates, IP pools with their allocations, load balancer services, virtual servers, pools,
//! profiles and monitors, realized state, status and statistics, lists, search, and the
//! hierarchical API. It knows nothing about its clients.
//!
//! Absent: ICMP, HTTPS and passive monitors are kept but not probed, HTTP profiles are served as
//! plain TCP, persistence is not kept, and source addresses are always translated (the transparent
//! mode needs privileges). Roles and protection of principal identities are kept but not enforced,
//! and principals are not kept on disk.

pub mod datapath;

mod built_in;
mod capacity;
mod fault;
mod frontend;
#[cfg(test)]
mod fuzz;
mod hierarchy;
mod intent;
mod intents;
mod ipam;
mod keeping;
mod kind;
mod list;
mod load_balancer;
mod manager;
mod monitor;
mod network;
mod node;
mod principal;
mod rate;
mod realize;
mod realized_state;
mod refusal;
mod response;
mod routes;
mod schema;
mod search;
mod serial;
mod service;
mod session;
mod sources;
mod state;
mod store;
mod traffic;
mod uri;
mod view;
mod write;

pub use frontend::{AdminState, Algorithm, Backends, Frontend, Member, Protocol};
pub use intent::Alarm;
pub use manager::{Clock, Manager, Options, Realization};
pub use monitor::{Check, Checked, Health, HttpCheck, Monitor, Verdict};
pub use service::{PolicyApi, keep_time};
pub use session::Credentials;
pub use sources::{Access, AccessList, Sources};
pub use traffic::{Counters, Reading, Session, Traffic};
pub use view::{Allocation, AllocationState, Realized, Tag, VirtualServer};

use std::net::IpAddr;

/// What can go wrong outside of a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A pool cannot be set up.
    #[error("set up IP pool {id} with {first}-{last}: {why}")]
    Pool {
        /// The pool's id.
        id: String,
        /// The first address.
        first: IpAddr,
        /// The last address.
        last: IpAddr,
        /// What the manager said.
        why: String,
    },
    /// The file that the state is kept in cannot be used.
    #[error("open the state file {}: {why}", .file.display())]
    State {
        /// The file.
        file: std::path::PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
}
