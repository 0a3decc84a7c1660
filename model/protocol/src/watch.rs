//! What a watch has delivered to a hop, and what it has not delivered yet.

use crate::object::{Upstream, Version};
use std::fmt;

/// One watch of one object name. Events arrive in order and none is skipped.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Watch<T> {
    /// The object as last delivered; none if there was none, or it was delivered as gone.
    pub seen: Option<T>,
    /// What has happened since.
    pub events: Queue<T>,
}

impl<T: Copy> Watch<T> {
    /// A watch that has just been started, when there was no object.
    pub fn new() -> Self {
        Watch {
            seen: None,
            events: Queue::new(),
        }
    }

    /// A watch that is started when there is this object, if any: its list is still to be
    /// delivered.
    pub(crate) fn starting(object: Option<T>) -> Self {
        let mut watch = Watch::new();
        if object.is_some() {
            watch.events.push(object);
        }
        watch
    }

    /// Delivers the next event, if there is one.
    pub(crate) fn deliver(&mut self) {
        if let Some(event) = self.events.pop() {
            self.seen = event;
        }
    }

    /// Begins again with a list of what there is. An object that is gone is not delivered as gone:
    /// it is no longer seen.
    pub(crate) fn relist(&mut self, object: Option<T>) {
        self.events = Watch::starting(object).events;
        self.seen = self.seen.filter(|_| object.is_some());
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Watch { seen, events } = self;
        f.debug_struct("Watch")
            .field("seen", seen)
            .field("events", events)
            .finish()
    }
}

impl<T: Copy> Default for Watch<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl Watch<Upstream> {
    /// Makes old what was seen and announced before, because the object changes now.
    pub(crate) fn expire(&mut self) {
        if let Some(seen) = &mut self.seen {
            seen.version = Version::Old;
        }
        for event in self.events.events.iter_mut().flatten().flatten() {
            event.version = Version::Old;
        }
    }
}

/// Undelivered events of one watch, each the object after the write or none when it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queue<T> {
    /// The events from the oldest, then none.
    events: [Option<Option<T>>; CAPACITY],
}

/// A state with so many events in one queue lies outside the boundary of the model. With every
/// safeguard on none does; without `guarded-writes` two writers can undo each other's work often.
const CAPACITY: usize = 8;

impl<T: Copy> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue {
            events: [None; CAPACITY],
        }
    }

    /// The events from the oldest.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> + '_ {
        self.events.iter().map_while(|event| *event)
    }

    /// Whether everything has been delivered.
    pub fn is_empty(&self) -> bool {
        self.events[0].is_none()
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no room for another.
    pub(crate) fn is_full(&self) -> bool {
        self.events[CAPACITY - 1].is_some()
    }

    pub(crate) fn push(&mut self, event: Option<T>) {
        let len = self.len();
        let room = self
            .events
            .get_mut(len)
            .expect("a full queue is outside the boundary");
        *room = Some(event);
    }

    fn pop(&mut self) -> Option<Option<T>> {
        let event = self.events[0]?;
        self.events.copy_within(1.., 0);
        self.events[CAPACITY - 1] = None;
        Some(event)
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
