//! IP pools: allocation, exhaustion, release, and that no address is ever held twice.

use std::collections::BTreeSet;
use std::time::Duration;

use hopwise_nsxt::AllocationState;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, POOL, code};

const DELAY: Duration = Duration::from_secs(120);

fn alarm(entity: &Value) -> (&str, i64) {
    let code = entity["alarms"][0]["error_details"]["error_code"].as_i64();
    (entity["state"].as_str().unwrap(), code.unwrap_or_default())
}

#[test]
fn an_address_is_told_by_the_realized_entity_and_not_by_the_object() {
    let bench = Bench::immediate().furnished(2, DELAY);
    let entity = bench.allocate("a", json!({}));
    assert_eq!(
        entity["extended_attributes"][0],
        json!({
            "data_type": "STRING", "multivalue": false, "values": ["10.0.0.1"],
            "key": "allocation_ip"
        })
    );
    assert_eq!(entity["entity_type"], "AllocationIpAddress");
    assert_eq!(
        entity["intent_paths"],
        json!([format!("{POOL}/ip-allocations/a")])
    );
    assert_eq!(
        bench
            .get(&format!("{POOL}/ip-allocations/a"))
            .1
            .get("allocation_ip"),
        None
    );
}

#[test]
fn asking_again_under_the_same_id_changes_nothing() {
    let bench = Bench::immediate().furnished(2, DELAY);
    bench.allocate("a", json!({"display_name": "first"}));
    let entity = bench.allocate("a", json!({"display_name": "second"}));
    assert_eq!(entity["display_name"], "first");
    assert_eq!(
        bench.put(&format!("{POOL}/ip-allocations/a"), json!({})).1["_revision"],
        0
    );
    assert_eq!(bench.manager.free_addresses("vips"), 1);
}

#[test]
fn before_realization_there_is_an_unrealized_entity_without_an_address() {
    let bench = Bench::on_command().furnished(2, DELAY);
    let entity = bench.allocate("a", json!({}));
    assert_eq!(
        (entity["state"].as_str(), bench.address("a")),
        (Some("UNREALIZED"), None)
    );
    let path = format!("{POOL}/ip-allocations/a");
    assert_eq!(bench.manager.pending(), std::slice::from_ref(&path));
    assert!(bench.manager.realize(&path));
    assert!(!bench.manager.realize(&path));
    assert_eq!(bench.address("a").as_deref(), Some("10.0.0.1"));
}

#[test]
fn an_exhausted_pool_fails_the_realization_with_5109_for_good() {
    let bench = Bench::immediate().furnished(1, Duration::ZERO);
    bench.allocate("a", json!({}));
    let entity = bench.allocate("b", json!({}));
    assert_eq!(alarm(&entity), ("ERROR", 5109));
    assert_eq!(
        entity["alarms"][0]["error_details"],
        json!({
            "httpStatus": "BAD_REQUEST", "error_code": 5109,
            "module_name": "id-allocation service",
            "error_message": "Insufficient free IP addresses.",
        })
    );
    bench.delete(&format!("{POOL}/ip-allocations/a"));
    assert_eq!(alarm(&bench.allocate("b", json!({}))), ("ERROR", 5109));
    bench.delete(&format!("{POOL}/ip-allocations/b"));
    assert_eq!(alarm(&bench.allocate("b", json!({}))), ("REALIZED", 0));
}

#[test]
fn a_released_address_comes_free_after_the_delay_of_its_pool() {
    let bench = Bench::immediate().furnished(1, DELAY);
    bench.allocate("a", json!({}));
    bench.delete(&format!("{POOL}/ip-allocations/a"));
    bench.pass(Duration::from_millis(119_999));
    assert_eq!(bench.manager.free_addresses("vips"), 0);
    assert_eq!(
        bench.manager.allocations("vips")[0].state,
        AllocationState::Releasing
    );
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.manager.free_addresses("vips"), 1);
}

#[test]
fn a_pool_that_does_not_say_holds_released_addresses_for_two_minutes() {
    let bench = Bench::immediate();
    bench.put(POOL, json!({}));
    bench.put(
        &format!("{POOL}/ip-subnets/s"),
        json!({
            "resource_type": "IpAddressPoolStaticSubnet", "cidr": "10.0.0.0/24",
            "allocation_ranges": [{"start": "10.0.0.7", "end": "10.0.0.7"}]
        }),
    );
    bench.allocate("a", json!({}));
    bench.delete(&format!("{POOL}/ip-allocations/a"));
    bench.pass(Duration::from_secs(119));
    assert_eq!(bench.manager.free_addresses("vips"), 0);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.manager.free_addresses("vips"), 1);
}

#[test]
fn a_released_address_can_be_freed_on_command() {
    let bench = Bench::immediate().furnished(1, DELAY);
    bench.allocate("a", json!({}));
    let address = "10.0.0.1".parse().unwrap();
    assert!(!bench.manager.release("vips", address));
    bench.delete(&format!("{POOL}/ip-allocations/a"));
    assert!(bench.manager.release("vips", address));
    assert_eq!(bench.manager.free_addresses("vips"), 1);
}

