//! Address allocations.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Deleted, NsxClient};
use crate::realized::Realized;
use crate::request::escaped;
use crate::{Error, Tag};

/// A request for an address of a pool. It cannot be changed once it is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IpAllocation {
    /// Chosen by the client; asking twice under one id allocates once.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The address asked for. The one that was given is told by [`NsxClient::realized_ip`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation_ip: Option<IpAddr>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl NsxClient {
    /// Reads an allocation; `None` when there is none.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn allocation(&self, pool: &str, id: &str) -> Result<Option<IpAllocation>, Error> {
        self.get(&path(pool, id)).await
    }

    /// Reads all allocations of a pool.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn allocations(&self, pool: &str) -> Result<Vec<IpAllocation>, Error> {
        self.list(&format!("/infra/ip-pools/{}/ip-allocations", escaped(pool)))
            .await
    }

    /// Asks for an address; answers the allocation, which an earlier call may have made.
    ///
    /// # Errors
    /// As [`Error`] tells. An exhausted pool is no error here; the realized state tells it.
    pub async fn put_allocation(
        &self,
        pool: &str,
        allocation: &IpAllocation,
    ) -> Result<IpAllocation, Error> {
        self.put(&path(pool, &allocation.id), allocation).await
    }

    /// Asks for an address, as [`NsxClient::put_allocation`] does, without an answer.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn patch_allocation(
        &self,
        pool: &str,
        allocation: &IpAllocation,
    ) -> Result<(), Error> {
        self.patch(&path(pool, &allocation.id), allocation).await
    }

    /// Gives an address back.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn delete_allocation(&self, pool: &str, id: &str) -> Result<Deleted, Error> {
        self.delete(&path(pool, id)).await
    }

    /// Reads which address an allocation got.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn realized_ip(&self, pool: &str, id: &str) -> Result<Realized<IpAddr>, Error> {
        let intent = format!("/infra/ip-pools/{pool}/ip-allocations/{id}");
        self.realized(&intent, "AllocationIpAddress", |entity| {
            entity.attribute("allocation_ip")?.parse().ok()
        })
        .await
    }
}

fn path(pool: &str, id: &str) -> String {
    format!(
        "/infra/ip-pools/{}/ip-allocations/{}",
        escaped(pool),
        escaped(id)
    )
}
