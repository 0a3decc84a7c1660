//! What ccm knows of the Supervisor: the last LIST answer it heard.

use crate::Hop;
use futures::future::{Either, select};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::label;
use hopwise_core::ccm::{Poll, wants_poll};
use hopwise_core::mirror;
use hopwise_shell::{chain, narrow, status};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};
use tracing::warn;

/// The VirtualMachineServices of the cluster by name. Only an answer heard replaces it.
#[derive(Debug, Default)]
pub struct Polled(RwLock<Option<View>>);

type View = Arc<BTreeMap<String, Arc<VirtualMachineService>>>;

/// What the view says of one name.
#[derive(Clone, Debug)]
pub enum Seen {
    /// No answer was heard yet.
    NotPolled,
    /// The last answer did not have it.
    Absent,
    /// The last answer had this.
    Present(Arc<VirtualMachineService>),
}

impl Seen {
    /// The same as decisions take it.
    pub fn narrowed(&self) -> mirror::Seen {
        match self {
            Seen::NotPolled => mirror::Seen::NotPolled,
            Seen::Absent => mirror::Seen::Absent,
            Seen::Present(found) => mirror::Seen::Present(narrow::vm_service_below(found)),
        }
    }

    /// Why there is no address, in the words of the hops below.
    pub fn words(&self) -> &str {
        let conditions = match self {
            Seen::Present(found) => narrow::vm_service_conditions(found),
            Seen::NotPolled | Seen::Absent => &[],
        };
        status::words_of_exhaustion(conditions)
    }
}

impl Polled {
    /// What is known of a name.
    pub fn get(&self, name: &str) -> Seen {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            None => Seen::NotPolled,
            Some(view) => view.get(name).cloned().map_or(Seen::Absent, Seen::Present),
        }
    }

    /// Everything in the last answer, in the order of names.
    pub fn all(&self) -> Vec<Arc<VirtualMachineService>> {
        let view = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        view.iter()
            .flat_map(|view| view.values().cloned())
            .collect()
    }

    /// What is known after this answer, or before any.
    pub fn answered(answer: Option<Vec<VirtualMachineService>>) -> Polled {
        let polled = Polled::default();
        if let Some(answer) = answer {
            polled.replace(answer);
        }
        polled
    }

    fn replace(&self, answer: Vec<VirtualMachineService>) {
        let view = answer
            .into_iter()
            .map(|one| (one.name_any(), Arc::new(one)))
            .collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
    }
}

/// An item for every answer heard. A tick during a LIST is lost: the answer is on its way.
pub fn heard(
    hop: Arc<Hop>,
    ticks: impl Stream<Item = ()> + Send + 'static,
) -> impl Stream<Item = ()> + Send + 'static {
    stream::unfold((hop, ticks.boxed()), |(hop, mut ticks)| async move {
        loop {
            ticks.next().await?;
            if hop.wants_poll() == Poll::Skip {
                continue;
            }
            let answer = losing_ticks(&mut ticks, pin!(hop.list())).await;
            match answer {
                Ok(()) => return Some(((), (hop, ticks))),
                Err(error) => warn!(error = chain(&error), "the poll failed"),
            }
        }
    })
}

async fn losing_ticks<T>(
    ticks: &mut BoxStream<'static, ()>,
    mut poll: Pin<&mut impl Future<Output = T>>,
) -> T {
    loop {
        match select(poll.as_mut(), ticks.next()).await {
            Either::Left((answer, _)) => return answer,
            Either::Right((Some(()), _)) => {}
            Either::Right((None, poll)) => return poll.await,
        }
    }
}

impl Hop {
    fn wants_poll(&self) -> Poll {
        let services = self.services.state();
        let upstream: Vec<_> = services
            .iter()
            .map(|service| narrow::guest_service(service))
            .collect();
        wants_poll(&upstream, &self.ctx.safeguards)
    }

    async fn list(&self) -> Result<(), kube::Error> {
        let cluster = &self.ctx.cluster;
        let ours =
            ListParams::default().labels(&format!("{}={}", label::CLUSTER_NAME, cluster.name));
        let answer = self.vm_services().list(&ours).await?;
        self.polled.replace(answer.items);
        self.answered.notify_one();
        Ok(())
    }

    /// The cluster's VirtualMachineServices at their server.
    pub fn vm_services(&self) -> Api<VirtualMachineService> {
        Api::namespaced(self.ctx.supervisor.clone(), &self.ctx.cluster.namespace)
    }
}
