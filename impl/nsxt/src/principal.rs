//! Principal identities: names that are told by a client certificate.
//!
//! Source of paths and fields: the `PrincipalIdentityWithCertificate` of the NSX-T 3.1 manager API.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::schema::Body;
use crate::serial::Serial;

/// Where they are registered and read.
pub(crate) const COLLECTION: &str = "/api/v1/trust-management/principal-identities";

/// The identities that are registered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Principals {
    all: Vec<Principal>,
}

#[derive(Debug, Clone)]
struct Principal {
    id: String,
    name: Arc<str>,
    node_id: String,
    certificate: CertificateDer<'static>,
    /// As it is answered.
    shown: Value,
}

impl Principals {
    /// Registers a name with its certificate. A name and node id are one identity's alone, and so is a
    /// certificate.
    pub(crate) fn register(&mut self, body: &Body, serial: &mut Serial) -> Result<Value, Refusal> {
        let text = |name: &str| {
            let value = body.get(name).and_then(Value::as_str);
            let value = value.filter(|value| !value.is_empty());
            value.ok_or_else(|| invalid(format!("{name} is a required property")))
        };
        let (name, node_id) = (text("name")?, text("node_id")?);
        let certificate = CertificateDer::from_pem_slice(text("certificate_pem")?.as_bytes())
            .map_err(|error| invalid(format!("certificate_pem is not valid: {error}")))?;
        let clashes = |one: &Principal| {
            (&*one.name, &*one.node_id) == (name, node_id) || one.certificate == certificate
        };
        if self.all.iter().any(clashes) {
            let why = "a principal identity with this name and node_id, or with this certificate, \
                       exists already";
            return Err(invalid(why.to_owned()));
        }
        let id = serial.uuid();
        let shown = json!({
            "resource_type": "PrincipalIdentity",
            "id": id,
            "display_name": body.get("display_name").cloned().unwrap_or_else(|| json!(name)),
            "name": name,
            "node_id": node_id,
            "role": body.get("role").cloned().unwrap_or(Value::Null),
            "is_protected": body.get("is_protected").cloned().unwrap_or(json!(true)),
            "certificate_id": serial.uuid(),
        });
        self.all.push(Principal {
            id,
            name: Arc::from(name),
            node_id: node_id.to_owned(),
            certificate,
            shown: shown.clone(),
        });
        Ok(shown)
    }

    /// Whom a certificate names.
    pub(crate) fn named_by(&self, certificate: &CertificateDer<'_>) -> Option<Arc<str>> {
        let mut all = self.all.iter();
        let one = all.find(|one| one.certificate == *certificate)?;
        Some(one.name.clone())
    }

    pub(crate) fn list(&self) -> Value {
        let results: Vec<_> = self.all.iter().map(|one| one.shown.clone()).collect();
        json!({ "result_count": results.len(), "results": results })
    }

    pub(crate) fn found(&self, id: &str) -> Result<Value, Refusal> {
        let one = self.all.iter().find(|one| one.id == id);
        one.map(|one| one.shown.clone())
            .ok_or_else(|| Refusal::not_found(id))
    }

    pub(crate) fn delete(&mut self, id: &str) -> Result<(), Refusal> {
        let at = self.all.iter().position(|one| one.id == id);
        self.all.remove(at.ok_or_else(|| Refusal::not_found(id))?);
        Ok(())
    }
}

fn invalid(why: String) -> Refusal {
    Refusal::Invalid(vec![why])
}
