//! The intent tree, and which of its objects were touched.

use std::collections::BTreeSet;
use std::ops::Deref;

use rpds::RedBlackTreeMapSync;

use crate::intent::Intent;

/// All objects by path, so that children follow their parent.
///
/// A copy shares what neither side changes: a tree is written to a copy, and taken whole or not at
/// all.
#[derive(Clone)]
pub(crate) struct Intents {
    by_path: RedBlackTreeMapSync<String, Intent>,
    /// The paths written, changed or removed since somebody last asked; absent while nobody does.
    touched: Option<BTreeSet<String>>,
}

impl Intents {
    pub(crate) fn new() -> Intents {
        Intents {
            by_path: RedBlackTreeMapSync::new_sync(),
            touched: None,
        }
    }

    pub(crate) fn put(&mut self, path: String, intent: Intent) {
        self.touch(&path);
        self.by_path.insert_mut(path, intent);
    }

    /// For a change: the object counts as touched.
    pub(crate) fn get_mut(&mut self, path: &str) -> Option<&mut Intent> {
        self.touch(path);
        self.by_path.get_mut(path)
    }

    pub(crate) fn remove(&mut self, path: &str) {
        self.touch(path);
        self.by_path.remove_mut(path);
    }

    /// What was touched since this was last asked, and remembers from here on.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<String> {
        self.touched.replace(BTreeSet::new()).unwrap_or_default()
    }

    /// Remembers no longer what is touched.
    pub(crate) fn forget_touched(&mut self) {
        self.touched = None;
    }

    fn touch(&mut self, path: &str) {
        if let Some(touched) = &mut self.touched {
            touched.insert(path.to_owned());
        }
    }
}

impl Deref for Intents {
    type Target = RedBlackTreeMapSync<String, Intent>;

    fn deref(&self) -> &Self::Target {
        &self.by_path
    }
}
