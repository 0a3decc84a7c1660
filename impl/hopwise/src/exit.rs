//! Exit codes. They are an interface: scripts and CI jobs branch on them.

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
