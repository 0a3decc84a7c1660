//! Search: objects of any type by their tags, in one request per page.

use serde::Deserialize;

use crate::client::NsxClient;
use crate::request::escaped;
use crate::{Error, Tag};

/// An object that a search found, as far as all types have the same fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Found {
    /// Such as `LBPool`.
    pub resource_type: String,
    /// Chosen by whoever created it.
    pub id: String,
    /// Its intent path, such as `/infra/lb-pools/web`.
    pub path: String,
    /// Whose it is.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Whether it is on its way out.
    #[serde(default)]
    pub marked_for_delete: bool,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<Found>,
    #[serde(default)]
    result_count: usize,
    /// Opposite to lists it is always there, and counts the results given so far.
    cursor: Option<String>,
}

impl NsxClient {
    /// All objects of some types that have a tag and are not on their way out.
    ///
    /// # Caveats
    /// The index lags behind: what was created a moment ago may be missing, and what is gone may
    /// still be there. It is good for finding candidates, and proves nothing.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn tagged(&self, resource_types: &[&str], tag: &Tag) -> Result<Vec<Found>, Error> {
        let query = escaped(&query(resource_types, tag));
        let mut all: Vec<Found> = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/search/query?query={query}{cursor}");
            let page: Option<Page> = self.get(&path).await?;
            let Some(page) = page else { break };
            let is_last = page.results.is_empty();
            all.extend(page.results);
            match page.cursor {
                Some(next) if !is_last && all.len() < page.result_count => {
                    cursor = format!("&cursor={}", escaped(&next));
                }
                Some(_) | None => break,
            }
        }
        // The index matches scopes and values one by one, not as pairs.
        all.retain(|found| found.tags.contains(tag) && !found.marked_for_delete);
        Ok(all)
    }
}

fn query(resource_types: &[&str], tag: &Tag) -> String {
    let (types, scope) = (resource_types.join(" OR "), literal(&tag.scope));
    let value = literal(&tag.tag);
    format!("resource_type:({types}) AND tags.scope:{scope} AND tags.tag:{value}")
}

/// A value that the query language takes as it is.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_types_scope_and_value_and_escapes_what_has_a_meaning() {
        let query = query(
            &["LBPool", "LBVirtualServer"],
            &Tag::new("ncp/cluster", "k8s-1"),
        );
        assert_eq!(
            query,
            "resource_type:(LBPool OR LBVirtualServer) AND tags.scope:ncp\\/cluster \
             AND tags.tag:k8s\\-1"
        );
    }
}
