//! The answer of a live read, and the proof of absence that only it can give.

/// What a read at the server found. Made from a GET's answer, never from a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live<T>(Option<T>);

/// A live read found nothing that stands for the upstream object.
///
/// What was seen of a downstream object may be old, so it never releases a finalizer. This does,
/// and only a [`Live`] answer can make it:
///
/// ```compile_fail
/// let proof = hopwise_core::ProvenAbsent(());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenAbsent(());

impl<T> Live<T> {
    /// The answer of a read that was performed in this pass.
    ///
    /// # Assumes
    /// `found` is what the server answered, and `None` only if it said that there is nothing.
    pub fn answered(found: Option<T>) -> Self {
        Live(found)
    }

    /// What was found.
    pub fn found(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The same answer, without a finding that is of no concern.
    pub(crate) fn concerning(&self, is_concern: impl Fn(&T) -> bool) -> Live<&T> {
        Live(self.0.as_ref().filter(|found| is_concern(found)))
    }

    /// What was found, or the proof that there is nothing. The only maker of that proof.
    pub(crate) fn or_absent(self) -> Result<T, ProvenAbsent> {
        self.0.ok_or(ProvenAbsent(()))
    }
}
