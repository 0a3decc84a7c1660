//! The manager itself: one state behind one lock, answered step by step.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::intent::{Alarm, Intent};
use crate::ipam;
use crate::keeping::Keeper;
use crate::kind::{Kind, Location};
use crate::monitor::Health;
use crate::network::enclosing;
use crate::refusal::Refusal;
use crate::response::in_http;
use crate::routes::Desk;
use crate::schema::{Body, check};
use crate::session::Credentials;
use crate::state::{Caller, State, Written};
use crate::traffic::Traffic;
use crate::view::{Allocation, VirtualServer};
use crate::write::{Manner, References};

/// Tells the time. The manager asks nobody else.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// When what was accepted comes about: the realization of an intent, or the purge of a deleted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realization {
    /// With the request that asks for it.
    Immediate,
    /// When [`Manager::realize`] is called for it.
    OnCommand,
    /// At the first [`Manager::advance`] after this time.
    After(Duration),
}

/// How a manager is set up.
#[derive(Clone)]
pub struct Options {
    /// Where the time comes from.
    pub clock: Clock,
    /// Unique ids, session ids and tokens follow from it. A server that others reach needs a
    /// random one, since whoever knows the seed can guess a session.
    pub seed: u64,
    /// The one account.
    pub credentials: Credentials,
    /// How allocations, pools, services and virtual servers are realized.
    pub realization: Realization,
    /// How deleted objects go. While one is marked for deletion its id cannot be used again, and
    /// what was realized for it stays in force.
    pub purge: Realization,
}

/// An NSX-T manager.
///
/// # Guarantees
/// Each request is answered in one step, as are [`advance`](Manager::advance) and
/// [`realize`](Manager::realize): of any number of writers with one `_revision` exactly one wins,
/// and no address is given out twice. A refused request changes nothing. Nothing happens by
/// itself: time passes only where `advance` is called.
pub struct Manager {
    options: Options,
    state: Mutex<State>,
    traffic: Traffic,
    health: Health,
    changed: watch::Sender<u64>,
    keeper: Option<Keeper>,
}

impl Manager {
    /// A manager with its built-in profiles and nothing else.
    #[must_use]
    pub fn new(options: Options) -> Arc<Manager> {
        let mut state = State::empty(&options);
        state.build_in(&system((options.clock)()));
        Manager::around(options, state, None)
    }

    /// A manager in the same state, which goes its own way from here and keeps nothing on disk.
    /// Traffic counters start anew.
    #[must_use]
    pub fn fork(&self) -> Arc<Manager> {
        let mut state = self.state.lock().clone();
        state.forget_touched();
        Manager::around(self.options.clone(), state, None)
    }

    pub(crate) fn around(options: Options, state: State, keeper: Option<Keeper>) -> Arc<Manager> {
        let (changed, _) = watch::channel(state.version);
        let (state, traffic) = (Mutex::new(state), Traffic::default());
        Arc::new(Manager {
            options,
            state,
            traffic,
            health: Health::default(),
            changed,
            keeper,
        })
    }

    /// Answers one request to the Policy API or to the node API.
    pub fn answer(&self, request: &http::Request<Bytes>) -> Response<Bytes> {
        let now = (self.options.clock)();
        let answer = self.step(|state| {
            let mut desk = Desk {
                state,
                traffic: &self.traffic,
                health: &self.health,
                request,
                now,
            };
            desk.answer()
        });
        // What could not be kept is not told either.
        let unkept = self.keeper.as_ref().and_then(Keeper::obstacle);
        let answer = unkept.map_or(answer, |why| Err(Refusal::Unkept { why }));
        in_http(answer.unwrap_or_else(|refusal| refusal.answer()), now)
    }

    /// A refusal of what could not even be read.
    pub(crate) fn refused(&self, refusal: &Refusal) -> Response<Bytes> {
        in_http(refusal.answer(), self.now())
    }

    /// Does what is due by the clock: realizes, purges, and frees released addresses.
    pub fn advance(&self) {
        let now = (self.options.clock)();
        self.step(|state| state.advance(now));
    }

