//! The kept traces, part of the program: `traces/` in this crate.

use hopwise_vocab::Trace;

/// The texts, in the order of their names.
const TEXTS: &[&str] = &[
    include_str!("../traces/at-most-one-allocation-without-allocation-by-identity.ndjson"),
    include_str!("../traces/clusters.ndjson"),
    include_str!("../traces/create.ndjson"),
    include_str!("../traces/created-published-without-surface-exhaustion.ndjson"),
    include_str!("../traces/delete-during-create.ndjson"),
    include_str!("../traces/delete.ndjson"),
    include_str!("../traces/deleted-gone-without-sweep-orphans.ndjson"),
    include_str!("../traces/edit.ndjson"),
    include_str!("../traces/edited-realized-without-regular-poll-and-fresh-intent.ndjson"),
    include_str!("../traces/edited-realized-without-regular-poll.ndjson"),
    include_str!("../traces/foreign-untouched-without-own-keys-only.ndjson"),
    include_str!("../traces/freed-served-without-wake-on-release.ndjson"),
    include_str!("../traces/hop-order-without-finalizer-before-create.ndjson"),
    include_str!("../traces/hop-order-without-hold-until-gone.ndjson"),
    include_str!("../traces/hop-order-without-load-before-allocate.ndjson"),
    include_str!("../traces/intent-kept-without-guarded-writes.ndjson"),
    include_str!("../traces/ip-exclusive-without-release-ip-last.ndjson"),
    include_str!("../traces/no-foreign-delete-without-delete-by-uid.ndjson"),
    include_str!("../traces/nsx-admin.ndjson"),
    include_str!("../traces/orphan-swept-without-sweep-orphans.ndjson"),
    include_str!("../traces/pool-conserved-without-allocation-by-identity.ndjson"),
    include_str!("../traces/recreate.ndjson"),
    include_str!("../traces/rests-without-fresh-intent.ndjson"),
    include_str!("../traces/rival-ccm.ndjson"),
    include_str!("../traces/rival-ncp.ndjson"),
    include_str!("../traces/rival-vmop.ndjson"),
    include_str!("../traces/settles-without-regular-poll-and-fresh-intent.ndjson"),
    include_str!("../traces/settles-without-sweep-orphans.ndjson"),
    include_str!("../traces/settles-without-wake-on-release.ndjson"),
    include_str!("../traces/share.ndjson"),
    include_str!("../traces/status-true-without-identity-by-uid.ndjson"),
    include_str!("../traces/vip-allocated-without-release-ip-last.ndjson"),
    include_str!("../traces/wait.ndjson"),
    include_str!(
        "../traces/wrong-corrected-without-clear-before-release-and-surface-exhaustion.ndjson"
    ),
    include_str!("../traces/wrong-corrected-without-regular-poll.ndjson"),
];

/// Every kept trace.
pub fn committed() -> Vec<Trace> {
    let read = |text: &&str| Trace::parse(text).expect("a kept trace reads back, as a test says");
    TEXTS.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_part_of_the_program() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/traces");
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let mut texts: Vec<_> = files
            .filter(|path| path.is_file())
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let mut kept: Vec<_> = committed().iter().map(Trace::to_text).collect();
        texts.sort();
        kept.sort();
        assert_eq!(kept, texts);
    }
}
