//! Runs a parser on inputs that nobody wrote: seeds cut up and put together anew, words of its
//! language in any order, JSON of those words, and any bytes.
//!
//! A target is a test `fuzz_NAME` beside its parser. `cargo test` gives it every file of
//! `tests/fuzz/corpus/NAME/` and some hundred new inputs; `tests/fuzz/run` gives each target its
//! share of a minute. What fails is made smaller and written into that folder, where from then on
//! every `cargo test` reads it.
//!
//! Everything is on stable Rust: guidance by coverage needs a nightly compiler, so seeds and words
//! take its place.

mod inputs;
mod limits;

pub use limits::within;

use inputs::inputs;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::Cell;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What `cargo test` tries without being given a time.
const FEW: u32 = 300;

/// How many inputs go by between two looks at the clock.
const BATCH: u32 = 200;

/// How long one input may take: far above what any took on a busy machine, and far below what a
/// client waits.
const SLOW: Duration = Duration::from_secs(2);

/// One parser, and what its language looks like.
pub struct Target {
    /// The folder of its corpus; the test is called `fuzz_NAME`.
    pub name: &'static str,
    /// Well-formed inputs.
    pub seeds: &'static [&'static str],
    /// Words and signs of the language, and names that occur in it.
    pub words: &'static [&'static str],
    /// How many JSON documents an input may be made of, one a line; none for other languages.
    pub documents: usize,
}

impl Target {
    /// Gives `check` the corpus and then new inputs.
    ///
    /// # Panics
    /// When `check` does, or an input takes too long; the message says in which file the input is.
    pub fn run(&self, check: impl Fn(&[u8])) {
        for (path, input) in self.corpus() {
            eprintln!("{}", path.display());
            timed(&check, &input);
        }
        let seed = number("HOPWISE_FUZZ_SEED").unwrap_or(1);
        let given = number("HOPWISE_FUZZ_SECONDS").map(Duration::from_secs);
        let seeds = self.seeds.iter().map(|seed| seed.as_bytes().to_vec());
        let inputs = inputs(seeds.collect(), self.words, self.documents);
        let latest = given.map(|_| self.latest());
        let cases = given.map_or(FEW, |_| BATCH);
        let (start, count) = (now(), Cell::new(0_u64));
        for batch in 0_u64.. {
            let outcome = self.runner(seed, batch, cases).run(&inputs, |input| {
                count.set(count.get() + 1);
                if let Some(file) = &latest {
                    remember(file, &input);
                }
                timed(&check, &input);
                Ok::<(), TestCaseError>(())
            });
            if let Err(TestError::Fail(reason, input)) = outcome {
                let path = self.keep(&input);
                panic!("{reason}\nthe input is in {}, seed {seed}", path.display());
            }
            if given.is_none_or(|given| start.elapsed() >= given) {
                break;
            }
        }
        let (count, seconds) = (count.get(), start.elapsed().as_secs_f64());
        println!(
            "{}: {count} inputs in {seconds:.1} s, seed {seed}",
            self.name
        );
    }

    fn runner(&self, seed: u64, batch: u64, cases: u32) -> TestRunner {
        let config = Config {
            cases,
            failure_persistence: None,
            max_shrink_time: 5_000,
            ..Config::default()
        };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&hash(&self.name).to_le_bytes());
        bytes[16..24].copy_from_slice(&batch.to_le_bytes());
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(self.name)
    }

    fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(files) = fs::read_dir(self.folder()) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = files
            .map(|file| file.expect("the corpus can be listed").path())
            .collect();
        paths.sort();
        let read = |path: PathBuf| {
            (
                path.clone(),
                fs::read(path).expect("the corpus can be read"),
            )
        };
        paths.into_iter().map(read).collect()
    }

    fn keep(&self, input: &[u8]) -> PathBuf {
        let path = self.folder().join(format!("{:016x}", hash(&input)));
        fs::create_dir_all(self.folder()).expect("the corpus can grow");
        fs::write(&path, input).expect("the corpus can grow");
        path
    }

    /// Where the input under way stands: what is left of one that takes the whole process along.
    fn latest(&self) -> fs::File {
        let folder = std::env::var("HOPWISE_FUZZ_LATEST").expect("the script sets it");
        fs::create_dir_all(&folder).expect("the folder is the build's");
        fs::File::create(Path::new(&folder).join(self.name)).expect("the folder is the build's")
    }
}

fn timed(check: &impl Fn(&[u8]), input: &[u8]) {
    let start = now();
    check(input);
    let took = start.elapsed();
    assert!(took < SLOW, "{} bytes took {took:?}", input.len());
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a parser takes is what is asked"
)]
fn now() -> Instant {
    Instant::now()
}

fn remember(file: &fs::File, input: &[u8]) {
    file.set_len(0).expect("the disk has room");
    file.write_all_at(input, 0).expect("the disk has room");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
