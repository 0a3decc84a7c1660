//! The program: checks the model, compares the controllers with it, and runs the whole chain.

use clap::Parser;
use hopwise::cli::{Cli, Command};
use hopwise::commands;
use hopwise::context::Context;
use hopwise::exit::{Exit, Outcome};
use hopwise::up::bound::become_bound;
use hopwise_shell::logging::{self, Format};
use mimalloc::MiMalloc;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A third of the time of a replay, and of a search of controllers and model together, is
/// allocation; with this allocator both take a quarter less of it than with glibc's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if let Err(error) = become_bound() {
        eprintln!("error: {error:#}");
        return Exit::Broken.into();
    }
    let command = Cli::parse().command;
    if let Err(reason) = start_logging(&command) {
        eprintln!("error: {reason}");
        return Exit::Usage.into();
    }
    std::panic::set_hook(Box::new(|panic| {
        let words: Vec<String> = std::env::args().collect();
        eprintln!(
            "this is a bug in hopwise: {panic}\nto repeat it: {}",
            words.join(" ")
        );
        std::process::exit(Exit::Bug as i32);
    }));
    let runtime =
        tokio::runtime::Runtime::new().expect("the system has threads and an event queue");
    let stop = Arc::new(AtomicBool::new(false));
    if !matches!(
        command,
        Command::Up(_) | Command::Run(_) | Command::Serve(_) | Command::Explore(_)
    ) {
        runtime.spawn(stop_on_interrupt(stop.clone()));
    }
    match execute(command, &Context::new(stop), &runtime) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit.into()
        }
    }
}

/// A controller says how it is to log; everything else is quiet unless `RUST_LOG` says otherwise.
/// Where faults are made on purpose, what controllers warn of is meant to happen.
fn start_logging(command: &Command) -> Result<(), String> {
    if let Command::Run(controller) = command {
        return controller.common().log();
    }
    let is_live = matches!(command, Command::Up(_) | Command::Serve(_));
    let usual = if is_live { "warn" } else { "off" };
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| usual.into());
    logging::start(&filter, Format::Text)
}

fn execute(command: Command, context: &Context, runtime: &tokio::runtime::Runtime) -> Outcome {
    match command {
        Command::Review(flags) => commands::review::review(&flags, context),
        Command::Check(flags) => commands::check::check(&flags, context),
        Command::Ablate(flags) => commands::ablate::ablate(&flags, context),
        Command::Bench(flags) => commands::bench::bench(&flags, context),
        Command::Simulate(flags) => commands::simulate::simulate(&flags),
        Command::Latency(flags) => commands::latency::latency(&flags, context),
        Command::Trace(flags) => commands::trace::trace(&flags),
        Command::Explain(flags) => commands::explain::explain(&flags, runtime),
        Command::Explore(flags) => runtime.block_on(commands::explore::explore(&flags)),
        Command::Replay(flags) => commands::replay::replay(&flags, context),
        Command::Product(flags) => commands::product::product(&flags, context),
        Command::Cover(flags) => commands::cover::cover(&flags, context),
        Command::Mutants(flags) => commands::mutants::mutants(&flags, context),
        Command::Storm(flags) => runtime.block_on(commands::storm::storm(&flags, context)),
        Command::Chaos(flags) => commands::chaos::chaos(&flags, context),
        Command::Diff(flags) => commands::diff::diff(&flags),
        Command::Report(flags) => commands::report::report(&flags),
        Command::Accept(flags) => commands::accept::accept(&flags, context),
        Command::List(flags) => commands::list::list(&flags),
        Command::Crd => commands::list::crd(),
        Command::Schema(flags) => commands::printed::schema(&flags),
        Command::Completions(flags) => commands::printed::completions(&flags),
        Command::Man(flags) => commands::printed::man(&flags),
        Command::Manifests(flags) => commands::manifests::manifests(&flags),
        Command::Up(flags) => runtime.block_on(commands::up::up(&flags, context)),
        Command::Run(controller) => runtime.block_on(commands::run::run(*controller)),
        Command::Serve(server) => runtime.block_on(commands::serve::serve(&server)),
    }
}

/// The first interrupt ends the search at the next state, the second the program at once. To be
/// asked to terminate, as by a CI job that is cancelled, is the same.
async fn stop_on_interrupt(stop: Arc<AtomicBool>) {
    while next_interrupt().await.is_ok() {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
        // On a terminal the line of the progress is there, and the interrupt's own echo.
        eprintln!("\nstopping; once more to stop at once");
    }
}

#[cfg(unix)]
async fn next_interrupt() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn next_interrupt() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
