//! What the guest cluster's side never holds: the account that the chain has at the NSX-T manager.
//! Everything there is read while a whole run goes by; the same search finds it at hop 3.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod process;
mod secret;
mod tap;
mod world;

use hopwise_api::strings::lease;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{Event, Namespace, Service};
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::discovery::{Discovery, verbs};
use kube::{Api, Client, ResourceExt};
use secret::Secrets;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use world::{NAMESPACE, NSX_SECRET, World};

/// An account with every character that some form writes in another way.
fn account() -> [String; 2] {
    let part = hopwise::up::secret;
    [format!("svc-{}", part()), format!("{}/+&%\"\\end", part())]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_nsx_account_is_on_the_guest_side_of_a_whole_run() {
    let folder = tempfile::tempdir().unwrap();
    let [user, password] = account();
    let world = World::start(folder.path(), &user, &password).await;
    let file = world.supervisor_folder.join("nsx-password");
    let file = file.display().to_string();
    let secrets = Secrets::of(&[
        ("user", &user),
        ("password", &password),
        ("password's file", &file),
    ]);
    let mut found = BTreeSet::new();
    let services = Api::<Service>::namespaced(world.guest.clone(), "default");

    let web = json!({"metadata": {"name": "web"}, "spec": {"type": "LoadBalancer",
        "ports": [{"name": "http", "port": 80}]}});
    let web = serde_json::from_value(web).unwrap();
    services.create(&PostParams::default(), &web).await.unwrap();
    until("an address", async || address(&services).await.is_some()).await;
    found.extend(guest_side(&world, &secrets).await);

    // NSX-T takes the password no more, while there is an edit to bring to it.
    world.tap_of_ncp.refuse(true);
    let edit = json!({"spec": {"ports": [{"name": "http", "port": 443}]}});
    let edit = Patch::Merge(&edit);
    services
        .patch("web", &PatchParams::default(), &edit)
        .await
        .unwrap();
    until("it is told", async || tells_of_refusal(&world).await).await;
    found.extend(guest_side(&world, &secrets).await);
    world.tap_of_ncp.refuse(false);
    let edited = Secrets::of(&[("port", "\"ports\":[\"443\"]")]);
    until("the edit", async || {
        !edited.found("it", &world.tap_of_ncp.heard()).is_empty()
    })
    .await;

    services.delete("web", &Default::default()).await.unwrap();
    until("the end", async || {
        services.get_opt("web").await.unwrap().is_none()
    })
    .await;
    found.extend(guest_side(&world, &secrets).await);
    assert!(found.is_empty(), "{found:#?}");
    found_at_hop_3(&world, &secrets).await;
}

/// Reads all that the guest side holds, and tells what of the secrets is there.
async fn guest_side(world: &World, secrets: &Secrets) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (kind, object) in objects(&world.guest).await {
        found.extend(secrets.found(&format!("a guest {kind}"), &object));
    }
    for (tap, server) in world.taps_of_ccm.iter().zip(["guest", "Supervisor"]) {
        let heard = tap.heard();
        assert!(!heard.is_empty(), "the tap before the {server} is dry");
        found.extend(secrets.found(&format!("hop 1's traffic with the {server}"), &heard));
    }
    process::show(world.ccm.pid(), |part, bytes| {
        found.extend(secrets.found(&format!("hop 1: {part}"), bytes));
    });
    for (name, bytes) in files(&world.guest_folder) {
        found.extend(secrets.found(&name, &bytes));
    }
    let readable = objects(&world.supervisor_for_ccm).await;
    assert!(!readable.iter().any(|(kind, _)| kind == "Secret"));
    for (kind, object) in readable {
        found.extend(secrets.found(&format!("a {kind} that hop 1 may read"), &object));
    }
    found
}

