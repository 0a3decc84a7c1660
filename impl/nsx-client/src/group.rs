//! Groups of addresses.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::client::NsxClient;
use crate::request::escaped;
use crate::{Error, Tag};

/// The domain that groups are kept in. NSX-T makes it by itself.
pub(crate) const DOMAIN: &str = "default";

/// A group. What is in it is said by expressions, of which this knows lists of addresses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Chosen by the client.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Always sent, also when it is empty: a PATCH replaces the whole.
    #[serde(default)]
    pub expression: Vec<Value>,
    /// Everything else the manager said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Group {
    /// The same group with these networks in it and nothing else. NSX-T takes no empty list: of no
    /// networks the group is empty.
    #[must_use]
    pub fn of_networks(self, networks: &BTreeSet<IpNet>) -> Group {
        let addresses: Vec<_> = networks.iter().map(ToString::to_string).collect();
        let listed = json!({
            "resource_type": "IPAddressExpression",
            "ip_addresses": addresses,
        });
        let expression = if networks.is_empty() {
            vec![]
        } else {
            vec![listed]
        };
        Group { expression, ..self }
    }

    /// The networks in it; `None` if something else is in it, too.
    #[must_use]
    pub fn networks(&self) -> Option<BTreeSet<IpNet>> {
        let mut networks = BTreeSet::new();
        for expression in &self.expression {
            if expression["resource_type"] != "IPAddressExpression" {
                return None;
            }
            for text in expression["ip_addresses"].as_array()? {
                networks.insert(network(text.as_str()?)?);
            }
        }
        Some(networks)
    }

    /// Its intent path.
    #[must_use]
    pub fn path_of(id: &str) -> String {
        format!("/infra/domains/{DOMAIN}/groups/{id}")
    }
}

/// NSX-T may write a network of one address as that address.
fn network(text: &str) -> Option<IpNet> {
    let of_one = || Some(IpNet::from(text.parse::<IpAddr>().ok()?));
    text.parse().ok().or_else(of_one)
}

impl NsxClient {
    /// Reads a group; `None` when there is none.
    ///
    /// # Errors
    /// As [`Error`] tells.
    pub async fn group(&self, id: &str) -> Result<Option<Group>, Error> {
        self.get(&Group::path_of(&escaped(id))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_of_a_group_are_those_it_was_made_of() {
        for networks in [&[][..], &["198.51.100.0/24"], &["10.0.0.0/8", "fd00::/8"]] {
            let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(
                Group::default().of_networks(&networks).networks(),
                Some(networks)
            );
        }
        let alone = json!({ "resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.7"] });
        let group = |expression| Group {
            expression: vec![expression],
            ..Group::default()
        };
        assert_eq!(
            group(alone).networks(),
            Some(["10.0.0.7/32".parse().unwrap()].into())
        );
        let by_tag = json!({ "resource_type": "Condition", "key": "Tag" });
        assert_eq!(group(by_tag).networks(), None);
    }
}
