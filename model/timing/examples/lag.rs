//! Writes `docs/latency.md` and `docs/review/lag/*.svg`, and prints the tables:
//! `cargo run --release -p hopwise-timing --example lag -- [--seed N]`.

use hopwise_timing::{SEED, answers, live, page};
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seed = match arguments[..] {
        [] => SEED,
        ["--seed", number] => number.parse()?,
        _ => return Err("usage: lag [--seed N]".into()),
    };
    for answer in answers(seed) {
        println!("### {}\n\n{}", answer.question, answer.table);
    }
    println!("### Measured and simulated\n\n{}", live(seed));

    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::create_dir_all(docs.join("review/lag"))?;
    for (path, content) in page(seed) {
        fs::write(docs.join(path), content)?;
    }
    Ok(())
}
