//! Everything the manager remembers: the intent tree, the address holdings, the sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fault::Faults;
use crate::intent::{Intent, Marked, Progress, Signed};
use crate::intents::Intents;
use crate::ipam::{Ipam, Range};
use crate::kind::{Kind, Location, collection_path};
use crate::rate::Rates;
use crate::realized_state::Standing;
use crate::refusal::Refusal;
use crate::schema::{Body, Reference, ranges};
use crate::serial::Serial;
use crate::session::Sessions;
use crate::{Options, Realization};

/// How long a released address is held where its pool does not say; NSX-T's default.
pub(crate) const RELEASE_DELAY: Duration = Duration::from_secs(120);

/// The manager's memory. Time comes in as an argument of each step.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) intents: Intents,
    pub(crate) ipam: Ipam,
    pub(crate) sessions: Sessions,
    pub(crate) faults: Faults,
    pub(crate) rates: Rates,
    /// What the data path could not listen on, by the virtual server's path.
    pub(crate) unbindable: BTreeMap<String, String>,
    /// Whether every PATCH merges, not only one with the header.
    pub(crate) partial_patch: bool,
    /// One more with every change that the data path or a test could see.
    pub(crate) version: u64,
    pub(crate) serial: Serial,
    pub(crate) realization: Realization,
    pub(crate) purge: Realization,
    /// When something is to be realized or purged. An entry may be out of date; the intent says.
    pub(crate) due: BTreeSet<(Timestamp, String)>,
}

/// Who asks, and when.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: Arc<str>,
    pub(crate) now: Timestamp,
}

impl Caller {
    pub(crate) fn signed(&self) -> Signed {
        Signed {
            by: self.user.clone(),
            at: self.now,
        }
    }
}

impl State {
    /// With nothing in it, not even what is built in.
    pub(crate) fn empty(options: &Options) -> State {
        State {
            intents: Intents::new(),
            ipam: Ipam::default(),
            sessions: Sessions::of(options.credentials.clone()),
            faults: Faults::default(),
            rates: Rates::default(),
            unbindable: BTreeMap::new(),
            partial_patch: false,
            version: 0,
            serial: Serial::new(options.seed),
            realization: options.realization,
            purge: options.purge,
            due: BTreeSet::new(),
        }
    }

    /// Remembers no longer what is touched.
    pub(crate) fn forget_touched(&mut self) {
        self.intents.forget_touched();
        self.ipam.forget_touched();
    }

    /// The object, unless it is marked for deletion: such ones are not returned.
    pub(crate) fn live(&self, path: &str) -> Option<&Intent> {
        self.intents
            .get(path)
            .filter(|intent| intent.marked.is_none())
    }

    /// The object, or the refusal that says it is not there.
    pub(crate) fn found(&self, path: &str) -> Result<&Intent, Refusal> {
        self.live(path).ok_or_else(|| Refusal::not_found(path))
    }

    /// The objects of one collection, marked ones included, by path.
    pub(crate) fn collection(&self, parent: &str, kind: Kind) -> impl Iterator<Item = &Intent> {
        let prefix = collection_path(parent, kind) + "/";
        let depth = prefix.len();
        self.intents
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter(move |(path, _)| !path[depth..].contains('/'))
            .map(|(_, intent)| intent)
    }

    /// The live children of an object, by path.
    pub(crate) fn children(&self, path: &str) -> impl Iterator<Item = &Intent> {
        let prefix = format!("{path}/");
        self.intents
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(|(_, intent)| intent)
            .filter(|intent| intent.marked.is_none())
    }

    /// The live objects that refer to this one, by path.
    pub(crate) fn referrers(&self, path: &str) -> impl Iterator<Item = &Intent> {
        self.intents.values().filter(move |intent| {
            intent.marked.is_none() && intent.references.iter().any(|to| to.path == path)
        })
    }

    pub(crate) fn virtual_servers(&self) -> impl Iterator<Item = &Intent> {
        self.collection("/infra", Kind::LbVirtualServer)
    }

    /// The ranges an IP pool hands out addresses from.
    pub(crate) fn pool_ranges(&self, pool: &str) -> Vec<Range> {
        let subnets = self.collection(pool, Kind::IpSubnet);
        let subnets = subnets.filter(|subnet| subnet.marked.is_none());
        subnets.flat_map(|subnet| ranges(&subnet.fields)).collect()
    }

