//! LIST, in pages that all show the same version.
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{State, options};
use crate::failure::Failure;
use crate::object::Object;
use crate::registry::{Origin, Resource};
use crate::request::{Query, View};
use crate::selector::Selector;

/// What a list asks for.
pub(crate) struct ListRequest {
    selector: Selector,
    limit: usize,
    after: Option<Page>,
    version: u64,
    exact: bool,
    /// Objects are answered as they are.
    whole: bool,
    /// Nothing is selected.
    counts: bool,
}

/// Where the next page starts.
struct Page {
    version: u64,
    last: (String, String),
}

impl Page {
    fn token(&self) -> String {
        let text = format!("{}/{}/{}", self.version, self.last.0, self.last.1);
        URL_SAFE_NO_PAD.encode(text)
    }

    fn parse(token: &str) -> Option<Page> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = text.splitn(3, '/');
        let version = parts.next()?.parse().ok()?;
        Some(Page {
            version,
            last: (parts.next()?.into(), parts.next()?.into()),
        })
    }
}

/// A `resourceVersion` in a query.
pub(crate) fn version_of(query: &Query) -> Result<Option<u64>, Failure> {
    let Some(text) = query.get("resourceVersion") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Failure::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {text:?}: \
             strconv.ParseUint: parsing {text:?}: invalid syntax"
        ))
    })
}

impl ListRequest {
    pub fn of(query: &Query, resource: &Resource, view: View) -> Result<ListRequest, Failure> {
        let mut limit = usize::try_from(query.count("limit")?.unwrap_or(0)).unwrap_or(usize::MAX);
        // Whatever is cached is answered as a whole, and Events are not cached.
        let version = query.get("resourceVersion");
        if version == Some("0") && query.get("continue").is_none() && resource.kind != "Event" {
            limit = 0;
        }
        let errors = options::of_list(query);
        let selector = options::selector(query, resource, &errors)?;
        let after = query.get("continue").map(|token| {
            Page::parse(token).ok_or_else(|| {
                Failure::bad_request("invalid continue token: continue key is not valid")
            })
        });
        let version = version_of(query)?;
        let exact = match query.get("resourceVersionMatch") {
            Some(asked) => asked == "Exact",
            // Pages are of the version that is named.
            None => limit > 0 && version.is_some_and(|it| it > 0),
        };
        Ok(ListRequest {
            selector,
            limit,
            after: after.transpose()?,
            version: version.unwrap_or(0),
            exact,
            whole: view == View::Object,
            counts: ["labelSelector", "fieldSelector"]
                .iter()
                .all(|it| query.get(it).is_none()),
        })
    }
}

impl State {
    /// The objects of one page, and the list's metadata.
    pub fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        request: &ListRequest,
    ) -> Result<(Vec<Arc<Object>>, Value), Failure> {
        let shown = self.version_to_show(request)?;
        let mut objects: Vec<Arc<Object>> = if shown == self.store.version() {
            self.store
                .scan(&resource.table, namespace)
                .cloned()
                .collect()
        } else {
            let all = self.store.snapshot(&resource.table, shown).into_iter();
            all.filter(|(place, _)| namespace.is_none_or(|n| *n == place.0))
                .map(|(_, object)| object)
                .collect()
        };
        objects.retain(|object| {
            let place = (object.namespace(), object.name());
            request
                .after
                .as_ref()
                .is_none_or(|page| place > (&*page.last.0, &*page.last.1))
                && request.selector.matches(object.value())
        });
        let mut metadata = json!({"resourceVersion": shown.to_string()});
        if resource.origin == Origin::Custom && request.whole {
            metadata["continue"] = "".into();
        }
        if request.limit > 0 && objects.len() > request.limit {
            // How much is left is not known of what is selected.
            if request.counts {
                metadata["remainingItemCount"] = (objects.len() - request.limit).into();
            }
            objects.truncate(request.limit);
            if let Some(last) = objects.last() {
                let last = (last.namespace().to_string(), last.name().to_string());
                metadata["continue"] = Page {
                    version: shown,
                    last,
                }
                .token()
                .into();
            }
        }
        Ok((objects, metadata))
    }

    fn version_to_show(&self, request: &ListRequest) -> Result<u64, Failure> {
        let current = self.store.version();
        let asked = match &request.after {
            Some(page) => page.version,
            None if request.version > current => {
                return Err(Failure::too_large(request.version, current));
            }
            None if request.exact => request.version,
            None => return Ok(current),
        };
        if asked < self.store.compacted() || asked > current {
            return Err(Failure::expired(
                "The provided continue parameter is too old to display a consistent list result. \
                 You can start a new list without the continue parameter, or use the continue \
                 token in this response to retrieve the remainder of the results.",
            ));
        }
        Ok(asked)
    }
}
