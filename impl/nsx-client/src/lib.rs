//! A client of the NSX-T Policy API, as far as load balancing needs it.
//!
//! Each call is one HTTP request (a list: one per page) with basic authentication. Nothing is
//! retried, cached or waited for here: that belongs to whoever keeps the work queue. The client
//! sits on a `tower` service, so that a test can hold every request; [`NsxClient::connect`] puts
//! HTTP below it.

mod client;
mod connect;
mod error;
mod hierarchy;
mod load_balancer;
mod pools;
mod realized;
mod request;
mod search;
mod tag;

pub use client::{Credentials, Deleted, NsxClient};
pub use error::Error;
pub use hierarchy::Tree;
pub use load_balancer::{LbPool, LbService, LbVirtualServer, PoolMember};
pub use pools::IpAllocation;
pub use realized::Realized;
pub use search::Found;
pub use tag::Tag;
