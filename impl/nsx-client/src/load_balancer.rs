//! Load balancer services, virtual servers and pools.
//!
//! An object that was read keeps what is not named here in `rest`, so that putting it back changes
//! only what was meant to change.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Deleted, NsxClient};
use crate::realized::Realized;
use crate::request::escaped;
use crate::{Error, Tag};

/// The service that carries virtual servers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LbService {
    /// Chosen by the client.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The tier-1 gateway it runs on; a service without one is not realized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectivity_path: Option<String>,
    /// `SMALL`, `MEDIUM`, `LARGE` or `XLARGE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The revision that was read. Left out when the object is to be created.
    #[serde(default, rename = "_revision", skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An address and ports that connections come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LbVirtualServer {
    /// Chosen by the client.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The virtual IP.
    pub ip_address: IpAddr,
    /// Ports such as `80`, or ranges such as `1234-1236`.
    pub ports: Vec<String>,
    /// The profile, which decides on TCP or UDP.
    pub application_profile_path: String,
    /// The service it runs on; without one it is not realized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lb_service_path: Option<String>,
    /// Where connections go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_path: Option<String>,
    /// Whom it serves; absent: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_list_control: Option<AccessListControl>,
    /// Ports of members that have none of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_pool_member_ports: Vec<String>,
    /// The revision that was read. Left out when the object is to be created.
    #[serde(default, rename = "_revision", skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who is served by a virtual server, or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessListControl {
    /// What happens to those in the group; the others meet the opposite.
    pub action: AccessAction,
    /// The group's intent path.
    pub group_path: String,
    /// Whether the list is looked at.
    #[serde(default)]
    pub enabled: bool,
}

/// What happens to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccessAction {
    /// It is served.
    Allow,
    /// It is not.
    Drop,
}

/// The members that connections are spread over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LbPool {
    /// Chosen by the client.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Always sent, also when it is empty: a PUT and a PATCH replace the whole.
    #[serde(default)]
    pub members: Vec<PoolMember>,
    /// The monitors that say which members serve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub active_monitor_paths: Vec<String>,
    /// `ROUND_ROBIN`, `LEAST_CONNECTION` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The revision that was read. Left out when the object is to be created.
    #[serde(default, rename = "_revision", skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One member of a pool; address and port together are its identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolMember {
    /// Where it is.
    pub ip_address: IpAddr,
    /// Absent: the virtual server decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl PoolMember {
    /// A member with a port of its own.
    #[must_use]
    pub fn new(ip_address: IpAddr, port: u16) -> PoolMember {
        let port = Some(port.to_string());
        PoolMember {
            ip_address,
            port,
            display_name: None,
            rest: Map::new(),
        }
    }
}

const SERVICES: &str = "/infra/lb-services";
const VIRTUAL_SERVERS: &str = "/infra/lb-virtual-servers";
const POOLS: &str = "/infra/lb-pools";

/// Every call fails as [`Error`] tells; reading what is not there is `None`, not an error.
impl NsxClient {
    /// Reads a load balancer service.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn lb_service(&self, id: &str) -> Result<Option<LbService>, Error> {
        self.get(&path(SERVICES, id)).await
    }

    /// Creates a service, or replaces the revision that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] or [`Error::Exists`] when somebody else was faster.
    pub async fn put_lb_service(&self, service: &LbService) -> Result<LbService, Error> {
        self.put(&path(SERVICES, &service.id), service).await
    }

    /// Deletes a service.
    ///
    /// # Errors
    /// [`Error::InUse`] while virtual servers run on it.
    pub async fn delete_lb_service(&self, id: &str) -> Result<Deleted, Error> {
        self.delete(&path(SERVICES, id)).await
    }

    /// Reads how far a service has come.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn realized_lb_service(&self, id: &str) -> Result<Realized<()>, Error> {
        self.realized(&format!("{SERVICES}/{id}"), "LbServiceDto", |_| Some(()))
            .await
    }

    /// Reads a virtual server.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn virtual_server(&self, id: &str) -> Result<Option<LbVirtualServer>, Error> {
        self.get(&path(VIRTUAL_SERVERS, id)).await
    }

    /// Reads all virtual servers.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn virtual_servers(&self) -> Result<Vec<LbVirtualServer>, Error> {
        self.list(VIRTUAL_SERVERS).await
    }

    /// Creates a virtual server, or replaces the revision that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] or [`Error::Exists`] when somebody else was faster.
    pub async fn put_virtual_server(
        &self,
        server: &LbVirtualServer,
    ) -> Result<LbVirtualServer, Error> {
        self.put(&path(VIRTUAL_SERVERS, &server.id), server).await
    }

    /// Creates a virtual server or replaces it whole, whatever its revision.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn patch_virtual_server(&self, server: &LbVirtualServer) -> Result<(), Error> {
        self.patch(&path(VIRTUAL_SERVERS, &server.id), server).await
    }

    /// Deletes a virtual server.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn delete_virtual_server(&self, id: &str) -> Result<Deleted, Error> {
        self.delete(&path(VIRTUAL_SERVERS, id)).await
    }

    /// Reads how far a virtual server has come.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn realized_virtual_server(&self, id: &str) -> Result<Realized<()>, Error> {
        self.realized(
            &format!("{VIRTUAL_SERVERS}/{id}"),
            "LbVirtualServerDto",
            |_| Some(()),
        )
        .await
    }

    /// Reads a pool.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn lb_pool(&self, id: &str) -> Result<Option<LbPool>, Error> {
        self.get(&path(POOLS, id)).await
    }

    /// Reads all pools.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn lb_pools(&self) -> Result<Vec<LbPool>, Error> {
        self.list(POOLS).await
    }

    /// Creates a pool, or replaces the revision that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] or [`Error::Exists`] when somebody else was faster.
    pub async fn put_lb_pool(&self, pool: &LbPool) -> Result<LbPool, Error> {
        self.put(&path(POOLS, &pool.id), pool).await
    }

    /// Creates a pool or replaces it whole, whatever its revision.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn patch_lb_pool(&self, pool: &LbPool) -> Result<(), Error> {
        self.patch(&path(POOLS, &pool.id), pool).await
    }

    /// Deletes a pool.
    ///
    /// # Errors
    /// [`Error::InUse`] while a virtual server refers to it.
    pub async fn delete_lb_pool(&self, id: &str) -> Result<Deleted, Error> {
        self.delete(&path(POOLS, id)).await
    }

    /// Reads how far a pool has come.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn realized_lb_pool(&self, id: &str) -> Result<Realized<()>, Error> {
        self.realized(&format!("{POOLS}/{id}"), "LbPoolDto", |_| Some(()))
            .await
    }
}

fn path(collection: &str, id: &str) -> String {
    format!("{collection}/{}", escaped(id))
}