    /// The next time at which [`advance`](Manager::advance) has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        let state = self.state.lock();
        let realization = state.due.first().map(|(due, _)| *due);
        realization.into_iter().chain(state.ipam.next_due()).min()
    }

    /// The time by the manager's clock.
    pub fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// The paths of intents that are accepted and neither realized, failed nor deleted.
    pub fn pending(&self) -> Vec<String> {
        let waits = |intent: &&Intent| intent.marked.is_none() && intent.is_pending();
        self.state
            .lock()
            .intents
            .values()
            .filter(waits)
            .map(Intent::path)
            .collect()
    }

    /// The paths of objects whose deletion is accepted and that are not purged yet.
    pub fn marked(&self) -> Vec<String> {
        let marked = |intent: &&Intent| intent.marked.is_some();
        self.state
            .lock()
            .intents
            .values()
            .filter(marked)
            .map(Intent::path)
            .collect()
    }

    /// Realizes a pending intent, or purges one that is marked for deletion, due or not. Answers
    /// `false` when it was neither.
    pub fn realize(&self, intent_path: &str) -> bool {
        self.step(|state| state.settle(intent_path, self.now()))
    }

    /// Lets a pending intent fail, due or not, until it is written again. Answers `false` when it was
    /// not pending.
    pub fn fail(&self, intent_path: &str, alarm: Alarm) -> bool {
        self.step(|state| state.fail(intent_path, alarm, self.now()))
    }

    /// Frees an address of a pool that is being released, due or not. Answers `false` when it was
    /// not being released.
    pub fn release(&self, pool: &str, address: IpAddr) -> bool {
        let pool = format!("/infra/ip-pools/{pool}");
        self.step(|state| {
            let freed = state.ipam.free(&pool, address);
            state.version += u64::from(freed);
            freed
        })
    }

    /// What is asked for, held and being released in a pool.
    pub fn allocations(&self, pool: &str) -> Vec<Allocation> {
        self.state.lock().allocation_views(pool)
    }

    /// How many addresses of a pool are free.
    pub fn free_addresses(&self, pool: &str) -> u128 {
        let state = self.state.lock();
        let path = format!("/infra/ip-pools/{pool}");
        let ranges = state.pool_ranges(&path);
        let within = |ip: IpAddr| ranges.iter().any(|range| ipam::holds(range, ip));
        let held = state
            .ipam
            .held(&path)
            .filter(|(ip, _)| within(**ip))
            .count();
        ipam::size(&ranges).saturating_sub(held as u128)
    }

    /// All virtual servers, those marked for deletion included.
    pub fn virtual_servers(&self) -> Vec<VirtualServer> {
        self.state.lock().virtual_server_views()
    }

    /// An object as `GET` answers it, those marked for deletion included.
    pub fn object(&self, intent_path: &str) -> Option<Value> {
        let state = self.state.lock();
        state.intents.get(intent_path).map(Intent::answered)
    }

    /// The paths of all objects that clients wrote, those marked for deletion included.
    pub fn paths(&self) -> Vec<String> {
        let ours = |intent: &&Intent| !intent.system_owned;
        self.state
            .lock()
            .intents
            .values()
            .filter(ours)
            .map(Intent::path)
            .collect()
    }

    /// Follows the manager's changes: the value is another one after each.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The counters of what went through the data path.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What monitors have found out.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Makes an IP pool with one subnet that hands out `first` to `last`, or replaces it. One that is
    /// there already, and the same, stays as it is.
    ///
    /// # Errors
    /// When the two are not a range of one family, or when addresses in use would fall out of it;
    /// the text says which.
    pub fn add_pool(
        &self,
        id: &str,
        first: IpAddr,
        last: IpAddr,
        release_delay: Duration,
    ) -> Result<(), crate::Error> {
        let refused = |why: String| crate::Error::Pool {
            id: id.to_owned(),
            first,
            last,
            why,
        };
        let cidr = enclosing(first, last)
            .ok_or_else(|| refused("the last address comes before the first".to_owned()))?;
        let caller = system((self.options.clock)());
        let pool = Location {
            kind: Kind::IpPool,
            parent: "/infra".into(),
            id: id.to_owned(),
        };
        let parent = pool.path();
        let subnet = Location {
            kind: Kind::IpSubnet,
            parent,
            id: "range".to_owned(),
        };
        let delay = u64::try_from(release_delay.as_millis()).unwrap_or(u64::MAX);
        let range = json!({
            "resource_type": "IpAddressPoolStaticSubnet",
            "cidr": cidr.to_string(),
            "allocation_ranges": [{ "start": first.to_string(), "end": last.to_string() }],
        });
        self.step(|state| {
            for (at, body) in [
                (pool, json!({ "ip_release_delay": delay })),
                (subnet, range),
            ] {
                let body = body.as_object().cloned().unwrap_or_default();
                if state.holds(&at, &body) {
                    continue;
                }
                let (manner, references) = (Manner::Overwrite, References::Now);
                state.write(&at, &body, manner, references, &caller)?;
            }
            Ok(())
        })
        .map_err(|refusal: Refusal| refused(refusal.to_string()))
    }

    /// The data path cannot serve a virtual server, and says why; `None` takes that back.
    pub fn report(&self, virtual_server: &str, obstacle: Option<String>) {
        self.step(|state| {
            let before = state.unbindable.get(virtual_server).cloned();
            if before != obstacle && state.intents.contains_key(virtual_server) {
                state.version += 1;
                match obstacle {
                    Some(why) => state.unbindable.insert(virtual_server.to_owned(), why),
                    None => state.unbindable.remove(virtual_server),
                };
            }
        });
    }

    /// Refuses the next `times` requests with `status`, such as 429 or 503.
    pub fn refuse_next(&self, status: StatusCode, times: u32) {
        self.step(|state| state.faults.refuse(status, times));
    }

    /// Refuses with 429 what a client asks beyond so many requests in a second of the clock; NSX-T's
    /// default is 100, ours none. A restart forgets it.
    pub fn limit_rate(&self, per_second: Option<NonZeroU32>) {
        self.state.lock().rates.limit(per_second);
    }

    /// Lets the next realization of an intent fail.
    pub fn fail_next_realization(&self, intent_path: &str, alarm: Alarm) {
        self.step(|state| state.faults.fail(intent_path, alarm));
    }

    /// Ends all sessions, as a restart or a fail-over does.
    pub fn expire_sessions(&self) {
        self.step(|state| state.sessions.expire());
    }

    /// Gives the account another password. Sessions that are open go on.
    pub fn set_password(&self, password: &str) {
        self.step(|state| state.sessions.set_password(password.to_owned()));
    }

    /// Takes one step, keeps what it changed, and tells those who follow. Nobody is told of what
    /// could not be kept.
    fn step<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let outcome = step(&mut state);
        let version = state.version;
        // Under the lock, so that the file has the steps in their order.
        let is_kept = self
            .keeper
            .as_ref()
            .is_none_or(|keeper| keeper.keep(&mut state));
        drop(state);
        if !is_kept {
            return outcome;
        }
        self.changed.send_if_modified(|told| {
            let newer = version > *told;
            *told = version.max(*told);
            newer
        });
        outcome
    }
}

impl State {
    /// Whether an object is there, and as a write of `body` would leave it.
    fn holds(&self, at: &Location, body: &Body) -> bool {
        let stored = self.live(&at.path());
        let written = check(at.kind, &at.id, body);
        written.is_ok_and(|written| stored.is_some_and(|it| *it.fields == written.fields))
    }

    /// Stores an object without asking what it refers to.
    pub(crate) fn seed(&mut self, at: &Location, body: &Body, caller: &Caller) {
        let checked = check(at.kind, &at.id, body).expect("built-in objects fit the tables");
        let written = Written {
            resource_type: checked.resource_type,
            fields: checked.fields,
            references: checked.references,
        };
        self.insert(at.clone(), written, caller);
    }
}

pub(crate) fn system(now: Timestamp) -> Caller {
    Caller {
        user: Arc::from("system"),
        now,
    }
}
