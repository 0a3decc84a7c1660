//! What the platform makes of intent, and when.
//!
//! Addresses, pools, services and virtual servers take their time ([`Realization`]);
//! everything else is realized by being written. Three choices are ours where no source says what
//! NSX-T does:
//!
//! * An allocation that failed stays failed, also after an address comes free: the client deletes
//!   it and asks again.
//! * Anything else that failed stays failed as well, also after what stood in its way is gone, until
//!   it is written again. Then it is unrealized, and tried.
//! * A write that changes nothing of an object that is realized leaves it realized.

use std::sync::Arc;

use jiff::Timestamp;

use crate::Realization;
use crate::capacity::Capacity;
use crate::frontend::{Backends, Frontend};
use crate::intent::{Alarm, Intent, Progress, Realized};
use crate::ipam::Denied;
use crate::kind::Kind;
use crate::state::{State, later};

impl State {
    /// Starts the realization of an object's newest intent.
    pub(crate) fn begin(&mut self, path: &str, now: Timestamp) {
        let Some(intent) = self.intents.get_mut(path) else {
            return;
        };
        let pace = if intent.at.kind.is_paced() {
            self.realization
        } else {
            Realization::Immediate
        };
        let due = match pace {
            Realization::Immediate | Realization::OnCommand => None,
            Realization::After(delay) => Some(later(now, delay)),
        };
        intent.progress = Progress::Pending { due };
        self.due.extend(due.map(|due| (due, path.to_owned())));
        if pace == Realization::Immediate {
            self.realize(path, now);
        }
    }

