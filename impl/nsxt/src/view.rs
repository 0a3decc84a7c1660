//! What the data path and a test read from the manager, without HTTP.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use crate::frontend::{Backends, Frontend};
use crate::intent::{Alarm, Intent};
use crate::ipam::Holding;
use crate::kind::Kind;
use crate::monitor::Monitor;
use crate::realized_state::Standing;
use crate::sources::Sources;
use crate::state::State;

/// The idle timeout where a profile was deleted by force; that of a fast TCP profile.
const IDLE: Duration = Duration::from_secs(1800);

/// A tag of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// What the tag is about, such as `ncp/cluster`.
    pub scope: String,
    /// Its value.
    pub tag: String,
}

/// How far an intent has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Realized {
    /// Not yet, or there is nothing to realize it on.
    Unrealized,
    /// The newest intent is in force.
    Realized,
    /// It cannot be.
    Error(Alarm),
}

/// An address of a pool that is asked for, held, or on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// The id the client chose.
    pub id: String,
    /// Absent before realization and after a refusal.
    pub ip: Option<IpAddr>,
    /// Where it stands.
    pub state: AllocationState,
    /// As written; none once the object is gone.
    pub tags: Vec<Tag>,
}

/// Where an allocation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllocationState {
    /// Accepted, no address yet.
    Pending,
    /// Holds its address.
    Allocated,
    /// Got no address, and will get none.
    Failed(Alarm),
    /// Deletion was accepted; it still holds its address until the purge.
    Deleting,
    /// The object is gone; the address is held until the release delay is over.
    Releasing,
}

/// A virtual server: what is wanted of it, and what is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualServer {
    /// The id the client chose.
    pub id: String,
    /// The intent path.
    pub path: String,
    /// As written.
    pub tags: Vec<Tag>,
    /// Deletion was accepted; it serves until the purge.
    pub marked_for_delete: bool,
    /// How far the newest intent has come.
    pub state: Realized,
    /// The newest intent; its protocol is that of the profile.
    pub wanted: Option<Frontend>,
    /// What was last realized: this is what the data path serves.
    pub realized: Option<Frontend>,
    /// The pool of [`VirtualServer::realized`], as it was last realized.
    pub backends: Option<Backends>,
    /// Whom [`VirtualServer::realized`] serves.
    pub sources: Sources,
    /// How long a connection or session may be silent, by the profile of what is realized.
    pub idle_timeout: Duration,
    /// The active monitors of [`VirtualServer::backends`].
    pub monitors: Vec<Monitor>,
}

impl VirtualServer {
    /// The members a connection to `port` may go to, in the order they were written, whatever
    /// their administrative state.
    #[must_use]
    pub fn members(&self, port: u16) -> Vec<SocketAddr> {
        let (Some(front), Some(backends)) = (&self.realized, &self.backends) else {
            return Vec::new();
        };
        backends
            .members
            .iter()
            .map(|member| front.destination(member, port))
            .collect()
    }
}

impl State {
    pub(crate) fn allocation_views(&self, pool: &str) -> Vec<Allocation> {
        let pool = format!("/infra/ip-pools/{pool}");
        let standing = self
            .collection(&pool, Kind::IpAllocation)
            .map(|intent| Allocation {
                id: intent.at.id.clone(),
                ip: intent.address(),
                state: self.allocation_state(intent),
                tags: tags(intent),
            });
        let releasing = self
            .ipam
            .held(&pool)
            .filter_map(|(ip, holding)| match holding {
                Holding::Releasing { id, .. } => Some(Allocation {
                    id: id.clone(),
                    ip: Some(*ip),
                    state: AllocationState::Releasing,
                    tags: Vec::new(),
                }),
                Holding::Allocated { .. } => None,
            });
        standing.chain(releasing).collect()
    }

    fn allocation_state(&self, intent: &Intent) -> AllocationState {
        match self.standing(intent) {
            _ if intent.marked.is_some() => AllocationState::Deleting,
            Standing::Realized => AllocationState::Allocated,
            Standing::Failed(alarm) => AllocationState::Failed(alarm.clone()),
            Standing::Unrealized | Standing::Unbindable(_) => AllocationState::Pending,
        }
    }

    pub(crate) fn virtual_server_views(&self) -> Vec<VirtualServer> {
        self.virtual_servers()
            .map(|intent| self.virtual_server_view(intent))
            .collect()
    }

    fn virtual_server_view(&self, intent: &Intent) -> VirtualServer {
        let profile = intent.text("application_profile_path");
        let profile = profile.and_then(|path| self.intents.get(path));
        let profile = profile.map_or("", |profile| profile.resource_type);
        let realized = intent.frontend().map(|front| {
            let service = front
                .service
                .as_deref()
                .and_then(|path| self.intents.get(path));
            let in_service = service
                .and_then(|service| service.fields.get("enabled"))
                .and_then(Value::as_bool)
                .unwrap_or(true);
            Frontend {
                enabled: front.enabled && in_service,
                ..(**front).clone()
            }
        });
        let pool = realized.as_ref().and_then(|front| front.pool.as_deref());
        let backends = pool
            .and_then(|path| self.intents.get(path))
            .and_then(Intent::backends)
            .map(|backends| (**backends).clone());
        let fields = |path: &str| self.intents.get(path).map(|intent| &*intent.fields);
        let access = realized.as_ref().and_then(|front| front.access.as_ref());
        let sources = access.map(|access| access.sources(fields(&access.group)));
        let idle = realized.as_ref().and_then(|front| {
            let profile = fields(&front.profile)?;
            profile.get("idle_timeout")?.as_u64()
        });
        let monitors = backends.as_ref().map(|pool| self.monitors(&pool.monitors));
        VirtualServer {
            id: intent.at.id.clone(),
            path: intent.path(),
            tags: tags(intent),
            marked_for_delete: intent.marked.is_some(),
            state: match self.standing(intent) {
                Standing::Unrealized => Realized::Unrealized,
                Standing::Realized => Realized::Realized,
                standing @ (Standing::Failed(_) | Standing::Unbindable(_)) => standing
                    .alarm()
                    .map_or(Realized::Unrealized, Realized::Error),
            },
            wanted: Frontend::read(&intent.fields, profile),
            realized,
            backends,
            sources: sources.unwrap_or_default(),
            idle_timeout: idle.map_or(IDLE, Duration::from_secs),
            monitors: monitors.unwrap_or_default(),
        }
    }

    fn monitors(&self, paths: &[String]) -> Vec<Monitor> {
        let found = paths.iter().filter_map(|path| self.intents.get(path));
        found
            .filter_map(|it| Monitor::read(&it.path(), it.resource_type, &it.fields))
            .collect()
    }
}

fn tags(intent: &Intent) -> Vec<Tag> {
    let listed = intent.fields.get("tags").and_then(Value::as_array);
    let text = |tag: &Value, name: &str| tag[name].as_str().unwrap_or_default().to_owned();
    listed
        .into_iter()
        .flatten()
        .map(|tag| Tag {
            scope: text(tag, "scope"),
            tag: text(tag, "tag"),
        })
        .collect()
}
