//! `docs/operating.md` says all that an operator can set.

use clap::CommandFactory;
use hopwise::cli::Cli;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/operating.md");

#[test]
fn the_page_has_every_flag_of_every_controller() {
    let cli = Cli::command();
    let run = cli.find_subcommand("run").expect("controllers can be run");
    let hops = run.get_subcommands();
    let flags = hops.flat_map(clap::Command::get_arguments);
    let flags: BTreeSet<_> = flags.filter_map(clap::Arg::get_long).collect();
    assert!(flags.contains("leader-elect"), "{flags:?}");
    for flag in flags.iter().filter(|flag| **flag != "help") {
        assert!(PAGE.contains(&format!("`--{flag}`")), "--{flag}");
    }
}
