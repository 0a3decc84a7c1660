//! Shares work among threads.

use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

/// As many threads as asked for, or as many as there are processors.
pub(crate) fn count(asked: Option<NonZero<usize>>) -> usize {
    asked
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZero::get)
}

/// Does some work on every item, on this thread and on others, in no particular order.
pub(crate) fn each<T: Send>(threads: usize, items: &mut [T], work: impl Fn(&mut T) + Sync) {
    let threads = threads.min(items.len());
    if threads <= 1 {
        items.iter_mut().for_each(work);
        return;
    }
    let queue = Mutex::new(items.iter_mut());
    let next = || {
        queue
            .lock()
            .expect("nothing panics between lock and unlock")
            .next()
    };
    let labour = || {
        while let Some(item) = next() {
            work(item);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(labour);
        }
        labour();
    });
}