    /// Realizes or purges what is due, and frees the addresses whose delay is over.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        while let Some((due, path)) = self.due.pop_first() {
            if due > now {
                self.due.insert((due, path));
                break;
            }
            let Some(intent) = self.intents.get(&path) else {
                continue;
            };
            let expected = intent
                .marked
                .map_or_else(|| intent.progress.due(), |mark| mark.due);
            if expected.is_some_and(|expected| expected <= now) {
                self.settle(&path, now);
            }
        }
        if self.ipam.free_due(now) {
            self.version += 1;
        }
    }

    /// Purges an object that is marked, or realizes one that is pending; answers whether it was
    /// either.
    pub(crate) fn settle(&mut self, path: &str, now: Timestamp) -> bool {
        match self.intents.get(path) {
            Some(intent) if intent.marked.is_some() => self.remove(path, now),
            Some(intent) if intent.is_pending() => self.realize(path, now),
            Some(_) | None => return false,
        }
        true
    }

    /// Lets an object that is pending fail; answers whether it was.
    pub(crate) fn fail(&mut self, path: &str, alarm: Alarm, now: Timestamp) -> bool {
        let waits = |intent: &Intent| intent.marked.is_none() && intent.is_pending();
        if !self.intents.get(path).is_some_and(waits) {
            return false;
        }
        self.faults.fail(path, alarm);
        self.realize(path, now);
        true
    }

    fn realize(&mut self, path: &str, now: Timestamp) {
        let Some(intent) = self.intents.get(path).cloned() else {
            return;
        };
        let outcome = match self.faults.take_failure(path) {
            Some(alarm) => Err(Obstacle::Alarm(alarm)),
            None => self.outcome(&intent),
        };
        let (progress, realized) = match outcome {
            Ok(realized) => (Progress::Realized, Some(realized)),
            // What was in force before stays in force until a newer intent can be realized.
            Err(Obstacle::Alarm(alarm)) => (Progress::Failed(alarm), intent.realized),
            Err(Obstacle::Detached) => (Progress::Detached, None),
        };
        if let Some(intent) = self.intents.get_mut(path) {
            intent.progress = progress;
            intent.realized = realized;
        }
        self.version += 1;
        if intent.at.kind == Kind::LbService {
            self.reattach(path, now);
        }
    }

    fn outcome(&mut self, intent: &Intent) -> Result<Realized, Obstacle> {
        match intent.at.kind {
            Kind::IpAllocation => self.allocate(intent),
            Kind::LbVirtualServer => self.front(intent),
            Kind::LbPool => Ok(Realized::Backends(Arc::new(Backends::read(&intent.fields)))),
            Kind::LbService if !is_attached(intent) => Err(Obstacle::Detached),
            Kind::LbService
            | Kind::LbAppProfile
            | Kind::LbMonitorProfile
            | Kind::LbPersistenceProfile
            | Kind::IpPool
            | Kind::IpSubnet
            | Kind::Domain
            | Kind::Group => Ok(Realized::Plain),
        }
    }

    fn allocate(&mut self, intent: &Intent) -> Result<Realized, Obstacle> {
        if let Some(address) = intent.address() {
            return Ok(Realized::Address(address));
        }
        let pool = &intent.at.parent;
        let ranges = self.pool_ranges(pool);
        let wanted = intent
            .text("allocation_ip")
            .and_then(|address| address.parse().ok());
        match self.ipam.allocate(pool, &ranges, &intent.at.id, wanted) {
            Ok(address) => Ok(Realized::Address(address)),
            Err(Denied::Exhausted) => Err(Alarm::exhausted().into()),
            Err(Denied::Taken(address)) => Err(Alarm::taken(address).into()),
            Err(Denied::Outside(address)) => Err(Alarm::outside(address).into()),
        }
    }

    /// A virtual server needs a service on a gateway, an address and port of its own, and room.
    fn front(&self, intent: &Intent) -> Result<Realized, Obstacle> {
        let service = intent
            .text("lb_service_path")
            .and_then(|path| self.intents.get(path));
        let Some(service) = service.filter(|service| is_attached(service)) else {
            return Err(Obstacle::Detached);
        };
        let profile = intent.text("application_profile_path");
        let profile = profile.and_then(|path| self.intents.get(path));
        let profile = profile.map_or("", |profile| profile.resource_type);
        let Some(front) = Frontend::read(&intent.fields, profile) else {
            return Err(Obstacle::Detached);
        };
        let others = || {
            self.virtual_servers()
                .filter(|other| other.at.id != intent.at.id)
        };
        for other in others() {
            if let Some(port) = other.frontend().and_then(|theirs| front.clash(theirs)) {
                return Err(clash(&front, port, &other.path()).into());
            }
        }
        let (capacity, service) = (Capacity::of(service).virtual_servers, service.path());
        let on_service = others()
            .filter_map(Intent::frontend)
            .filter(|theirs| theirs.service.as_deref() == Some(&service))
            .count();
        if on_service >= capacity {
            return Err(full(&service, capacity).into());
        }
        Ok(Realized::Frontend(Arc::new(front)))
    }

    /// Looks again at the virtual servers of a service that was put on, or taken off, a gateway.
    fn reattach(&mut self, service: &str, now: Timestamp) {
        let attached = self.intents.get(service).is_some_and(is_attached);
        let concerned = |intent: &&Intent| {
            intent.text("lb_service_path") == Some(service)
                && match intent.progress {
                    Progress::Detached => attached,
                    Progress::Realized => !attached,
                    Progress::Failed(_) | Progress::Pending { .. } => false,
                }
        };
        let paths: Vec<String> = self
            .virtual_servers()
            .filter(concerned)
            .map(Intent::path)
            .collect();
        for path in paths {
            self.begin(&path, now);
        }
    }
}

/// Why an intent was not realized.
enum Obstacle {
    Alarm(Alarm),
    Detached,
}

impl From<Alarm> for Obstacle {
    fn from(alarm: Alarm) -> Obstacle {
        Obstacle::Alarm(alarm)
    }
}

impl Progress {
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self {
            Progress::Pending { due } => *due,
            Progress::Realized | Progress::Failed(_) | Progress::Detached => None,
        }
    }
}

/// "DETACHED: no attachment setting and is not instantiated in any transport nodes."
pub(crate) fn is_attached(service: &Intent) -> bool {
    service
        .text("connectivity_path")
        .is_some_and(|path| !path.is_empty())
}

/// The code is ours: no source gives the one NSX-T uses.
fn clash(front: &Frontend, port: u16, other: &str) -> Alarm {
    let ip = front.ip;
    let cause = format!("Virtual server path=[{other}] already listens on {ip} port {port}.");
    Alarm::of_load_balancer(23799, cause)
}

/// The code is ours: the one for services, 23707, is known; that for virtual servers is not.
fn full(service: &str, most: usize) -> Alarm {
    let cause = format!("Exceed maximum number of virtual servers {most} of path=[{service}].");
    Alarm::of_load_balancer(23798, cause)
}
