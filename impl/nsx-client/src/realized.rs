//! What the platform made of an intent, read from `realized-entities`.

use serde::Deserialize;

use crate::error::ApiError;

/// How far an intent has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Realized<T> {
    /// Not yet: ask again later.
    Pending,
    /// It is in force.
    Done(T),
    /// It cannot be realized as it is.
    Failed {
        /// The most telling error code, such as 5109 for an exhausted pool.
        code: i64,
        /// The platform's words.
        message: String,
    },
}

/// "Provider not ready yet": an error that passes by itself.
const NOT_READY: i64 = 500_042;

#[derive(Debug, Deserialize)]
pub(crate) struct Entities {
    #[serde(default)]
    pub(crate) results: Vec<Entity>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Entity {
    state: String,
    #[serde(default)]
    entity_type: Option<String>,
    #[serde(default)]
    extended_attributes: Vec<Attribute>,
    #[serde(default)]
    alarms: Vec<Alarm>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Alarm {
    #[serde(default)]
    error_details: Option<ApiError>,
}

impl Entities {
    /// The state of all entities of one type together: one failure fails, and all must be
    /// realized.
    ///
    /// An error whose alarm gives no code yet is pending: the alarm follows the state.
    pub(crate) fn of_type(&self, entity_type: &str) -> Realized<&Entity> {
        let concerned = |entity: &&Entity| {
            entity
                .entity_type
                .as_deref()
                .is_none_or(|of_type| of_type == entity_type)
        };
        let entities: Vec<&Entity> = self.results.iter().filter(concerned).collect();
        if let Some((code, message)) = entities.iter().find_map(|entity| entity.failure()) {
            return Realized::Failed { code, message };
        }
        match entities.first() {
            Some(first) if entities.iter().all(|entity| entity.state == "REALIZED") => {
                Realized::Done(first)
            }
            Some(_) | None => Realized::Pending,
        }
    }
}

impl Entity {
    /// The first value of an extended attribute.
    pub(crate) fn attribute(&self, key: &str) -> Option<&str> {
        let found = self
            .extended_attributes
            .iter()
            .find(|attribute| attribute.key == key)?;
        found.values.first().map(String::as_str)
    }

    fn failure(&self) -> Option<(i64, String)> {
        if self.state != "ERROR" {
            return None;
        }
        let details = self
            .alarms
            .iter()
            .filter_map(|alarm| alarm.error_details.as_ref());
        details
            .map(ApiError::telling)
            .find(|(code, _)| *code != 0 && *code != NOT_READY)
            .map(|(code, message)| (code, message.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(results: &Value) -> String {
        let entities: Entities = serde_json::from_value(json!({ "results": results })).unwrap();
        match entities.of_type("AllocationIpAddress") {
            Realized::Pending => "pending".to_owned(),
            Realized::Done(entity) => entity.attribute("allocation_ip").unwrap().to_owned(),
            Realized::Failed { code, message } => format!("{code} {message}"),
        }
    }

    fn entity(state: &str, alarms: &Value) -> Value {
        json!({
            "state": state, "entity_type": "AllocationIpAddress", "alarms": alarms,
            "extended_attributes": [{"key": "allocation_ip", "values": ["10.0.0.1"]}],
        })
    }

    #[test]
    fn no_entity_and_an_unrealized_one_are_pending() {
        assert_eq!(read(&json!([])), "pending");
        assert_eq!(read(&json!([entity("UNREALIZED", &json!([]))])), "pending");
    }

    #[test]
    fn an_error_counts_only_once_its_code_is_known() {
        let with =
            |code: i64| json!([{"error_details": {"error_code": code, "error_message": "m"}}]);
        assert_eq!(read(&json!([entity("ERROR", &json!([]))])), "pending");
        assert_eq!(read(&json!([entity("ERROR", &with(500_042))])), "pending");
        assert_eq!(read(&json!([entity("ERROR", &with(5109))])), "5109 m");
    }

    #[test]
    fn entities_of_other_types_do_not_count() {
        let other = json!({"state": "ERROR", "entity_type": "IpPool"});
        assert_eq!(
            read(&json!([other, entity("REALIZED", &json!([]))])),
            "10.0.0.1"
        );
    }

    #[test]
    fn all_entities_have_to_be_realized() {
        let both = json!([
            entity("REALIZED", &json!([])),
            entity("UNREALIZED", &json!([]))
        ]);
        assert_eq!(read(&both), "pending");
    }
}
