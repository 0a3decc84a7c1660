//! Who leads: of several replicas, the one that holds a Lease (coordination.k8s.io/v1), as
//! client-go's leader election has it.
//!
//! A lease is no fence: a leader that is stopped and goes on later may write beside the next one.
//! What keeps the chain right then are the guards of its writes.

use crate::{Clock, Ended, chain};
use fastrand::Rng;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::{info, warn};

/// How far a candidate strays from its retry period, as a share of it. Source: client-go,
/// `leaderelection.JitterFactor`.
const JITTER: f64 = 1.2;

/// How a program stands for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The lease's namespace.
    pub namespace: String,
    /// The lease's name.
    pub name: String,
    /// Who stands for it: another word for each replica.
    pub identity: String,
    /// How long a lease that is not renewed keeps the others away, in whole seconds.
    pub lease_duration: Duration,
    /// How long a leader that cannot renew goes on.
    pub renew_deadline: Duration,
    /// How long between two tries.
    pub retry_period: Duration,
}

/// What there is to do about a lease.
#[derive(Clone, Debug, PartialEq)]
enum Decision {
    /// Write this: the lease is ours, or nobody's.
    Write(LeaseSpec),
    /// Leave it to whoever holds it.
    Leave(String),
}

/// Whether the time of a lease has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term {
    Running,
    Over,
}

impl Terms {
    /// Whether a Lease can say how long it lasts, and whether a leader can renew before it must end,
    /// and must end before another one leads.
    ///
    /// # Errors
    /// When it cannot. Source of the relation: client-go, `NewLeaderElector`.
    pub(crate) fn check(&self) -> Result<(), Ended> {
        let is_whole = self.lease_duration.subsec_nanos() == 0;
        if !is_whole || self.lease_duration.is_zero() {
            return Err(Ended::NoWholeSeconds {
                given: self.lease_duration,
            });
        }
        let longest_wait = self.retry_period.mul_f64(1.0 + JITTER);
        let fits = longest_wait < self.renew_deadline && self.renew_deadline < self.lease_duration;
        fits.then_some(()).ok_or(Ended::NoTerms)
    }

    fn decide(&self, found: Option<&LeaseSpec>, term: Term, now: Timestamp) -> Decision {
        let none = LeaseSpec::default();
        let old = found.unwrap_or(&none);
        let holder = old.holder_identity.as_deref().unwrap_or_default();
        let is_ours = holder == self.identity;
        if !holder.is_empty() && !is_ours && term == Term::Running {
            return Decision::Leave(holder.into());
        }
        let transitions = old.lease_transitions.unwrap_or_default();
        let is_new = found.is_none();
        Decision::Write(LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(whole_seconds(self.lease_duration)),
            acquire_time: match &old.acquire_time {
                Some(since) if is_ours => Some(since.clone()),
                Some(_) | None => Some(MicroTime(now)),
            },
            renew_time: Some(MicroTime(now)),
            lease_transitions: Some(transitions + i32::from(!is_ours && !is_new)),
            ..old.clone()
        })
    }

    /// What a holder writes that goes.
    fn given_back(&self, held: &LeaseSpec, now: Timestamp) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(1),
            renew_time: Some(MicroTime(now)),
            ..held.clone()
        }
    }
}

fn whole_seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

/// A candidate for a lease.
pub struct Candidate {
    leases: Api<Lease>,
    terms: Terms,
    clock: Arc<dyn Clock>,
    jitter: Rng,
    /// The lease as it was last seen to change, and since when. Other machines' clocks play no part.
    seen: Option<(Lease, Instant)>,
    /// When the try began that got or renewed the lease last: the others count from later on.
    renewed: Instant,
}

/// How a leader loses its lease.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Somebody else holds it.
    #[error("{0} holds it")]
    To(String),
    /// It was not renewed in time.
    #[error("it could not be renewed in time")]
    NotRenewed,
}

impl Candidate {
    /// A candidate at this API server, the jitter of whose tries follows from `seed`.
    pub fn new(client: Client, terms: Terms, clock: Arc<dyn Clock>, seed: u64) -> Candidate {
        Candidate {
            leases: Api::namespaced(client, &terms.namespace),
            terms,
            clock,
            jitter: Rng::with_seed(seed),
            seen: None,
            renewed: Instant::now(),
        }
    }

