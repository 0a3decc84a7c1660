//! HTTP below the client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tower::limit::ConcurrencyLimit;

use crate::Error;
use crate::client::{Boxed, Credentials, NsxClient};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take. A manager that accepts and then says nothing must not hold a work
/// queue for ever.
const ANSWER: Duration = Duration::from_secs(30);

/// How many requests are under way at once. NSX-T refuses what goes beyond 40 of one client with 429
/// (`client_api_concurrency_limit`), and somebody else may use the account, too.
const AT_ONCE: usize = 32;

impl NsxClient {
    /// A client of the manager at `https://host:port`, or `http://host:port` where somebody asked
    /// for plain HTTP. TLS trusts only the authorities in `ca_pem`.
    ///
    /// Nothing is sent before the first call.
    ///
    /// # Errors
    /// When the address or the certificate authority cannot be used.
    pub fn connect(
        address: &str,
        credentials: &Credentials,
        ca_pem: Option<&str>,
    ) -> Result<NsxClient, Error> {
        let wrong = || Error::Address {
            address: address.to_owned(),
        };
        let uri: http::Uri = address.parse().map_err(|_| wrong())?;
        if uri.host().is_none() || !matches!(uri.path(), "" | "/") {
            return Err(wrong());
        }
        let tls = match (uri.scheme_str(), ca_pem) {
            (Some("http"), _) => trusting(address, None)?,
            (Some("https"), Some(pem)) => trusting(address, Some(pem))?,
            (Some("https"), None) => {
                return Err(Error::AuthorityMissing {
                    address: address.to_owned(),
                });
            }
            (_, _) => return Err(wrong()),
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1();
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build(https.wrap_connector(tcp));
        let bounded = tower::service_fn(move |request| {
            let answer = client.request(request);
            async { Ok::<_, Boxed>(tokio::time::timeout(ANSWER, answer).await??) }
        });
        // Whoever waits for his turn does not wait for an answer yet.
        let in_turn = ConcurrencyLimit::new(bounded, AT_ONCE);
        Ok(NsxClient::at(address, in_turn, credentials))
    }
}

fn trusting(address: &str, pem: Option<&str>) -> Result<rustls::ClientConfig, Error> {
    let failed = |why: String| Error::Authority {
        address: address.to_owned(),
        why,
    };
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = pem {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| failed(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(failed("it holds no certificate".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str, ca_pem: Option<&str>) -> String {
        let credentials = Credentials {
            username: "admin".to_owned(),
            password: String::new(),
        };
        NsxClient::connect(address, &credentials, ca_pem)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_address_that_cannot_be_called_says_what_one_looks_like() {
        for address in ["nsx", "ftp://nsx", "https://nsx/path", "https://"] {
            assert_eq!(
                refused(address, None),
                format!("{address} is no address of an NSX-T manager: give https://HOST[:PORT]")
            );
        }
    }

    #[test]
    fn tls_without_an_authority_names_the_option() {
        assert!(refused("https://nsx", None).ends_with("with --nsx-ca-file"));
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        assert_eq!(
            refused("https://nsx", Some("hello")),
            "read the certificate authority of https://nsx: it holds no certificate"
        );
    }
}
