//! Columns of the built-in kinds (`pkg/printers/internalversion`).
use serde_json::Value;

use super::{Cell, TableColumn, cells};
use crate::registry::{Origin, Resource};

pub(super) fn column(name: &str, cell: Cell) -> TableColumn {
    TableColumn {
        name: name.into(),
        kind: "string".into(),
        format: String::new(),
        description: String::new(),
        priority: 0,
        cell,
    }
}

fn wide(column: TableColumn) -> TableColumn {
    TableColumn {
        priority: 1,
        ..column
    }
}

fn path(name: &str, path: &str) -> TableColumn {
    column(name, Cell::Path(path.into()))
}

fn made(name: &str, make: fn(&Value) -> String) -> TableColumn {
    column(name, Cell::Made(make))
}

pub(super) fn age() -> TableColumn {
    column("Age", Cell::Since(".metadata.creationTimestamp".into()))
}

/// The columns after the name; nothing for kinds that bring their own.
pub(super) fn columns(resource: &Resource) -> Option<Vec<TableColumn>> {
    if resource.origin == Origin::Custom {
        return None;
    }
    Some(match resource.kind.as_str() {
        "Service" => vec![
            path("Type", ".spec.type"),
            made("Cluster-IP", |o| text_or_none(&o["spec"]["clusterIP"])),
            made("External-IP", external_ip),
            made("Port(s)", service_ports),
            age(),
            wide(made("Selector", |o| pairs(&o["spec"]["selector"]))),
        ],
        "Namespace" => vec![path("Status", ".status.phase"), age()],
        "Node" => vec![
            made("Status", node_status),
            made("Roles", |_| "<none>".into()),
            age(),
            made("Version", |o| {
                o["status"]["nodeInfo"]["kubeletVersion"]
                    .as_str()
                    .unwrap_or_default()
                    .into()
            }),
            wide(made("Internal-IP", |o| node_address(o, "InternalIP"))),
            wide(made("External-IP", |o| node_address(o, "ExternalIP"))),
        ],
        "ConfigMap" => vec![
            TableColumn {
                kind: "string".into(),
                ..count("Data", |o| size(&o["data"]) + size(&o["binaryData"]))
            },
            age(),
        ],
        "Secret" => vec![
            path("Type", ".type"),
            TableColumn {
                kind: "string".into(),
                ..count("Data", |o| size(&o["data"]))
            },
            age(),
        ],
        "ResourceQuota" => vec![
            made("Request", |o| quota_use(o, false)),
            made("Limit", |o| quota_use(o, true)),
            age(),
        ],
        "ServiceAccount" => vec![count("Secrets", |o| size(&o["secrets"])), age()],
        "Endpoints" => vec![made("Endpoints", endpoints), age()],
        "EndpointSlice" => vec![
            path("AddressType", ".addressType"),
            made("Ports", slice_ports),
            made("Endpoints", slice_endpoints),
            age(),
        ],
        "Lease" => vec![path("Holder", ".spec.holderIdentity"), age()],
        "Event" => event_columns(resource),
        "CustomResourceDefinition" => vec![path("Created At", ".metadata.creationTimestamp")],
        _ => vec![age()],
    })
}

fn event_columns(resource: &Resource) -> Vec<TableColumn> {
    let (about, message, last): (fn(&Value) -> String, _, _) = if resource.group.is_empty() {
        (
            |o| reference(&o["involvedObject"]),
            ".message",
            ".lastTimestamp",
        )
    } else {
        (
            |o| reference(&o["regarding"]),
            ".note",
            ".deprecatedLastTimestamp",
        )
    };
    let seen = if resource.group.is_empty() {
        last
    } else {
        ".eventTime"
    };
    vec![
        column("Last Seen", Cell::Since(seen.into())),
        path("Type", ".type"),
        path("Reason", ".reason"),
        made("Object", about),
        path("Message", message),
    ]
}

fn count(name: &str, make: fn(&Value) -> usize) -> TableColumn {
    TableColumn {
        kind: "integer".into(),
        ..column(name, Cell::Count(make))
    }
}

