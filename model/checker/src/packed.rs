//! States as bytes.

use crate::offsets::Offsets;

/// A state with a form in bytes.
///
/// Two states are equal exactly if their bytes are, and a state comes back from its bytes as it
/// was. [`assert_packs`] tests that for given states. Bytes may differ in number; the fewer, the
/// more states fit into memory.
pub trait Packed: Sized {
    /// Appends the form to what is there.
    fn pack(&self, into: &mut Vec<u8>);

    /// The state of which these bytes are the form.
    fn unpack(from: &[u8]) -> Self;
}

/// Panics unless these states come back from their bytes, and only equal ones share theirs.
pub fn assert_packs<S: Packed + PartialEq + std::fmt::Debug>(states: &[S]) {
    let form = |state: &S| {
        let mut bytes = vec![0xA5];
        state.pack(&mut bytes);
        assert_eq!(bytes[0], 0xA5, "packing changes what was there: {state:?}");
        bytes.split_off(1)
    };
    let forms: Vec<_> = states.iter().map(form).collect();
    for (state, bytes) in states.iter().zip(&forms) {
        assert_eq!(&S::unpack(bytes), state, "a state comes back as another");
        for (other, theirs) in states.iter().zip(&forms) {
            assert_eq!(state == other, bytes == theirs, "{state:?} and {other:?}");
        }
    }
}

/// Byte strings side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    bytes: Vec<u8>,
    ends: Offsets,
}

impl Arena {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        &self.bytes[self.ends.range(at)]
    }

    /// Adds what `write` appends, and gives what it says.
    #[inline]
    pub(crate) fn push_with<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let said = write(&mut self.bytes);
        self.ends.push(self.bytes.len());
        said
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.push_with(|all| all.extend_from_slice(bytes));
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The memory that one more string of so many bytes needs at most.
    pub(crate) fn most_bytes(len: usize) -> usize {
        len + Offsets::MOST_BYTES
    }

    /// The memory it needs.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.bytes()
    }
}
