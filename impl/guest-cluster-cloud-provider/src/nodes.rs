//! The second loop, which there is only without fresh-intent: like the node sync of a cloud
//! provider it writes what it remembers of Services, and not what has been seen of them since.

use crate::poll::Seen;
use crate::{Error, Hop};
use hopwise_core::ccm;
use hopwise_shell::{chain, describe, narrow, read};
use hopwise_vocab::Safeguard;
use k8s_openapi::api::core::v1::Service;
use std::future;
use std::sync::Arc;
use tracing::{debug, warn};

/// At one of its ticks remembers what is seen, and at the next writes it.
pub async fn syncing(hop: Arc<Hop>) {
    if hop.ctx.safeguards.has(Safeguard::FreshIntent) {
        return future::pending().await;
    }
    let mut remembered: Vec<Arc<Service>> = Vec::new();
    loop {
        hop.ticked.notified().await;
        if remembered.is_empty() {
            remembered = hop.services.state();
            continue;
        }
        for service in remembered.drain(..) {
            if let Err(error) = hop.sync(&service).await {
                let (service, reason) = (describe(&*service), chain(&error));
                warn!(
                    service,
                    reason, "the second loop failed; a later tick tries again"
                );
            }
        }
    }
}

impl Hop {
    async fn sync(&self, service: &Service) -> Result<(), Error> {
        let found = read(&self.vm_services(), &self.name_below(service)).await?;
        let below = found.map_or(Seen::Absent, |found| Seen::Present(Arc::new(found)));
        let remembered = narrow::guest_service(service);
        let decision = ccm::sync(&remembered, &below.narrowed(), &self.ctx.safeguards);
        let outcome = self.perform(service, &below, &decision).await?;
        let service = describe(service);
        debug!(
            service,
            ?decision,
            ?outcome,
            "the second loop has been here"
        );
        Ok(())
    }
}
