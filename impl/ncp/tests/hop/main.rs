//! The whole hop between an embedded API server and an embedded NSX-T manager, in one process and
//! on a paused clock.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod bench;
mod renewal;
mod terms;

use bench::{Bench, FULL, VIP};
use hopwise_nsxt::Realization;
use hopwise_vocab::{Safeguard, Safeguards};

#[tokio::test(start_paused = true)]
async fn a_service_gets_an_address_and_a_virtual_server_with_members_for_each_port() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80), ("https", 443)]).await;
    bench
        .write_endpoints("web", &[("http", 30080), ("https", 30443)])
        .await;
    bench.until_shown("web", Some(VIP)).await;
    bench
        .until(|bench| {
            bench.serving()
                == [
                    "127.100.0.10:443 -> 10.1.0.5:30443",
                    "127.100.0.10:80 -> 10.1.0.5:30080",
                ]
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_status_says_that_the_load_balancer_is_programmed() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    let status = bench.service("web").await.unwrap().status.unwrap();
    let conditions = status.conditions.unwrap();
    let said: Vec<_> = conditions
        .iter()
        .map(|one| (one.type_.as_str(), one.status.as_str(), one.reason.as_str()))
        .collect();
    let programmed = "LoadBalancerProgrammed";
    assert_eq!(
        said,
        [
            ("Ready", "True", programmed),
            (programmed, "True", programmed)
        ]
    );
    bench.until_event("web", "LoadBalancerProgrammed").await;
    bench.until_event("web", "LoadBalancerRealized").await;
}

#[tokio::test(start_paused = true)]
async fn what_nsx_holds_is_tied_to_the_service_and_to_the_guest_service() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    let uid = bench.service("web").await.unwrap().metadata.uid.unwrap();
    let wanted = [
        ("ncp/cluster".to_owned(), "supervisor".to_owned()),
        ("ncp/service_uid".to_owned(), uid.clone()),
        ("ncp/guest_service_uid".to_owned(), "guest-uid".to_owned()),
    ];
    let servers = bench.manager.virtual_servers();
    assert_eq!(servers[0].id, format!("supervisor-{uid}-tcp-80"));
    let allocations = bench.manager.allocations("vips");
    assert_eq!(allocations[0].id, format!("supervisor-{uid}"));
    for tags in [&servers[0].tags, &allocations[0].tags] {
        let found: Vec<_> = tags
            .iter()
            .map(|tag| (tag.scope.clone(), tag.tag.clone()))
            .collect();
        for pair in &wanted {
            assert!(found.contains(pair), "{pair:?} in {found:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_edited_port_takes_its_old_virtual_server_and_pool_away() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80), ("https", 443)]).await;
    bench
        .write_endpoints("web", &[("http", 30080), ("https", 30443)])
        .await;
    bench.until(|bench| bench.serving().len() == 2).await;
    bench
        .edit_ports("web", &[("http", 8080), ("https", 443)])
        .await;
    bench
        .until(|bench| {
            bench.serving()
                == [
                    "127.100.0.10:443 -> 10.1.0.5:30443",
                    "127.100.0.10:8080 -> 10.1.0.5:30080",
                ]
        })
        .await;
    assert_eq!(bench.count("/infra/lb-pools/"), 2);
}

#[tokio::test(start_paused = true)]
async fn of_a_deleted_service_nothing_is_left_and_its_address_is_free() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    assert_eq!(bench.manager.free_addresses("vips"), 1);
    bench.delete("web").await;
    bench.until_gone("web").await;
    assert!(bench.holds_nothing());
    assert_eq!(bench.manager.free_addresses("vips"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_held_service_of_another_type_is_torn_down_and_released() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.make_cluster_ip("web").await;
    bench.until_released("web").await;
    assert!(bench.holds_nothing());
}

#[tokio::test(start_paused = true)]
async fn ticks_tell_what_nsx_has_realized() {
    let bench = Bench::start(Realization::OnCommand, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_pending("ip-allocations").await;
    bench.realize_all();
    bench.tick();
    bench.until_pending("lb-virtual-servers").await;
    assert_eq!(bench.shown("web").await, None);
    bench.realize_all();
    bench.tick();
    bench.until_shown("web", Some(VIP)).await;
}

#[tokio::test(start_paused = true)]
async fn what_nsx_failed_to_realize_is_programmed_again_and_served() {
    for part in ["lb-virtual-servers/", "lb-pools/"] {
        let bench = Bench::start(Realization::OnCommand, 2).await;
        bench.create("web", &[("http", 80)]).await;
        bench.until_pending("ip-allocations/").await;
        bench.realize_all();
        bench.tick();
        bench.until_pending(part).await;
        bench.fail(part, FULL);
        bench.realize_all();
        bench.tick();
        bench.until_pending(part).await;
        bench
            .until_event("web", "LoadBalancerRealizationFailed")
            .await;
        assert_eq!(bench.shown("web").await, None);
        bench.realize_all();
        bench.tick();
        bench.until_shown("web", Some(VIP)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_without_a_code_and_one_that_passes_by_itself_are_waited_for() {
    for code in [0, 500_042] {
        let bench = Bench::start(Realization::OnCommand, 2).await;
        bench.create("web", &[("http", 80)]).await;
        bench.until_pending("ip-allocations/").await;
        bench.realize_all();
        bench.tick();
        bench.until_pending("lb-virtual-servers/").await;
        bench.fail("lb-virtual-servers/", code);
        bench.tick();
        bench.settle().await;
        bench.realize_all();
        bench.tick();
        bench.settle().await;
        assert_eq!(bench.serving_at_all(), 0, "it was not written again");
        assert_eq!(bench.shown("web").await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn one_more_port_leaves_the_virtual_server_of_the_other_realized() {
    let bench = Bench::start(Realization::OnCommand, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_pending("ip-allocations/").await;
    bench.realize_all();
    bench.tick();
    bench.until_pending("lb-virtual-servers/").await;
    bench.realize_all();
    bench
        .edit_ports("web", &[("http", 80), ("https", 443)])
        .await;
    bench.until_pending("-tcp-443").await;
    let pending = bench.manager.pending();
    assert!(pending.iter().all(|path| path.ends_with("-tcp-443")));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_is_told_that_the_pool_is_exhausted_and_served_when_an_address_comes_free() {
    let bench = Bench::start(Realization::Immediate, 1).await;
    bench.create("first", &[("http", 80)]).await;
    bench.until_shown("first", Some(VIP)).await;
    bench.create("second", &[("http", 80)]).await;
    bench.until_event("second", "IP_POOL_EXHAUSTED").await;
    assert_eq!(bench.shown("second").await, None);
    bench.delete("first").await;
    bench.until_gone("first").await;
    bench.tick();
    bench.until_shown("second", Some(VIP)).await;
}

#[tokio::test(start_paused = true)]
async fn without_wake_on_release_the_waiter_waits_for_ever() {
    let off = Safeguards::reference().without(Safeguard::WakeOnRelease);
    let bench = Bench::with(Realization::Immediate, 1, off).await;
    bench.create("first", &[("http", 80)]).await;
    bench.until_shown("first", Some(VIP)).await;
    bench.create("second", &[("http", 80)]).await;
    bench.until_event("second", "IP_POOL_EXHAUSTED").await;
    bench.delete("first").await;
    bench.until_gone("first").await;
    bench.tick();
    bench.settle().await;
    assert_eq!(bench.shown("second").await, None);
}

#[tokio::test(start_paused = true)]
async fn the_status_says_that_the_pool_is_exhausted() {
    let bench = Bench::start(Realization::Immediate, 1).await;
    bench.create("first", &[("http", 80)]).await;
    bench.until_shown("first", Some(VIP)).await;
    bench.create("second", &[("http", 80)]).await;
    bench.until_event("second", "IP_POOL_EXHAUSTED").await;
    bench.settle().await;
    let status = bench.service("second").await.unwrap().status.unwrap();
    let conditions = status.conditions.unwrap();
    let said: Vec<_> = conditions
        .iter()
        .map(|one| (one.type_.as_str(), one.status.as_str(), one.reason.as_str()))
        .collect();
    let word = "IP_POOL_EXHAUSTED";
    assert_eq!(
        said,
        [
            ("Ready", "False", word),
            ("LoadBalancerProgrammed", "False", word),
            ("vmoperator.vmware.com/AddressPoolExhausted", "True", word),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_stands_for_a_service_that_was_torn_away_is_swept_at_a_tick() {
    let bench = Bench::start(Realization::Immediate, 1).await;
    bench.create("web", &[("http", 80), ("https", 443)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.tear_away("web");
    bench.settle().await;
    assert!(!bench.holds_nothing());
    bench.tick();
    bench.until(Bench::holds_nothing).await;
    assert_eq!(bench.manager.free_addresses("vips"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_leaves_alone_what_stands_for_somebody() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create("web", &[("http", 80)]).await;
    bench.create("other", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.settle().await;
    bench.tear_away("other");
    for _ in 0..3 {
        bench.tick();
        bench.settle().await;
    }
    assert_eq!(bench.shown("web").await.as_deref(), Some(VIP));
    assert_eq!(bench.count("ip-allocations/"), 1);
    assert_eq!(bench.count("lb-virtual-servers/"), 1);
}

#[tokio::test(start_paused = true)]
async fn without_sweep_orphans_what_was_torn_away_stays() {
    let off = Safeguards::reference().without(Safeguard::SweepOrphans);
    let bench = Bench::with(Realization::Immediate, 1, off).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.tear_away("web");
    bench.tick();
    bench.settle().await;
    assert_eq!(bench.count("ip-allocations/"), 1);
}

#[tokio::test(start_paused = true)]
async fn fresh_ids_are_found_again_by_their_tags_after_a_restart() {
    let off = Safeguards::reference().without(Safeguard::AllocationByIdentity);
    let mut bench = Bench::with(Realization::Immediate, 2, off).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    let uid = bench.service("web").await.unwrap().metadata.uid.unwrap();
    let id = bench.manager.allocations("vips")[0].id.clone();
    assert_ne!(id, format!("supervisor-{uid}"));
    bench.restart().await;
    bench.tick();
    bench.settle().await;
    assert_eq!(bench.manager.allocations("vips").len(), 1);
    bench.delete("web").await;
    bench.until_gone("web").await;
    assert!(bench.holds_nothing());
}

#[tokio::test(start_paused = true)]
async fn without_load_before_allocate_a_restarted_ncp_knows_of_no_allocation() {
    let off = Safeguards::reference()
        .without(Safeguard::LoadBeforeAllocate)
        .without(Safeguard::SweepOrphans);
    let mut bench = Bench::with(Realization::Immediate, 2, off.clone()).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.restart().await;
    bench.tick();
    bench.settle().await;
    assert_eq!(
        bench.count("ip-allocations/"),
        1,
        "asking twice is asking once"
    );
    bench.delete_while_down("web").await;
    bench.until_gone("web").await;
    assert_eq!(bench.count("ip-allocations/"), 1, "R3 goes by memory");

    let fresh = off.without(Safeguard::AllocationByIdentity);
    let mut bench = Bench::with(Realization::Immediate, 2, fresh).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;
    bench.restart().await;
    bench
        .until(|bench| bench.count("ip-allocations/") == 2)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_nsx_refused_is_tried_again() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench
        .manager
        .refuse_next(http::StatusCode::SERVICE_UNAVAILABLE, 2);
    bench.create("web", &[("http", 80)]).await;
    bench.until_event("web", "ReconcileFailed").await;
    bench.until_shown("web", Some(VIP)).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_of_another_class_is_left_alone() {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.create_of_class("web", "example.com/other").await;
    bench.tick();
    bench.settle().await;
    assert!(bench.holds_nothing());
    assert_eq!(
        bench.service("web").await.unwrap().metadata.finalizers,
        None
    );
}

#[tokio::test(start_paused = true)]
async fn without_surface_exhaustion_only_an_event_on_the_service_tells_of_it() {
    let off = Safeguards::reference().without(Safeguard::SurfaceExhaustion);
    let bench = Bench::with(Realization::Immediate, 1, off).await;
    bench.create("first", &[("http", 80)]).await;
    bench.until_shown("first", Some(VIP)).await;
    bench.create("second", &[("http", 80)]).await;
    bench.until_event("second", "IP_POOL_EXHAUSTED").await;
    let status = bench.service("second").await.unwrap().status.unwrap();
    assert_eq!(status.conditions, None);
}
