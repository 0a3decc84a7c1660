//! Exit codes. They are an interface: scripts and CI jobs branch on them.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// How a run of the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Decided, and good.
    Good = 0,
    /// Something broke: a property, a comparison, a step of the story, or a server was not there.
    Broken = 1,
    /// The command line, or a file or name on it, cannot be used.
    Usage = 2,
    /// The search, or the run, was cut; nothing broke so far.
    NotDecided = 3,
    /// There was nothing to judge.
    NothingToJudge = 4,
    /// A tool that the command drives, such as kubectl, is not on this machine.
    ToolMissing = 5,
    /// A bug in this program.
    Bug = 70,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error that knows how the program ends with it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, where, and what to do.
    pub error: anyhow::Error,
}

impl Failure {
    /// The command line, or a file or name on it, cannot be used.
    pub fn usage(error: impl Into<anyhow::Error>) -> Failure {
        Failure {
            exit: Exit::Usage,
            error: error.into(),
        }
    }

    /// A tool is missing.
    pub fn tool_missing(error: impl Into<anyhow::Error>) -> Failure {
        Failure {
            exit: Exit::ToolMissing,
            error: error.into(),
        }
    }

    /// Something could not be started. Where it was to listen, and what it was to go on with, was
    /// said on the command line.
    pub fn starting(error: anyhow::Error) -> Failure {
        let is_of_a_flag = |it: &(dyn Error + 'static)| {
            it.is::<hopwise_serve::Error>() || it.is::<hopwise_nsxt::Error>()
        };
        match error.chain().any(is_of_a_flag) {
            true => Failure::usage(error),
            false => error.into(),
        }
    }
}

impl fmt::Display for Failure {
    /// The error with its causes. Some errors say their cause themselves; what was said is not said
    /// again.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            if !said.contains(&cause) {
                let colon = if said.is_empty() { "" } else { ": " };
                said += &format!("{colon}{cause}");
            }
        }
        to.write_str(&said)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure {
            exit: Exit::Broken,
            error: error.into(),
        }
    }
}

/// What a command returns.
pub type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn what_an_error_says_of_its_cause_is_not_said_again() {
        let error = anyhow!("no such file")
            .context("read x: no such file")
            .context("open it");
        let told = Failure::from(error).to_string();
        assert_eq!(told, "open it: read x: no such file");
    }
}
