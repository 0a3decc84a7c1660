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

/// How many operations a patch may have, and how many bytes it may copy: the limits of the
/// Kubernetes API server (`maxJSONPatchOperations`, `JSONPatchMaxCopyBytes`).
const OPERATIONS: usize = 10_000;
const COPIED_BYTES: usize = 3 << 20;

/// How deep a patch may make an object: as deep as a body can be that the JSON reader takes. A
/// copy into itself can double the depth, and what is too deep for the stack ends the process.
const DEEPEST: usize = 128;

/// Applies the operations in order. `test` of null on an absent path passes, as in
/// evanphx/json-patch: kube's finalizer helper adds the first finalizer that way.
pub(crate) fn json_patch(document: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let operations = patch
        .as_array()
        .ok_or_else(|| PatchError::Malformed("a JSON patch is a list of operations".into()))?;
    if operations.len() > OPERATIONS {
        let count = operations.len();
        let why = format!("a JSON patch has at most {OPERATIONS} operations, and this one {count}");
        return Err(PatchError::Malformed(why));
    }
    let mut copied = 0;
    for operation in operations {
        copied += growth(document, operation)?;
        if copied > COPIED_BYTES {
            let why = format!("the patch copies more than {COPIED_BYTES} bytes");
            return Err(PatchError::Failed(why));
        }
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

/// How many bytes an operation copies; an error if it puts something too deep.
fn growth(document: &Value, operation: &Value) -> Result<usize, PatchError> {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let (put, copied) = match text("op") {
        "add" | "replace" => (Some(&operation["value"]), 0),
        "move" => (document.pointer(text("from")), 0),
        "copy" => {
            let source = document.pointer(text("from"));
            (source, source.map_or(0, |value| value.to_string().len()))
        }
        _ => (None, 0),
    };
    if put.map_or(0, depth) + text("path").matches('/').count() > DEEPEST {
        let why = format!("the patch makes the object deeper than {DEEPEST}");
        return Err(PatchError::Failed(why));
    }
    Ok(copied)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
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

    /// A patch that copies the whole object into itself, so many times.
    fn copies(into: &str, times: usize) -> Value {
        let copy = json!({"op": "copy", "from": "", "path": into});
        Value::Array(vec![copy; times])
    }

    #[test]
    fn copies_that_double_the_object_come_to_an_end() {
        let mut object = json!({"metadata": {"annotations": "x".repeat(100_000)}, "list": []});
        let refused = json_patch(&mut object, &copies("/list/0", 40)).unwrap_err();
        let why = PatchError::Failed("the patch copies more than 3145728 bytes".into());
        assert_eq!(refused, why);
    }

    #[test]
    fn an_object_does_not_get_deeper_than_the_stack() {
        let refused = json_patch(&mut json!({"a": 1}), &copies("/a", 200)).unwrap_err();
        let why = PatchError::Failed("the patch makes the object deeper than 128".into());
        assert_eq!(refused, why);
    }

    #[test]
    fn a_patch_of_too_many_operations_is_no_patch() {
        let test = json!({"op": "test", "path": "/a", "value": null});
        let patch = Value::Array(vec![test; OPERATIONS + 1]);
        let refused = json_patch(&mut json!({}), &patch);
        assert!(matches!(refused, Err(PatchError::Malformed(_))));
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
