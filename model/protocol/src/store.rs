//! What has one name at an API server.

use crate::object::{Stored, Uid};
use crate::word::Word;
use std::fmt;

/// One name of one kind at its server.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Store {
    /// The word of the object that has the name now; zero if there is none.
    pub(crate) object: u32,
    /// How many incarnations there have been.
    pub incarnations: u8,
}

impl Store {
    /// The object that has the name now.
    #[inline]
    pub fn object(&self) -> Option<Stored> {
        (self.object != 0).then(|| Stored::of(self.object))
    }

    pub(crate) fn set_object(&mut self, object: Option<Stored>) {
        self.object = object.map_or(0, Stored::word);
    }

    /// The object, if it has this UID.
    pub fn incarnation(&self, uid: Uid) -> Option<Stored> {
        self.object().filter(|object| object.uid == uid)
    }

    /// The UID of the next incarnation.
    pub(crate) fn next_uid(&mut self) -> Uid {
        self.incarnations += 1;
        Uid::nth(self.incarnations)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("object", &self.object())
            .field("incarnations", &self.incarnations)
            .finish()
    }
}
