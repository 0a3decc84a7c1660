//! Independent pieces of work, side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does every job on at most so many threads. The results are in the order of the jobs, however
/// the threads share them; one that `work` passes over has none.
pub fn in_order<J: Sync, R: Send>(
    threads: usize,
    jobs: &[J],
    work: impl Fn(&J) -> Option<R> + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(jobs.iter().map(|_| None).collect::<Vec<Option<R>>>());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(job) = jobs.get(at)
                {
                    let result = work(job);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[at] = result;
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..50).collect();
        let halves = |job: &u64| job.is_multiple_of(2).then_some(job / 2);
        let results = in_order(4, &jobs, halves);
        assert_eq!(results.len(), 50);
        assert!(results.iter().step_by(2).all(Option::is_some));
        assert_eq!(results[48], Some(24));
    }

    #[test]
    fn no_job_is_no_work() {
        assert!(in_order(4, &[] as &[u8], |_| Some(())).is_empty());
    }
}
