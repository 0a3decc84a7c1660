//! A live chain in bad weather: controllers that are killed, servers that refuse, a user who goes on.

pub mod controllers;
pub mod plan;
pub mod record;
pub mod user;
pub mod verdict;
pub mod weather;

pub use plan::Plan;
pub use record::Record;
pub use weather::Weather;