    /// Returns when the lease is held.
    pub async fn acquire(&mut self) {
        let (mut waits_for, name) = (None, self.terms.name.clone());
        loop {
            let began = Instant::now();
            match timeout(self.terms.renew_deadline, self.try_once()).await {
                Ok(Ok(None)) => {
                    self.renewed = began;
                    info!(lease = name, "holds the lease");
                    return;
                }
                Ok(Ok(Some(holder))) if waits_for.as_ref() == Some(&holder) => {}
                Ok(Ok(Some(holder))) => {
                    info!(lease = name, holder, "waits for the lease");
                    waits_for = Some(holder);
                }
                Ok(Err(error)) => {
                    warn!(lease = name, error = chain(&error), "cannot get the lease");
                }
                Err(_) => warn!(lease = name, "cannot get the lease: no answer in time"),
            }
            let stray = self.jitter.f64() * JITTER;
            sleep(self.terms.retry_period.mul_f64(1.0 + stray)).await;
        }
    }

    /// Renews the lease that is held, until it is lost.
    pub(crate) async fn keep(&mut self) -> Lost {
        loop {
            let deadline = self.renewed + self.terms.renew_deadline;
            sleep(self.terms.retry_period).await;
            let began = Instant::now();
            match timeout_at(deadline, self.try_once()).await {
                Ok(Ok(None)) => self.renewed = began,
                Ok(Ok(Some(holder))) => return Lost::To(holder),
                Ok(Err(error)) if Instant::now() < deadline => {
                    warn!(error = chain(&error), "cannot renew the lease");
                }
                Ok(Err(_)) | Err(_) => return Lost::NotRenewed,
            }
        }
    }

    /// Gives the lease back, so that the next one need not wait. What goes wrong is only logged: the
    /// lease then runs out by itself.
    pub async fn release(&mut self) {
        let Some((lease, _)) = self.seen.take() else {
            return;
        };
        let held = lease.spec.unwrap_or_default();
        let given_back = Lease {
            spec: Some(self.terms.given_back(&held, self.clock.now())),
            ..lease
        };
        let params = PostParams::default();
        let put = self.leases.replace(&self.terms.name, &params, &given_back);
        match timeout(self.terms.renew_deadline, put).await {
            Ok(Ok(_)) => info!(lease = self.terms.name, "gave the lease back"),
            Ok(Err(error)) => warn!(error = chain(&error), "cannot give the lease back"),
            Err(_) => warn!("cannot give the lease back: no answer in time"),
        }
    }

    /// One try to get or to renew the lease: nothing if it is held then, else who holds it.
    async fn try_once(&mut self) -> Result<Option<String>, kube::Error> {
        let found = self.leases.get_opt(&self.terms.name).await?;
        if let Some(found) = &found {
            self.see(found.clone());
        }
        let spec = found.as_ref().and_then(|lease| lease.spec.as_ref());
        let spec = match self.terms.decide(spec, self.term(), self.clock.now()) {
            Decision::Leave(holder) => return Ok(Some(holder)),
            Decision::Write(spec) => Some(spec),
        };
        let params = PostParams::default();
        let written = match found {
            Some(lease) => {
                let new = Lease { spec, ..lease };
                self.leases.replace(&self.terms.name, &params, &new).await?
            }
            None => {
                let metadata = ObjectMeta {
                    name: Some(self.terms.name.clone()),
                    ..ObjectMeta::default()
                };
                self.leases
                    .create(&params, &Lease { metadata, spec })
                    .await?
            }
        };
        self.see(written);
        Ok(None)
    }

    fn see(&mut self, lease: Lease) {
        let since = match &self.seen {
            Some((old, since)) if old.spec == lease.spec => *since,
            Some(_) | None => Instant::now(),
        };
        self.seen = Some((lease, since));
    }

    fn term(&self) -> Term {
        let Some((lease, since)) = &self.seen else {
            return Term::Over;
        };
        let spec = lease.spec.as_ref();
        let seconds = spec.and_then(|spec| spec.lease_duration_seconds);
        let seconds = u64::try_from(seconds.unwrap_or_default()).unwrap_or_default();
        match *since + Duration::from_secs(seconds) > Instant::now() {
            true => Term::Running,
            false => Term::Over,
        }
    }
}

#[cfg(test)]
mod tests;