    /// The allocations of a pool whose address lies in a subnet.
    pub(crate) fn allocated_in(&self, pool: &str, subnet: &Body) -> Vec<(String, IpAddr)> {
        let ranges: Vec<Range> = ranges(subnet).collect();
        self.collection(pool, Kind::IpAllocation)
            .filter_map(|allocation| Some((allocation.path(), allocation.address()?)))
            .filter(|(_, address)| {
                ranges
                    .iter()
                    .any(|range| crate::ipam::holds(range, *address))
            })
            .collect()
    }

    /// When an address of this pool comes free that is released now.
    pub(crate) fn release_at(&self, pool: &str, now: Timestamp) -> Timestamp {
        let told = self
            .intents
            .get(pool)
            .and_then(|pool| pool.fields.get("ip_release_delay"));
        let delay = told
            .and_then(Value::as_u64)
            .map_or(RELEASE_DELAY, Duration::from_millis);
        later(now, delay)
    }

    /// Puts a new version of an object into the tree, and starts its realization unless what is
    /// realized is what is wanted.
    pub(crate) fn insert(&mut self, at: Location, written: Written, caller: &Caller) {
        let path = at.path();
        let before = self.intents.get(&path).cloned();
        let is_in_force = before.as_ref().is_some_and(|before| {
            matches!(self.standing(before), Standing::Realized)
                && before.resource_type == written.resource_type
                && *before.fields == written.fields
        });
        let intent = Intent {
            at,
            resource_type: written.resource_type,
            fields: Arc::new(written.fields),
            references: written.references.into(),
            revision: before.as_ref().map_or(0, |before| before.revision + 1),
            unique_id: match &before {
                Some(before) => before.unique_id.clone(),
                None => self.serial.uuid(),
            },
            created: before
                .as_ref()
                .map_or_else(|| caller.signed(), |b| b.created.clone()),
            modified: caller.signed(),
            system_owned: false,
            marked: None,
            progress: if is_in_force {
                Progress::Realized
            } else {
                Progress::Pending { due: None }
            },
            realized: before.and_then(|before| before.realized),
        };
        self.intents.put(path.clone(), intent);
        self.unbindable.remove(&path);
        if !is_in_force {
            self.begin(&path, caller.now);
        }
        self.version += 1;
    }

    /// Accepts the deletion of an object; it goes at once or when its purge is due.
    pub(crate) fn mark(&mut self, path: &str, now: Timestamp) {
        self.version += 1;
        let due = match self.purge {
            Realization::Immediate => return self.remove(path, now),
            Realization::OnCommand => None,
            Realization::After(delay) => Some(later(now, delay)),
        };
        if let Some(intent) = self.intents.get_mut(path) {
            intent.marked = Some(Marked { due });
            self.due.extend(due.map(|due| (due, path.to_owned())));
        }
    }

    /// Takes an object out of the tree, and back what the platform had realized for it.
    pub(crate) fn remove(&mut self, path: &str, now: Timestamp) {
        let Some(gone) = self.intents.get(path).cloned() else {
            return;
        };
        self.intents.remove(path);
        self.version += 1;
        self.unbindable.remove(path);
        if let Some(address) = gone.address() {
            let pool = &gone.at.parent;
            self.ipam.release(pool, address, self.release_at(pool, now));
            self.ipam.free_due(now);
        }
        match gone.at.kind {
            Kind::IpPool => self.ipam.drop_pool(path),
            Kind::LbVirtualServer
            | Kind::LbService
            | Kind::LbPool
            | Kind::LbAppProfile
            | Kind::LbMonitorProfile
            | Kind::LbPersistenceProfile
            | Kind::IpSubnet
            | Kind::IpAllocation
            | Kind::Domain
            | Kind::Group => {}
        }
    }
}

/// A body that is ready to be stored.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) resource_type: &'static str,
    pub(crate) fields: Body,
    pub(crate) references: Vec<Reference>,
}

/// The time `delay` after `now`, or the end of time.
pub(crate) fn later(now: Timestamp, delay: Duration) -> Timestamp {
    let delay = jiff::SignedDuration::try_from(delay);
    delay
        .ok()
        .and_then(|delay| now.checked_add(delay).ok())
        .unwrap_or(Timestamp::MAX)
}
