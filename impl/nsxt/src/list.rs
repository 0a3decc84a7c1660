//! Lists: order, pages, cursors, and which fields are shown.
//!
//! A cursor names the last object shown, not a position, so an object that exists throughout is
//! neither lost nor doubled while others come and go. It is absent on the last page, and made of
//! `[0-9a-z]` alone because clients paste it into the URL as it is.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::uri::Query;

/// The most objects on a page, and how many there are where the client does not say.
pub(crate) const PAGE: usize = 1000;

/// The page of `all` that the query asks for.
pub(crate) fn page(all: Vec<Value>, query: &Query) -> Result<Value, Refusal> {
    let size = page_size(query)?;
    let sort_by = query.get("sort_by").unwrap_or("display_name");
    let ascending = query.get("sort_ascending") != Some("false");
    let mut keyed: Vec<(Key, Value)> = all
        .into_iter()
        .map(|value| (Key::of(&value, sort_by), value))
        .collect();
    let order = |a: &Key, b: &Key| if ascending { a.cmp(b) } else { b.cmp(a) };
    keyed.sort_by(|(a, _), (b, _)| order(a, b));
    let count = keyed.len();
    if let Some(cursor) = query.get("cursor") {
        let last = Key::of_cursor(cursor)
            .ok_or_else(|| Refusal::Page(format!("cursor {cursor} was not given out here")))?;
        keyed.retain(|(key, _)| order(key, &last) == Ordering::Greater);
    }
    let more = keyed.len() > size;
    keyed.truncate(size);
    let cursor = keyed.last().filter(|_| more).map(|(key, _)| key.cursor());
    let results: Vec<Value> = keyed
        .into_iter()
        .map(|(_, value)| shown(value, query.get("included_fields")))
        .collect();
    let mut answer = json!({
        "results": results,
        "result_count": count,
        "sort_by": sort_by,
        "sort_ascending": ascending,
    });
    if let Some(cursor) = cursor {
        answer["cursor"] = json!(cursor);
    }
    Ok(answer)
}

/// Reads `page_size`; zero, which would never end, means the default.
pub(crate) fn page_size(query: &Query) -> Result<usize, Refusal> {
    let Some(text) = query.get("page_size") else {
        return Ok(PAGE);
    };
    match text.parse() {
        Ok(0) => Ok(PAGE),
        Ok(size) if size <= PAGE => Ok(size),
        Ok(_) | Err(_) => Err(Refusal::Page(format!(
            "page_size {text} is not within 0..{PAGE}"
        ))),
    }
}

/// Leaves out what the client did not ask for; `id` and `resource_type` are always needed to read
/// an element.
pub(crate) fn shown(value: Value, included: Option<&str>) -> Value {
    let Some(included) = included else {
        return value;
    };
    let Value::Object(mut fields) = value else {
        return value;
    };
    let included: Vec<&str> = included.split(',').map(str::trim).collect();
    fields.retain(|name, _| {
        included.contains(&name.as_str()) || matches!(name.as_str(), "id" | "resource_type")
    });
    Value::Object(fields)
}

/// What a list is ordered by: the field's text, then the path, which no two objects share.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    text: String,
    path: String,
}

impl Key {
    fn of(value: &Value, sort_by: &str) -> Key {
        let text = match &value[sort_by] {
            Value::String(text) => text.clone(),
            // Padded, so that numbers are ordered as numbers.
            Value::Number(number) => format!("{number:0>20}"),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        Key {
            text,
            path: value["path"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn cursor(&self) -> String {
        let bytes = [self.text.as_bytes(), &[0xff], self.path.as_bytes()].concat();
        // Real clients take a cursor that begins with "0000" for the end.
        std::iter::once("c".to_owned())
            .chain(bytes.iter().map(|b| format!("{b:02x}")))
            .collect()
    }

    fn of_cursor(cursor: &str) -> Option<Key> {
        let digits = cursor
            .strip_prefix('c')
            .filter(|digits| digits.is_ascii())?;
        let bytes: Option<Vec<u8>> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
            .collect();
        let bytes = bytes?;
        // 0xff never stands in UTF-8, so it separates.
        let split = bytes.iter().position(|byte| *byte == 0xff)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(Key {
            text: text(&bytes[..split])?,
            path: text(&bytes[split + 1..])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Value> {
        let object = |name: &&str| json!({"display_name": name, "id": name, "path": name});
        names.iter().map(object).collect()
    }

    fn ids(answer: &Value) -> Vec<&str> {
        answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["id"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn pages_follow_each_other_without_loss_while_others_come_and_go() {
        let first = page(
            named(&["d", "b", "a", "c"]),
            &Query::read(Some("page_size=2")),
        )
        .unwrap();
        assert_eq!(ids(&first), ["a", "b"]);
        assert_eq!(first["result_count"], 4);
        let cursor = first["cursor"].as_str().unwrap();
        assert!(
            cursor
                .chars()
                .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        );
        let query = Query::read(Some(&format!("cursor={cursor}")));
        let second = page(named(&["aa", "c", "d"]), &query).unwrap();
        assert_eq!(ids(&second), ["c", "d"]);
        assert_eq!(second.get("cursor"), None);
    }

    #[test]
    fn a_descending_list_pages_downwards() {
        let query = Query::read(Some("sort_ascending=false&sort_by=id&page_size=1"));
        let first = page(named(&["a", "b"]), &query).unwrap();
        assert_eq!(ids(&first), ["b"]);
        let cursor = first["cursor"].as_str().unwrap();
        let query = Query::read(Some(&format!(
            "sort_ascending=false&sort_by=id&cursor={cursor}"
        )));
        assert_eq!(ids(&page(named(&["a", "b"]), &query).unwrap()), ["a"]);
    }

    #[test]
    fn a_page_beyond_the_bound_and_a_foreign_cursor_are_refused() {
        for query in ["page_size=1001", "page_size=x", "cursor=zz", "cursor=c61"] {
            assert!(
                page(named(&["a"]), &Query::read(Some(query))).is_err(),
                "{query}"
            );
        }
    }

    #[test]
    fn fuzz_cursors() {
        let target = hopwise_fuzz::Target {
            name: "cursors",
            seeds: &["c61ff62", "cff", "c776562ff2f696e667261"],
            words: &["c", "ff", "61", "0", "f", "c3a9", "80"],
            documents: 0,
        };
        target.run(|input| {
            let text = String::from_utf8_lossy(input);
            if let Some(key) = Key::of_cursor(&text) {
                assert_eq!(Key::of_cursor(&key.cursor()), Some(key));
            }
        });
    }

    #[test]
    fn only_the_included_fields_are_shown() {
        let shown = shown(json!({"id": "a", "path": "p", "x": 1}), Some("x"));
        assert_eq!(shown, json!({"id": "a", "x": 1}));
    }
}