fn size(value: &Value) -> usize {
    value.as_object().map_or_else(
        || value.as_array().map_or(0, Vec::len),
        serde_json::Map::len,
    )
}

fn text_or_none(value: &Value) -> String {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .unwrap_or("<none>")
        .to_string()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[][..], Vec::as_slice)
}

fn pairs(map: &Value) -> String {
    let pairs = map.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    cells::joined(&pairs)
}

fn reference(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    format!("{kind}/{}", object["name"].as_str().unwrap_or_default())
}

fn external_ip(service: &Value) -> String {
    let spec = &service["spec"];
    let mut ips: Vec<String> = Vec::new();
    if spec["type"] == "LoadBalancer" {
        for ingress in list(&service["status"]["loadBalancer"]["ingress"]) {
            let shown = ingress["ip"].as_str().or(ingress["hostname"].as_str());
            ips.extend(shown.map(String::from));
        }
    }
    ips.extend(
        list(&spec["externalIPs"])
            .iter()
            .filter_map(|ip| ip.as_str().map(String::from)),
    );
    match spec["type"].as_str() {
        Some("ExternalName") => text_or_none(&spec["externalName"]),
        Some("LoadBalancer") if ips.is_empty() => "<pending>".into(),
        Some(_) | None => cells::joined(&ips),
    }
}

/// What of a quota is used; what is limited and what is requested are columns of their own.
fn quota_use(quota: &Value, is_limit: bool) -> String {
    let hard = quota["status"]["hard"].as_object();
    let of_column = |name: &str| name.starts_with("limits.") == is_limit;
    let uses = hard
        .into_iter()
        .flatten()
        .filter(|(name, _)| of_column(name));
    let uses = uses.map(|(name, hard)| {
        let used = quota["status"]["used"][name].as_str().unwrap_or("0");
        let hard = hard
            .as_str()
            .map_or_else(|| hard.to_string(), str::to_owned);
        format!("{name}: {used}/{hard}")
    });
    uses.collect::<Vec<_>>().join(", ")
}

fn service_ports(service: &Value) -> String {
    let ports: Vec<String> = list(&service["spec"]["ports"])
        .iter()
        .map(|port| {
            let node_port = match port["nodePort"].as_i64() {
                Some(number) => format!(":{number}"),
                None => String::new(),
            };
            format!(
                "{}{node_port}/{}",
                port["port"],
                port["protocol"].as_str().unwrap_or("TCP")
            )
        })
        .collect();
    cells::joined(&ports)
}

fn node_status(node: &Value) -> String {
    let ready = list(&node["status"]["conditions"])
        .iter()
        .find(|c| c["type"] == "Ready");
    match ready.and_then(|condition| condition["status"].as_str()) {
        Some("True") => "Ready".into(),
        Some(_) => "NotReady".into(),
        None => "Unknown".into(),
    }
}

fn node_address(node: &Value, kind: &str) -> String {
    let address = list(&node["status"]["addresses"])
        .iter()
        .find(|a| a["type"] == kind);
    address.map_or_else(
        || "<none>".into(),
        |address| text_or_none(&address["address"]),
    )
}

fn endpoints(object: &Value) -> String {
    let mut shown = Vec::new();
    for subset in list(&object["subsets"]) {
        for address in list(&subset["addresses"]) {
            let ip = address["ip"].as_str().unwrap_or_default();
            for port in list(&subset["ports"]) {
                shown.push(format!("{ip}:{}", port["port"]));
            }
        }
    }
    cells::joined(&shown)
}

fn slice_ports(slice: &Value) -> String {
    let ports: Vec<String> = list(&slice["ports"])
        .iter()
        .map(|p| p["port"].to_string())
        .collect();
    if ports.is_empty() {
        "<unset>".into()
    } else {
        ports.join(",")
    }
}

fn slice_endpoints(slice: &Value) -> String {
    let addresses = list(&slice["endpoints"])
        .iter()
        .flat_map(|e| list(&e["addresses"]));
    let addresses: Vec<String> = addresses
        .filter_map(|address| address.as_str().map(String::from))
        .collect();
    if addresses.is_empty() {
        "<unset>".into()
    } else {
        addresses.join(",")
    }
}
