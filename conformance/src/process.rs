//! One controller as a process: its own single-threaded runtime on its own paused clock.
//!
//! Nothing in it runs except inside [`Process::start`], [`Process::settle`] and
//! [`Process::fire_next_timer`], which run it until it can do nothing more by itself. There is no
//! I/O driver: all that a controller hears comes through the gate.

use futures::future::BoxFuture;
use parking_lot::Mutex;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How far [`Process::fire_next_timer`] looks ahead. kube's queue panics when the clock jumps
/// more than 2^36 ms past the last time it was polled, so this stays small.
const HORIZON: Duration = Duration::from_secs(3600);

/// Wakes `block_on`'s own future from the runtime's about-to-park hook, that is exactly when no
/// task is runnable. The runtime then polls its timers without blocking and, since it did not
/// park, the paused clock does not advance by itself.
#[derive(Default)]
struct Idle {
    parks: AtomicU64,
    /// Parks to let through: each lets the paused clock jump towards the next timer.
    let_through: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

impl Idle {
    fn on_park(&self) {
        if self.let_through.load(Relaxed) > 0 {
            self.let_through.fetch_sub(1, Relaxed);
            return;
        }
        self.parks.fetch_add(1, Relaxed);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }

    /// Resolves when the runtime is quiet. The first idle moment makes it fire the timers that
    /// are already due, so only the second one proves quiescence.
    async fn quiet(&self) {
        let from = self.parks.load(Relaxed);
        poll_fn(|context| {
            if self.parks.load(Relaxed) >= from + 2 {
                return Poll::Ready(());
            }
            *self.waker.lock() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A running controller. Dropping it is `kill -9`: every task is dropped where it stands.
pub struct Process {
    runtime: Runtime,
    idle: Arc<Idle>,
    main: JoinHandle<()>,
    /// Whether the main task was polled since it was last asked.
    polled: Arc<AtomicBool>,
}

impl Process {
    /// Starts a controller and runs it until it waits. `boot` is called inside the runtime,
    /// because `kube::Client` spawns a task when it is built.
    pub fn start(boot: impl FnOnce() -> BoxFuture<'static, ()>) -> Self {
        let idle = Arc::new(Idle::default());
        let hook = Arc::clone(&idle);
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .on_thread_park(move || hook.on_park())
            .build()
            .expect("a runtime without an I/O driver needs nothing of the system");
        let polled = Arc::new(AtomicBool::new(false));
        let main = {
            let _inside = runtime.enter();
            let (mut controller, polled) = (boot(), Arc::clone(&polled));
            runtime.spawn(poll_fn(move |context| {
                polled.store(true, Relaxed);
                controller.as_mut().poll(context)
            }))
        };
        let process = Process {
            runtime,
            idle,
            main,
            polled,
        };
        process.settle();
        process
    }

    /// Runs the controller until nothing in it is runnable. Its clock does not move.
    pub fn settle(&self) {
        self.runtime.block_on(self.idle.quiet());
    }

    /// Jumps to the earliest timer that makes the controller's main task do something, and runs
    /// until it waits again. Returns how far the clock moved, or `None` if no timer is set within
    /// an hour. Timers inside a single reconcile are not seen.
    pub fn fire_next_timer(&self) -> Option<Duration> {
        self.runtime.block_on(async {
            let start = Instant::now();
            let horizon = tokio::time::sleep(HORIZON);
            tokio::pin!(horizon);
            let _ = futures::poll!(horizon.as_mut());
            self.polled.store(false, Relaxed);
            // A paused clock jumps to the next slot of the timer wheel, which need not be a
            // deadline: hence the loop.
            while !self.polled.load(Relaxed) {
                if horizon.is_elapsed() {
                    return None;
                }
                self.idle.let_through.store(1, Relaxed);
                self.idle.quiet().await;
            }
            Some(start.elapsed())
        })
    }

    /// Whether the main task has returned or panicked, which a controller never does by itself.
    pub fn has_ended(&self) -> bool {
        self.main.is_finished()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn counting(counter: &Arc<AtomicUsize>, period: Duration) -> BoxFuture<'static, ()> {
        let counter = Arc::clone(counter);
        Box::pin(async move {
            loop {
                tokio::time::sleep(period).await;
                counter.fetch_add(1, Relaxed);
            }
        })
    }

    #[test]
    fn a_process_runs_all_that_is_runnable_and_no_timer() {
        let done = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&done);
        let process = Process::start(|| {
            Box::pin(async move {
                for _ in 0..1000 {
                    let counter = Arc::clone(&counter);
                    let task = tokio::spawn(async move { counter.fetch_add(1, Relaxed) });
                    task.await.unwrap();
                }
                counting(&counter, Duration::from_secs(1)).await;
            })
        });
        assert_eq!(done.load(Relaxed), 1000);
        process.settle();
        assert_eq!(done.load(Relaxed), 1000, "settling moves no clock");
    }

    #[test]
    fn the_next_timer_is_fired_alone() {
        let fired = Arc::new(AtomicUsize::new(0));
        let process = Process::start(|| counting(&fired, Duration::from_millis(4096 + 7)));
        let moved = process.fire_next_timer().unwrap();
        assert_eq!(
            (moved, fired.load(Relaxed)),
            (Duration::from_millis(4103), 1)
        );
    }

    #[test]
    fn a_process_without_a_timer_has_none_to_fire() {
        let process = Process::start(|| Box::pin(std::future::pending()));
        assert_eq!(process.fire_next_timer(), None);
    }

    #[test]
    fn a_controller_that_returns_has_ended() {
        assert!(Process::start(|| Box::pin(async {})).has_ended());
        assert!(!Process::start(|| Box::pin(std::future::pending())).has_ended());
    }
}
