//! The whole chain in one process: three controllers, two API servers, one NSX-T manager.
//!
//! Time is paused and ticks are given by hand, so a test waits for nothing and is over when the
//! controllers have nothing left to do.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod exhaustion;
mod terms;
mod world;

use hopwise_vocab::{Safeguard, Safeguards};
use serde_json::{Value, json};
use std::time::Duration;
use world::{NODE, World};

const NOTHING: Duration = Duration::ZERO;

fn service(ports: &[u16]) -> Value {
    let ports = ports
        .iter()
        .map(|port| json!({"name": format!("p{port}"), "port": port}));
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "ports": ports.collect::<Vec<_>>()},
    })
}

/// A second Service, for which there is no address.
fn waiter() -> Value {
    let mut waiter = service(&[80]);
    waiter["metadata"]["name"] = json!("waiter");
    waiter
}

fn address(service: &Value) -> &Value {
    &service["status"]["loadBalancer"]["ingress"][0]["ip"]
}

#[tokio::test(start_paused = true)]
async fn a_created_service_shows_its_address_and_nsx_forwards_it_to_the_nodes() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;

    let shown = world.guest_service("web").expect("it was created");
    assert_eq!(address(&shown), "192.0.2.1");
    let node_port = shown["spec"]["ports"][0]["nodePort"].as_u64().unwrap();
    let servers = world.manager.virtual_servers();
    assert_eq!(servers.len(), 1, "{servers:?}");
    assert_eq!(world.pool_members(), [format!("{NODE}:{node_port}")]);
}

#[tokio::test(start_paused = true)]
async fn edited_ports_are_programmed_and_the_old_ones_are_gone() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world
        .user_edits(
            "web",
            &json!({"spec": {"ports": [{"name": "p443", "port": 443}]}}),
        )
        .await;
    world.settle().await;

    assert_eq!(world.listening_ports(), ["443"]);
    assert_eq!(world.pool_members().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_service_leaves_nothing_behind_and_its_address_is_free() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80, 443])).await;
    world.settle().await;
    world.user_deletes("web").await;
    world.settle().await;

    assert_eq!(world.guest_service("web"), None);
    assert_eq!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.virtual_servers().len(), 0);
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_settled_chain_writes_nothing_however_often_it_looks() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    let before = world.versions();
    for _ in 0..5 {
        world.tick().await;
    }
    assert_eq!(world.versions(), before);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_found_no_address_gets_the_one_that_comes_free() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_creates(&waiter()).await;
    world.tick().await;
    let waiting = world.guest_service("waiter").expect("it was created");
    assert_eq!(address(&waiting), &Value::Null);

    world.user_deletes("web").await;
    world.settle().await;
    let served = world.guest_service("waiter").expect("nobody deleted it");
    assert_eq!(address(&served), "192.0.2.1");
}

#[tokio::test(start_paused = true)]
async fn exhaustion_is_told_on_every_hop_and_taken_back_with_the_address() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_creates(&waiter()).await;
    world.settle().await;

    assert_eq!(world.says_exhausted(), ["True"; 3]);
    let told = world.events_in("default");
    for (from, reason) in [
        ("ncp", "IP_POOL_EXHAUSTED"),
        ("service-controller", "SyncLoadBalancerFailed"),
    ] {
        assert!(told.contains(&(from.into(), reason.into())), "{told:?}");
    }
    world.user_deletes("web").await;
    world.settle().await;
    assert_eq!(world.says_exhausted(), ["False"; 3]);
}

