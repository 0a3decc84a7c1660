//! Several managers that are one cluster: one of them is asked, and another one if it does not answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use tokio::time::Instant;
use tracing::warn;

use crate::Error;
use crate::access::{Access, Identity};
use crate::client::{Boxed, basic};
use crate::peer::{Answer, Lost, Peer, Request, Sent, wire};
use crate::session::Keeper;
use crate::tls;

/// How long a manager that did not answer is passed over. A manager that starts again takes minutes.
const REST: Duration = Duration::from_secs(30);

/// A manager, and how the client shows itself there. A session is one manager's alone.
struct Endpoint {
    peer: Peer,
    way: Way,
}

enum Way {
    Basic(HeaderValue),
    Session(Keeper),
    /// In the TLS handshake.
    Certificate,
}

/// The managers of one cluster.
pub(crate) struct Cluster {
    endpoints: Vec<Endpoint>,
    standing: Mutex<Standing>,
}

/// Whom to ask first. The manager that answered last stays: each of them answers alike, and what one
/// accepted it shows at once.
struct Standing {
    last: usize,
    /// Until when each is passed over.
    rests: Vec<Option<Instant>>,
}

impl Cluster {
    /// Reads what `access` names. Nothing is sent.
    ///
    /// # Errors
    /// Says which part of it cannot be read or used.
    pub(crate) fn new(access: &Access) -> Result<Cluster, Error> {
        let wire = wire(tls::config(access)?);
        let endpoint = |address: &String| {
            let way = Way::of(&access.identity)?;
            let peer = Peer::new(address, wire.clone())?;
            check(&peer, access)?;
            Ok(Endpoint { peer, way })
        };
        let endpoints: Result<Vec<_>, Error> = access.addresses.iter().map(endpoint).collect();
        let endpoints = endpoints?;
        if endpoints.is_empty() {
            return Err(Error::Address {
                address: "nothing".to_owned(),
            });
        }
        let rests = vec![None; endpoints.len()];
        Ok(Cluster {
            endpoints,
            standing: Mutex::new(Standing { last: 0, rests }),
        })
    }

    /// Asks one manager after the other until one answers otherwise than with 503.
    ///
    /// A write that may be under way at one manager is not sent to another: it could be carried out
    /// twice, the second time after what comes later. Whoever wrote has to look, and decide again.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Boxed> {
        let is_read = *request.method() == Method::GET;
        let (mut busy, mut lost) = (None, Vec::new());
        let order = self.standing().order(Instant::now());
        for index in order {
            let endpoint = &self.endpoints[index];
            match endpoint.ask(request.clone()).await {
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    self.pass_over(index, &"it answers 503");
                    busy = Some(answer);
                }
                Ok(answer) => {
                    self.standing().answered(index);
                    return Ok(answer);
                }
                Err(one) => {
                    self.pass_over(index, &one.source);
                    let goes_on = is_read || one.sent == Sent::Never;
                    lost.push((endpoint.peer.address.clone(), one));
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        busy.ok_or_else(|| unanswered(lost))
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_over(&self, index: usize, reason: &dyn std::fmt::Display) {
        if self.endpoints.len() > 1 {
            let address = &self.endpoints[index].peer.address;
            warn!(%address, %reason, "passes over an NSX-T manager for a while");
        }
        self.standing().rests(index, Instant::now() + REST);
    }
}

fn check(peer: &Peer, access: &Access) -> Result<(), Error> {
    let address = peer.address.to_string();
    match (peer.is_secure(), &access.authority, &access.identity) {
        (true, None, _) => Err(Error::AuthorityMissing { address }),
        (false, _, Identity::Certificate { .. }) => Err(Error::TlsMissing { address }),
        (_, _, _) => Ok(()),
    }
}

/// One error of all that happened.
fn unanswered(lost: Vec<(Arc<str>, Lost)>) -> Boxed {
    if lost.len() == 1 {
        return lost
            .into_iter()
            .map(|(_, one)| one.source)
            .next()
            .expect("there is one");
    }
    let said = lost
        .iter()
        .map(|(address, one)| format!("{address}: {}", chain(&*one.source)));
    said.collect::<Vec<_>>().join("; ").into()
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl Way {
    fn of(identity: &Identity) -> Result<Way, Error> {
        Ok(match identity {
            Identity::Basic(account) => {
                Way::Basic(basic(&account.username, &account.read_password()?))
            }
            Identity::Session(account) => {
                Way::Session(Keeper::new(&account.username, &account.read_password()?))
            }
            Identity::Certificate { .. } => Way::Certificate,
        })
    }
}

impl Endpoint {
    async fn ask(&self, mut request: Request) -> Result<Answer, Lost> {
        match &self.way {
            Way::Session(keeper) => keeper.ask(&self.peer, request).await,
            Way::Certificate => self.peer.ask(request).await,
            Way::Basic(authorization) => {
                let headers = request.headers_mut();
                headers.insert(header::AUTHORIZATION, authorization.clone());
                self.peer.ask(request).await
            }
        }
    }
}

impl Standing {
    /// All of them, from the one that answered last on; those that rest come last, lest nobody be
    /// asked at all.
    fn order(&self, now: Instant) -> Vec<usize> {
        let count = self.rests.len();
        let mut order: Vec<_> = (0..count).map(|n| (self.last + n) % count).collect();
        order.sort_by_key(|index| self.rests[*index].is_some_and(|until| until > now));
        order
    }

    fn answered(&mut self, index: usize) {
        self.last = index;
        self.rests[index] = None;
    }

    fn rests(&mut self, index: usize, until: Instant) {
        self.rests[index] = Some(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_answered_last_is_asked_first_and_who_rests_last() {
        let now = Instant::now();
        let mut standing = Standing {
            last: 0,
            rests: vec![None; 3],
        };
        assert_eq!(standing.order(now), [0, 1, 2]);
        standing.rests(0, now + REST);
        assert_eq!(standing.order(now), [1, 2, 0]);
        standing.answered(2);
        assert_eq!(standing.order(now), [2, 1, 0]);
        assert_eq!(standing.order(now + REST), [2, 0, 1]);
        standing.rests(1, now + REST);
        standing.rests(2, now + REST);
        assert_eq!(standing.order(now), [2, 0, 1], "all rest: all are asked");
    }
}
