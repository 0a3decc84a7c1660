//! The client against embedded managers over HTTPS.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod failover;
mod renewal;
mod world;

use http::StatusCode;
use world::{PASSWORD, World, create, read};

#[tokio::test]
async fn a_password_goes_with_every_request_and_a_wrong_one_is_explained() {
    let world = World::of(1).await;
    let client = world.basic();
    assert_eq!(create(&client, "a").await, "ok");
    assert_eq!(world.nodes[0].sessions(), 0);
    world.write("password", "wrong");
    let url = world.nodes[0].url();
    assert_eq!(
        read(&client).await,
        format!("NSX-T at {url} refused the password of user admin: check --nsx-password-file")
    );
}

#[tokio::test]
async fn a_session_is_opened_once_for_all_and_spares_the_password() {
    let world = World::of(1).await;
    let client = world.session();
    let (one, two, three) = tokio::join!(
        create(&client, "a"),
        create(&client, "b"),
        create(&client, "c")
    );
    assert_eq!([one, two, three], ["ok", "ok", "ok"]);
    assert_eq!(read(&client).await, "ok");
    assert_eq!(world.nodes[0].sessions(), 1);
    let all = world.nodes[0].seen();
    let after = all.iter().filter(|one| !one.what.ends_with("/create"));
    let mut count = 0;
    for one in after {
        assert!(!one.headers.contains_key("authorization"), "{one:?}");
        assert!(one.headers.contains_key("x-xsrf-token"), "{one:?}");
        count += 1;
    }
    assert_eq!(count, 4);
}

#[tokio::test]
async fn a_session_that_is_over_is_opened_again_and_the_request_is_carried_out_once() {
    let world = World::of(1).await;
    let client = world.session();
    assert_eq!(read(&client).await, "ok");
    world.manager.expire_sessions();
    let (one, two) = tokio::join!(create(&client, "a"), create(&client, "b"));
    assert_eq!([one, two], ["ok", "ok"]);
    assert_eq!(world.nodes[0].sessions(), 2, "one for both");
}

#[tokio::test]
async fn a_password_that_opens_no_session_is_explained_and_tried_once_a_call() {
    let world = World::of(1).await;
    world.write("password", "wrong");
    let client = world.session();
    let refused = read(&client).await;
    assert!(refused.ends_with("check --nsx-password-file"), "{refused}");
    assert!(!format!("{client:?} {refused}").contains("wrong"));
    assert_eq!(world.nodes[0].seen().len(), 1);
}

#[tokio::test]
async fn a_certificate_is_enough_once_it_is_registered() {
    let world = World::of(1).await;
    let issued = world.issue();
    let client = world.certificate();
    let refused = read(&client).await;
    assert!(refused.contains("register it as a principal"), "{refused}");
    world.register("ncp", &issued);
    assert_eq!(create(&client, "a").await, "ok");
    assert_eq!(world.writer("a"), "ncp");
    let all = world.nodes[0].seen();
    assert!(
        all.iter()
            .all(|one| !one.headers.contains_key("authorization"))
    );
    assert_eq!(world.nodes[0].sessions(), 0);
}

#[tokio::test]
async fn a_manager_that_is_busy_for_a_moment_is_asked_again() {
    let world = World::of(1).await;
    let client = world.session();
    for status in [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        world.manager.refuse_next(status, 1);
        assert_eq!(create(&client, status.as_str()).await, "ok");
    }
}

#[tokio::test]
async fn nothing_secret_is_in_what_is_printed() {
    let world = World::of(1).await;
    world.issue();
    for client in [world.basic(), world.session(), world.certificate()] {
        drop(read(&client).await);
        let printed = format!("{client:?}");
        for secret in [PASSWORD, "PRIVATE", "JSESSIONID", "Basic"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
