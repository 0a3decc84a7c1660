//! Whatever was done to a manager: opened again, it answers as before, and goes on as it would have.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsxt::{Alarm, Manager, Realization};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::owner::{Clock, ask, open, options};

const COLLECTIONS: [&str; 10] = [
    "lb-services",
    "lb-virtual-servers",
    "lb-pools",
    "lb-app-profiles",
    "lb-monitor-profiles",
    "lb-persistence-profiles",
    "ip-pools",
    "ip-pools/p0/ip-subnets",
    "ip-pools/p0/ip-allocations",
    "ip-pools/p1/ip-allocations",
];

/// Something done to a manager: what, and two numbers that say to which object.
type Deed = (u8, u8, u8);

fn do_it(manager: &Manager, clock: &Clock, deed: Deed) {
    let (what, a, b) = deed;
    let nth = |paths: Vec<String>| paths.into_iter().nth(usize::from(b % 3));
    match what {
        0 => {
            if let Some(path) = nth([manager.pending(), manager.marked()].concat()) {
                manager.realize(&path);
            }
        }
        1 => {
            let alarm = Alarm::of_load_balancer(23700, "asked for".into());
            if let Some(path) = nth(manager.pending()) {
                manager.fail(&path, alarm);
            }
        }
        2 => {
            clock.pass(Duration::from_millis(u64::from(b) * 20));
            manager.advance();
        }
        3 => {
            manager.release(&format!("p{}", a % 2), IpAddr::from([10, 0, 0, b % 6]));
        }
        4 => {
            let request = http::Request::post("/api/session/create");
            let form = Bytes::from_static(b"j_username=admin&j_password=secret");
            assert_eq!(manager.answer(&request.body(form).unwrap()).status(), 200);
        }
        5 => {
            if let Some(path) = nth(manager.paths()) {
                ask(manager, "DELETE", &path, &Value::Null);
            }
        }
        _ => {
            // Refused or not, the answers tell afterwards.
            let (method, path, body) = request(deed);
            ask(manager, method, &path, &body);
        }
    }
}

fn request((what, a, b): Deed) -> (&'static str, String, Value) {
    let pool = format!("/infra/ip-pools/p{}", a % 2);
    let allocation = format!("{pool}/ip-allocations/a{}", b % 5);
    match what {
        6 => (
            "PUT",
            pool,
            json!({"ip_release_delay": u32::from(b % 4) * 1000}),
        ),
        7 => {
            let range = json!([{"start": "10.0.0.1", "end": format!("10.0.0.{}", 3 + b % 3)}]);
            let subnet = json!({
                "resource_type": "IpAddressPoolStaticSubnet",
                "cidr": "10.0.0.0/24", "allocation_ranges": range,
            });
            ("PATCH", format!("{pool}/ip-subnets/s"), subnet)
        }
        8 => ("PATCH", allocation, json!({})),
        9 => {
            let body = json!({"allocation_ip": format!("10.0.0.{}", b % 6), "description": "ä"});
            ("PATCH", allocation, body)
        }
        10 => ("DELETE", allocation, Value::Null),
        11 => {
            let attached = json!({"connectivity_path": "/infra/tier-1s/t"});
            let body = if b % 3 == 0 { json!({}) } else { attached };
            ("PATCH", "/infra/lb-services/lb".into(), body)
        }
        12 => {
            let members = json!([{"ip_address": "10.1.0.1", "port": "9", "weight": 1 + b % 3}]);
            let body = json!({"algorithm": "LEAST_CONNECTION", "members": members});
            ("PATCH", format!("/infra/lb-pools/w{}", a % 2), body)
        }
        13 => (
            "PATCH",
            format!("/infra/lb-virtual-servers/v{}", a % 3),
            server(a, b),
        ),
        14 => ("PATCH", "/infra".into(), tree(a, b)),
        _ => {
            let path = "/system-config/nsx-partial-patch-config".into();
            ("PUT", path, json!({"enable_partial_patch": b % 2 == 0}))
        }
    }
}

fn tree(a: u8, b: u8) -> Value {
    let child = |what: &str, id: &str, mut body: Value| {
        body["id"] = json!(id);
        json!({"resource_type": format!("Child{what}"), what: body})
    };
    json!({"children": [
        child("LBPool", "w0", json!({"description": format!("{b}")})),
        child("LBVirtualServer", &format!("v{}", a % 3), server(a, b)),
    ]})
}

fn server(a: u8, b: u8) -> Value {
    json!({
        "ip_address": format!("10.0.0.{}", b % 2),
        "ports": ["80", "90-92"],
        "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
        "lb_service_path": "/infra/lb-services/lb",
        "pool_path": format!("/infra/lb-pools/w{}", a % 2),
    })
}

