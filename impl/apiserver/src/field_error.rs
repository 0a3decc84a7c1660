//! One thing wrong with one field, in the words of `k8s.io/apimachinery`'s field errors.
use std::fmt;

use serde_json::{Value, json};

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Required,
    Duplicate,
    Invalid,
    Type,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
}

/// A field, what is wrong with it, and why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    wrong: Wrong,
    field: String,
    value: Value,
    detail: String,
}

impl FieldError {
    fn new(
        wrong: Wrong,
        field: impl Into<String>,
        value: Value,
        detail: impl Into<String>,
    ) -> Self {
        FieldError {
            wrong,
            field: field.into(),
            value,
            detail: detail.into(),
        }
    }

    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        FieldError::new(Wrong::Required, field, Value::Null, detail)
    }

    pub fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> Self {
        FieldError::new(Wrong::Duplicate, field, value.into(), "")
    }

    pub fn invalid(
        field: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        FieldError::new(Wrong::Invalid, field, value.into(), detail)
    }

    /// The value has the wrong JSON type; `found` is the type it has.
    pub fn wrong_type(field: &str, found: &str, wanted: &str) -> Self {
        let detail = format!("{field} in body must be of type {wanted}: {found:?}");
        FieldError::new(Wrong::Type, field, found.into(), detail)
    }

    pub fn not_supported(field: impl Into<String>, value: &Value, supported: &[Value]) -> Self {
        let list: Vec<String> = supported.iter().map(Value::to_string).collect();
        let detail = format!("supported values: {}", list.join(", "));
        FieldError::new(Wrong::NotSupported, field, value.clone(), detail)
    }

    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        FieldError::new(Wrong::Forbidden, field, Value::Null, detail)
    }

    pub fn too_long(field: impl Into<String>, most: u64) -> Self {
        let detail = format!("may not be more than {most} bytes");
        FieldError::new(Wrong::TooLong, field, Value::Null, detail)
    }

    pub fn too_many(field: impl Into<String>, found: usize, most: u64) -> Self {
        let detail = format!("must have at most {most} items");
        FieldError::new(Wrong::TooMany, field, found.into(), detail)
    }

    /// The field that is wrong.
    pub fn field(&self) -> &str {
        &self.field
    }

    fn title(&self) -> &'static str {
        match self.wrong {
            Wrong::Required => "Required value",
            Wrong::Duplicate => "Duplicate value",
            Wrong::Invalid | Wrong::Type => "Invalid value",
            Wrong::NotSupported => "Unsupported value",
            Wrong::Forbidden => "Forbidden",
            Wrong::TooLong => "Too long",
            Wrong::TooMany => "Too many",
        }
    }

    fn reason(&self) -> &'static str {
        match self.wrong {
            Wrong::Required => "FieldValueRequired",
            Wrong::Duplicate => "FieldValueDuplicate",
            Wrong::Invalid => "FieldValueInvalid",
            Wrong::Type => "FieldValueTypeInvalid",
            Wrong::NotSupported => "FieldValueNotSupported",
            Wrong::Forbidden => "FieldValueForbidden",
            Wrong::TooLong => "FieldValueTooLong",
            Wrong::TooMany => "FieldValueTooMany",
        }
    }

    /// The message without the field's name.
    fn body(&self) -> String {
        let mut body = self.title().to_string();
        let shows_value = !matches!(
            self.wrong,
            Wrong::Required | Wrong::Forbidden | Wrong::TooLong
        );
        if shows_value {
            body.push_str(&format!(": {}", self.value));
        }
        if !self.detail.is_empty() {
            body.push_str(&format!(": {}", self.detail));
        }
        body
    }

    /// An entry of `details.causes`.
    pub fn cause(&self) -> Value {
        json!({"reason": self.reason(), "message": self.body(), "field": self.field})
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return write!(f, "<nil>: {}", self.body());
        }
        write!(f, "{}: {}", self.field, self.body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_bare_and_a_string_quoted() {
        let port = FieldError::invalid("spec.ports[0].port", 0, "must be between 1 and 65535");
        assert_eq!(
            port.to_string(),
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535"
        );
        let kind = FieldError::not_supported("spec.type", &json!("X"), &[json!("A"), json!("B")]);
        assert_eq!(
            kind.to_string(),
            "spec.type: Unsupported value: \"X\": supported values: \"A\", \"B\""
        );
    }

    #[test]
    fn a_required_field_shows_no_value() {
        let error = FieldError::required("spec.ports", "");
        assert_eq!(error.to_string(), "spec.ports: Required value");
        assert_eq!(error.cause()["reason"], "FieldValueRequired");
    }
}
