//! Several managers, of which one does not answer.

use hopwise_serve::listen;
use http::StatusCode;
use tokio::io::AsyncReadExt;

use crate::world::{World, create, read};

#[tokio::test]
async fn a_manager_that_is_stopped_is_passed_over() {
    let mut world = World::of(2).await;
    let client = world.session();
    assert_eq!(create(&client, "a").await, "ok");
    assert_eq!(world.nodes[1].seen().len(), 0, "one is enough");
    world.stop(0).await;
    assert_eq!(read(&client).await, "ok");
    assert_eq!(create(&client, "b").await, "ok");
    assert_eq!(world.nodes[0].sessions(), 1, "each has sessions of its own");
}

#[tokio::test]
async fn a_manager_that_answers_503_is_passed_over_at_once_and_for_a_while() {
    let world = World::of(2).await;
    let client = world.basic();
    world
        .manager
        .refuse_next(StatusCode::SERVICE_UNAVAILABLE, 1);
    assert_eq!(create(&client, "a").await, "ok");
    assert_eq!(create(&client, "b").await, "ok");
    let asked = [0, 1].map(|node: usize| world.nodes[node].seen().len());
    assert_eq!(asked, [1, 2]);
}

#[tokio::test]
async fn too_many_requests_are_no_reason_to_ask_another_manager() {
    let world = World::of(2).await;
    let client = world.basic();
    world.manager.refuse_next(StatusCode::TOO_MANY_REQUESTS, 1);
    assert_eq!(create(&client, "a").await, "ok");
    let asked = [0, 1].map(|node: usize| world.nodes[node].seen().len());
    assert_eq!(asked, [2, 0]);
}

#[tokio::test]
async fn where_nobody_answers_the_error_names_everybody() {
    let mut world = World::of(2).await;
    let client = world.basic();
    let (first, second) = (world.stop(0).await, world.stop(0).await);
    let error = read(&client).await;
    let expected = format!("reach NSX-T at https://{first}, https://{second}: https://{first}: ");
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.contains(&format!("; https://{second}: ")), "{error}");
}

#[tokio::test]
async fn a_write_that_could_not_be_sent_goes_to_another_manager() {
    let mut world = World::of(2).await;
    let stopped = world.stop(0).await;
    let client = world.basic_behind(format!("https://{stopped}"));
    assert_eq!(create(&client, "a").await, "ok");
}

/// A manager that takes each request, and goes away without an answer.
async fn one_that_goes_away() -> String {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 64];
            drop(stream.read(&mut some).await);
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_write_that_may_be_under_way_is_not_sent_to_another_manager() {
    let world = World::of(1).await;
    let client = world.basic_behind(one_that_goes_away().await);
    let error = create(&client, "a").await;
    assert!(error.starts_with("reach NSX-T at"), "{error}");
    assert_eq!(world.nodes[0].seen().len(), 0);
    assert_eq!(create(&client, "a").await, "ok", "the next goes there");
}

#[tokio::test]
async fn a_read_is_sent_to_another_manager_whatever_became_of_it() {
    let world = World::of(1).await;
    let client = world.basic_behind(one_that_goes_away().await);
    assert_eq!(read(&client).await, "ok");
}
