//! More Services than addresses.

use super::*;
use std::collections::BTreeSet;

const ADDRESSES: u8 = 10;
const SERVICES: usize = 20;
const EXHAUSTED: &str = "vmoperator.vmware.com/AddressPoolExhausted";
const SERVING: &str = "vmoperator.vmware.com/LoadBalancerServing";

fn name(n: usize) -> String {
    format!("web-{n:02}")
}

/// Twenty Services on ten addresses, as far as they get by themselves.
async fn crowded() -> World {
    let world = World::start(ADDRESSES, NOTHING).await;
    for n in 0..SERVICES {
        let mut one = service(&[80]);
        one["metadata"]["name"] = json!(name(n));
        world.user_creates(&one).await;
    }
    world.settle().await;
    world
}

/// The guest Services with an address and those without.
fn served_and_waiting(world: &World) -> (Vec<Value>, Vec<Value>) {
    let all = world.guest.objects("", "services");
    let all = all.into_iter().map(|service| (*service).clone());
    all.partition(|service| !address(service).is_null())
}

fn condition<'a>(service: &'a Value, type_: &str) -> &'a Value {
    let all = service["status"]["conditions"].as_array();
    let found = all.and_then(|all| all.iter().find(|one| one["type"] == type_));
    found.unwrap_or(&Value::Null)
}

/// Who has been told of exhaustion by an Event on the guest Service.
fn warned(world: &World) -> BTreeSet<String> {
    let events = world.guest.objects("", "events");
    let about = events
        .iter()
        .filter(|event| event["reason"] == "IP_POOL_EXHAUSTED" && event["type"] == "Warning")
        .map(|event| event["involvedObject"]["name"].as_str().unwrap().to_owned());
    about.collect()
}

fn names(services: &[Value]) -> BTreeSet<String> {
    let names = services.iter().map(|one| one["metadata"]["name"].as_str());
    names.map(|name| name.unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn ten_of_twenty_get_an_address_of_their_own_and_ten_say_why_not() {
    let world = crowded().await;
    let (served, waiting) = served_and_waiting(&world);
    assert_eq!((served.len(), waiting.len()), (10, 10));
    let addresses: BTreeSet<_> = served.iter().map(|one| address(one).to_string()).collect();
    assert_eq!(addresses.len(), 10, "none is shared");
    for one in &served {
        assert_eq!(condition(one, SERVING)["status"], "True", "{one}");
    }
    for one in &waiting {
        let serving = condition(one, SERVING);
        assert_eq!(serving["status"], "False", "{one}");
        assert_eq!(serving["reason"], "IP_POOL_EXHAUSTED");
        let exhausted = condition(one, EXHAUSTED);
        assert_eq!(exhausted["status"], "True", "{one}");
        assert_eq!(exhausted["reason"], "IP_POOL_EXHAUSTED");
        let words = exhausted["message"].as_str().unwrap();
        assert!(words.starts_with("IP pool pool: "), "{words}");
        assert_eq!(exhausted["message"], serving["message"]);
    }
    assert_eq!(warned(&world), names(&waiting));
}

#[tokio::test(start_paused = true)]
async fn the_guest_service_says_exhausted_with_the_first_poll_after_its_vm_service_does() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_creates(&waiter()).await;
    let says = |service: &Value| condition(service, EXHAUSTED)["status"] == "True";
    let below = || {
        let all = world.left_on_the_supervisor();
        let kind = "VirtualMachineService";
        all.iter().any(|one| one["kind"] == kind && says(one))
    };
    for _ in 0..12 {
        if below() {
            break;
        }
        world.tick().await;
    }
    assert!(below(), "nothing was said on the Supervisor");
    world.tick().await;
    assert!(says(&world.guest_service("waiter").unwrap()));
}

#[tokio::test(start_paused = true)]
async fn each_address_that_comes_free_reaches_a_waiter_until_everybody_is_served() {
    let world = crowded().await;
    for left in (0..10).rev() {
        let (served, _) = served_and_waiting(&world);
        world.user_deletes(names(&served).first().unwrap()).await;
        world.settle().await;
        let (served, waiting) = served_and_waiting(&world);
        assert_eq!((served.len(), waiting.len()), (10, left));
        assert_eq!(world.manager.virtual_servers().len(), 10);
    }
    let (served, _) = served_and_waiting(&world);
    for one in &served {
        assert_eq!(condition(one, SERVING)["status"], "True", "{one}");
        assert_ne!(condition(one, EXHAUSTED)["status"], "True", "{one}");
    }
    assert_eq!(world.manager.free_addresses("pool"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_edited_service_does_not_lose_its_condition() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    let edit = json!({"spec": {"ports": [{"name": "p443", "port": 443}]}});
    world.user_edits("web", &edit).await;
    world.settle().await;
    let shown = world.guest_service("web").unwrap();
    let serving = condition(&shown, SERVING);
    assert_eq!(serving["status"], "True");
    assert_eq!(
        serving.get("observedGeneration"),
        shown["metadata"].get("generation"),
        "a condition that lags behind is one that kubectl waits for in vain"
    );
}
