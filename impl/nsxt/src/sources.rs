//! Whom a virtual server serves: its access list, with the addresses of the group it names.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ipam::{Range, holds};
use crate::schema::Body;

/// An access list as a virtual server is written with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessList {
    /// Whether the group is let in or kept out.
    pub action: Access,
    /// The intent path of the group.
    pub group: String,
}

/// What happens to those in the group; the others meet the opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// They are served.
    Allow,
    /// They are not.
    Drop,
}

/// The clients that are served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sources {
    /// Everybody.
    #[default]
    All,
    /// Those in one of these inclusive ranges.
    Only(Vec<(IpAddr, IpAddr)>),
    /// Those in none of them.
    AllBut(Vec<(IpAddr, IpAddr)>),
}

impl AccessList {
    /// Reads a checked virtual server; absent where it has none, or has it switched off.
    pub(crate) fn read(fields: &Body) -> Option<AccessList> {
        let list = fields.get("access_list_control")?;
        let enabled = list.get("enabled")?.as_bool()?;
        enabled.then_some(AccessList {
            action: match list.get("action")?.as_str()? {
                "DROP" => Access::Drop,
                _ => Access::Allow,
            },
            group: list.get("group_path")?.as_str()?.to_owned(),
        })
    }

    /// With the addresses of its group. A group that was deleted by force has none.
    pub(crate) fn sources(&self, group: Option<&Body>) -> Sources {
        let ranges = group.map(addresses).unwrap_or_default();
        match self.action {
            Access::Allow => Sources::Only(ranges),
            Access::Drop => Sources::AllBut(ranges),
        }
    }
}

impl Sources {
    /// Whether a client at this address is served.
    #[must_use]
    pub fn admit(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        let within = |ranges: &[Range]| ranges.iter().any(|range| holds(range, client));
        match self {
            Sources::All => true,
            Sources::Only(ranges) => within(ranges),
            Sources::AllBut(ranges) => !within(ranges),
        }
    }
}

/// The addresses of a checked group.
fn addresses(group: &Body) -> Vec<Range> {
    let expressions = group.get("expression").and_then(Value::as_array);
    let listed = expressions
        .into_iter()
        .flatten()
        .filter_map(|expression| expression.get("ip_addresses")?.as_array())
        .flatten();
    listed.filter_map(|text| range(text.as_str()?)).collect()
}

/// What is wrong with an expression of a group: only lists of addresses are kept here, and the `OR`
/// between them.
pub(crate) fn problem(expression: &Value) -> Option<String> {
    match expression.get("resource_type").and_then(Value::as_str) {
        Some("IPAddressExpression") => {
            let listed = expression.get("ip_addresses").and_then(Value::as_array);
            let Some(listed) = listed.filter(|listed| !listed.is_empty()) else {
                return Some("ip_addresses is a required property".to_owned());
            };
            let wrong = |text: &&Value| text.as_str().and_then(range).is_none();
            let wrong = listed.iter().find(wrong)?;
            Some(format!(
                "ip_addresses holds {wrong}, which is no address, range or network"
            ))
        }
        Some("ConjunctionOperator") => {
            let operator = expression.get("conjunction_operator");
            (operator != Some(&Value::from("OR")))
                .then(|| "conjunction_operator has a value that is none of [OR]".to_owned())
        }
        Some(other) => Some(format!(
            "expression of type {other} is none of [IPAddressExpression, ConjunctionOperator]"
        )),
        None => Some("resource_type is a required property".to_owned()),
    }
}

/// Reads an address, `FIRST-LAST`, or a network in CIDR form.
fn range(text: &str) -> Option<Range> {
    if let Ok(network) = text.parse::<IpNet>() {
        return Some((network.network(), network.broadcast()));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let in_order: bool = first <= last && IpAddr::is_ipv4(&first) == IpAddr::is_ipv4(&last);
    in_order.then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn group() -> Value {
        json!({"expression": [
            {"resource_type": "IPAddressExpression", "ip_addresses": ["10.1.0.0/16", "fd00::/8"]},
            {"resource_type": "ConjunctionOperator", "conjunction_operator": "OR"},
            {"resource_type": "IPAddressExpression", "ip_addresses": ["10.9.0.7-10.9.0.9", "10.9.1.1"]},
        ]})
    }

    #[test]
    fn a_group_admits_networks_ranges_and_single_addresses() {
        let ranges = addresses(group().as_object().unwrap());
        let (only, all_but) = (Sources::Only(ranges.clone()), Sources::AllBut(ranges));
        for (client, is_in) in [
            ("10.1.255.255", true),
            ("10.2.0.0", false),
            ("10.9.0.8", true),
            ("10.9.0.10", false),
            ("10.9.1.1", true),
            ("::ffff:10.1.0.1", true),
            ("fd00::1", true),
            ("fe80::1", false),
        ] {
            let ip = client.parse().unwrap();
            assert_eq!(
                (only.admit(ip), all_but.admit(ip)),
                (is_in, !is_in),
                "{client}"
            );
        }
    }

    #[test]
    fn what_is_no_list_of_addresses_is_a_problem() {
        for expression in group()["expression"].as_array().unwrap() {
            assert_eq!(problem(expression), None);
        }
        for expression in [
            json!({"resource_type": "Condition", "key": "Tag"}),
            json!({"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.0/33"]}),
            json!({"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.2-10.0.0.1"]}),
            json!({"resource_type": "IPAddressExpression", "ip_addresses": []}),
            json!({"resource_type": "ConjunctionOperator", "conjunction_operator": "AND"}),
            json!(7),
        ] {
            assert!(problem(&expression).is_some(), "{expression}");
        }
    }
}
