//! A client that goes on when its credentials are renewed: password, certificate, key and authority
//! in files.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{info, warn};

use crate::Error;
use crate::access::Access;
use crate::client::Boxed;
use crate::cluster::Cluster;
use crate::peer::{Answer, Request};

/// What files hold; nothing where one cannot be read.
type Contents = Vec<Option<Vec<u8>>>;

fn contents(files: &[&Path]) -> Contents {
    files.iter().map(|file| std::fs::read(file).ok()).collect()
}

/// The managers, reached anew whenever one of the files has changed before a request: with new
/// connections and sessions. While the files cannot be used, the last ones that could are.
pub(crate) struct Renewed {
    access: Access,
    current: Mutex<Current>,
}

struct Current {
    cluster: Arc<Cluster>,
    held: Contents,
}

impl Renewed {
    /// # Errors
    /// Says what of `access` cannot be read or used.
    pub(crate) fn new(access: Access) -> Result<Renewed, Error> {
        // Read before it is used: what changes in between is used once more.
        let held = contents(&access.files());
        let cluster = Arc::new(Cluster::new(&access)?);
        Ok(Renewed {
            access,
            current: Mutex::new(Current { cluster, held }),
        })
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Boxed> {
        let cluster = self.cluster();
        cluster.ask(request).await
    }

    fn cluster(&self) -> Arc<Cluster> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let held = contents(&self.access.files());
        if held != current.held {
            current.held = held;
            match Cluster::new(&self.access) {
                Ok(cluster) => {
                    info!("took up renewed credentials of NSX-T");
                    current.cluster = Arc::new(cluster);
                }
                Err(reason) => warn!(
                    %reason,
                    "the renewed credentials of NSX-T cannot be used: keeps the old ones"
                ),
            }
        }
        current.cluster.clone()
    }
}
