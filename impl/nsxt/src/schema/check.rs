//! Holding a body against the tables: unknown fields, values, defaults, and what it refers to.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Field, Literal, Presence, ResourceType, Shape, resource_types, tables};
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::sources;

/// The fields of an object, without what the manager itself keeps about it.
pub(crate) type Body = Map<String, Value>;

/// A body that passed, with its defaults filled in.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) resource_type: &'static str,
    pub(crate) fields: Body,
    /// What must exist for the body to be stored.
    pub(crate) references: Vec<Reference>,
}

/// The path of an object of a certain kind, which another object needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) kind: Kind,
    pub(crate) path: String,
}

/// What a client may send back from an answer; the manager alone decides about these.
const READ_ONLY: &[&str] = &[
    "id",
    "resource_type",
    "path",
    "relative_path",
    "parent_path",
    "remote_path",
    "unique_id",
    "realization_id",
    "owner_id",
    "origin_site_id",
    "marked_for_delete",
    "overridden",
    "children",
    "status",
];

/// Whether a property belongs to the manager: one of a fixed list, or any that begins with `_`.
fn is_read_only(name: &str) -> bool {
    name.starts_with('_') || READ_ONLY.contains(&name)
}

/// Holds `given` against the type it names, or the only type its kind has.
pub(crate) fn check(kind: Kind, id: &str, given: &Body) -> Result<Checked, Refusal> {
    let of_type = resource_type(kind, given)?;
    if let Some(other) = given
        .get("id")
        .and_then(Value::as_str)
        .filter(|other| *other != id)
    {
        let problem = format!("id {other} differs from the one in the request path, {id}");
        return Err(Refusal::Invalid(vec![problem]));
    }
    let known = |name: &str| {
        tables::COMMON
            .iter()
            .chain(of_type.fields)
            .any(|field| field.name == name)
    };
    if let Some(property) = given
        .keys()
        .find(|name| !is_read_only(name) && !known(name))
    {
        return Err(Refusal::Unrecognized {
            property: property.clone(),
        });
    }
    let mut check = Check::default();
    let mut fields = check.record(tables::COMMON, given);
    fields.append(&mut check.record(of_type.fields, given));
    check.particular(kind, &fields);
    if !check.problems.is_empty() {
        return Err(Refusal::Invalid(check.problems));
    }
    Ok(Checked {
        resource_type: of_type.name,
        fields,
        references: check.references,
    })
}

/// What a partial PATCH makes of the stored fields: those present replace, whole lists included,
/// and `null` takes away.
pub(crate) fn merge(stored: &Body, given: &Body) -> Body {
    let mut merged = stored.clone();
    for (name, value) in given {
        merged.insert(name.clone(), value.clone());
    }
    merged
}

fn resource_type(kind: Kind, given: &Body) -> Result<&'static ResourceType, Refusal> {
    let types = resource_types(kind);
    let polymorphic = types[0].name != kind.base_type();
    match given.get("resource_type").and_then(Value::as_str) {
        None if polymorphic => Err(Refusal::Invalid(vec![
            "resource_type is a required property".to_owned(),
        ])),
        None => Ok(&types[0]),
        Some(name) => types
            .iter()
            .find(|of_type| of_type.name == name)
            .ok_or_else(|| {
                Refusal::Malformed(format!(
                    "resource_type {name} does not belong into {}",
                    kind.collection()
                ))
            }),
    }
}

#[derive(Default)]
struct Check {
    problems: Vec<String>,
    references: Vec<Reference>,
}

impl Check {
    fn record(&mut self, fields: &[Field], given: &Body) -> Body {
        let mut complete = Body::new();
        for field in fields {
            match (
                given.get(field.name).filter(|value| !value.is_null()),
                &field.presence,
            ) {
                (Some(value), _) => {
                    complete.insert(
                        field.name.to_owned(),
                        self.value(field.name, &field.shape, value),
                    );
                }
                (None, Presence::Required) => {
                    self.problems
                        .push(format!("{} is a required property", field.name));
                }
                (None, Presence::Default(literal)) => {
                    complete.insert(field.name.to_owned(), default(literal));
                }
                (None, Presence::Optional) => {}
            }
        }
        complete
    }

