//! The password at NSX-T changes while ncp runs. In real time, since the manager is behind TLS.

use crate::bench::{Bench, PASSWORD, VIP, manager};
use hopwise_nsx_client::{Access, Account, Identity, NsxClient, Source};
use hopwise_nsxt::{PolicyApi, Realization};
use hopwise_serve::{Authority, Transport, listen, serve};
use hopwise_vocab::Safeguards;
use std::sync::Arc;

#[tokio::test]
async fn passes_go_on_with_a_password_that_is_renewed_at_the_manager_and_in_the_file() {
    let manager = manager(Realization::Immediate, 2);
    let authority = Authority::generate("nsx").unwrap();
    let identity = authority.identity(&["127.0.0.1".into()]).unwrap();
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let api = PolicyApi(Arc::clone(&manager));
    let (transport, never) = (Transport::Tls(identity), std::future::pending());
    tokio::spawn(serve(listener, transport, api, never));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let account = Account {
        username: "admin".into(),
        password: Source::File(file.clone()),
    };
    let nsx = NsxClient::connect(Access {
        addresses: vec![url],
        identity: Identity::Session(account),
        authority: Some(Source::Given(authority.certificate_pem().into())),
        seed: 1,
    });
    let bench = Bench::around(manager, nsx.unwrap(), Safeguards::reference()).await;
    bench.create("web", &[("http", 80)]).await;
    bench.until_shown("web", Some(VIP)).await;

    bench.manager.set_password("renewed");
    bench.manager.expire_sessions();
    bench.create("late", &[("http", 80)]).await;
    bench.until_event("late", "ReconcileFailed").await;
    assert_eq!(bench.shown("late").await, None);
    std::fs::write(&file, "renewed\n").unwrap();
    bench.until_shown("late", Some("127.100.0.11")).await;
}
