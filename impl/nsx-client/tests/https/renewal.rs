//! Credentials that are renewed while the client runs.

use hopwise_nsx_client::NsxClient;

use crate::world::{World, create, read};

async fn takes_up_a_renewed_password(client: NsxClient, world: &World) {
    assert_eq!(read(&client).await, "ok");
    world.manager.set_password("renewed");
    world.manager.expire_sessions();
    let refused = read(&client).await;
    assert!(refused.contains("--nsx-password-file"), "{refused}");
    world.write("password", "renewed\n");
    assert_eq!(create(&client, "a").await, "ok");
}

#[tokio::test]
async fn a_renewed_password_is_taken_up() {
    let world = World::of(1).await;
    takes_up_a_renewed_password(world.basic(), &world).await;
}

#[tokio::test]
async fn a_renewed_password_opens_sessions() {
    let world = World::of(1).await;
    takes_up_a_renewed_password(world.session(), &world).await;
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_with_its_key() {
    let world = World::of(1).await;
    world.register("old", &world.issue());
    let client = world.certificate();
    assert_eq!(create(&client, "a").await, "ok");
    world.register("new", &world.issue());
    assert_eq!(create(&client, "b").await, "ok");
    assert_eq!([world.writer("a"), world.writer("b")], ["old", "new"]);
}

#[tokio::test]
async fn a_renewed_authority_is_taken_up() {
    let mut world = World::of(1).await;
    let client = world.basic();
    assert_eq!(read(&client).await, "ok");
    let authority = world.has_another_authority().await;
    let refused = read(&client).await;
    assert!(refused.contains("certificate"), "{refused}");
    world.write("ca.crt", authority.certificate_pem());
    assert_eq!(read(&client).await, "ok");
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_client_as_it_was() {
    let world = World::of(1).await;
    let client = world.basic();
    world.remove("password");
    assert_eq!(read(&client).await, "ok");
    world.write("ca.crt", "no certificate");
    assert_eq!(read(&client).await, "ok");
}

#[tokio::test]
async fn a_certificate_whose_key_is_not_there_yet_is_not_taken_up() {
    let world = World::of(1).await;
    world.register("old", &world.issue());
    let client = world.certificate();
    let key = std::fs::read_to_string(world.path("ncp.key")).unwrap();
    let new = world.issue();
    world.write("ncp.key", &key);
    world.register("new", &new);
    assert_eq!(create(&client, "a").await, "ok");
    assert_eq!(world.writer("a"), "old");
    world.write("ncp.key", &new.key);
    assert_eq!(create(&client, "b").await, "ok");
    assert_eq!(world.writer("b"), "new");
}