    /// Checks one value and answers it with its defaults; a wrong one is answered as it came, since
    /// nothing is stored once a problem was found.
    fn value(&mut self, name: &str, shape: &Shape, value: &Value) -> Value {
        match shape {
            Shape::List { of, least, most } => return self.list(name, of, (*least, *most), value),
            Shape::Record(fields) => return self.nested(name, fields, value),
            Shape::Int { least, most } => self.int(name, *least, *most, value),
            Shape::Reference(kind) => self.reference(name, *kind, value),
            Shape::Text { longest } => match value.as_str() {
                Some(text) if text.chars().count() > *longest => {
                    self.problems
                        .push(format!("{name} has violated the maximum length {longest}"));
                }
                Some(_) => {}
                None => self.mistyped(name, "string"),
            },
            Shape::Bool if !value.is_boolean() => self.mistyped(name, "boolean"),
            Shape::OneOf(choices) if !value.as_str().is_some_and(|v| choices.contains(&v)) => {
                let choices = choices.join(", ");
                self.problems
                    .push(format!("{name} has a value that is none of [{choices}]"));
            }
            Shape::Address if !reads::<IpAddr>(value) => self.mistyped(name, "IP address"),
            Shape::Cidr if !reads::<IpNet>(value) => self.mistyped(name, "network in CIDR form"),
            Shape::Port if value.as_str().and_then(port).is_none() => {
                self.mistyped(name, "port");
            }
            Shape::PortOrRange if value.as_str().and_then(port_range).is_none() => {
                self.mistyped(name, "port or a port range");
            }
            Shape::ForeignPath if !value.is_string() => self.mistyped(name, "string"),
            Shape::Bool
            | Shape::OneOf(_)
            | Shape::Address
            | Shape::Cidr
            | Shape::Port
            | Shape::PortOrRange
            | Shape::ForeignPath
            | Shape::Anything => {}
        }
        value.clone()
    }

    fn list(&mut self, name: &str, of: &Shape, bounds: (usize, usize), value: &Value) -> Value {
        let Some(items) = value.as_array() else {
            self.mistyped(name, "list");
            return value.clone();
        };
        let (least, most) = bounds;
        if items.len() < least {
            self.problems.push(format!(
                "{name} has violated the minimum number of items {least}"
            ));
        }
        if items.len() > most {
            self.problems.push(format!(
                "{name} has violated the maximum number of items {most}"
            ));
        }
        items
            .iter()
            .map(|item| self.value(name, of, item))
            .collect()
    }

    fn nested(&mut self, name: &str, fields: &[Field], value: &Value) -> Value {
        let Some(given) = value.as_object() else {
            self.mistyped(name, "object");
            return value.clone();
        };
        let known = |property: &String| fields.iter().any(|field| field.name == property);
        for property in given
            .keys()
            .filter(|property| !is_read_only(property) && !known(property))
        {
            self.problems
                .push(format!("{name} has an unrecognized property {property}"));
        }
        Value::Object(self.record(fields, given))
    }

    fn int(&mut self, name: &str, least: i64, most: i64, value: &Value) {
        match value.as_i64() {
            None => self.mistyped(name, "integer"),
            Some(n) if n < least => {
                self.problems.push(format!(
                    "{name} has violated the minimum valid value {least}"
                ));
            }
            Some(n) if n > most => {
                self.problems.push(format!(
                    "{name} has violated the maximum valid value {most}"
                ));
            }
            Some(_) => {}
        }
    }

    fn reference(&mut self, name: &str, kind: Kind, value: &Value) {
        match value.as_str() {
            Some(path) => self.references.push(Reference {
                kind,
                path: path.to_owned(),
            }),
            None => self.mistyped(name, "string"),
        }
    }

    fn mistyped(&mut self, name: &str, wanted: &str) {
        self.problems
            .push(format!("{name} is not a valid {wanted}"));
    }

    /// What a table cannot say: ranges of a static subnet lie in its network, in order; a group is
    /// made of addresses.
    fn particular(&mut self, kind: Kind, fields: &Body) {
        if kind == Kind::Group {
            let expressions = fields.get("expression").and_then(Value::as_array);
            let problems = expressions.into_iter().flatten();
            self.problems.extend(problems.filter_map(sources::problem));
        }
        if kind != Kind::IpSubnet || !self.problems.is_empty() {
            return;
        }
        let cidr = fields
            .get("cidr")
            .and_then(Value::as_str)
            .and_then(|v| v.parse::<IpNet>().ok());
        for (start, end) in ranges(fields) {
            if start > end || start.is_ipv4() != end.is_ipv4() {
                self.problems
                    .push(format!("allocation_ranges has no range {start}-{end}"));
            } else if let Some(outside) =
                cidr.and_then(|cidr| [start, end].into_iter().find(|ip| !cidr.contains(ip)))
            {
                self.problems.push(format!(
                    "allocation_ranges holds {outside}, outside the cidr"
                ));
            }
        }
    }
}

