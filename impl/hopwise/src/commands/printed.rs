//! `hopwise schema`, `hopwise completions` and `hopwise man`.

use crate::cli::{Cli, Completions, Man, Schema};
use crate::context::print_to_end;
use crate::exit::{Exit, Failure, Outcome};
use crate::nearest::did_you_mean;
use crate::schema;
use anyhow::Context as _;
use clap::{Command, CommandFactory};

/// Prints a JSON Schema.
///
/// # Errors
/// When it cannot be printed.
pub fn schema(flags: &Schema) -> Outcome {
    print_to_end(&schema::text(flags.of))?;
    Ok(Exit::Good)
}

/// Prints the completions of a shell.
///
/// # Errors
/// When they cannot be printed.
pub fn completions(flags: &Completions) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(flags.shell, &mut Cli::command(), "hopwise", &mut text);
    print_to_end(&String::from_utf8(text).context("completions are UTF-8")?)?;
    Ok(Exit::Good)
}

/// Prints a page of the manual.
///
/// # Errors
/// Names a command that there is not.
pub fn man(flags: &Man) -> Outcome {
    let mut command = Cli::command();
    command.build();
    for name in &flags.command {
        command = inner(&command, name)?;
    }
    // What the variables hold here is no part of the page.
    let command = command.mut_args(|it| it.hide_env_values(true));
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .context("write the page")?;
    let page = String::from_utf8(page).context("the page is UTF-8")?;
    print_to_end(&with_lines_kept(&page))?;
    Ok(Exit::Good)
}

/// The page with what stands behind a help under its own name, and with its lines as they are.
fn with_lines_kept(page: &str) -> String {
    let Some((before, rest)) = page.split_once("\n.SH EXTRA\n") else {
        return page.into();
    };
    let (text, after) = match rest.find("\n.SH ") {
        Some(at) => rest.split_at(at),
        None => (rest.trim_end(), "\n"),
    };
    let (name, text) = match text.strip_prefix("Examples:\n") {
        Some(examples) => ("EXAMPLES", examples),
        None => ("NOTES", text),
    };
    format!("{before}\n.SH {name}\n.nf\n{text}\n.fi{after}")
}

fn inner(command: &Command, name: &str) -> Result<Command, Failure> {
    if let Some(found) = command.find_subcommand(name) {
        return Ok(found.clone());
    }
    let known = command.get_subcommands().map(Command::get_name);
    let of = command.get_bin_name().unwrap_or("hopwise");
    Err(Failure::usage(anyhow::anyhow!(
        "{of} has no command {name:?}{}",
        did_you_mean(name, known)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_have_their_name_and_keep_their_lines() {
        let page = ".TH x\n.SH EXTRA\nExamples:\n  x one\n  x two\n.SH VERSION\nv1\n";
        let kept = ".TH x\n.SH EXAMPLES\n.nf\n  x one\n  x two\n.fi\n.SH VERSION\nv1\n";
        assert_eq!(with_lines_kept(page), kept);
        let last = ".TH x\n.SH EXTRA\nSee the page.\n";
        let kept = ".TH x\n.SH NOTES\n.nf\nSee the page.\n.fi\n";
        assert_eq!(with_lines_kept(last), kept);
        assert_eq!(with_lines_kept(".TH x\n"), ".TH x\n");
    }
}
