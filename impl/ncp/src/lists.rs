//! Lists of NSX-T's objects, which passes share. One list is made at a time. The one under way began
//! too early for whoever comes now, and the next is for all who wait: each gets one that began after
//! he asked. So a list is as live as one of the pass' own, and what lists cost does not grow with the
//! square of the Services.

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use hopwise_nsx_client::{Error, LbPool, LbVirtualServer, NsxClient};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Objects by id, or why they could not be listed.
type Listed<T> = Result<Arc<BTreeMap<String, T>>, Arc<Error>>;

/// All lists that passes make.
#[derive(Default)]
pub struct Lists {
    servers: Turns<LbVirtualServer>,
    pools: Turns<LbPool>,
}

impl Lists {
    /// All virtual servers.
    ///
    /// # Errors
    /// Those of the list, which all who wait for it get.
    pub async fn servers(&self, nsx: &NsxClient) -> Listed<LbVirtualServer> {
        let nsx = nsx.clone();
        let list = async move { by_id(nsx.virtual_servers().await, |one| &one.id) };
        self.servers.take(list.boxed()).await
    }

    /// All pools.
    ///
    /// # Errors
    /// As above.
    pub async fn pools(&self, nsx: &NsxClient) -> Listed<LbPool> {
        let nsx = nsx.clone();
        let list = async move { by_id(nsx.lb_pools().await, |one| &one.id) };
        self.pools.take(list.boxed()).await
    }
}

fn by_id<T>(listed: Result<Vec<T>, Error>, id: impl Fn(&T) -> &String) -> Listed<T> {
    let all = listed.map_err(Arc::new)?.into_iter();
    Ok(Arc::new(all.map(|one| (id(&one).clone(), one)).collect()))
}

/// Lists of one kind, one after another. The newest is kept only as long as somebody waits for it.
struct Turns<T>(Mutex<Option<Turn<T>>>);

struct Turn<T> {
    has_begun: Arc<AtomicBool>,
    list: WeakShared<BoxFuture<'static, Listed<T>>>,
}

impl<T> Default for Turns<T> {
    fn default() -> Turns<T> {
        Turns(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Turns<T> {
    /// A list that has not begun yet: the one that others wait for, or else `list`, after the one
    /// that is under way.
    fn take(&self, list: BoxFuture<'static, Listed<T>>) -> Shared<BoxFuture<'static, Listed<T>>> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = newest.as_ref().and_then(|turn| {
            let list = turn.list.upgrade()?;
            Some((turn.has_begun.load(Ordering::SeqCst), list))
        });
        let before = match before {
            Some((false, waits)) => return waits,
            Some((true, under_way)) => Some(under_way),
            None => None,
        };
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&has_begun);
        let turn = async move {
            if let Some(under_way) = before {
                // Whatever it found is for others.
                drop(under_way.await);
            }
            begins.store(true, Ordering::SeqCst);
            list.await
        };
        let turn = turn.boxed().shared();
        *newest = turn.downgrade().map(|list| Turn { has_begun, list });
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use futures::future::poll_immediate;
    use futures::poll;
    use std::pin::pin;

    /// A list that ends when its sender says what there is.
    fn list() -> (
        oneshot::Sender<&'static str>,
        BoxFuture<'static, Listed<()>>,
    ) {
        let (answer, answered) = oneshot::channel::<&str>();
        let list = async move {
            let id = answered.await.expect("the list is answered").to_owned();
            Ok(Arc::new([(id, ())].into()))
        };
        (answer, list.boxed())
    }

    fn ids(listed: Listed<()>) -> Vec<String> {
        listed.unwrap().keys().cloned().collect()
    }

    #[tokio::test]
    async fn whoever_asks_while_a_list_is_under_way_gets_the_next_and_shares_it() {
        let turns = Turns::default();
        let ((first, one), (second, two), (_third, three)) = (list(), list(), list());
        let mut early = pin!(turns.take(one));
        assert!(poll!(early.as_mut()).is_pending());
        let (mut late, mut later) = (pin!(turns.take(two)), pin!(turns.take(three)));
        assert!(poll!(late.as_mut()).is_pending());
        assert!(poll!(later.as_mut()).is_pending());
        second.send("after").unwrap();
        assert!(poll!(late.as_mut()).is_pending(), "it has not begun");
        first.send("before").unwrap();
        assert_eq!(ids(early.await), ["before"]);
        assert_eq!(ids(late.await), ["after"]);
        assert_eq!(ids(later.await), ["after"]);
    }

    #[tokio::test]
    async fn a_list_that_nobody_waits_for_any_more_is_forgotten() {
        let turns = Turns::default();
        let ((_first, one), (second, two)) = (list(), list());
        assert!(poll_immediate(turns.take(one)).await.is_none());
        second.send("anew").unwrap();
        assert_eq!(ids(turns.take(two).await), ["anew"]);
    }
}