fn default(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => json!(value),
        Literal::Int(value) => json!(value),
        Literal::Text(value) => json!(value),
        Literal::Typed(value) => json!({ "type": value }),
    }
}

fn reads<T: std::str::FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<T>().is_ok())
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

/// Reads `"80"` or `"1234-1236"` as the first and the last port.
pub(crate) fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first.trim())?, port(last.trim())?);
    (first <= last).then_some((first, last))
}

/// The first and last addresses of a static subnet's allocation ranges.
pub(crate) fn ranges(fields: &Body) -> impl Iterator<Item = (IpAddr, IpAddr)> {
    let ranges = fields.get("allocation_ranges").and_then(Value::as_array);
    let end = |range: &Value, name: &str| range.get(name)?.as_str()?.parse().ok();
    ranges
        .into_iter()
        .flatten()
        .filter_map(move |range| Some((end(range, "start")?, end(range, "end")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(value: &Value) -> Body {
        value.as_object().cloned().unwrap()
    }

    fn problems(kind: Kind, given: &Value) -> String {
        check(kind, "x", given.as_object().unwrap())
            .map(|_| ())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn defaults_of_the_specification_are_filled_in() {
        let members = json!([{"ip_address": "10.0.0.1"}]);
        let checked = check(Kind::LbPool, "x", &body(&json!({"members": members}))).unwrap();
        assert_eq!(
            Value::Object(checked.fields),
            json!({
                "algorithm": "ROUND_ROBIN",
                "members": [{
                    "ip_address": "10.0.0.1", "weight": 1, "admin_state": "ENABLED",
                    "backup_member": false
                }],
                "min_active_members": 1,
                "snat_translation": {"type": "LBSnatAutoMap"},
                "tcp_multiplexing_enabled": false,
                "tcp_multiplexing_number": 6,
            })
        );
    }

    #[test]
    fn what_an_answer_carries_beyond_the_fields_is_taken_and_ignored() {
        let given = json!({
            "id": "x", "path": "/infra/ip-pools/x", "_revision": 3, "_create_user": "admin",
            "unique_id": "u", "marked_for_delete": false, "ip_release_delay": 0
        });
        let checked = check(Kind::IpPool, "x", &body(&given)).unwrap();
        assert_eq!(
            Value::Object(checked.fields),
            json!({"ip_release_delay": 0})
        );
    }

    #[test]
    fn an_unknown_property_is_refused_by_name() {
        assert_eq!(
            problems(Kind::IpPool, &json!({"scope": "x"})),
            "Json de-serialization error: property scope is unrecognized."
        );
    }

    #[test]
    fn every_wrong_value_is_told() {
        let given = json!({
            "ip_address": "10.0.0.256", "ports": ["80", "9-8"], "max_concurrent_connections": 0,
            "enabled": "yes"
        });
        assert_eq!(
            problems(Kind::LbVirtualServer, &given),
            "Field level validation errors: {ip_address is not a valid IP address; ports is not a \
             valid port or a port range; application_profile_path is a required property; enabled \
             is not a valid boolean; max_concurrent_connections has violated the minimum valid \
             value 1}"
        );
    }

    #[test]
    fn a_polymorphic_object_has_to_name_its_type() {
        assert_eq!(
            problems(Kind::LbAppProfile, &json!({})),
            "Field level validation errors: {resource_type is a required property}"
        );
    }

    #[test]
    fn a_range_outside_its_network_is_refused() {
        let given = json!({
            "resource_type": "IpAddressPoolStaticSubnet", "cidr": "10.0.0.0/29",
            "allocation_ranges": [{"start": "10.0.0.6", "end": "10.0.0.8"}]
        });
        assert_eq!(
            problems(Kind::IpSubnet, &given),
            "Field level validation errors: {allocation_ranges holds 10.0.0.8, outside the cidr}"
        );
    }

    #[test]
    fn references_are_gathered_from_lists_too() {
        let given = json!({"active_monitor_paths": ["/infra/lb-monitor-profiles/m"]});
        let checked = check(Kind::LbPool, "x", &body(&given)).unwrap();
        let path = "/infra/lb-monitor-profiles/m".to_owned();
        assert_eq!(
            checked.references,
            [Reference {
                kind: Kind::LbMonitorProfile,
                path
            }]
        );
    }
}
