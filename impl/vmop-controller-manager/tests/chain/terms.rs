//! What a Service asks for besides ports, down the whole chain and back out of it.

use super::*;
use hopwise_nsxt::{Check, Sources, VirtualServer};

/// A Service that asks for everything there is to ask for.
fn picky() -> Value {
    let mut picky = service(&[80]);
    let spec = &mut picky["spec"];
    spec["loadBalancerIP"] = json!("192.0.2.4");
    spec["loadBalancerSourceRanges"] = json!(["198.51.100.0/24", "203.0.113.7/32"]);
    spec["externalTrafficPolicy"] = json!("Local");
    picky
}

fn server(world: &World) -> VirtualServer {
    let mut servers = world.manager.virtual_servers();
    assert_eq!(servers.len(), 1, "{servers:?}");
    servers.remove(0)
}

/// Where and for what the members of the only pool are asked.
fn asked(server: &VirtualServer) -> Vec<(Option<u16>, String)> {
    let monitors = server.monitors.iter();
    let asked = monitors.map(|monitor| match &monitor.check {
        Check::Http(http) => (monitor.port, http.url.clone()),
        other @ (Check::Tcp { .. } | Check::Udp { .. } | Check::None) => panic!("{other:?}"),
    });
    asked.collect()
}

fn paths(world: &World, of: &str) -> usize {
    let paths = world.manager.paths();
    paths.iter().filter(|path| path.contains(of)).count()
}

const GROUPS: &str = "/groups/supervisor-";
const MONITORS: &str = "/lb-monitor-profiles/supervisor-";

async fn served() -> World {
    let world = World::start(10, NOTHING).await;
    world.user_creates(&picky()).await;
    world.settle().await;
    world
}

#[tokio::test(start_paused = true)]
async fn clients_address_and_health_port_reach_nsx() {
    let world = served().await;
    let guest = world.guest_service("web").unwrap();
    assert_eq!(address(&guest), "192.0.2.4");
    let server = server(&world);
    let admits = |client: &str| server.sources.admit(client.parse().unwrap());
    assert!(admits("198.51.100.9") && admits("203.0.113.7") && !admits("203.0.113.8"));
    let port = guest["spec"]["healthCheckNodePort"].as_u64().unwrap();
    let port = u16::try_from(port).unwrap();
    assert_eq!(asked(&server), [(Some(port), "/healthz".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn what_is_edited_is_followed_and_what_is_taken_back_goes() {
    let world = served().await;
    let ranges = json!({"spec": {"loadBalancerSourceRanges": ["203.0.113.0/24"]}});
    world.user_edits("web", &ranges).await;
    world.settle().await;
    let admits = |client: &str| server(&world).sources.admit(client.parse().unwrap());
    assert!(admits("203.0.113.8") && !admits("198.51.100.9"));

    let nothing = json!({"spec": {
        "loadBalancerSourceRanges": null,
        "loadBalancerIP": null,
        "externalTrafficPolicy": "Cluster",
    }});
    world.user_edits("web", &nothing).await;
    world.settle().await;
    let server = server(&world);
    assert_eq!(server.sources, Sources::All);
    assert_eq!(asked(&server), []);
    assert_eq!((paths(&world, GROUPS), paths(&world, MONITORS)), (0, 0));
    let below = world.supervisor.objects("", "services");
    let below = below
        .iter()
        .find(|one| one["spec"]["type"] == "LoadBalancer")
        .unwrap();
    assert_eq!(
        below["metadata"]["annotations"].as_object().unwrap().len(),
        1
    );
    assert!(below["spec"]["loadBalancerIP"].is_null());
}

#[tokio::test(start_paused = true)]
async fn of_a_deleted_service_no_group_and_no_monitor_is_left() {
    let world = served().await;
    assert_eq!((paths(&world, GROUPS), paths(&world, MONITORS)), (1, 1));
    world.user_deletes("web").await;
    world.settle().await;
    assert!(world.guest_service("web").is_none());
    assert_eq!((paths(&world, GROUPS), paths(&world, MONITORS)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_to_be_had_is_told_until_it_is_asked_for_no_longer() {
    let world = World::start(10, NOTHING).await;
    let mut picky = service(&[80]);
    picky["spec"]["loadBalancerIP"] = json!("198.51.100.1");
    world.user_creates(&picky).await;
    world.settle().await;
    assert_eq!(world.says_exhausted(), ["True"; 3]);
    let any = json!({"spec": {"loadBalancerIP": null}});
    world.user_edits("web", &any).await;
    world.settle().await;
    assert_eq!(address(&world.guest_service("web").unwrap()), "192.0.2.1");
}
