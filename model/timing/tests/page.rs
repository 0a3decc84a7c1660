//! The page in the repository is the one that the model writes.

use hopwise_timing::{SEED, page};
use std::fs;
use std::path::Path;

#[test]
fn the_page_and_its_plots_are_those_that_the_model_writes() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (path, written) in page(SEED) {
        let kept = fs::read_to_string(docs.join(&path)).unwrap_or_default();
        assert!(
            kept == written,
            "docs/{path} is old: cargo run --release -- latency --page docs"
        );
        assert!(!written.contains("{{"), "docs/{path} has a gap");
    }
}
