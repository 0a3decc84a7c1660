//! What the parsers make of inputs that nobody wrote.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hopwise_fuzz::Target;
use jiff::Timestamp;
use serde_json::Value;

use crate::uri::{Query, form_decoded};
use crate::{Credentials, Manager, Options, Realization};

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_uris() {
    let target = Target {
        name: "uris",
        seeds: &[
            "page_size=2&cursor=&force=true",
            "a=%2Fb+%zz%4",
            "query=a%3Ab&%=&=",
        ],
        words: &[
            "=",
            "&",
            "%",
            "%2",
            "%ff",
            "%25",
            "+",
            "cursor",
            "page_size",
            "a",
        ],
        documents: 0,
    };
    target.run(|input| {
        let value = text(input);
        let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(form_decoded(&escaped), value);
        let _read = Query::read(Some(&value));
    });
}

fn manager() -> Arc<Manager> {
    let manager = Manager::new(Options {
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        seed: 1,
        credentials: Credentials {
            username: "admin".into(),
            password: "secret".into(),
        },
        realization: Realization::Immediate,
        purge: Realization::Immediate,
    });
    let addresses = [1, 9].map(|last| IpAddr::from([10, 0, 0, last]));
    let [first, last] = addresses;
    manager
        .add_pool("vips", first, last, Duration::ZERO)
        .unwrap();
    manager
}

/// What a manager says to `METHOD URI` and a body below; nothing if that is no request. A refusal
/// has the body of one, and has changed nothing.
fn code(manager: &Manager, input: &[u8]) -> Option<u16> {
    let input = text(input);
    let (head, body) = input.split_once('\n')?;
    let (method, uri) = head.split_once(' ')?;
    let request = http::Request::builder().method(method).uri(uri);
    let request = request.header("authorization", "Basic YWRtaW46c2VjcmV0");
    let request = request.body(Bytes::from(body.to_owned())).ok()?;
    let before = objects(manager);
    let response = manager.answer(&request);
    let code = response.status().as_u16();
    if code >= 400 {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        assert!(
            body["error_message"].is_string(),
            "{code} without a reason: {body}"
        );
        assert_eq!(objects(manager), before, "a refusal changes nothing");
    }
    Some(code)
}

fn objects(manager: &Manager) -> Vec<(String, Option<Value>)> {
    let paths = manager.paths().into_iter();
    paths
        .map(|path| (path.clone(), manager.object(&path)))
        .collect()
}

#[test]
fn fuzz_policy_requests() {
    let target = Target {
        name: "policy_requests",
        seeds: &[
            "PUT /policy/api/v1/infra/lb-services/a\n{\"connectivity_path\":\"/infra/tier-1s/t\",\"size\":\"SMALL\"}",
            "PATCH /policy/api/v1/infra/lb-pools/p\n{\"members\":[{\"ip_address\":\"10.0.0.1\",\"port\":\"80\"}],\"tags\":[{\"scope\":\"a\",\"tag\":\"b\"}]}",
            "PUT /policy/api/v1/infra/lb-virtual-servers/v\n{\"ip_address\":\"10.0.0.1\",\"ports\":[\"80-90\"],\"application_profile_path\":\"/infra/lb-app-profiles/default-tcp-lb-app-profile\"}",
            "PUT /policy/api/v1/infra/ip-pools/vips/ip-allocations/a\n{\"allocation_ip\":\"10.0.0.3\"}",
            "PUT /policy/api/v1/infra/ip-pools/q/ip-subnets/s\n{\"resource_type\":\"IpAddressPoolStaticSubnet\",\"cidr\":\"10.1.0.0/24\",\"allocation_ranges\":[{\"start\":\"10.1.0.1\",\"end\":\"10.1.0.9\"}]}",
            "GET /policy/api/v1/infra/lb-app-profiles?page_size=1&cursor=c61ff61&sort_by=id\n",
            "GET /policy/api/v1/search/query?query=resource_type:(LBPool%20OR%20LBService)&cursor=1\n",
            "GET /policy/api/v1/infra/realized-state/realized-entities?intent_path=/infra/lb-services/a\n",
            "DELETE /policy/api/v1/infra/ip-pools/vips?force=true\n",
            "POST /api/session/create\nj_username=admin&j_password=secret",
        ],
        words: &[
            "GET ",
            "PUT ",
            "PATCH ",
            "POST ",
            "DELETE ",
            "/policy/api/v1",
            "/infra",
            "/lb-pools",
            "/lb-services",
            "/ip-pools",
            "/ip-subnets",
            "/ip-allocations",
            "/vips",
            "?",
            "&",
            "cursor=",
            "page_size=",
            "18446744073709551615",
            "\n",
            "%2F",
            "\"10.0.0.0/0\"",
            "\"0.0.0.0\"",
            "\"::1\"",
            "\"1-65535\"",
            "{",
            "}",
            "[",
            "]",
            ":",
            "\"",
            ",",
            "null",
            "_revision",
        ],
        documents: 0,
    };
    let manager = manager();
    target.run(|input| {
        let code = code(&manager.fork(), input);
        assert!(code.is_none_or(|code| code < 500), "{code:?}");
    });
}

#[test]
fn fuzz_hierarchies() {
    let target = Target {
        name: "hierarchies",
        seeds: &[
            "{\"resource_type\":\"Infra\",\"children\":[{\"resource_type\":\"ChildLBPool\",\"LBPool\":{\"resource_type\":\"LBPool\",\"id\":\"p\",\"members\":[{\"ip_address\":\"10.0.0.1\",\"port\":\"80\"}]}},{\"resource_type\":\"ChildLBVirtualServer\",\"marked_for_delete\":true,\"LBVirtualServer\":{\"resource_type\":\"LBVirtualServer\",\"id\":\"v\"}}]}",
            "{\"resource_type\":\"Infra\",\"children\":[{\"resource_type\":\"ChildResourceReference\",\"target_type\":\"IpAddressPool\",\"id\":\"vips\",\"children\":[{\"resource_type\":\"ChildIpAddressAllocation\",\"IpAddressAllocation\":{\"resource_type\":\"IpAddressAllocation\",\"id\":\"a\"}}]}]}",
        ],
        words: &[
            "resource_type",
            "\"Infra\"",
            "children",
            "\"ChildLBPool\"",
            "LBPool",
            "\"ChildLBService\"",
            "LBService",
            "\"ChildResourceReference\"",
            "target_type",
            "\"IpAddressPool\"",
            "\"ChildIpAddressAllocation\"",
            "IpAddressAllocation",
            "id",
            "vips",
            "a",
            "marked_for_delete",
            "true",
            "members",
            "{}",
            "[]",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
        ],
        documents: 1,
    };
    let manager = manager();
    target.run(|input| {
        let head = b"PATCH /policy/api/v1/infra\n";
        let code = code(&manager.fork(), &[head, input].concat());
        assert!(code.is_none_or(|code| code < 500), "{code:?}");
    });
}
