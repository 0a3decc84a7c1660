//! A snapshot of an object in one word, so that queues of them are small.

use crate::object::{Address, Downstream, Lifecycle, Ports, Stored, Told, Uid, Upstream, Version};

/// A snapshot with a form in 32 bits whose lowest three are its UID, and so are never all zero.
pub trait Word: Copy {
    /// The form.
    fn word(self) -> u32;

    /// The snapshot with this form.
    fn of(word: u32) -> Self;
}

impl Word for Downstream {
    #[inline]
    fn word(self) -> u32 {
        u32::from(self.uid.number())
            | u32::from(self.stands_for.number()) << 3
            | u32::from(self.lifecycle == Lifecycle::Deleting) << 6
            | (self.ports as u32) << 7
            | told_bits(self.told) << 9
            | u32::from(self.annotated) << 11
    }

    #[inline]
    fn of(word: u32) -> Downstream {
        Downstream {
            uid: uid(word),
            stands_for: uid(word >> 3),
            lifecycle: [Lifecycle::Live, Lifecycle::Deleting][bit(word >> 6)],
            ports: Ports::ALL[(word >> 7 & 3) as usize],
            told: told(word >> 9),
            annotated: bit(word >> 11) == 1,
        }
    }
}

impl Word for Stored {
    #[inline]
    fn word(self) -> u32 {
        self.as_downstream().word()
            | u32::from(self.origin.number()) << 12
            | u32::from(self.held) << 15
            | u32::from(self.balanced) << 16
    }

    #[inline]
    fn of(word: u32) -> Stored {
        let Downstream {
            uid: this,
            stands_for,
            lifecycle,
            ports,
            told,
            annotated,
        } = Downstream::of(word);
        Stored {
            uid: this,
            stands_for,
            origin: uid(word >> 12),
            lifecycle,
            held: bit(word >> 15) == 1,
            ports,
            told,
            balanced: bit(word >> 16) == 1,
            annotated,
        }
    }
}

impl Upstream {
    /// The bit of its word that says that its version is current.
    pub(crate) const CURRENT: u32 = 1 << 17;
}

impl Word for Upstream {
    #[inline]
    fn word(self) -> u32 {
        let Upstream { object, version } = self;
        match version {
            Version::Current => object.word() | Upstream::CURRENT,
            Version::Old => object.word(),
        }
    }

    #[inline]
    fn of(word: u32) -> Upstream {
        let object = Stored::of(word);
        let version = [Version::Old, Version::Current][bit(word >> 17)];
        Upstream { object, version }
    }
}

fn bit(word: u32) -> usize {
    usize::from(word & 1 == 1)
}

fn uid(word: u32) -> Uid {
    Uid::nth(u8::try_from(word & 7).expect("three bits fit into eight"))
}

#[inline]
pub(crate) fn told_bits(told: Told) -> u32 {
    match told {
        Told::Nothing => 0,
        Told::Address(address) => 1 + u32::from(address.index()),
        Told::Exhausted => 3,
    }
}

#[inline]
pub(crate) fn told(word: u32) -> Told {
    match word & 3 {
        0 => Told::Nothing,
        3 => Told::Exhausted,
        number => Told::Address(Address::at(u8::from(number == 2))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every snapshot of incarnations 1 and 7, and of every status.
    fn all_upstreams() -> impl Iterator<Item = Upstream> {
        let end = [Uid::nth(1), Uid::nth(Uid::MOST)];
        (0..3072_u32).map(move |bits| {
            let on = |n: u32| bit(bits >> n);
            let object = Stored {
                uid: end[on(0)],
                stands_for: end[on(1)],
                origin: end[on(2)],
                lifecycle: [Lifecycle::Live, Lifecycle::Deleting][on(3)],
                held: on(4) == 1,
                ports: Ports::ALL[bits as usize / 1024],
                told: told(bits >> 6),
                balanced: on(8) == 1,
                annotated: on(9) == 1,
            };
            Upstream {
                object,
                version: [Version::Old, Version::Current][on(5)],
            }
        })
    }

    #[test]
    fn every_snapshot_reads_back_from_its_word() {
        for upstream in all_upstreams() {
            assert_eq!(Upstream::of(upstream.word()), upstream);
            let downstream = upstream.object.as_downstream();
            assert_eq!(Downstream::of(downstream.word()), downstream);
        }
    }
}
