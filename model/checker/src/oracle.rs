//! Compares liveness verdicts with the definition, on thousands of random small graphs, and shows
//! that the comparison notices every rule that is broken.

mod agreement;
mod definition;
mod mistakes;
#[path = "../tests/checker/small.rs"]
#[expect(dead_code, reason = "the tests of the public interface use the rest")]
mod small;
