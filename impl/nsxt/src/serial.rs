//! Names nobody chose: unique ids, session ids, tokens; the same ones for the same seed.

/// A seeded sequence of identifiers (the splitmix64 generator).
#[derive(Debug, Clone)]
pub(crate) struct Serial {
    state: u64,
}

impl Serial {
    pub(crate) fn new(seed: u64) -> Serial {
        Serial { state: seed }
    }

    /// Where it stands: a sequence from here names what this one would name next.
    pub(crate) fn position(&self) -> u64 {
        self.state
    }

    /// A random-looking UUID, version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    /// 32 upper-case hexadecimal digits.
    pub(crate) fn session(&mut self) -> String {
        format!("{:016X}{:016X}", self.next(), self.next())
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_the_same_ids_again_and_never_one_twice() {
        let sequence = |seed| {
            let mut serial = Serial::new(seed);
            (0..1000).map(|_| serial.uuid()).collect::<Vec<_>>()
        };
        assert_eq!(sequence(1), sequence(1));
        let distinct: std::collections::BTreeSet<_> = sequence(1).into_iter().collect();
        assert_eq!(distinct.len(), 1000);
    }

    #[test]
    fn an_id_has_the_form_of_a_version_4_uuid() {
        let id = Serial::new(7).uuid();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"));
    }
}
