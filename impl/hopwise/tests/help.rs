//! The help of every command is a text that people read: a change of it is seen in a review.

use clap::{Command, CommandFactory};
use hopwise::cli::Cli;

/// Every command that does something, with the words that lead to it.
fn commands(words: &str, command: &Command, found: &mut Vec<(String, Command)>) {
    found.push((words.into(), command.clone()));
    let inner = command
        .get_subcommands()
        .filter(|it| it.get_name() != "help");
    inner.for_each(|it| commands(&format!("{words} {}", it.get_name()), it, found));
}

fn help(words: &str, command: &Command) -> String {
    // The name in the usage line is that of the whole command, as on the terminal.
    let named = command.clone().bin_name(words.to_owned());
    // What the variables hold here is no part of the text.
    named
        .mut_args(|argument| argument.hide_env_values(true))
        .disable_version_flag(true)
        .render_long_help()
        .to_string()
}

#[test]
fn every_help_is_as_reviewed() {
    let mut all = Vec::new();
    commands("hopwise", &Cli::command(), &mut all);
    for (words, command) in all {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        let name = format!("help-{}", words.replace(' ', "-"));
        settings.bind(|| insta::assert_snapshot!(name, help(&words, &command)));
    }
}

#[test]
fn every_question_has_examples_in_its_help() {
    for question in [
        "review", "check", "ablate", "bench", "simulate", "latency", "trace", "explain", "explore",
        "replay", "product", "cover", "mutants", "chaos", "storm", "accept", "list", "report",
        "diff",
    ] {
        let cli = Cli::command();
        let command = cli
            .find_subcommand(question)
            .expect("there is such a command");
        assert!(help(question, command).contains("Examples:"), "{question}");
    }
}
