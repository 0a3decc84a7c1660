//! Plays sequences on the embedded server and on the kube-apiserver that `KUBECONFIG` names, and
//! prints where they differ. `tests/real-cluster/run ledger` starts one.
//!
//! `ledger SEQUENCES SEED [FILE]`: with a file, a corpus of what was said is written there.

use hopwise_fidelity::allowed::ALLOWED;
use hopwise_fidelity::clause::CLAUSES;
use hopwise_fidelity::corpus;
use hopwise_fidelity::ledger::{Ledger, Plan, run};
use hopwise_fidelity::real::Real;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (sequences, seed, file) = match words.as_slice() {
        [sequences, seed] => (sequences.parse()?, seed.parse()?, None),
        [sequences, seed, file] => (sequences.parse()?, seed.parse()?, Some(file)),
        _ => return Err("usage: ledger SEQUENCES SEED [FILE]".into()),
    };
    let kubeconfig = Kubeconfig::read()?;
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    let real = Real::prepare(kube::Client::try_from(config)?).await?;
    let version = real.version().await?;
    let name = format!("ledger-{}", std::process::id());
    let plan = Plan {
        sequences,
        seed,
        name: &name,
        keep: file.is_some(),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the time is for people, and nothing follows from it"
    )]
    let now = Instant::now;
    let began = now();
    let ledger = run(plan, &real).await;
    let seconds = (now() - began).as_secs_f64();
    print_found(&ledger);
    for row in ALLOWED
        .iter()
        .filter(|it| !ledger.allowed.contains_key(it.id))
    {
        println!("the allowed difference {} did not occur", row.id);
    }
    for clause in CLAUSES
        .iter()
        .filter(|it| !ledger.clauses.contains_key(it.id))
    {
        println!("the clause {} did not occur", clause.id);
    }
    if let Some(file) = file {
        let chosen = corpus::choose(&ledger.recorded);
        std::fs::write(file, corpus::write(&chosen))?;
        println!("{} sequences are written to {file}", chosen.len());
    }
    println!(
        "kube-apiserver {version}: {sequences} sequences of seed {seed}, {} steps, in {seconds:.0} s; \
         {} sequences with a difference that nothing explains; {} of {} clauses",
        ledger.steps,
        ledger.differing,
        ledger.clauses.len(),
        CLAUSES.len()
    );
    Ok(ExitCode::from(u8::from(ledger.differing > 0)))
}

fn print_found(ledger: &Ledger) {
    for found in &ledger.found {
        println!(
            "sequence {} differs, or a smaller one like it:",
            found.number
        );
        for step in &found.steps {
            println!("  {}", serde_json::to_string(step).unwrap_or_default());
        }
        for it in &found.differences {
            println!("  step {} {}", it.step, it.path);
            println!("    embedded:       {}", it.embedded);
            println!("    kube-apiserver: {}", it.real);
        }
    }
}
