//! Monitors, which say whether the members of pools serve.

use serde::Serialize;

use crate::Tag;

/// A monitor that asks by HTTP. NSX-T's own periods and counts apply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HttpMonitor {
    /// Chosen by the client.
    pub id: String,
    /// What people read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Where members are asked.
    pub monitor_port: u16,
    /// What they are asked for.
    pub request_url: String,
    /// The answers of a member that serves.
    pub response_status_codes: Vec<u16>,
}

impl HttpMonitor {
    /// The resource type, which is also what a search finds.
    pub const TYPE: &str = "LBHttpMonitorProfile";

    /// The intent path of the monitor of this id.
    #[must_use]
    pub fn path_of(id: &str) -> String {
        format!("/infra/lb-monitor-profiles/{id}")
    }
}
