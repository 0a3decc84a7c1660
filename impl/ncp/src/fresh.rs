//! A read that many passes need at once, and that is then asked once.

use futures::future::{BoxFuture, Shared, WeakShared};
use futures::{FutureExt, TryFutureExt};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is read, and fails, for everybody who shares it.
pub type Answer<T, E> = Result<Arc<T>, Arc<E>>;

/// A read of one thing, shared by those who ask at the same time.
///
/// # Guarantees
/// Whoever asks is answered by a read that began after it asked, so that sharing makes no answer
/// older than a read of one's own. At most one read is under way, as long as nobody gives up: who
/// asks meanwhile waits for the next, all of them for the same one. A read that everybody has given
/// up is over.
pub struct Fresh<T, E>(Mutex<Option<Last<T, E>>>);

type Reading<T, E> = BoxFuture<'static, Answer<T, E>>;

/// The last read: it is under way, or waits for the read before it to end, or has ended.
struct Last<T, E> {
    has_begun: Arc<AtomicBool>,
    /// It is its askers' alone, and ends with them.
    answer: Option<WeakShared<Reading<T, E>>>,
}

impl<T, E> Default for Fresh<T, E> {
    fn default() -> Self {
        Fresh(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static, E: Send + Sync + 'static> Fresh<T, E> {
    /// The answer of a read that begins after this call, made by `read` if nobody else's waits.
    ///
    /// # Errors
    /// That of the read, for all who share it.
    pub async fn ask<R>(&self, read: impl FnOnce() -> R + Send + 'static) -> Answer<T, E>
    where
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.join(read).await
    }

    /// Joins the read that has not begun yet, or begins another one after the last.
    fn join<R>(&self, read: impl FnOnce() -> R + Send + 'static) -> Shared<Reading<T, E>>
    where
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().and_then(|last| {
            let answer = last.answer.as_ref()?.upgrade()?;
            Some((last.has_begun.load(Ordering::SeqCst), answer))
        });
        let before = match known {
            Some((false, waiting)) => return waiting,
            Some((true, under_way)) => Some(under_way),
            None => None,
        };
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&has_begun);
        let answer = async move {
            if let Some(before) = before {
                // Whether it failed is no matter to this one.
                drop(before.await);
            }
            begins.store(true, Ordering::SeqCst);
            read().map_ok(Arc::new).map_err(Arc::new).await
        };
        let answer = answer.boxed().shared();
        *last = Some(Last {
            has_begun,
            answer: answer.downgrade(),
        });
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use futures::future::join_all;
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;

    /// A read that answers how many had begun when it did, once it is let go.
    #[derive(Clone, Default)]
    struct Reads(Arc<AtomicUsize>);

    impl Reads {
        fn begun(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }

        async fn read(self, until: Option<oneshot::Receiver<()>>) -> Result<usize, Infallible> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(until) = until {
                until.await.ok();
            }
            Ok(number)
        }
    }

    fn value(answer: Answer<usize, Infallible>) -> usize {
        answer.map(|number| *number).unwrap_or_default()
    }

    #[tokio::test]
    async fn who_asks_during_a_read_is_answered_by_the_next_and_all_of_them_by_the_same() {
        let (fresh, reads) = (Fresh::default(), Reads::default());
        let (go, held) = oneshot::channel();
        let mut first = fresh
            .ask({
                let reads = reads.clone();
                move || reads.read(Some(held))
            })
            .boxed();
        assert!((&mut first).now_or_never().is_none());
        let ask = || {
            let reads = reads.clone();
            fresh.ask(move || reads.read(None))
        };
        let mut later = join_all((0..100).map(|_| ask())).boxed();
        assert!((&mut later).now_or_never().is_none());
        assert_eq!(reads.begun(), 1, "one at a time");
        go.send(()).unwrap();
        assert_eq!(value(first.await), 1);
        let answers: Vec<usize> = later.await.into_iter().map(value).collect();
        assert_eq!(answers, [2; 100]);
        assert_eq!(value(ask().await), 3, "nothing is kept");
    }

    #[tokio::test]
    async fn a_read_that_nobody_waits_for_any_more_holds_nobody_up() {
        let (fresh, reads) = (Fresh::default(), Reads::default());
        let (_never, held) = oneshot::channel();
        let mut first = fresh
            .ask({
                let reads = reads.clone();
                move || reads.read(Some(held))
            })
            .boxed();
        assert!((&mut first).now_or_never().is_none());
        drop(first);
        let second = fresh.ask(move || reads.read(None)).now_or_never();
        assert_eq!(second.map(value), Some(2));
    }
}
