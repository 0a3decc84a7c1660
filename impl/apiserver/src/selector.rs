//! Label and field selectors.
use serde_json::Value;

use crate::failure::Failure;
use crate::request::Query;

/// Which objects of a list or watch are meant.
#[derive(Clone, Default, Debug)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<FieldRequirement>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

#[derive(Clone, Debug)]
struct FieldRequirement {
    pointer: String,
    equals: bool,
    value: String,
}

impl Selector {
    pub fn of(query: &Query) -> Result<Selector, Failure> {
        let mut selector = Selector::default();
        for clause in clauses(query.get("labelSelector").unwrap_or_default()) {
            selector.labels.push(requirement(clause)?);
        }
        for clause in query
            .get("fieldSelector")
            .into_iter()
            .flat_map(|f| f.split(','))
        {
            selector.fields.push(field_requirement(clause)?);
        }
        Ok(selector)
    }

    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels
            .iter()
            .all(|r| r.holds(labels.get(&r.key).and_then(Value::as_str)))
            && self.fields.iter().all(|f| {
                let found = object
                    .pointer(&f.pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                (found == f.value) == f.equals
            })
    }
}

impl Requirement {
    fn holds(&self, label: Option<&str>) -> bool {
        let is_listed = || self.values.iter().any(|v| Some(v.as_str()) == label);
        match self.operator {
            Operator::In => is_listed(),
            Operator::NotIn => !is_listed(),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
        }
    }
}

/// Splits at the commas that are outside parentheses.
fn clauses(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
        .into_iter()
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect()
}

fn requirement(clause: &str) -> Result<Requirement, Failure> {
    let set = |list: &str| -> Vec<String> {
        list.trim()
            .trim_matches(['(', ')'])
            .split(',')
            .map(|v| v.trim().to_string())
            .collect()
    };
    let (key, operator, values) = if let Some((key, list)) = clause.split_once(" notin ") {
        (key, Operator::NotIn, set(list))
    } else if let Some((key, list)) = clause.split_once(" in ") {
        (key, Operator::In, set(list))
    } else if let Some((key, value)) = clause.split_once("!=") {
        (key, Operator::NotIn, vec![value.trim().to_string()])
    } else if let Some((key, value)) = clause.split_once("==").or_else(|| clause.split_once('=')) {
        (key, Operator::In, vec![value.trim().to_string()])
    } else if let Some(key) = clause.strip_prefix('!') {
        (key, Operator::DoesNotExist, vec![])
    } else {
        (clause, Operator::Exists, vec![])
    };
    let key = key.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(Failure::bad_request(format!(
            "unable to parse requirement: {clause:?}"
        )));
    }
    Ok(Requirement {
        key: key.to_string(),
        operator,
        values,
    })
}

fn field_requirement(clause: &str) -> Result<FieldRequirement, Failure> {
    let (path, equals, value) = if let Some((path, value)) = clause.split_once("!=") {
        (path, false, value)
    } else if let Some((path, value)) = clause.split_once("==").or_else(|| clause.split_once('=')) {
        (path, true, value)
    } else {
        let message = format!("invalid selector: {clause:?}; can't understand {clause:?}");
        return Err(Failure::bad_request(message));
    };
    let pointer = format!("/{}", path.trim().replace('.', "/"));
    Ok(FieldRequirement {
        pointer,
        equals,
        value: value.trim().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;

    fn selects(query: &str, object: &Value) -> bool {
        let request = http::Request::builder()
            .uri(format!("/x?{query}"))
            .body(Bytes::new())
            .unwrap();
        Selector::of(&Query::of(&request)).unwrap().matches(object)
    }

    #[test]
    fn every_operator_of_a_label_selector_is_understood() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        for (query, expected) in [
            ("labelSelector=app%3Dweb", true),
            ("labelSelector=app%3D%3Dweb,tier!%3Dback", true),
            ("labelSelector=app%20in%20(a,web)", true),
            ("labelSelector=app%20notin%20(a,web)", false),
            ("labelSelector=tier", true),
            ("labelSelector=!tier", false),
            ("labelSelector=missing!%3Dx", true),
        ] {
            assert_eq!(selects(query, &object), expected, "{query}");
        }
    }

    #[test]
    fn a_field_selector_compares_text_fields() {
        let event = json!({"involvedObject": {"name": "web"}, "metadata": {"name": "e"}});
        assert!(selects(
            "fieldSelector=involvedObject.name%3Dweb,metadata.name!%3Dx",
            &event
        ));
        assert!(!selects("fieldSelector=metadata.name%3Dx", &event));
    }
}
