//! A client that trusts nothing but the generated authority talks to a served tower service.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use hopwise_serve::{Authority, Issued, Transport, listen, serve};

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(transport: Transport) -> Running {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = tower::service_fn(answer);
        let shutdown = async move { drop(stopped.await) };
        let ended = tokio::spawn(serve(listener, transport, service, shutdown));
        Running {
            address,
            stop,
            ended,
        }
    }

    async fn stop(self) {
        drop(self.stop);
        self.ended.await.unwrap();
    }
}

async fn answer(
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let shown = request.extensions().get::<CertificateDer<'static>>();
    let shown = shown.map_or(0, |certificate| certificate.len());
    assert_ne!(path, "/panic", "the service was asked to panic");
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    let body = body.unwrap_or_default();
    Ok(http::Response::new(Full::new(Bytes::from(format!(
        "{path} {}{}",
        body.len(),
        if shown > 0 {
            format!(" with a certificate of {shown}")
        } else {
            String::new()
        }
    )))))
}

fn client(authority_pem: &str) -> HttpsClient {
    client_with(authority_pem, None)
}

/// A client that shows a certificate, if it is given one.
fn client_with(authority_pem: &str, own: Option<&Issued>) -> HttpsClient {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let tls = match own {
        None => tls.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
            tls.with_client_auth_cert(vec![der(own)], key).unwrap()
        }
    };
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1();
    Client::builder(hyper_util::rt::TokioExecutor::new()).build(https.build())
}

fn der(issued: &Issued) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap()
}

async fn ask(client: &HttpsClient, uri: String) -> Result<String, String> {
    let request = http::Request::post(uri)
        .body(Full::new(Bytes::from_static(b"four")))
        .unwrap();
    let response = client
        .request(request)
        .await
        .map_err(|error| format!("{error:?}"))?;
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|error| format!("{error:?}"))?;
    Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

fn local_identity(authority: &Authority) -> Transport {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    Transport::Tls(authority.identity(&names).unwrap())
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_answered_by_name_and_by_address() {
    let authority = Authority::generate("hopwise test").unwrap();
    let server = Running::start(local_identity(&authority)).await;
    let client = client(authority.certificate_pem());
    let port = server.address.port();
    for host in ["localhost", "127.0.0.1"] {
        let said = ask(&client, format!("https://{host}:{port}/a")).await;
        assert_eq!(said.as_deref(), Ok("/a 4"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_trusts_another_authority_refuses_the_server() {
    let authority = Authority::generate("hopwise test").unwrap();
    let other = Authority::generate("hopwise test").unwrap();
    let server = Running::start(local_identity(&authority)).await;
    let said = ask(
        &client(other.certificate_pem()),
        format!("https://{}/", server.address),
    )
    .await;
    assert!(said.unwrap_err().contains("InvalidCertificate"));
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_fails_leaves_the_server_running() {
    let authority = Authority::generate("hopwise test").unwrap();
    let server = Running::start(local_identity(&authority)).await;
    let client = client(authority.certificate_pem());

    let mut plain = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut refused = Vec::new();
    drop(plain.read_to_end(&mut refused).await);
    assert!(
        ask(&client, format!("https://{}/panic", server.address))
            .await
            .is_err()
    );

    let said = ask(&client, format!("https://{}/still", server.address)).await;
    assert_eq!(said.as_deref(), Ok("/still 4"));
    server.stop().await;
}

#[tokio::test]
async fn plain_http_is_served_where_it_is_asked_for() {
    let authority = Authority::generate("hopwise test").unwrap();
    let server = Running::start(Transport::Insecure).await;
    let client = client(authority.certificate_pem());
    let said = ask(&client, format!("http://{}/plain", server.address)).await;
    assert_eq!(said.as_deref(), Ok("/plain 4"));
    server.stop().await;
}

#[tokio::test]
async fn a_stopped_server_frees_its_port_although_a_client_is_still_connected() {
    let server = Running::start(Transport::Insecure).await;
    let address = server.address;
    let _idle = tokio::net::TcpStream::connect(address).await.unwrap();
    server.stop().await;
    assert!(listen(address).await.is_ok());
}

#[tokio::test]
async fn the_certificate_of_a_client_comes_with_its_requests_whoever_signed_it() {
    let authority = Authority::generate("hopwise test").unwrap();
    let server = Running::start(local_identity(&authority)).await;
    let other = Authority::generate("of clients").unwrap();
    let own = other.issue(&["ncp".to_owned()]).unwrap();
    let client = client_with(authority.certificate_pem(), Some(&own));
    let expected = format!("/a 4 with a certificate of {}", der(&own).len());
    let said = ask(&client, format!("https://{}/a", server.address)).await;
    assert_eq!(said, Ok(expected));
    server.stop().await;
}
