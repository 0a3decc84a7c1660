//! What a watch has delivered to a hop, and what it has not delivered yet.

use crate::object::{Upstream, Version};
use crate::pack::Pack;
use std::fmt;
use std::marker::PhantomData;

/// One watch of one object name. Events arrive in order and none is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Watch<T: Pack> {
    /// The object as last delivered; none if there was none, or it was delivered as gone.
    pub seen: Option<T>,
    /// What has happened since.
    pub events: Queue<T>,
}

impl<T: Pack> Watch<T> {
    /// A watch that has just been started, when there was no object.
    pub fn new() -> Self {
        Watch {
            seen: None,
            events: Queue::new(),
        }
    }

    /// Delivers the next event, if there is one.
    pub(crate) fn deliver(&mut self) {
        if let Some(event) = self.events.pop() {
            self.seen = event;
        }
    }
}

impl<T: Pack> Default for Watch<T> {
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
        self.events.map(|seen| Upstream {
            version: Version::Old,
            ..seen
        });
    }
}

/// Undelivered events of one watch, each the object after the write or none when it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queue<T: Pack> {
    /// The events from the oldest, then zeros.
    words: [u16; CAPACITY],
    of: PhantomData<T>,
}

/// A state with so many events in one queue lies outside the boundary of the model. With every
/// safeguard on none does; without `guarded-writes` two writers can undo each other's work often.
const CAPACITY: usize = 8;

/// The word of the event that the object is gone; no object has UID zero.
const GONE: u16 = 8;

impl<T: Pack> Queue<T> {
    fn new() -> Self {
        Queue {
            words: [0; CAPACITY],
            of: PhantomData,
        }
    }

    /// The events from the oldest.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> + '_ {
        let words = self.words.iter().copied().take_while(|&word| word != 0);
        words.map(|word| (word != GONE).then(|| T::unpack(word)))
    }

    /// Whether everything has been delivered.
    pub fn is_empty(&self) -> bool {
        self.words[0] == 0
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.words.iter().take_while(|&&word| word != 0).count()
    }

    /// Whether there is no room for another.
    pub(crate) fn is_full(&self) -> bool {
        self.words[CAPACITY - 1] != 0
    }

    pub(crate) fn push(&mut self, event: Option<T>) {
        let len = self.len();
        let room = self
            .words
            .get_mut(len)
            .expect("a full queue is outside the boundary");
        *room = event.map_or(GONE, T::pack);
    }

    fn pop(&mut self) -> Option<Option<T>> {
        let event = self.iter().next()?;
        self.words.copy_within(1.., 0);
        self.words[CAPACITY - 1] = 0;
        Some(event)
    }

    fn map(&mut self, change: impl Fn(T) -> T) {
        for word in self
            .words
            .iter_mut()
            .filter(|word| **word != 0 && **word != GONE)
        {
            *word = change(T::unpack(*word)).pack();
        }
    }
}

impl<T: Pack + fmt::Debug> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
