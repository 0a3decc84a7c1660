//! What is told while searches run: on a terminal one line that is rewritten, elsewhere a line
//! every ten seconds, and every finding at once. All of it goes to standard error.

use crate::report::words::thousands;
use hopwise_checker::Progress;
use std::collections::VecDeque;
use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Not at all.
    Silent,
    /// One line, rewritten.
    Terminal,
    /// A line now and then.
    Lines,
}

impl Form {
    /// The form that fits standard error.
    pub fn fitting(quiet: bool) -> Form {
        match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Form::Silent,
            (false, true) => Form::Terminal,
            (false, false) => Form::Lines,
        }
    }

    /// How often a line is told.
    const fn every(self) -> Duration {
        match self {
            Form::Terminal => Duration::from_millis(250),
            Form::Lines | Form::Silent => Duration::from_secs(10),
        }
    }
}

/// The searches that run now.
pub struct Board {
    form: Form,
    searches: Mutex<Vec<(String, Arc<Progress>)>>,
}

/// The time over which a rate is taken.
const RATE_OVER: Duration = Duration::from_secs(5);

impl Board {
    /// Tells what `work` does while it does it. `elapsed` reads the caller's clock.
    pub fn tell<T>(
        form: Form,
        elapsed: impl Fn() -> Duration + Sync,
        work: impl FnOnce(&Board) -> T,
    ) -> T {
        let board = Board {
            form,
            searches: Mutex::default(),
        };
        if form == Form::Silent {
            return work(&board);
        }
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let teller = scope.spawn(|| board.tell_until(&done, &elapsed));
            let result = work(&board);
            done.store(true, Ordering::Relaxed);
            teller.thread().unpark();
            result
        })
    }

    /// Runs a search that is part of what is told.
    pub fn search<T>(&self, name: &str, run: impl FnOnce(&Progress) -> T) -> T {
        let progress = Arc::new(Progress::default());
        self.searches().push((name.to_owned(), progress.clone()));
        let result = run(&progress);
        self.searches()
            .retain(|(_, other)| !Arc::ptr_eq(other, &progress));
        result
    }

    /// Tells something at once, on a line of its own.
    pub fn say(&self, what: &str) {
        match self.form {
            Form::Silent => (),
            Form::Terminal => eprintln!("\r\x1b[K{what}"),
            Form::Lines => eprintln!("{what}"),
        }
    }

    fn searches(&self) -> std::sync::MutexGuard<'_, Vec<(String, Arc<Progress>)>> {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_until(&self, done: &AtomicBool, elapsed: &impl Fn() -> Duration) {
        let mut history = VecDeque::from([(elapsed(), 0)]);
        loop {
            std::thread::park_timeout(self.form.every());
            if done.load(Ordering::Relaxed) {
                break;
            }
            let Some(sample) = self.sample(elapsed(), &mut history) else {
                continue;
            };
            match self.form {
                Form::Terminal => {
                    eprint!("\r\x1b[K{}", sample.line());
                    // Progress that cannot be told is no reason to stop searching.
                    std::io::stderr().flush().ok();
                }
                Form::Lines | Form::Silent => eprintln!("{}", sample.line()),
            }
        }
        if self.form == Form::Terminal {
            eprint!("\r\x1b[K");
        }
    }

    fn sample(&self, now: Duration, history: &mut VecDeque<(Duration, u64)>) -> Option<Sample> {
        let searches = self.searches();
        let names: Vec<&str> = searches.iter().map(|(name, _)| name.as_str()).collect();
        let sum = |count: fn(&Progress) -> usize| -> u64 {
            searches.iter().map(|(_, it)| count(it) as u64).sum()
        };
        let (states, expanded) = (sum(Progress::states), sum(Progress::expanded));
        if history.back().is_some_and(|(_, before)| *before > states) {
            history.clear();
        }
        history.push_back((now, states));
        while history.len() > 2 && now - history[0].0 > RATE_OVER {
            history.pop_front();
        }
        let (since, before) = history[0];
        let span = (now - since).as_secs_f64();
        (!names.is_empty()).then(|| Sample {
            names: in_few_letters(&names),
            elapsed: now,
            states,
            per_second: if span > 0.0 {
                (states - before) as f64 / span
            } else {
                0.0
            },
            depth: searches
                .iter()
                .map(|(_, it)| it.depth() as u64)
                .max()
                .unwrap_or(0),
            queue: states.saturating_sub(expanded),
            memory: resident_bytes(),
        })
    }
}

/// What is known at one moment.
#[derive(Clone, Debug)]
struct Sample {
    names: String,
    elapsed: Duration,
    states: u64,
    per_second: f64,
    depth: u64,
    queue: u64,
    memory: Option<u64>,
}

impl Sample {
    /// One line of at most 80 columns.
    fn line(&self) -> String {
        let seconds = self.elapsed.as_secs();
        let memory = self.memory.map_or(String::new(), |bytes| {
            format!("  {:.1} GB", bytes as f64 / 1e9)
        });
        let rate = match self.queue {
            0 => "judging".into(),
            _ => format!("{} /s", short(self.per_second as u64)),
        };
        format!(
            "{}  {}:{:02}  {} states  {rate}  depth {}  queue {}{memory}",
            self.names,
            seconds / 60,
            seconds % 60,
            short(self.states),
            self.depth,
            short(self.queue),
        )
    }
}

/// The most letters that the names of searches take, so that the line fits 80 columns.
const MOST_LETTERS: usize = 24;

/// The names of the searches, or how many they are.
fn in_few_letters(names: &[&str]) -> String {
    let joined = names.join(", ");
    match names.len() {
        _ if joined.chars().count() <= MOST_LETTERS => joined,
        0 | 1 => joined.chars().take(MOST_LETTERS - 1).chain(['…']).collect(),
        many => format!("{many} searches"),
    }
}

/// A count in few letters: 950, 29 k, 1.20 M.
fn short(count: u64) -> String {
    match count {
        0..=9_999 => thousands(count),
        10_000..=999_999 => format!("{} k", count / 1000),
        _ => format!("{:.2} M", count as f64 / 1e6),
    }
}

/// The memory of this process that is in use, where the system says so.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_time_states_rate_depth_queue_and_memory() {
        let sample = Sample {
            names: "delete-race".into(),
            elapsed: Duration::from_secs(41),
            states: 1_204_331,
            per_second: 29_310.0,
            depth: 34,
            queue: 112_337,
            memory: Some(1_900_000_000),
        };
        assert_eq!(
            sample.line(),
            "delete-race  0:41  1.20 M states  29 k /s  depth 34  queue 112 k  1.9 GB"
        );
    }

    #[test]
    fn long_names_are_cut_and_many_are_counted() {
        assert_eq!(in_few_letters(&["create", "edit"]), "create, edit");
        let long = ["create without hold-until-gone", "edit"];
        assert_eq!(in_few_letters(&long), "2 searches");
        assert_eq!(in_few_letters(&long[..1]), "create without hold-unt…");
    }

    #[test]
    fn the_rate_is_taken_over_the_last_seconds() {
        let board = Board {
            form: Form::Lines,
            searches: Mutex::new(vec![("create".into(), Arc::default())]),
        };
        let mut history = VecDeque::from([(Duration::ZERO, 0), (Duration::from_secs(20), 0)]);
        let sample = board.sample(Duration::from_secs(22), &mut history).unwrap();
        assert_eq!((sample.states, sample.per_second), (0, 0.0));
        assert_eq!(history.len(), 2, "{history:?}");
    }
}
