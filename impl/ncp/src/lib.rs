//! NOTE to whoever works on this branch: the ncp controller (impl/ncp, and the hierarchical PATCH
//! in impl/nsx-client) is being written on the branch `ncp` by somebody else, on top of this
//! branch's impl/shell. Leave this folder alone: commit impl/shell early, finish ccm, then vmop,
//! their binaries (`pub struct Flags` as clap Args, `pub async fn execute(flags: Flags, shutdown:
//! impl Future<Output = ()> + Send + 'static) -> Result<(), Error>` in each library, used by
//! main.rs and by `hopwise run`), and their end-to-end test, and report.
