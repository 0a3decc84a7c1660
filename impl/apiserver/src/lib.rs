//! An embedded Kubernetes API server: the resources, semantics and words that kubectl, kube-rs and
//! the controllers of the chain meet, in memory and in one process.
//!
//! The core is synchronous: [`ApiServer::answer`] is one step, and a watch is a [`Cursor`] that
//! somebody else moves, which is what lets a driver own every interleaving. [`ApiService`] puts
//! ordinary pushing behaviour on top, for `kube::Client` and for HTTP.
//!
//! What is absent: admission and conversion webhooks, CEL rules, the kinds the chain does not use,
//! protobuf answers, and any state outside memory.
mod access;
mod discovery;
mod event_forms;
mod failure;
mod field_error;
#[cfg(test)]
mod fuzz;
mod garbage;
mod http_service;
mod object;
mod openapi;
mod options;
mod ownership;
mod patch;
mod path;
mod protobuf;
mod rbac;
mod registry;
mod render;
mod request;
mod resource_call;
mod rules;
mod schema;
mod selector;
mod server;
mod store;
mod table;
mod verbs;
mod watch;

pub use http_service::{ApiService, Body, BodyError};
pub use options::{Audit, Authentication, Clock, Grant, HISTORY, Judged, Options, User};
pub use request::Request;
pub use server::{Answer, ApiServer};
pub use watch::{Cursor, Event};
