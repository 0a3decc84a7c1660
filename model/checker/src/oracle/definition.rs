//! The definition of a fair counterexample, by brute force.
//!
//! The oracle knows no components. It searches closed walks: a behaviour that repeats a closed
//! walk is fair if each weak class is taken on the walk or disabled in one of its states, and each
//! strong class is taken on it or disabled in all of them. A walk without steps is stuttering. A
//! step out of the boundary enables its class and cannot be taken.

use hopwise_checker::Lasso;

use super::small::{Edge, Small};

pub const STATES: u8 = 6;
pub const CLASSES: usize = 3;

/// A set of states or of classes, one bit each.
pub type Set = u32;

#[derive(Clone, Debug)]
pub struct Case {
    pub model: Small,
    pub strong: Set,
    pub p: Set,
    pub q: Set,
}

/// A form of property.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    LeadsTo,
    EventuallyAlways,
    AlwaysEventually,
}

pub fn has(set: Set, element: u8) -> bool {
    set & (1 << element) != 0
}

/// What a counterexample may do: reach an entry, and from then on stay in the allowed states and
/// again and again be in a recurring one.
struct Bad {
    entries: Set,
    allowed: Set,
    recurring: Set,
}

/// What has happened on a walk.
#[derive(Clone, Copy, PartialEq)]
struct Seen {
    enabled: Set,
    disabled: Set,
    taken: Set,
    recurred: bool,
}

impl Case {
    fn bad(&self, form: Form) -> Bad {
        let (entries, allowed, recurring) = match form {
            Form::LeadsTo => (self.p, !self.q, Set::MAX),
            Form::EventuallyAlways => (Set::MAX, Set::MAX, !self.p),
            Form::AlwaysEventually => (Set::MAX, !self.p, Set::MAX),
        };
        Bad {
            entries,
            allowed,
            recurring,
        }
    }

    fn within(&self, state: u8) -> bool {
        state <= self.model.boundary
    }

    fn starts(&self) -> Set {
        let starts = self
            .model
            .initial
            .iter()
            .filter(|&&state| self.within(state));
        starts.fold(0, |set, state| set | 1 << state)
    }

    /// The steps from a state that a search can follow.
    fn steps(&self, from: u8) -> impl Iterator<Item = &Edge> {
        let edges = self.model.edges.iter();
        edges.filter(move |edge| edge.from == from && self.within(edge.to))
    }

    /// The states one step after those of a set.
    fn after(&self, set: Set) -> Set {
        let from = (0..STATES).filter(|&state| has(set, state));
        from.flat_map(|state| self.steps(state))
            .fold(0, |set, edge| set | 1 << edge.to)
    }

    fn visit(&self, seen: Seen, state: u8, bad: &Bad) -> Seen {
        let edges = self.model.edges.iter().filter(|edge| edge.from == state);
        let enabled = edges
            .filter_map(|edge| edge.class)
            .fold(0, |set, class| set | 1 << class);
        Seen {
            enabled: seen.enabled | enabled,
            disabled: seen.disabled | !enabled & ((1 << CLASSES) - 1),
            recurred: seen.recurred || has(bad.recurring, state),
            ..seen
        }
    }

    fn begin(&self, state: u8, bad: &Bad) -> Seen {
        let nothing = Seen {
            enabled: 0,
            disabled: 0,
            taken: 0,
            recurred: false,
        };
        self.visit(nothing, state, bad)
    }

    fn step(&self, seen: Seen, edge: &Edge, bad: &Bad) -> Seen {
        let taken = seen.taken | edge.class.map_or(0, |class| 1 << class);
        self.visit(Seen { taken, ..seen }, edge.to, bad)
    }

    /// Whether repeating a closed walk on which this has happened is fair, and recurs.
    fn is_fair(&self, seen: Seen) -> bool {
        let is_paid = |class: usize| {
            let strong = self.strong >> class & 1 == 1;
            let enough = if strong { !seen.enabled } else { seen.disabled };
            (seen.taken | enough) >> class & 1 == 1
        };
        seen.recurred && (0..CLASSES).all(is_paid)
    }

    /// Whether some closed walk from a state through allowed states is fair and recurs.
    fn has_fair_walk(&self, start: u8, bad: &Bad) -> bool {
        let mut seen = vec![(start, self.begin(start, bad))];
        let mut next = 0;
        while let Some(&(state, so_far)) = seen.get(next) {
            next += 1;
            if state == start && self.is_fair(so_far) {
                return true;
            }
            for edge in self.steps(state) {
                let place = (edge.to, self.step(so_far, edge, bad));
                if has(bad.allowed, edge.to) && !seen.contains(&place) {
                    seen.push(place);
                }
            }
        }
        false
    }

    /// The length of the shortest stem of a counterexample, if there is one.
    pub fn shortest_stem(&self, form: Form) -> Option<usize> {
        let bad = self.bad(form);
        let ends = (0..STATES)
            .filter(|&state| has(bad.allowed, state) && self.has_fair_walk(state, &bad))
            .fold(0, |set, state| set | 1 << state);
        let mut before = self.starts();
        let mut staying = before & bad.entries & bad.allowed;
        for length in 0..2 * usize::from(STATES) {
            if staying & ends != 0 {
                return Some(length);
            }
            before = self.after(before);
            staying = (self.after(staying) | before & bad.entries) & bad.allowed;
        }
        None
    }

    /// Whether the boundary cuts something reachable off.
    pub fn is_cut(&self) -> bool {
        let reachable = (0..STATES).fold(self.starts(), |set, _| set | self.after(set));
        let outside = |edge: &Edge| has(reachable, edge.from) && !self.within(edge.to);
        let all_start = self.model.initial.iter().all(|&state| self.within(state));
        !all_start || self.model.edges.iter().any(outside)
    }

    /// Whether a lasso is a counterexample.
    pub fn is_broken_by(&self, form: Form, lasso: &Lasso<Small>) -> bool {
        let bad = self.bad(form);
        let Lasso { stem, cycle } = lasso;
        let mut at = stem.init;
        let mut is_real = has(self.starts(), at);
        let mut is_staying = has(bad.entries & bad.allowed, at);
        for (edge, to) in stem.steps.iter().chain(cycle) {
            is_real &= edge.to == *to && self.steps(at).any(|other| other == edge);
            at = *to;
            is_staying = has(bad.allowed, at) && (is_staying || has(bad.entries, at));
        }
        let mut seen = self.begin(*stem.last(), &bad);
        for (edge, _) in cycle {
            seen = self.step(seen, edge, &bad);
        }
        let stays = cycle.iter().all(|(_, state)| has(bad.allowed, *state));
        is_real && at == *stem.last() && is_staying && stays && self.is_fair(seen)
    }
}