#[test]
fn an_address_asked_for_is_granted_or_refused_in_the_realized_state_alone() {
    let bench = Bench::immediate().furnished(4, DELAY);
    let wanted = |address: &str| json!({ "allocation_ip": address });
    assert_eq!(
        alarm(&bench.allocate("a", wanted("10.0.0.3"))).0,
        "REALIZED"
    );
    assert_eq!(bench.address("a").as_deref(), Some("10.0.0.3"));
    assert_eq!(
        alarm(&bench.allocate("b", wanted("10.0.0.3"))),
        ("ERROR", 5141)
    );
    assert_eq!(
        alarm(&bench.allocate("c", wanted("10.9.9.9"))),
        ("ERROR", 5110)
    );
    let refused = bench.get(&format!("{POOL}/ip-allocations/b")).1;
    assert_eq!(refused["allocation_ip"], "10.0.0.3");
}

#[test]
fn a_pool_without_a_subnet_has_no_address() {
    let bench = Bench::immediate();
    bench.put(POOL, json!({}));
    assert_eq!(alarm(&bench.allocate("a", json!({}))), ("ERROR", 5109));
}

#[test]
fn below_a_missing_pool_nothing_is_created_or_listed() {
    let bench = Bench::immediate();
    let collection = "/infra/ip-pools/none/ip-allocations";
    for said in [
        bench.patch(&format!("{collection}/a"), json!({})),
        bench.get(collection),
    ] {
        assert_eq!((said.0, code(&said)), (400, 500_012));
    }
    assert_eq!(bench.get(&format!("{collection}/a")).0, 404);
}

#[test]
fn pools_and_subnets_in_use_cannot_be_deleted_or_shrunk() {
    let bench = Bench::immediate().furnished(4, DELAY);
    bench.allocate("a", json!({"allocation_ip": "10.0.0.4"}));
    let subnet = format!("{POOL}/ip-subnets/range");
    for path in [POOL, &subnet] {
        let said = bench.delete(path);
        assert_eq!((said.0, code(&said)), (400, 500_030), "{path}");
    }
    let mut smaller = bench.get(&subnet).1;
    smaller["allocation_ranges"][0]["end"] = json!("10.0.0.3");
    let said = bench.put(&subnet, smaller);
    assert_eq!((said.0, code(&said)), (400, 5016));
    let overlapping = json!({
        "resource_type": "IpAddressPoolStaticSubnet", "cidr": "10.0.0.0/24",
        "allocation_ranges": [{"start": "10.0.0.2", "end": "10.0.0.9"}]
    });
    let said = bench.put(&format!("{POOL}/ip-subnets/other"), overlapping);
    assert_eq!((said.0, code(&said)), (400, 500_105));
}

#[test]
fn many_clients_at_once_never_get_one_address_twice() {
    let bench = Bench::immediate().furnished(40, DELAY);
    std::thread::scope(|scope| {
        for client in 0..4 {
            let bench = &bench;
            scope.spawn(move || {
                for n in 0..12 {
                    bench.allocate(&format!("{client}-{n}"), json!({}));
                }
            });
        }
    });
    let allocations = bench.manager.allocations("vips");
    let held: Vec<_> = allocations
        .iter()
        .filter_map(|allocation| allocation.ip)
        .collect();
    let distinct: BTreeSet<_> = held.iter().collect();
    assert_eq!((held.len(), distinct.len()), (40, 40));
}

#[derive(Debug, Clone)]
enum Move {
    Allocate(u8, Option<u8>),
    Delete(u8),
    Realize(u8),
    Pass(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (0..6_u8, proptest::option::of(1..6_u8)).prop_map(|(id, ip)| Move::Allocate(id, ip)),
        (0..6_u8).prop_map(Move::Delete),
        (0..6_u8).prop_map(Move::Realize),
        (1..200_u64).prop_map(Move::Pass),
    ];
    proptest::collection::vec(one, 1..60)
}

proptest! {
    #[test]
    fn whatever_happens_an_address_has_one_holder_and_none_is_lost(
        moves in moves(), purged_later in any::<bool>()
    ) {
        let purge = if purged_later {
            hopwise_nsxt::Realization::OnCommand
        } else {
            hopwise_nsxt::Realization::Immediate
        };
        let bench = Bench::with(hopwise_nsxt::Realization::OnCommand, purge).furnished(4, DELAY);
        for one in moves {
            let path = |id: u8| format!("{POOL}/ip-allocations/{id}");
            match one {
                Move::Allocate(id, ip) => {
                    let body = match ip {
                        Some(ip) => json!({ "allocation_ip": format!("10.0.0.{ip}") }),
                        None => json!({}),
                    };
                    bench.patch(&path(id), body);
                }
                Move::Delete(id) => drop(bench.delete(&path(id))),
                Move::Realize(id) => drop(bench.manager.realize(&path(id))),
                Move::Pass(seconds) => bench.pass(Duration::from_secs(seconds)),
            }
            let allocations = bench.manager.allocations("vips");
            let held: Vec<_> = allocations.iter().filter_map(|a| a.ip).collect();
            let distinct: BTreeSet<_> = held.iter().collect();
            prop_assert_eq!(held.len(), distinct.len());
            prop_assert_eq!(bench.manager.free_addresses("vips") + held.len() as u128, 4);
        }
    }
}
