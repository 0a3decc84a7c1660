//! What every command is given: the clock, the way to be stopped, and where progress goes.

use crate::exit::{Exit, Failure, Outcome};
use crate::progress::{Board, Form};
use crate::run::{Judgement, Run, Source};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The surroundings of one run of the program.
pub struct Context {
    start: Instant,
    stop: Arc<AtomicBool>,
}

impl Context {
    /// Starts the clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the program's own clock starts here"
    )]
    pub fn new(stop: Arc<AtomicBool>) -> Context {
        Context {
            start: Instant::now(),
            stop,
        }
    }

    /// The time since the program started.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Becomes true when the user wants the run to end.
    pub fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// Whether the user wants the run to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A line about what is being done, on standard error.
    pub fn progress(&self, what: &str) {
        eprintln!("{:7.1} s  {what}", self.elapsed().as_secs_f64());
    }

    /// Tells on standard error what `work` searches while it does, unless it is to be quiet.
    pub fn telling<T>(&self, quiet: bool, work: impl FnOnce(&Board) -> T) -> T {
        Board::tell(Form::fitting(quiet), || self.elapsed(), work)
    }

    /// An empty run that began when the program did.
    #[expect(clippy::disallowed_methods, reason = "a run says when it was made")]
    pub fn new_run(&self) -> Run {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let mut run = Run::new(
            format!("hopwise {}", arguments.join(" ")),
            jiff::Timestamp::now(),
        );
        run.source = source();
        run
    }

    /// Prints a run, and ends with what it comes to.
    ///
    /// # Errors
    /// None; it has the form of what a command returns.
    pub fn finish(&self, mut run: Run, text: impl FnOnce(&Run) -> String) -> Outcome {
        run.seconds = self.elapsed().as_secs_f64();
        print_to_end(&text(&run))?;
        let is_stopped = self.is_stopped();
        Ok(match run.judgement() {
            Judgement::Breaks => Exit::Broken,
            Judgement::Holds | Judgement::NotDecided | Judgement::Nothing if is_stopped => {
                Exit::Interrupted
            }
            Judgement::Holds => Exit::Good,
            Judgement::NotDecided => Exit::NotDecided,
            Judgement::Nothing => Exit::NothingToJudge,
        })
    }
}

/// Prints to standard output; a reader that has gone away is no error.
pub fn print_to_end(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints a line to standard output. A reader that has gone away ends nothing: who starts a chain in
/// a script may read its first line and leave.
pub fn say(line: impl std::fmt::Display) {
    let _gone = print_to_end(&format!("{line}\n"));
}

/// The commit of the work tree the program is run in, if it is one.
fn source() -> Option<Source> {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let dirty = !git(&["status", "--porcelain"])?.is_empty();
    Some(Source { commit, dirty })
}
