//! What is printed for shells, readers of manuals and other programs.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// `hopwise schema`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise schema run > run.schema.json
  hopwise schema trace

docs/schema has them all.")]
pub struct Schema {
    /// Of what.
    #[arg(value_enum)]
    pub of: Schemas,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schemas {
    /// `run.json`, and what `--format json` prints of a run.
    Run,
    /// A line of a trace.
    Trace,
    /// What `hopwise diff --format json` prints.
    Diff,
}

/// `hopwise completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise completions bash > ~/.local/share/bash-completion/completions/hopwise
  hopwise completions zsh > \"${fpath[1]}/_hopwise\"
  hopwise completions fish > ~/.config/fish/completions/hopwise.fish")]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `hopwise man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise man | man -l -
  hopwise man check > hopwise-check.1
  hopwise man run ncp > hopwise-run-ncp.1")]
pub struct Man {
    /// The command; the program as a whole if none is named.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}