/// The control: where the account has to be, the search finds it; and where not even hop 3 leaves it,
/// it does not.
async fn found_at_hop_3(world: &World, secrets: &Secrets) {
    let heard = world.tap_of_ncp.heard();
    let found = secrets.found("traffic", &heard);
    assert!(
        found.contains("the password in Base64 in traffic"),
        "{found:?}"
    );
    let heard = String::from_utf8_lossy(&heard).to_lowercase();
    for session in ["set-cookie", "x-xsrf-token"] {
        assert!(!heard.contains(session), "a session is one secret more");
    }
    let mut found = BTreeSet::new();
    process::show(world.ncp.pid(), |part, bytes| {
        found.extend(secrets.found(part, bytes));
    });
    for expected in ["the user in cmdline", "the password's file in cmdline"] {
        assert!(found.contains(expected), "{expected}: {found:?}");
    }
    // It keeps the header that it sends, and not what it made that from.
    let file = format!("the password in {}", nsx_password(world));
    for expected in ["the password in Base64 in its memory", &file] {
        assert!(found.contains(expected), "{expected}: {found:?}");
    }
    assert!(!found.contains("the password in cmdline"), "{found:?}");
    assert!(!found.contains("the password in environ"), "{found:?}");

    let mut found = BTreeSet::new();
    for (kind, object) in objects(&world.supervisor).await {
        found.extend(secrets.found(&kind, &object));
    }
    for (name, bytes) in files(&world.supervisor_folder) {
        found.extend(secrets.found(&name, &bytes));
    }
    let mut places = found;
    places.retain(|one| one.starts_with("the password "));
    let expected = ["the password in Base64 in Secret".to_owned(), file];
    assert_eq!(places, BTreeSet::from(expected));
}

fn nsx_password(world: &World) -> String {
    let path = world.supervisor_folder.join("nsx-password");
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn hop_1_can_read_no_secret_of_the_supervisor() {
    let folder = tempfile::tempdir().unwrap();
    let [user, password] = account();
    let world = World::start(folder.path(), &user, &password).await;
    let client = world.supervisor_for_ccm.clone();
    let namespaces = Api::<Namespace>::all(world.supervisor.clone());
    let namespaces = namespaces.list(&Default::default()).await.unwrap();
    let mut places: Vec<_> = namespaces.iter().map(ResourceExt::name_any).collect();
    assert!(places.contains(&lease::NCP.namespace.to_owned()));
    places.push(String::new());
    for namespace in &places {
        for verb in ["get", "list", "watch", "create", "patch", "delete", "*"] {
            assert!(!may(&client, verb, "secrets", namespace).await, "{verb}");
        }
    }
    // That the question is put in the right way shows what it may do.
    assert!(may(&client, "list", "virtualmachineservices", NAMESPACE).await);
    let refused =
        Api::<k8s_openapi::api::core::v1::Secret>::namespaced(client, lease::NCP.namespace)
            .get(NSX_SECRET)
            .await
            .unwrap_err();
    assert!(matches!(refused, kube::Error::Api(status) if status.code == 403));
}

async fn may(client: &Client, verb: &str, resource: &str, namespace: &str) -> bool {
    let group = match resource {
        "secrets" => "",
        _ => "vmoperator.vmware.com",
    };
    let question = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(verb.into()),
                group: Some(group.into()),
                resource: Some(resource.into()),
                namespace: Some(namespace.into()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let reviews = Api::<SelfSubjectAccessReview>::all(client.clone());
    let answer = reviews.create(&PostParams::default(), &question).await;
    answer.unwrap().status.expect("it is an answer").allowed
}

/// Every object of every kind that this client may list, in every namespace or in its own, by kind.
async fn objects(client: &Client) -> Vec<(String, Vec<u8>)> {
    let known = Discovery::new(client.clone()).run().await.unwrap();
    let mut all = Vec::new();
    for group in known.groups() {
        for (resource, abilities) in group.recommended_resources() {
            if !abilities.supports_operation(verbs::LIST) {
                continue;
            }
            let everywhere = Api::<DynamicObject>::all_with(client.clone(), &resource);
            let mut listed = everywhere.list(&Default::default()).await;
            if listed.is_err() {
                let own =
                    Api::<DynamicObject>::namespaced_with(client.clone(), NAMESPACE, &resource);
                listed = own.list(&Default::default()).await;
            }
            let listed = listed.map_or_else(|_| Vec::new(), |list| list.items);
            let bytes = |one| serde_json::to_vec(&one).unwrap();
            all.extend(
                listed
                    .into_iter()
                    .map(|one| (resource.kind.clone(), bytes(one))),
            );
        }
    }
    all
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
}

async fn address(services: &Api<Service>) -> Option<String> {
    let web = services.get("web").await.unwrap();
    let web: Value = serde_json::to_value(web).unwrap();
    web["status"]["loadBalancer"]["ingress"][0]["ip"]
        .as_str()
        .map(str::to_owned)
}

/// Whether an Event on the Supervisor says that NSX-T refused the password.
async fn tells_of_refusal(world: &World) -> bool {
    let events = Api::<Event>::all(world.supervisor.clone());
    let events = events.list(&Default::default()).await.unwrap();
    let mut told = events.iter().filter_map(|one| one.message.as_deref());
    told.any(|text| text.contains("refused the password"))
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(30), looking).await;
    seen.unwrap_or_else(|_| panic!("{what} does not come"));
}
