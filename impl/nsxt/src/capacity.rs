//! How much one load balancer service of each size bears.

use serde_json::Value;

use crate::intent::Intent;

/// What a service bears. The figures are those commonly given for NSX-T from 2.5 on; a client
/// reads them from `service-usage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) virtual_servers: usize,
    pub(crate) pools: usize,
    pub(crate) members: usize,
}

impl Capacity {
    /// By the service's size.
    pub(crate) fn by_size(size: &str) -> Capacity {
        let (virtual_servers, pools, members) = match size {
            "MEDIUM" => (100, 300, 2000),
            "LARGE" => (1000, 3000, 7500),
            "XLARGE" | "DLB" => (2000, 4000, 10_000),
            _ => (20, 60, 300),
        };
        Capacity {
            virtual_servers,
            pools,
            members,
        }
    }

    /// What a service is held to: its size, or the largest where scale validation is relaxed.
    pub(crate) fn of(service: &Intent) -> Capacity {
        let relaxed = service
            .fields
            .get("relax_scale_validation")
            .and_then(Value::as_bool);
        if relaxed == Some(true) {
            Capacity::by_size("XLARGE")
        } else {
            Capacity::by_size(service.text("size").unwrap_or("SMALL"))
        }
    }
}
