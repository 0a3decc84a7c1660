//! The examples run, and what they assert is true.

#[path = "../../examples/mutex.rs"]
mod mutex;
#[path = "../../examples/retry.rs"]
mod retry;

#[test]
fn a_lock_for_passers_by_starves_and_petersons_does_not() {
    mutex::main();
}

#[test]
fn a_lost_request_is_answered_only_if_it_is_sent_again() {
    retry::main();
}
