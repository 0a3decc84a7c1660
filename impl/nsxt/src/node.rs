//! What a client asks before it does anything: version, health, licences, and type limits.

use serde_json::{Value, json};

/// Above 3.0, so that clients use partial PATCH and the search query; below 4.1.1, so that they do
/// not expect synchronous realization.
const NODE_VERSION: &str = "3.1.3.3.0.18844962";
const PRODUCT_VERSION: &str = "3.1.3.3.0.18844959";

/// Answers `GET /api/v1/{rest}` where there is something to say.
pub(crate) fn answer(rest: &str) -> Option<Value> {
    Some(match rest {
        "node" => json!({
            "resource_type": "NodeProperties",
            "export_type": "UNRESTRICTED",
            "fully_qualified_domain_name": "hopwise-nsxt",
            "hostname": "hopwise-nsxt",
            "kernel_version": "4.14.10-nn4-server",
            "node_uuid": "4d1c1bd2-0000-4000-8000-000000000001",
            "external_id": "4d1c1bd2-0000-4000-8000-000000000001",
            "node_version": NODE_VERSION,
            "product_version": PRODUCT_VERSION,
        }),
        "node/version" => json!({
            "node_version": NODE_VERSION,
            "product_version": PRODUCT_VERSION,
        }),
        "reverse-proxy/node/health" => json!({
            "healthy": true,
            "components_health":
                "POLICY:UP, SEARCH:UP, MANAGER:UP, NODE_MGMT:UP, UI:UP",
        }),
        "cluster/status" => json!({
            "cluster_id": "4d1c1bd2-0000-4000-8000-000000000002",
            "mgmt_cluster_status": { "status": "STABLE" },
            "control_cluster_status": { "status": "STABLE" },
            "detailed_cluster_status": { "overall_status": "STABLE" },
        }),
        "spec/vmware/types/Tag" => json!({
            "id": "Tag",
            "properties": {
                "scope": { "type": "string", "maxLength": 128 },
                "tag": { "type": "string", "maxLength": 256 },
            },
        }),
        "spec/vmware/types/ManagedResource" => json!({
            "id": "ManagedResource",
            "properties": { "tags": { "type": "array", "maxItems": 30 } },
        }),
        "licenses" | "licenses/licenses-usage" => {
            json!({ "results": [], "result_count": 0 })
        }
        _ => return None,
    })
}
