//! The client against the embedded manager in the same process: one request a call.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hopwise_nsx_client::{
    Credentials, Deleted, Error, IpAllocation, LbPool, LbService, LbVirtualServer, NsxClient,
    PoolMember, Realized, Tag,
};
use hopwise_nsxt::{Manager, Options, PolicyApi, Realization};
use jiff::Timestamp;
use serde_json::Map;

fn manager(realization: Realization) -> Arc<Manager> {
    let manager = Manager::new(Options {
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        seed: 1,
        credentials: hopwise_nsxt::Credentials {
            username: "admin".to_owned(),
            password: "secret".to_owned(),
        },
        realization,
        purge: Realization::Immediate,
    });
    let ip = |last| IpAddr::from([127, 100, 0, last]);
    manager
        .add_pool("vips", ip(10), ip(11), Duration::from_secs(120))
        .unwrap();
    manager
}

fn credentials(password: &str) -> Credentials {
    Credentials {
        username: "admin".to_owned(),
        password: password.to_owned(),
    }
}

fn client(manager: &Arc<Manager>) -> NsxClient {
    NsxClient::new(PolicyApi(manager.clone()), &credentials("secret"))
}

fn allocation(id: &str) -> IpAllocation {
    let tags = vec![Tag::new("ncp/service_uid", id)];
    IpAllocation {
        id: id.to_owned(),
        tags,
        ..IpAllocation::default()
    }
}

fn pool(id: &str, tags: &[(&str, &str)]) -> LbPool {
    let tags = tags.iter().map(|(scope, tag)| Tag::new(*scope, *tag));
    LbPool {
        id: id.to_owned(),
        tags: tags.collect(),
        ..LbPool::default()
    }
}

#[tokio::test]
async fn a_search_finds_what_has_the_tag_on_every_page_and_nothing_else() {
    let client = client(&manager(Realization::Immediate));
    let ours = ("ncp/cluster", "sup-1");
    let mut wanted = Vec::new();
    for number in 0..1_100 {
        let id = format!("ours-{number:04}");
        client.patch_lb_pool(&pool(&id, &[ours])).await.unwrap();
        wanted.push(id);
    }
    let halves = [("ncp/cluster", "other"), ("else", "sup-1")];
    client
        .patch_lb_pool(&pool("halves", &halves))
        .await
        .unwrap();
    let bare = pool("bare", &[]);
    client.patch_lb_pool(&bare).await.unwrap();
    let found = client
        .tagged(&["LBPool", "LBVirtualServer"], &Tag::new(ours.0, ours.1))
        .await
        .unwrap();
    let mut ids: Vec<_> = found.into_iter().map(|one| one.id).collect();
    ids.sort();
    assert_eq!(ids, wanted);
}

fn server(ip: &str) -> LbVirtualServer {
    LbVirtualServer {
        id: "v".to_owned(),
        display_name: None,
        tags: Vec::new(),
        ip_address: ip.parse().unwrap(),
        ports: vec!["80".to_owned()],
        application_profile_path: "/infra/lb-app-profiles/default-tcp-lb-app-profile".to_owned(),
        lb_service_path: Some("/infra/lb-services/lb".to_owned()),
        pool_path: Some("/infra/lb-pools/web".to_owned()),
        access_list_control: None,
        default_pool_member_ports: Vec::new(),
        revision: None,
        rest: Map::new(),
    }
}

async fn furnish(client: &NsxClient) -> LbPool {
    let service = LbService {
        id: "lb".to_owned(),
        connectivity_path: Some("/infra/tier-1s/t".to_owned()),
        ..LbService::default()
    };
    client.put_lb_service(&service).await.unwrap();
    let members = vec![PoolMember::new("127.0.0.1".parse().unwrap(), 30080)];
    let pool = LbPool {
        id: "web".to_owned(),
        members,
        ..LbPool::default()
    };
    client.put_lb_pool(&pool).await.unwrap()
}

#[tokio::test]
async fn an_allocation_is_pending_then_told_and_given_back() {
    let manager = manager(Realization::OnCommand);
    let client = client(&manager);
    assert_eq!(client.allocation("vips", "a").await.unwrap(), None);
    let made = client
        .put_allocation("vips", &allocation("a"))
        .await
        .unwrap();
    assert_eq!(Tag::value(&made.tags, "ncp/service_uid"), Some("a"));
    assert_eq!(
        client.realized_ip("vips", "a").await.unwrap(),
        Realized::Pending
    );
    manager.realize("/infra/ip-pools/vips/ip-allocations/a");
    let address = "127.100.0.10".parse().unwrap();
    assert_eq!(
        client.realized_ip("vips", "a").await.unwrap(),
        Realized::Done(address)
    );
    assert_eq!(
        client.delete_allocation("vips", "a").await.unwrap(),
        Deleted::Accepted
    );
    assert_eq!(
        client.delete_allocation("vips", "a").await.unwrap(),
        Deleted::Absent
    );
}

