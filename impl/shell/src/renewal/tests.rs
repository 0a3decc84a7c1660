use super::*;
use crate::connect;
use crate::connect::{config, made_by};
use hopwise_apiserver::{ApiServer, ApiService, Authentication, Options, User};
use hopwise_serve::{Authority, Transport, listen, serve};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A cluster behind TLS, and the files that a client of it has.
struct World {
    server: Arc<ApiServer>,
    address: SocketAddr,
    listening: JoinHandle<()>,
    files: TempDir,
}

fn tokens(token: &str) -> BTreeMap<String, User> {
    [(token.to_owned(), User::admin("admin"))].into()
}

async fn listening(
    server: &Arc<ApiServer>,
    authority: &Authority,
    address: SocketAddr,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = listen(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let identity = authority.identity(&["127.0.0.1".into()]).unwrap();
    let service = ApiService::new(Arc::clone(server));
    let serving = serve(
        listener,
        Transport::Tls(identity),
        service,
        std::future::pending(),
    );
    (address, tokio::spawn(serving))
}

impl World {
    async fn new(token: &str) -> World {
        let server = ApiServer::new(Options {
            authentication: Authentication::Tokens(tokens(token)),
            ..Options::default()
        });
        let authority = Authority::generate("first").unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (address, listening) = listening(&server, &authority, any).await;
        let world = World {
            server,
            address,
            listening,
            files: tempfile::tempdir().unwrap(),
        };
        world.write("token", token);
        world.write("ca.crt", authority.certificate_pem());
        world.write("config", &world.kubeconfig());
        world
    }

    fn kubeconfig(&self) -> String {
        let server = format!("https://{}", self.address);
        serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {
                "server": server, "certificate-authority": "ca.crt"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "users": [{"name": "me", "user": {"tokenFile": self.path("token")}}],
        })
        .to_string()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.files.path(), name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    async fn client(&self) -> Client {
        let credentials = Credentials::Kubeconfig(vec![self.path("config")]);
        let telemetry = Telemetry::of("test");
        connect(&credentials, "the test", &telemetry).await.unwrap()
    }

    /// The same cluster at the same address with a certificate of another authority.
    async fn has_another_authority(&mut self) -> String {
        self.listening.abort();
        let _ = (&mut self.listening).await;
        let authority = Authority::generate("second").unwrap();
        let (_, listening) = listening(&self.server, &authority, self.address).await;
        self.listening = listening;
        authority.certificate_pem().into()
    }
}

/// What a request comes to: `ok`, an HTTP status, or why there is no answer.
async fn asked(client: &Client) -> String {
    match Api::<Namespace>::all(client.clone()).get("default").await {
        Ok(_) => "ok".into(),
        Err(kube::Error::Api(status)) => status.code.to_string(),
        Err(error) => crate::chain(&error),
    }
}

#[tokio::test]
async fn a_renewed_token_is_taken_up_without_its_line_break() {
    let world = World::new("old").await;
    let client = world.client().await;
    assert_eq!(asked(&client).await, "ok");
    world.server.set_tokens(tokens("new"));
    assert_eq!(asked(&client).await, "401");
    world.write("token", "new\n");
    assert_eq!(asked(&client).await, "ok");
}

#[tokio::test]
async fn a_token_that_is_replaced_while_a_client_is_made_is_taken_up() {
    let world = World::new("token-0").await;
    let reads = AtomicU32::new(0);
    let latest = || format!("token-{}", reads.load(Ordering::Relaxed));
    let credentials = Credentials::Kubeconfig(vec![world.path("config")]);
    let made = made_by(&credentials, async |credentials| {
        let read = config(credentials).await;
        reads.fetch_add(1, Ordering::Relaxed);
        world.write("token", &latest());
        read
    });
    let made = made.await.unwrap();
    world.server.set_tokens(tokens(&latest()));
    let client = renewed(credentials, made, &Telemetry::of("test"));
    assert_eq!(asked(&client).await, "ok");
}

#[tokio::test]
async fn a_renewed_authority_is_taken_up() {
    let mut world = World::new("token").await;
    let client = world.client().await;
    assert_eq!(asked(&client).await, "ok");
    let authority = world.has_another_authority().await;
    let refused = asked(&client).await;
    assert!(refused.contains("certificate"), "{refused}");
    world.write("ca.crt", &authority);
    assert_eq!(asked(&client).await, "ok");
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_client_as_it_was() {
    let world = World::new("token").await;
    let client = world.client().await;
    world.write("config", "no kubeconfig");
    assert_eq!(asked(&client).await, "ok");
    std::fs::remove_file(world.path("token")).unwrap();
    assert_eq!(asked(&client).await, "ok");
    world.server.set_tokens(tokens("new"));
    world.write("token", "new");
    world.write("config", &world.kubeconfig());
    assert_eq!(asked(&client).await, "ok");
}
