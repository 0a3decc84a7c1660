//! HTTP below the client.

use std::sync::Arc;

use tower::limit::ConcurrencyLimit;
use tower::retry::Retry;
use tower::util::BoxCloneSyncService;

use crate::Error;
use crate::access::Access;
use crate::client::NsxClient;
use crate::peer::Request;
use crate::renewal::Renewed;
use crate::retry::Patience;

/// How many requests are under way at once. NSX-T refuses what goes beyond 40 of one client with 429
/// (`client_api_concurrency_limit`), and somebody else may use the account, too.
const AT_ONCE: usize = 32;

impl NsxClient {
    /// A client of the managers that `access` tells. Nothing is sent before the first call.
    ///
    /// Unlike one made by [`NsxClient::new`] it sends requests again that were refused with 429 or 503
    /// (and a PATCH that was refused with 409 or 412), at most four times and for at most ten seconds,
    /// and no sooner than `Retry-After` says; passes over a manager that does not answer or answers
    /// 503, if there are others; opens a session again that is refused; and takes up files that have
    /// changed, before each request.
    ///
    /// # Errors
    /// When an address, a password, a certificate or a key cannot be read or used.
    pub fn connect(access: Access) -> Result<NsxClient, Error> {
        let (addresses, shown) = (access.addresses.join(", "), access.shown());
        let patience = Patience::seeded(access.seed);
        let renewed = Arc::new(Renewed::new(access)?);
        let managers = tower::service_fn(move |request: Request| {
            let renewed = renewed.clone();
            async move { renewed.ask(request).await }
        });
        // Whoever waits for his turn does not wait for an answer yet; whoever waits to send again has
        // no turn.
        let in_turn = ConcurrencyLimit::new(managers, AT_ONCE);
        let patient = Retry::new(patience, in_turn);
        let transport = BoxCloneSyncService::new(patient);
        Ok(NsxClient::over(transport, &addresses, shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Account, Identity, Source};

    fn access(address: &str, authority: Option<&str>) -> Access {
        Access {
            addresses: vec![address.to_owned()],
            identity: Identity::Basic(Account {
                username: "admin".to_owned(),
                password: Source::Given(String::new()),
            }),
            authority: authority.map(|pem| Source::Given(pem.to_owned())),
            seed: 1,
        }
    }

    fn refused(access: Access) -> String {
        NsxClient::connect(access).unwrap_err().to_string()
    }

    fn by_certificate(address: &str, certificate: Source) -> Access {
        let key = Source::Given("hunter2".to_owned());
        Access {
            identity: Identity::Certificate { certificate, key },
            ..access(address, None)
        }
    }

    #[test]
    fn an_address_that_cannot_be_called_says_what_one_looks_like() {
        for address in [
            "nsx",
            "ftp://nsx",
            "https://nsx/path",
            "https://",
            "https://nsx?x",
        ] {
            assert_eq!(
                refused(access(address, None)),
                format!("{address} is no address of an NSX-T manager: give https://HOST[:PORT]")
            );
        }
    }

    #[test]
    fn no_address_at_all_is_refused() {
        let none = Access {
            addresses: Vec::new(),
            ..access("", None)
        };
        assert!(refused(none).contains("give https://HOST[:PORT]"));
    }

    #[test]
    fn tls_without_an_authority_names_the_option() {
        assert!(refused(access("https://nsx", None)).ends_with("with --nsx-ca-file"));
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        assert_eq!(
            refused(access("https://nsx", Some("hello"))),
            "use the certificate authority: it holds no certificate"
        );
    }

    #[test]
    fn a_missing_file_is_named_by_what_it_is_for() {
        let certificate = Source::File("/nowhere/ncp.crt".into());
        assert_eq!(
            refused(by_certificate("https://nsx", certificate)),
            "read the client certificate in /nowhere/ncp.crt"
        );
    }

    #[test]
    fn a_file_without_a_key_is_not_quoted() {
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let certificate = Source::Given(pem.to_owned());
        let access = by_certificate("https://nsx", certificate);
        assert!(!format!("{access:?}").contains("hunter2"));
        let refused = refused(access);
        assert_eq!(
            refused,
            "use the key of the client certificate: it holds no private key"
        );
    }
}
