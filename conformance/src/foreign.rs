//! API servers that others wrote, behind the gate: kube-apiserver instead of the embedded one.
//!
//! A world asks for one thing at a time, and waits for it. So a [`Door`] forwards a request when the
//! gate lets its server act, and holds back what a watch streams until the gate delivers it. The
//! faults are the gate's either way: a proxy can lose a request or an answer, let one land late,
//! break a watch, or answer as a replica that stays behind.

mod door;
mod history;
mod replayed;
mod stream;
mod tidy;

pub use replayed::{Error, guests, run_at};

use crate::gate::Server;
use kube::Client;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a server may take for anything. A quiet machine needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The Service that a kube-apiserver makes for itself.
pub(crate) const OF_THE_SERVER: &str = "kubernetes";

/// A Kubernetes API server as a world needs one.
pub trait Api: Server + Send + Sync {
    /// An object as it is stored. The group of core Kubernetes is empty.
    fn object(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Arc<Value>>;
}

/// The control planes that worlds are played on, one world after the other.
pub struct ControlPlanes {
    handle: Handle,
    guests: Vec<Client>,
    supervisor: Client,
    troubles: Arc<door::Troubles>,
}

impl ControlPlanes {
    /// Control planes whose clients are their administrators'. What the chain needs of them is made,
    /// if it is not there. The runtime of the handle has threads of its own.
    ///
    /// # Errors
    /// Says which request failed.
    pub fn new(
        handle: Handle,
        guests: Vec<Client>,
        supervisor: Client,
    ) -> Result<ControlPlanes, kube::Error> {
        handle.block_on(tidy::prepare(&guests, &supervisor))?;
        Ok(ControlPlanes {
            handle,
            guests,
            supervisor,
            troubles: Arc::default(),
        })
    }

    /// How many guest clusters a world can have here.
    pub fn guests(&self) -> usize {
        self.guests.len()
    }

    /// What went wrong on the way to the servers since this was asked last.
    pub fn troubles(&self) -> Vec<String> {
        self.troubles.take()
    }

    /// The way to the Supervisor's API server. There is nothing of an earlier world in it.
    pub(crate) fn supervisor(&self) -> Arc<dyn Api> {
        let emptied = self
            .handle
            .block_on(tidy::empty_supervisor(&self.supervisor));
        if let Err(error) = emptied {
            self.troubles.note(format!("empty the Supervisor: {error}"));
        }
        self.door("supervisor", &self.supervisor)
    }

    /// The way to the API server of a guest cluster. There is nothing of an earlier one in it.
    ///
    /// # Panics
    /// When there are fewer guest clusters.
    pub(crate) fn guest(&self, number: usize) -> Arc<dyn Api> {
        let guest = &self.guests[number];
        if let Err(error) = self.handle.block_on(tidy::empty_guest(guest)) {
            self.troubles.note(format!("empty guest {number}: {error}"));
        }
        self.door("guest", guest)
    }

    fn door(&self, name: &'static str, client: &Client) -> Arc<dyn Api> {
        let (client, troubles) = (client.clone(), Arc::clone(&self.troubles));
        Arc::new(door::Door::new(name, self.handle.clone(), client, troubles))
    }
}
