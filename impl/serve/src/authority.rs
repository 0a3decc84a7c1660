//! A certificate authority that lives as long as its value, and the identities it issues.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;
use crate::client::AnyClient;

/// The years between which every certificate is valid. They are fixed, so that neither a clock is
/// read here nor a long-running demonstration outlives its certificate.
const VALID_YEARS: (i32, i32) = (2020, 2099);

/// A certificate authority with a fresh key, kept in memory only.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A private key and a certificate for some names, ready to serve TLS with.
#[derive(Clone)]
pub struct Identity {
    pub(crate) config: Arc<rustls::ServerConfig>,
}

/// A private key and a certificate for some names, for a server that reads files.
pub struct Issued {
    /// The certificate in PEM.
    pub certificate: String,
    /// The private key in PEM, a PKCS #8 document.
    pub key: String,
}

impl Authority {
    /// Makes a key and a self-signed certificate whose common name is `name`.
    ///
    /// # Errors
    /// [`Error::Issue`] when the name cannot stand in a certificate or no key can be made.
    pub fn generate(name: &str) -> Result<Authority, Error> {
        let issue = |source| Error::Issue {
            name: name.to_owned(),
            source,
        };
        let key = KeyPair::generate().map_err(issue)?;
        let mut params = named(name, Vec::new()).map_err(issue)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(issue)?.pem();
        Ok(Authority {
            certificate,
            issuer: Issuer::new(params, key),
        })
    }

    /// The authority's certificate in PEM, which a client has to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// Issues a server certificate for `names`: DNS names and IP addresses, in text form. A client may
    /// show a certificate of its own, and needs none.
    ///
    /// # Errors
    /// [`Error::Issue`] when a name is neither a DNS name nor an address.
    pub fn identity(&self, names: &[String]) -> Result<Identity, Error> {
        let (certificate, key) = self.sign(names)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = server_config(certificate.der().clone(), key).map_err(|source| {
            let name = names.first().cloned().unwrap_or_default();
            Error::Identity { name, source }
        })?;
        Ok(Identity {
            config: Arc::new(config),
        })
    }

    /// The same, as PEM: for a server that is another program, or for a client to show.
    ///
    /// # Errors
    /// [`Error::Issue`] when a name is neither a DNS name nor an address.
    pub fn issue(&self, names: &[String]) -> Result<Issued, Error> {
        let (certificate, key) = self.sign(names)?;
        Ok(Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    fn sign(&self, names: &[String]) -> Result<(Certificate, KeyPair), Error> {
        let name = names.first().cloned().unwrap_or_default();
        let issue = |source| Error::Issue {
            name: name.clone(),
            source,
        };
        let key = KeyPair::generate().map_err(issue)?;
        let mut params = named(&name, names.to_vec()).map_err(issue)?;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).map_err(issue)?;
        Ok((certificate, key))
    }
}

fn named(common: &str, subjects: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(subjects)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    params.distinguished_name = name;
    params.not_before = date_time_ymd(VALID_YEARS.0, 1, 1);
    params.not_after = date_time_ymd(VALID_YEARS.1, 1, 1);
    Ok(params)
}

/// The provider is named, so that two TLS back-ends in one program do not have to be settled by a
/// process-wide default.
fn server_config(
    certificate: rustls_pki_types::CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<rustls::ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(AnyClient::of(&provider))
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_issues_for_dns_names_and_addresses() {
        let authority = Authority::generate("hopwise test").unwrap();
        let names = [
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        assert!(authority.identity(&names).is_ok());
        assert!(
            authority
                .certificate_pem()
                .starts_with("-----BEGIN CERTIFICATE-----")
        );
    }

    #[test]
    fn a_name_that_no_certificate_can_hold_is_an_error_that_names_it() {
        let authority = Authority::generate("hopwise test").unwrap();
        let error = authority
            .identity(&["naïve".to_owned()])
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.to_string(), "issue a certificate for naïve");
    }
}
