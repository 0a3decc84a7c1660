//! A client that goes on when its credentials are renewed: tokens, certificates and authorities in
//! files, and the kubeconfig itself.
//!
//! kube reads tokens and the pod's authority again after a minute, but no client certificate, no other
//! authority and no kubeconfig; here a change of any of them counts from the next request on.

use crate::connect::{Credentials, Made, made};
use crate::telemetry::Telemetry;
use http::Request;
use kube::Client;
use kube::client::Body;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use tracing::{info, warn};

/// What files hold; nothing where one cannot be read.
pub(crate) type Contents = Vec<Option<Vec<u8>>>;

pub(crate) fn contents(files: &[PathBuf]) -> Contents {
    files.iter().map(|file| std::fs::read(file).ok()).collect()
}

/// The client of the moment, and what its files held before it was made.
struct Current {
    credentials: Credentials,
    made: Made,
    held: Contents,
}

/// A client that is made anew before a request whenever one of its files has changed, and whose
/// requests are counted. Connections are made anew with it. While the files cannot be used, the last
/// ones that could are.
pub(crate) fn renewed(credentials: Credentials, made: Made, telemetry: &Telemetry) -> Client {
    let (host, namespace) = (
        made.host.clone(),
        made.client.default_namespace().to_owned(),
    );
    let current = Arc::new(Mutex::new(Current {
        credentials,
        held: made.held.clone(),
        made,
    }));
    let service = tower::service_fn(move |request: Request<Body>| {
        let current = Arc::clone(&current);
        async move {
            let client = current.lock().await.client().await;
            client.send(request).await
        }
    });
    Client::new(telemetry.counted(&host, service), namespace)
}

impl Current {
    async fn client(&mut self) -> Client {
        let held = contents(&self.made.files);
        if held != self.held {
            match made(&self.credentials).await {
                Ok(made) => {
                    info!(host = made.host, "took up renewed credentials");
                    self.held.clone_from(&made.held);
                    self.made = made;
                }
                Err(reason) => {
                    warn!(
                        reason,
                        "the renewed credentials cannot be used: keeps the old ones"
                    );
                    self.held = held;
                }
            }
        }
        self.made.client.clone()
    }
}

#[cfg(test)]
mod tests;
