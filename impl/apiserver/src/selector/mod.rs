//! Label and field selectors: which objects of a list or watch are meant.
mod fields;
mod labels;

use serde_json::Value;

use crate::failure::Failure;
use crate::registry::Resource;
use crate::request::Query;

/// Which objects of a list or watch are meant.
#[derive(Clone, Default, Debug)]
pub(crate) struct Selector {
    labels: Vec<labels::Requirement>,
    fields: Vec<fields::Requirement>,
}

impl Selector {
    pub fn of(query: &Query, resource: &Resource) -> Result<Selector, Failure> {
        let (labels, fields) = (query.get("labelSelector"), query.get("fieldSelector"));
        Ok(Selector {
            labels: labels::parse(labels.unwrap_or_default()).map_err(Failure::bad_request)?,
            fields: fields::parse(fields.unwrap_or_default(), resource)
                .map_err(Failure::bad_request)?,
        })
    }

    /// Whether an object in its stored form is meant.
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let label = |key: &str| labels.get(key).and_then(Value::as_str);
        self.labels.iter().all(|it| it.holds(label(it.key())))
            && self.fields.iter().all(|it| it.holds(object))
    }
}