#[tokio::test(start_paused = true)]
async fn without_surface_exhaustion_nobody_is_told_of_it() {
    let off = Safeguards::reference().without(Safeguard::SurfaceExhaustion);
    let world = World::guarded_by(off, 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_creates(&waiter()).await;
    world.settle().await;
    assert_eq!(world.says_exhausted(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_stands_for_a_service_that_was_torn_away_is_swept() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_tears_away("web");
    world.settle().await;
    assert_eq!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_successor_of_the_same_name_is_served_after_the_sweep() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_tears_away("web");
    world.user_creates(&service(&[443])).await;
    world.settle().await;
    let shown = world.guest_service("web").expect("it was created");
    assert_eq!(address(&shown), "192.0.2.1");
    assert_eq!(world.listening_ports(), ["443"]);
}

#[tokio::test(start_paused = true)]
async fn without_sweep_orphans_what_was_torn_away_stays_for_ever() {
    let off = Safeguards::reference().without(Safeguard::SweepOrphans);
    let world = World::guarded_by(off, 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_tears_away("web");
    world.settle().await;
    assert_ne!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.free_addresses("pool"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_vm_service_is_gone_is_collected_as_garbage() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_tears_away("web");
    world.admin_tears_away_vm_services();
    world.settle().await;
    assert_eq!(
        world.left_on_the_supervisor().len(),
        2,
        "Service and Endpoints"
    );
    world.collect_garbage();
    world.settle().await;
    assert_eq!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_deleted_cluster_asked_for_is_collected_as_garbage() {
    let off = Safeguards::reference().without(Safeguard::SweepOrphans);
    let world = World::guarded_by(off, 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.user_tears_away("web");
    world.collect_garbage();
    world.settle().await;
    assert_eq!(world.owners().await, vec![world.owner.clone()], "it lives");
    world.admin_deletes_the_cluster().await;
    world.collect_garbage();
    world.settle().await;
    assert_eq!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_edit_leaves_the_owner_of_a_vm_service() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world
        .user_edits("web", &json!({"spec": service(&[443])["spec"]}))
        .await;
    world.settle().await;
    assert_eq!(world.listening_ports(), ["443"]);
    assert_eq!(world.owners().await, vec![world.owner.clone()]);
}

#[tokio::test(start_paused = true)]
async fn the_annotations_of_others_are_left_alone() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.admin_annotates().await;
    world.settle().await;
    let ours = "run.tanzu.vmware.com/service.uid";
    assert_eq!(world.annotations().await, ["example.com/note", ours]);
}

#[tokio::test(start_paused = true)]
async fn without_own_keys_only_the_annotations_of_others_are_gone() {
    let off = Safeguards::reference().without(Safeguard::OwnKeysOnly);
    let world = World::guarded_by(off, 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.admin_annotates().await;
    world.settle().await;
    let ours = "run.tanzu.vmware.com/service.uid";
    assert_eq!(world.annotations().await, [ours]);
}

#[tokio::test(start_paused = true)]
async fn without_fresh_intent_an_edit_is_undone_before_it_is_done_again() {
    let off = Safeguards::reference().without(Safeguard::FreshIntent);
    let world = World::guarded_by(off, 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.tick().await;
    let edit = json!({"spec": {"ports": [{"name": "p443", "port": 443}]}});
    world.user_edits("web", &edit).await;
    world.pause().await;
    assert_eq!(world.listening_ports(), ["443"]);
    world.tick().await;
    assert_eq!(world.listening_ports(), ["80"], "as remembered");
    world.settle().await;
    assert_eq!(world.listening_ports(), ["443"]);
}

#[tokio::test(start_paused = true)]
async fn the_chain_as_built_goes_well_on_a_quiet_day() {
    let world = World::guarded_by(Safeguards::as_built(), 1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    let shown = world.guest_service("web").expect("it was created");
    assert_eq!(address(&shown), "192.0.2.1");
    world.user_deletes("web").await;
    world.settle().await;
    assert_eq!(world.left_on_the_supervisor(), Vec::<Value>::new());
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_a_load_balancer_no_longer_gives_everything_back() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world
        .user_edits("web", &json!({"spec": {"type": "ClusterIP"}}))
        .await;
    world.settle().await;

    let kept = world.guest_service("web").expect("nobody deleted it");
    let holders = kept["metadata"]["finalizers"].as_array();
    assert!(holders.is_none_or(Vec::is_empty), "{holders:?}");
    assert_eq!(world.manager.free_addresses("pool"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_machine_becomes_a_member_of_the_pool() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;
    world.add_machine("node-2", "10.0.0.12").await;
    world.settle().await;

    assert_eq!(world.pool_members().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_guest_service_tells_of_every_hop() {
    let world = World::start(1, NOTHING).await;
    world.user_creates(&service(&[80])).await;
    world.settle().await;

    let told = world.events_in("default");
    let expected = [
        (
            "guest-cluster-cloud-provider",
            "VirtualMachineServiceCreated",
        ),
        ("ncp", "LoadBalancerProgrammed"),
        ("service-controller", "EnsuredLoadBalancer"),
        ("service-controller", "EnsuringLoadBalancer"),
        ("vmop-controller-manager", "SupervisorServiceCreated"),
    ];
    assert_eq!(
        told,
        expected.map(|(from, reason)| (from.into(), reason.into()))
    );
}

#[tokio::test(start_paused = true)]
async fn without_any_one_safeguard_a_quiet_day_goes_well() {
    for safeguard in Safeguard::ALL {
        let off = Safeguards::reference().without(*safeguard);
        let world = World::guarded_by(off, 1, NOTHING).await;
        world.user_creates(&service(&[80])).await;
        world.settle().await;
        let shown = world.guest_service("web").expect("it was created");
        assert_eq!(address(&shown), "192.0.2.1", "without {safeguard}");
        world.user_deletes("web").await;
        world.settle().await;
        assert_eq!(world.guest_service("web"), None, "without {safeguard}");
        assert_eq!(
            world.manager.virtual_servers().len(),
            0,
            "without {safeguard}"
        );
        assert_eq!(
            world.manager.free_addresses("pool"),
            1,
            "without {safeguard}"
        );
    }
}
