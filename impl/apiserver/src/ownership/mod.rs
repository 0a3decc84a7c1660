//! Who owns which field: `metadata.managedFields` and server-side apply.
mod apply;
mod changes;
mod fields;
mod ledger;
mod merge;

pub(crate) use apply::{Applied, apply, conflict_text};
pub(crate) use fields::repeated;
pub(crate) use ledger::{Author, created_by_apply, record_update};

/// Asserts that what is read of an object's field ownership is read again from what is written.
#[cfg(test)]
pub(crate) fn wire_form_again(object: &serde_json::Value) {
    for entry in object["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let read = fields::from_fields_v1(&entry["fieldsV1"]);
        let wire = fields::to_fields_v1(&read);
        assert_eq!(fields::from_fields_v1(&wire), read, "{wire}");
    }
}
