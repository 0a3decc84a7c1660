//! What ncp remembers of the addresses it asked for, since it started.
//!
//! With allocation-by-identity and load-before-allocate nothing is asked of it: the id follows
//! from the Service, and NSX-T says whether there is an allocation.

use hopwise_core::Uid;
use hopwise_core::ncp::AllocationId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The ids of allocations by Service.
#[derive(Debug)]
pub struct Memory(Mutex<State>);

#[derive(Debug)]
struct State {
    known: BTreeMap<Uid, Option<String>>,
    fresh: fastrand::Rng,
}

impl Memory {
    /// A memory of nothing, whose fresh ids follow from `seed`.
    pub fn seeded(seed: u64) -> Memory {
        Memory(Mutex::new(State {
            known: BTreeMap::new(),
            fresh: fastrand::Rng::with_seed(seed),
        }))
    }

    /// The id of a Service's allocation; inside that there is none; none at all if nothing is
    /// known of the Service since the start.
    pub fn recall(&self, service: &Uid) -> Option<Option<String>> {
        self.lock().known.get(service).cloned()
    }

    /// An answer told that the Service's allocation has this id, or that there is none.
    pub fn learn(&self, service: &Uid, allocation: Option<String>) {
        self.lock().known.insert(service.clone(), allocation);
    }

    /// The Service is gone.
    pub fn forget(&self, service: &Uid) {
        self.lock().known.remove(service);
    }

    /// The id that a new request for an address gets.
    pub fn id_of(&self, kind: AllocationId, identity: &str) -> String {
        match kind {
            AllocationId::OfIdentity => identity.into(),
            AllocationId::Fresh => format!("{identity}-{:016x}", self.lock().fresh.u64(..)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_something_else_than_known_to_be_nothing() {
        let memory = Memory::seeded(1);
        let service = Uid("u".into());
        assert_eq!(memory.recall(&service), None);
        memory.learn(&service, None);
        assert_eq!(memory.recall(&service), Some(None));
        memory.learn(&service, Some("a".into()));
        assert_eq!(memory.recall(&service), Some(Some("a".into())));
        memory.forget(&service);
        assert_eq!(memory.recall(&service), None);
    }

    #[test]
    fn a_fresh_id_is_another_one_each_time() {
        let memory = Memory::seeded(1);
        let fresh = || memory.id_of(AllocationId::Fresh, "c-u");
        assert_ne!(fresh(), fresh());
        assert!(fresh().starts_with("c-u-"));
        assert_eq!(memory.id_of(AllocationId::OfIdentity, "c-u"), "c-u");
    }
}
