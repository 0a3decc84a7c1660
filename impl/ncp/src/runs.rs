//! How many passes over an object follow each other at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How many passes follow each other without anything having happened outside. The longest way to
/// an end takes four; an exhausted pool whose manager answers at once would go on for ever.
const MOST: usize = 8;

/// The runs of passes under way, by object.
#[derive(Debug, Default)]
pub struct Runs(Mutex<BTreeMap<String, usize>>);

impl Runs {
    /// One more pass of the object's run is over. Whether another may follow at once.
    pub fn goes_on(&self, object: &str) -> bool {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let run = runs.entry(object.into()).or_default();
        *run += 1;
        *run < MOST
    }

    /// The object's run has come to its end.
    pub fn ends(&self, object: &str) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.remove(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_by_itself_and_another_can_begin() {
        let runs = Runs::default();
        assert_eq!((1..20).take_while(|_| runs.goes_on("a")).count(), MOST - 1);
        assert!(runs.goes_on("b"), "another object's");
        runs.ends("a");
        assert!(runs.goes_on("a"));
    }
}
