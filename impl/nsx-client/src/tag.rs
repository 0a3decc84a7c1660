//! Tags, which tie objects back to their owner.

use serde::{Deserialize, Serialize};

/// A tag of an object. NSX-T leaves out an empty half.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// What the tag is about, such as `ncp/cluster`; at most 128 characters.
    #[serde(default)]
    pub scope: String,
    /// Its value; at most 256 characters.
    #[serde(default)]
    pub tag: String,
}

impl Tag {
    /// A tag with both halves.
    pub fn new(scope: impl Into<String>, tag: impl Into<String>) -> Tag {
        Tag {
            scope: scope.into(),
            tag: tag.into(),
        }
    }

    /// The value of the first tag with this scope.
    #[must_use]
    pub fn value<'a>(tags: &'a [Tag], scope: &str) -> Option<&'a str> {
        tags.iter()
            .find(|tag| tag.scope == scope)
            .map(|tag| tag.tag.as_str())
    }
}