/// The first answer in which two managers differ.
fn difference(one: &Manager, other: &Manager) -> Option<(String, String)> {
    let both = answers(one).into_iter().zip(answers(other));
    let lengths = (answers(one).len(), answers(other).len());
    assert_eq!(
        lengths.0, lengths.1,
        "one has objects that the other has not"
    );
    both.into_iter().find(|(one, other)| one != other)
}

/// Everything that can be read from a manager. When something is due is not among it: a time that
/// is out of date is forgotten.
fn answers(manager: &Manager) -> Vec<String> {
    let mut paths: Vec<String> = COLLECTIONS
        .iter()
        .map(|it| format!("/infra/{it}?include_mark_for_delete_objects=true"))
        .collect();
    for path in manager.paths() {
        paths.push(format!(
            "/infra/realized-state/realized-entities?intent_path={path}"
        ));
        paths.push(format!("/infra/realized-state/status?intent_path={path}"));
        paths.push(path);
    }
    for part in ["detailed-status", "statistics", "service-usage"] {
        paths.push(format!("/infra/lb-services/lb/{part}"));
    }
    paths.push("/search/query?query=resource_type:LBVirtualServer".into());
    paths.push("/system-config/nsx-partial-patch-config".into());
    let get = |path: &String| format!("{path}: {:?}", ask(manager, "GET", path, &Value::Null));
    let mut all: Vec<String> = paths.iter().map(get).collect();
    for pool in ["p0", "p1"] {
        all.push(format!("{:?}", manager.allocations(pool)));
        all.push(format!("{}", manager.free_addresses(pool)));
    }
    all.push(format!("{:?} {:?}", manager.pending(), manager.marked()));
    all.push(format!("{:?}", manager.virtual_servers()));
    all
}

fn pace() -> impl Strategy<Value = Realization> {
    prop_oneof![
        Just(Realization::Immediate),
        Just(Realization::OnCommand),
        Just(Realization::After(Duration::from_secs(2))),
    ]
}

/// Pools and a service first: without them most deeds are refused.
fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec((0_u8..16, 0_u8..6, any::<u8>()), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn opened_again_it_answers_as_before_and_goes_on_alike(
        before in deeds(40), after in deeds(12), pace in pace(), purge in pace(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (clock, file) = (Clock::new(), folder.path().join("state"));
        let first = Manager::open(options(&clock, pace, purge), &file).unwrap();
        for deed in [(6, 0, 3), (7, 0, 2), (11, 0, 1)].into_iter().chain(before) {
            do_it(&first, &clock, deed);
        }
        let gone_on = first.fork();
        drop(Arc::into_inner(first).unwrap());
        let reopened = Manager::open(options(&clock, pace, purge), &file).unwrap();
        prop_assert_eq!(difference(&gone_on, &reopened), None);
        for deed in after {
            do_it(&reopened, &clock, deed);
            // Of the same clock, which has moved by now.
            do_it(&gone_on, &Clock::new(), deed);
        }
        prop_assert_eq!(difference(&gone_on, &reopened), None);
    }
}

#[test]
fn sessions_end_and_a_cookie_is_never_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Clock::new(), folder.path().join("state"));
    let session = |manager: &Manager| {
        let request = http::Request::post("/api/session/create");
        let form = Bytes::from_static(b"j_username=admin&j_password=secret");
        let answer = manager.answer(&request.body(form).unwrap());
        answer.headers()["set-cookie"].to_str().unwrap().to_owned()
    };
    let reads = |manager: &Manager, cookie: &str| {
        let request = http::Request::get("/policy/api/v1/infra").header("cookie", cookie);
        manager
            .answer(&request.body(Bytes::new()).unwrap())
            .status()
            .as_u16()
    };
    let first = open(&clock, &file).unwrap();
    let cookie = session(&first);
    assert_eq!(reads(&first, &cookie), 200);
    drop(first);
    let second = open(&clock, &file).unwrap();
    assert_eq!(reads(&second, &cookie), 403);
    assert_ne!(session(&second), cookie);
}

#[test]
fn a_pool_that_is_set_up_again_as_it_was_keeps_its_revision() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Clock::new(), folder.path().join("state"));
    let revision = |last: u8| {
        let manager = open(&clock, &file).unwrap();
        let (first, last) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, last]));
        manager
            .add_pool("vips", first, last, Duration::ZERO)
            .unwrap();
        let subnet = manager.object("/infra/ip-pools/vips/ip-subnets/range");
        subnet.unwrap()["_revision"].clone()
    };
    assert_eq!([revision(9), revision(9), revision(8)], [0, 0, 1]);
}
