//! Sixteen bits for a snapshot, so that a queue of them is small and quick to hash.

use crate::object::{Address, Downstream, Lifecycle, Ports, Stored, Uid, Upstream, Version};
use std::hash::{Hash, Hasher};

/// A snapshot with a form in 16 bits whose lowest three are its UID, and so are never all zero.
pub trait Pack: Copy {
    /// The form.
    fn pack(self) -> u16;

    /// The snapshot with this form.
    fn unpack(word: u16) -> Self;
}

impl Pack for Upstream {
    fn pack(self) -> u16 {
        let Upstream { object, version } = self;
        u16::from(object.uid.number())
            | u16::from(version == Version::Current) << 3
            | u16::from(object.lifecycle == Lifecycle::Deleting) << 4
            | u16::from(object.held) << 5
            | u16::from(object.ports == Ports::B) << 6
            | address_bits(object.ip) << 7
            | u16::from(object.stands_for.number()) << 9
            | u16::from(object.origin.number()) << 12
    }

    fn unpack(word: u16) -> Upstream {
        let object = Stored {
            uid: uid(word),
            lifecycle: lifecycle(word >> 4),
            held: is_set(word >> 5),
            ports: ports(word >> 6),
            ip: address(word >> 7),
            stands_for: uid(word >> 9),
            origin: uid(word >> 12),
        };
        let version = if is_set(word >> 3) {
            Version::Current
        } else {
            Version::Old
        };
        Upstream { object, version }
    }
}

impl Pack for Downstream {
    fn pack(self) -> u16 {
        u16::from(self.uid.number())
            | u16::from(self.stands_for.number()) << 3
            | u16::from(self.lifecycle == Lifecycle::Deleting) << 6
            | u16::from(self.ports == Ports::B) << 7
            | address_bits(self.ip) << 8
    }

    fn unpack(word: u16) -> Downstream {
        Downstream {
            uid: uid(word),
            stands_for: uid(word >> 3),
            lifecycle: lifecycle(word >> 6),
            ports: ports(word >> 7),
            ip: address(word >> 8),
        }
    }
}

/// Hashes as one word; equal snapshots have equal words.
impl Hash for Upstream {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u16(self.pack());
    }
}

/// Hashes as one word, like what a hop sees of it.
impl Hash for Stored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_upstream().hash(state);
    }
}

/// Hashes as one word; equal snapshots have equal words.
impl Hash for Downstream {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u16(self.pack());
    }
}

fn is_set(word: u16) -> bool {
    word & 1 == 1
}

fn lifecycle(word: u16) -> Lifecycle {
    if is_set(word) {
        Lifecycle::Deleting
    } else {
        Lifecycle::Live
    }
}

fn ports(word: u16) -> Ports {
    if is_set(word) { Ports::B } else { Ports::A }
}

fn uid(word: u16) -> Uid {
    Uid::nth(u8::try_from(word & 7).expect("three bits fit into eight"))
}

fn address_bits(address: Option<Address>) -> u16 {
    address.map_or(0, |address| u16::from(address.index()) + 1)
}

fn address(word: u16) -> Option<Address> {
    let number = u8::try_from(word & 3).expect("two bits fit into eight");
    number.checked_sub(1).map(Address::at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every snapshot of incarnations 1 and 7 and of no or the last address.
    fn all_upstreams() -> impl Iterator<Item = Upstream> {
        let end = [Uid::nth(1), Uid::nth(Uid::MOST)];
        (0..256_u16).map(move |bits| {
            let bit = |n: u16| usize::from(bits >> n & 1);
            let object = Stored {
                uid: end[bit(0)],
                stands_for: end[bit(1)],
                origin: end[bit(2)],
                lifecycle: [Lifecycle::Live, Lifecycle::Deleting][bit(3)],
                held: bit(4) == 1,
                ports: Ports::ALL[bit(5)],
                ip: [None, Some(Address::at(Address::MOST - 1))][bit(6)],
            };
            Upstream {
                object,
                version: [Version::Old, Version::Current][bit(7)],
            }
        })
    }

    #[test]
    fn every_snapshot_unpacks_to_itself() {
        for upstream in all_upstreams() {
            assert_eq!(Upstream::unpack(upstream.pack()), upstream);
            let downstream = upstream.object.as_downstream();
            assert_eq!(Downstream::unpack(downstream.pack()), downstream);
        }
    }
}
