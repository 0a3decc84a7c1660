//! JSON patch (RFC 6902), with one rule of Kubernetes' own implementation added.
use serde_json::Value;

/// Why a patch was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatchError {
    /// The body is not a JSON patch.
    Malformed(String),
    /// An operation failed on the object as it is.
    Failed(String),
}

/// Applies the operations in order. `test` of null on an absent path passes, as in
/// evanphx/json-patch: kube's finalizer helper adds the first finalizer that way.
pub(crate) fn json_patch(document: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let operations = patch
        .as_array()
        .ok_or_else(|| PatchError::Malformed("a JSON patch is a list of operations".into()))?;
    for operation in operations {
        if tests_for_null(operation) {
            let path = operation["path"].as_str().unwrap_or_default();
            match document.pointer(path) {
                None | Some(Value::Null) => continue,
                Some(_) => return Err(test_failed(path)),
            }
        }
        let one: json_patch::Patch = serde_json::from_value(Value::Array(vec![operation.clone()]))
            .map_err(|e| PatchError::Malformed(e.to_string()))?;
        json_patch::patch(document, &one).map_err(|e| {
            if operation["op"] == "test" {
                test_failed(operation["path"].as_str().unwrap_or_default())
            } else {
                PatchError::Failed(e.to_string())
            }
        })?;
    }
    Ok(())
}

fn tests_for_null(operation: &Value) -> bool {
    operation["op"] == "test" && operation["value"].is_null()
}

fn test_failed(path: &str) -> PatchError {
    PatchError::Failed(format!("testing value {path} failed: test failed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn testing_an_absent_path_for_null_passes() {
        let mut object = json!({"metadata": {"name": "web"}});
        let patch = json!([
            {"op": "test", "path": "/metadata/finalizers", "value": null},
            {"op": "add", "path": "/metadata/finalizers", "value": ["a/b"]}]);
        assert_eq!(json_patch(&mut object, &patch), Ok(()));
        assert_eq!(object["metadata"]["finalizers"], json!(["a/b"]));
        assert!(matches!(
            json_patch(&mut object, &patch),
            Err(PatchError::Failed(_))
        ));
    }

    #[test]
    fn operations_see_what_earlier_ones_did() {
        let mut object = json!({"a": 1});
        let patch = json!([
            {"op": "remove", "path": "/a"},
            {"op": "test", "path": "/a", "value": null},
            {"op": "add", "path": "/a", "value": 2}]);
        assert_eq!(json_patch(&mut object, &patch), Ok(()));
        assert_eq!(object, json!({"a": 2}));
    }

    #[test]
    fn something_that_is_no_patch_is_malformed() {
        let mut object = json!({});
        assert!(matches!(
            json_patch(&mut object, &json!({})),
            Err(PatchError::Malformed(_))
        ));
    }
}