#[tokio::test]
async fn an_exhausted_pool_is_a_failed_realization_with_its_code() {
    let client = client(&manager(Realization::Immediate));
    for id in ["a", "b", "c"] {
        client
            .patch_allocation("vips", &allocation(id))
            .await
            .unwrap();
    }
    let failed = client.realized_ip("vips", "c").await.unwrap();
    let message = "Insufficient free IP addresses.".to_owned();
    assert_eq!(
        failed,
        Realized::Failed {
            code: 5109,
            message
        }
    );
}

#[tokio::test]
async fn a_virtual_server_is_created_changed_by_revision_and_deleted() {
    let client = client(&manager(Realization::Immediate));
    furnish(&client).await;
    let made = client
        .put_virtual_server(&server("127.100.0.10"))
        .await
        .unwrap();
    assert_eq!(made.revision, Some(0));
    assert_eq!(
        client.realized_virtual_server("v").await.unwrap(),
        Realized::Done(())
    );
    let changed = LbVirtualServer {
        ports: vec!["81".to_owned()],
        ..made.clone()
    };
    assert_eq!(
        client.put_virtual_server(&changed).await.unwrap().revision,
        Some(1)
    );
    let stale = client.put_virtual_server(&made).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { .. }), "{stale}");
    let exists = client
        .put_virtual_server(&server("127.100.0.10"))
        .await
        .unwrap_err();
    assert!(matches!(exists, Error::Exists { .. }), "{exists}");
    assert_eq!(
        client.delete_virtual_server("v").await.unwrap(),
        Deleted::Accepted
    );
    assert_eq!(client.virtual_server("v").await.unwrap(), None);
}

#[tokio::test]
async fn a_pool_in_use_is_not_deleted_and_the_error_names_who_uses_it() {
    let client = client(&manager(Realization::Immediate));
    furnish(&client).await;
    client
        .patch_virtual_server(&server("127.100.0.10"))
        .await
        .unwrap();
    let error = client.delete_lb_pool("web").await.unwrap_err();
    assert!(matches!(&error, Error::InUse { path, .. } if path == "/infra/lb-pools/web"));
    assert!(
        error
            .to_string()
            .contains("path=[/infra/lb-virtual-servers/v]"),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_client_does_not_name_survives_reading_and_putting_back() {
    let client = client(&manager(Realization::Immediate));
    let mut pool = furnish(&client).await;
    pool.rest.insert("min_active_members".to_owned(), 3.into());
    pool.members[0].rest.insert("weight".to_owned(), 7.into());
    client.put_lb_pool(&pool).await.unwrap();
    let mut read = client.lb_pool("web").await.unwrap().unwrap();
    read.members
        .push(PoolMember::new("127.0.0.2".parse().unwrap(), 1));
    let stored = client.put_lb_pool(&read).await.unwrap();
    assert_eq!(stored.rest["min_active_members"], 3);
    assert_eq!(
        (&stored.members[0].rest["weight"], stored.members.len()),
        (&7.into(), 2)
    );
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused_with_its_code() {
    let client = client(&manager(Realization::Immediate));
    let error = client
        .put_virtual_server(&server("127.100.0.10"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Refused { code: 500_012, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_holds_all_pages() {
    let manager = manager(Realization::Immediate);
    let client = client(&manager);
    for n in 0..1001 {
        let pool = LbPool {
            id: format!("p{n}"),
            ..LbPool::default()
        };
        client.patch_lb_pool(&pool).await.unwrap();
    }
    assert_eq!(client.lb_pools().await.unwrap().len(), 1001);
    assert_eq!(client.virtual_servers().await.unwrap(), []);
    assert_eq!(client.allocations("vips").await.unwrap(), []);
}

#[tokio::test]
async fn a_busy_manager_is_told_apart_from_a_refusal() {
    let manager = manager(Realization::Immediate);
    manager.refuse_next(http::StatusCode::SERVICE_UNAVAILABLE, 1);
    let error = client(&manager).lb_pool("web").await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
}

#[tokio::test]
async fn a_request_that_gets_no_answer_is_unreachable() {
    let lost = tower::service_fn(
        |_: http::Request<http_body_util::Full<bytes::Bytes>>| async {
            Err::<http::Response<String>, _>(std::io::Error::other("lost"))
        },
    );
    let error = NsxClient::new(lost, &credentials("secret"))
        .lb_pool("web")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "reach NSX-T at http://nsx-manager");
}
