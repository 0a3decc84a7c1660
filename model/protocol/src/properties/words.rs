//! What the properties speak of.

use crate::model::Chain;
use crate::nsx::{LoadBalancer, Occupancy, Place, holds};
use crate::object::{Address, Kind, Stored, Told, Uid};
use crate::properties::Instance;
use crate::scenarios::{Budget, Fault, Scenario};
use crate::state::{Lane, State};
use hopwise_vocab::Hop;

/// The lanes of a scenario.
pub(super) fn lanes<'a>(chain: &Chain, state: &'a State) -> impl Iterator<Item = &'a Lane> {
    chain.slots().map(|slot| state.lane(slot))
}

/// The users' own live Services, each with its lane.
pub(super) fn live_services<'a>(
    chain: &Chain,
    state: &'a State,
) -> impl Iterator<Item = (&'a Lane, Stored)> {
    let kind = chain.users_kind();
    lanes(chain, state).filter_map(move |lane| {
        let service = lane.store(kind).object();
        service
            .filter(|service| service.is_live())
            .map(|service| (lane, service))
    })
}

/// The incarnation that an instance is about, while it is served.
pub(super) fn served(chain: &Chain, of: &Instance, state: &State) -> Option<Stored> {
    let store = state.lane(of.slot).store(chain.users_kind());
    store
        .incarnation(of.service)
        .filter(|service| service.is_served())
}

/// Whether the incarnation that an instance is about has been created.
pub(super) fn was_created(chain: &Chain, of: &Instance, state: &State) -> bool {
    let store = state.lane(of.slot).store(chain.users_kind());
    of.service.number() <= store.incarnations
}

pub(super) fn places(lane: &Lane) -> impl Iterator<Item = (Uid, &Place)> {
    lane.places_by_uid()
}

pub(super) fn load_balancers(lane: &Lane) -> impl Iterator<Item = &LoadBalancer> {
    lane.places
        .iter()
        .filter_map(|place| place.load_balancer.as_ref())
}

/// Whether a live Service shows no address, or one that is allocated to it.
pub(super) fn shows_its_own(lane: &Lane, shown: &Stored) -> bool {
    let Told::Address(address) = shown.told else {
        return true;
    };
    let mut allocations = lane.places.iter().flat_map(Place::allocations);
    allocations.any(|found| found.origin == shown.uid && found.address() == Some(address))
}

/// Everybody who lays claim to an address: the lane, and the incarnation of the user's Service.
pub(super) fn claims<'a>(
    chain: &'a Chain,
    state: &'a State,
    address: Address,
) -> impl Iterator<Item = (usize, Uid)> + 'a {
    let kind = chain.users_kind();
    lanes(chain, state)
        .enumerate()
        .flat_map(move |(number, lane)| {
            let service = lane.store(kind).object().filter(Stored::is_live);
            let shown = service.filter(|service| service.told == Told::Address(address));
            let shown = shown.map(|service| service.uid);
            let allocated = lane.places.iter().flat_map(Place::allocations);
            let allocated = allocated.filter(move |found| found.address() == Some(address));
            let allocated = allocated.map(|found| found.origin);
            let used = load_balancers(lane).filter(move |there| there.vip == address);
            let used = used.map(|there| there.origin);
            let uids = shown.into_iter().chain(allocated).chain(used);
            uids.map(move |uid| (number, uid))
        })
}

/// Whether an object stands for one of this kind that exists, or there is none.
pub(super) fn stands(lane: &Lane, downstream: Kind, upstream: Kind) -> bool {
    let exists = |object: Stored| {
        lane.store(upstream)
            .incarnation(object.stands_for)
            .is_some()
    };
    lane.store(downstream).object().is_none_or(exists)
}

/// Whether an object of this kind is left of an incarnation of the user's Service.
pub(super) fn is_left(of: &Instance, state: &State, kind: Kind) -> bool {
    let object = state.lane(of.slot).store(kind).object();
    object.is_some_and(|object| object.origin == of.service)
}

/// Whether this kind of fault may happen in a scenario.
pub(super) fn has_fault(scenario: &Scenario, fault: Fault) -> bool {
    scenario.faults.budget > 0 && scenario.faults.kinds.contains(&fault)
}

/// Whether this kind of fault may happen to a hop in a scenario.
pub(super) fn befalls(scenario: &Scenario, fault: Fault, hop: Hop) -> bool {
    has_fault(scenario, fault) && scenario.faults.hop.is_none_or(|only| only == hop)
}

/// Whether a user takes finalizers away.
pub(super) fn is_stripped(scenario: &Scenario) -> bool {
    scenario.users.iter().any(|user| user.strips > 0)
}

/// Whether an administrator deletes objects of the chain's on the Supervisor.
pub(super) fn is_deleted_behind(scenario: &Scenario) -> bool {
    let is_hit = scenario.behind.iter().any(|object| !holds(*object));
    is_hit && scenario.users.iter().any(|user| user.admin_deletes > 0)
}

/// Whether a Service changes its type.
pub(super) fn is_retyped(scenario: &Scenario) -> bool {
    scenario.users.iter().any(|user| user.retypes > 0)
}

/// Whether an address of the pool is free, or will be.
pub(super) fn is_to_be_had(chain: &Chain, state: &State) -> bool {
    let pool = &state.pool[..usize::from(chain.scenario.addresses)];
    pool.iter().any(|occupancy| *occupancy != Occupancy::Held)
}

/// Whether a Service that is made again may find no address left: those of others are in
/// quarantine, or orphans have them, which takes two faults beside the one that is asked about.
pub(super) fn runs_out(scenario: &Scenario) -> bool {
    let deletes = |user: &Budget| user.admin_deletes * u8::from(is_deleted_behind(scenario));
    let makes = |user: &Budget| user.creates + user.retypes + deletes(user);
    let made: u8 = scenario.users.iter().map(makes).sum();
    made > scenario.addresses || scenario.faults.budget > 2
}
