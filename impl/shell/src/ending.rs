//! How a program ends: between passes, in good time, or at once.

use crate::Unusable;
use crate::lease::Lost;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, stream};
use std::pin::{Pin, pin};
use std::time::Duration;
use tracing::info;

/// Why a program ends otherwise than it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// It never began.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// Nobody could watch over it.
    #[error(transparent)]
    Listen(#[from] hopwise_serve::Error),
    /// The flags of the leader election contradict each other.
    #[error(
        "stand for a lease: --leader-elect-lease-duration must be longer than \
         --leader-elect-renew-deadline, and that more than 2.2 times --leader-elect-retry-period"
    )]
    NoTerms,
    /// A Lease counts in whole seconds, and others would lead before its fraction is over.
    #[error(
        "stand for a lease: --leader-elect-lease-duration is {given:?}, but a Lease has whole \
         seconds, and at least one: give {}s",
        given.as_secs().saturating_add(1)
    )]
    NoWholeSeconds {
        /// How long the lease was to last.
        given: Duration,
    },
    /// Another replica may lead.
    #[error("lost the lease: {why}")]
    LeaseLost {
        /// How.
        why: Lost,
    },
    /// Passes went on for longer than they may.
    #[error("end passes within {grace:?}: some are still under way; see --shutdown-grace-period")]
    Busy {
        /// How long they may.
        grace: Duration,
    },
    /// It was asked a second time.
    #[error("asked to end a second time: passes under way were cut")]
    AtOnce,
}

impl Ended {
    /// How the process ends: 2 when it was called with what cannot be used, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Ended::Unusable(unusable) => unusable.exit_code(),
            Ended::NoTerms | Ended::NoWholeSeconds { .. } | Ended::Listen(_) => 2,
            Ended::LeaseLost { .. } | Ended::Busy { .. } | Ended::AtOnce => 1,
        }
    }
}

/// An item for every SIGTERM and SIGINT: the first asks a program to end between passes, the second
/// to end at once.
///
/// # Assumes
/// To be called within a tokio runtime with I/O.
#[cfg(unix)]
pub fn signals() -> impl Stream<Item = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    use tokio_stream::wrappers::SignalStream;
    let listened = |kind| SignalStream::new(signal(kind).expect("the signal can be listened to"));
    stream::select(
        listened(SignalKind::terminate()),
        listened(SignalKind::interrupt()),
    )
}

/// An item for every Ctrl-C: the first asks a program to end between passes, the second to end at
/// once.
#[cfg(not(unix))]
pub fn signals() -> impl Stream<Item = ()> + Send + 'static {
    stream::unfold((), |()| {
        tokio::signal::ctrl_c().map(|heard| heard.ok().map(|()| ((), ())))
    })
}

/// Runs until the first ask, then as long as passes under way take, and `grace` at most.
///
/// What is run gets a future that comes true with the first ask.
///
/// # Errors
/// [`Ended::Busy`] and [`Ended::AtOnce`]: what was run is dropped then where it stands.
pub(crate) async fn between_passes<R>(
    asks: Pin<&mut (impl Stream<Item = ()> + Send)>,
    grace: Duration,
    run: impl FnOnce(BoxFuture<'static, ()>) -> R,
) -> Result<(), Ended>
where
    R: Future<Output = ()>,
{
    let (ask, asked) = oneshot::channel::<()>();
    let mut running = pin!(run(asked.map(drop).boxed()));
    let mut asks = asks.chain(stream::pending());
    tokio::select! {
        () = &mut running => return Ok(()),
        _ = asks.next() => info!(?grace, "asked to end: passes under way end first"),
    }
    let _ = ask.send(());
    tokio::select! {
        biased;
        () = running => Ok(()),
        _ = asks.next() => Err(Ended::AtOnce),
        () = tokio::time::sleep(grace) => Err(Ended::Busy { grace }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::time::{Instant, sleep};

    const GRACE: Duration = Duration::from_secs(30);

    /// How a program ends that is asked after these seconds and whose pass then takes `pass`, when it
    /// does, and whether the pass was finished.
    async fn ended(asks: &[u64], pass: u64) -> (Result<(), Ended>, u64, bool) {
        let (start, finished) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let asks = stream::iter(asks.to_vec())
            .then(move |at| tokio::time::sleep_until(start + Duration::from_secs(at)));
        let finish = Arc::clone(&finished);
        let run = |asked: BoxFuture<'static, ()>| async move {
            asked.await;
            sleep(Duration::from_secs(pass)).await;
            finish.store(true, Ordering::Relaxed);
        };
        let ended = between_passes(pin!(asks), GRACE, run).await;
        let took = start.elapsed().as_secs();
        (ended, took, finished.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_under_way_is_finished_before_the_end() {
        let (ended, took, finished) = ended(&[5], 20).await;
        assert!(ended.is_ok());
        assert_eq!((took, finished), (25, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_that_outlasts_the_grace_period_is_cut_and_told() {
        let (ended, took, finished) = ended(&[5], 31).await;
        assert!(matches!(ended, Err(Ended::Busy { grace }) if grace == GRACE));
        assert_eq!((took, finished), (35, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_ask_ends_at_once() {
        let (ended, took, finished) = ended(&[5, 7], 20).await;
        assert!(matches!(ended, Err(Ended::AtOnce)));
        assert_eq!((took, finished), (7, false));
    }
}
