//! The specification of the chain as a stateright model, written from `docs/protocol.md` alone.
//!
//! [`Chain`] is the model: a [`Scenario`] bounds it, and safeguards can be switched off.
//! [`next_request`] and [`after_read`] are its decisions, for whoever compares a controller's with
//! them. [`INVARIANTS`] and [`LEADS_TO`] are what it promises.

mod object;
mod watch;
mod word;

mod nsx;
mod pass;
mod request;
mod state;
mod store;

mod server;
mod steps;

mod ccm;
mod cluster;
mod mirror;
mod ncp;
mod vmop;

mod faults;
mod laggard;
mod sweeps;
mod user;

mod fairness;
mod hazards;
mod judge;
mod model;
mod prelude;
mod properties;
mod refusal;
mod scenarios;

mod bits;
mod pack;

pub use ccm::wants_poll;
pub use cluster::Cluster;
pub use fairness::{Class, WeaklyFair};
pub use hazards::{HAZARDS, Hazard, Reference, Sign};
pub use judge::{Judged, Predicate, Promise, judge_all};
pub use laggard::{Laggard, View};
pub use model::Chain;
pub use nsx::{Allocation, LoadBalancer, Occupancy, PLACES, Place, Realization, VirtualServer};
pub use object::{
    Address, Downstream, Edits, Kind, Lifecycle, Ports, Stored, Told, Uid, Upstream, Version,
};
pub use pass::{Call, Pass};
pub use properties::{
    Clause, Control, Exemption, Form, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo,
};
pub use request::{AllocationId, Payload, Request, downstream, upstream};
pub use scenarios::{
    Beginning, Budget, Clusters, Fault, Faults, Grain, NIGHTLY, SCENARIOS, SMALL, Scenario,
    Topology, UnknownScenario, every_scenario, scenario,
};
pub use state::{Ccm, Copied, Lane, Late, Ncp, Poll, Rival, Seen, State, User, Vmop};
pub use steps::{Answer, after_read, next_request};
pub use store::Store;
pub use watch::{Queue, Watch};
pub use word::Word;
