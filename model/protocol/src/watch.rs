//! What a watch has delivered to a hop, and what it has not delivered yet.

use crate::object::{Downstream, Upstream};
use crate::word::Word;
use std::fmt;
use std::marker::PhantomData;

/// A word that no object has, since none has UID zero: of what was seen before the first list is
/// delivered, and of the event that an object is gone.
const NO_OBJECT: u32 = 8;

/// One watch of one object name. Events arrive in order and none is skipped.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Watch<T> {
    /// The word of the object as last delivered; zero if there was none, or it was delivered as
    /// gone, and [`NO_OBJECT`] before that is known.
    seen: u32,
    /// What has happened since.
    pub events: Queue<T>,
}

impl<T: Word> Watch<T> {
    /// A watch that has just been started, when there was no object.
    pub fn new() -> Self {
        Watch::having_seen(None)
    }

    /// A watch that has delivered this and has nothing more to deliver.
    pub fn having_seen(object: Option<T>) -> Self {
        Watch {
            seen: object.map_or(0, T::word),
            events: Queue::new(),
        }
    }

    /// The object as last delivered; none if there was none, or it was delivered as gone.
    #[inline]
    pub fn seen(&self) -> Option<T> {
        (self.seen != 0 && self.seen != NO_OBJECT).then(|| T::of(self.seen))
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
            self.seen = event.map_or(0, T::word);
        }
    }

    /// Begins again with a list of what there is. An object that is gone is not delivered as gone:
    /// it is no longer seen.
    pub(crate) fn relist(&mut self, object: Option<T>) {
        self.events = Watch::starting(object).events;
        if object.is_none() {
            self.seen = 0;
        }
    }
}

impl<T: Word> Watch<T> {
    /// Begins again with what there was once; what there is now is still to be delivered.
    pub(crate) fn rewind(&mut self, to: Option<T>, now: Option<T>) {
        let is_known = to.is_some() || now.is_some();
        *self = Watch::having_seen(to);
        if is_known {
            self.events.push(now);
        }
    }
}

impl<T: Word + fmt::Debug> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("seen", &self.seen())
            .field("is_known", &(self.seen != NO_OBJECT))
            .field("events", &self.events)
            .finish()
    }
}

impl<T: Word> Default for Watch<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl Watch<Downstream> {
    /// Whether it is known that there is no object, where none was seen.
    pub fn is_listed(&self) -> bool {
        self.seen != NO_OBJECT
    }

    /// A watch that is started when there is this object, if any. Until its list is delivered, a
    /// hop that waits for that does not take the object for absent.
    pub(crate) fn unlisted(object: Option<Downstream>) -> Self {
        let mut watch = Watch::starting(object);
        if object.is_some() {
            watch.seen = NO_OBJECT;
        }
        watch
    }
}

impl Watch<Upstream> {
    /// Makes old what was seen and announced before, because the object changes now.
    pub(crate) fn expire(&mut self) {
        // The word of no object has none of these bits.
        self.seen &= !Upstream::CURRENT;
        for word in &mut self.events.words {
            *word &= !Upstream::CURRENT;
        }
    }
}

/// Undelivered events of one watch, each the object after the write or none when it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queue<T> {
    /// The events from the oldest, then zeros.
    words: [u32; CAPACITY],
    of: PhantomData<T>,
}

/// A state with so many events in one queue lies outside the boundary of the model. With every
/// safeguard on none does; without `guarded-writes` two writers can undo each other's work often.
const CAPACITY: usize = 16;

impl<T> Watch<T> {
    /// The word of what was seen, zero where nothing was, and the words of the events.
    #[inline(always)]
    pub(crate) fn words(&self) -> (u32, impl Iterator<Item = u32>) {
        let events = self.events.words.iter().copied();
        (self.seen, events.take_while(|&word| word != 0))
    }

    /// The watch with these words.
    #[inline(always)]
    pub(crate) fn of(seen: u32, events: impl Iterator<Item = u32>) -> Self {
        let mut words = [0; CAPACITY];
        events.enumerate().for_each(|(at, word)| words[at] = word);
        let of = PhantomData;
        Watch {
            seen,
            events: Queue { words, of },
        }
    }
}

impl<T> Queue<T> {
    /// The word of the event that the object is gone.
    pub(crate) const GONE: u32 = NO_OBJECT;
}

impl<T: Word> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue {
            words: [0; CAPACITY],
            of: PhantomData,
        }
    }

    /// The events from the oldest.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> + '_ {
        let words = self.words.iter().copied().take_while(|&word| word != 0);
        words.map(|word| (word != Self::GONE).then(|| T::of(word)))
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
        *room = event.map_or(Self::GONE, T::word);
    }

    fn pop(&mut self) -> Option<Option<T>> {
        let event = self.iter().next()?;
        self.words.copy_within(1.., 0);
        self.words[CAPACITY - 1] = 0;
        Some(event)
    }
}

impl<T: Word + fmt::Debug> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
