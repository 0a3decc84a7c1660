//! A client of the NSX-T Policy API, as far as load balancing needs it.
//!
//! Each call is one HTTP request (a list: one per page). Nothing is cached or waited for here: that
//! belongs to whoever keeps the work queue. So does the realization of what was written: a call tells
//! how far it has come, and whoever asks again, asks at its own ticks, under its own deadlines.
//!
//! The client sits on a `tower` service, so that a test can hold every request;
//! [`NsxClient::connect`] puts HTTP below it, with sessions, several managers, renewal of credentials
//! and patience with a busy manager.

mod access;
mod client;
mod cluster;
mod connect;
mod error;
mod group;
mod hierarchy;
mod load_balancer;
mod monitor;
mod peer;
mod pools;
mod realized;
mod renewal;
mod request;
mod retry;
mod search;
mod session;
mod tag;
mod tls;

pub use access::{Access, Account, Identity, Material, Shown, Source};
pub use client::{Credentials, Deleted, NsxClient};
pub use error::Error;
pub use group::Group;
pub use hierarchy::Tree;
pub use load_balancer::{
    AccessAction, AccessListControl, LbPool, LbService, LbVirtualServer, PoolMember,
};
pub use monitor::HttpMonitor;
pub use pools::IpAllocation;
pub use realized::Realized;
pub use search::Found;
pub use tag::Tag;
