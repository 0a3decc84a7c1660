//! TLS: whom the client trusts, and what it shows of itself.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::Error;
use crate::access::{Access, Identity, Material};

/// A configuration that trusts only the authorities of `access`, and shows its certificate.
///
/// # Errors
/// Says which part of it cannot be used.
pub(crate) fn config(access: &Access) -> Result<rustls::ClientConfig, Error> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(authority) = &access.authority {
        let pem = authority.read(Material::Authority)?;
        for certificate in certificates(&pem, Material::Authority)? {
            let added = roots.add(certificate);
            added.map_err(|error| unusable(Material::Authority, error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(Material::Authority, error.to_string()))?
        .with_root_certificates(roots);
    let Identity::Certificate { certificate, key } = &access.identity else {
        return Ok(config.with_no_client_auth());
    };
    let pem = certificate.read(Material::Certificate)?;
    let chain = certificates(&pem, Material::Certificate)?;
    let pem = key.read(Material::Key)?;
    // The error is not told on, lest it quote the file.
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| unusable(Material::Key, "it holds no private key".to_owned()))?;
    config
        .with_client_auth_cert(chain, key)
        .map_err(|error| unusable(Material::Key, error.to_string()))
}

fn certificates(pem: &str, what: Material) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| unusable(what, error.to_string()))?;
    if all.is_empty() {
        return Err(unusable(what, "it holds no certificate".to_owned()));
    }
    Ok(all)
}

fn unusable(what: Material, why: String) -> Error {
    Error::Unusable { what, why }
}
