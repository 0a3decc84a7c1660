//! The form in bits of everything that a state is made of.

mod forms;
mod lane;
mod user;

use crate::bits::{Bits, Form, Reader, Small, Writer, enum_bits, struct_bits};
use crate::cluster::Cluster;
use crate::laggard::{Laggard, View};
use crate::nsx::Place;
use crate::pass::{Call, Pass};
use crate::request::{Payload, Request};
use crate::state::{Ccm, Late, Ncp, Poll, Rival, Seen, State, Vmop};
use crate::watch::{Queue, Watch};
use crate::word::Word;
use hopwise_checker::Packed;

struct_bits!(Vmop {
    vm_service,
    supervisor_service,
    pass
});
struct_bits!(Late { hop, request });
struct_bits!(Laggard { replica, view });

enum_bits!(View 1 { 0 = Upstream(hop, view), 1 = Downstream(view) });
enum_bits!(Poll 2 { 0 = Idle, 1 = Sent, 2 = Answered(found) });
enum_bits!(Call 2 {
    0 = Reading { upstream },
    1 = Read { upstream, answer },
    2 = Writing(request),
    3 = Written { verb, object },
});
enum_bits!(Payload 4 {
    0 = Nothing,
    1 = Status(told),
    2 = Spec(ports),
    3 = SpecAndAnnotations(ports),
    4 = New { ports, stands_for, origin },
    5 = Whole(object),
    6 = Tags { origin, id },
    7 = Tree { vip, ports, origin, stale },
    8 = Found(ports),
});
enum_bits!(Rival 2 { 0 = Ccm(hop), 1 = Vmop(hop), 2 = Ncp(hop) });

impl Bits for Cluster {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.deleted.put(writer);
        Small(self.lost).put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Cluster {
            deleted: Bits::get(reader),
            lost: Small::get(reader).0,
        }
    }
}

impl Bits for Request {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        (self.verb, self.object).put(writer);
        self.uid.put(writer);
        self.version.put(writer);
        self.payload.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let (verb, object) = Bits::get(reader);
        Request {
            verb,
            object,
            uid: Bits::get(reader),
            version: Bits::get(reader),
            payload: Bits::get(reader),
        }
    }
}

impl Bits for Pass {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        (self.again, self.call.is_some()).put(writer);
        if let Some(call) = &self.call {
            writer.store();
            call.put(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let (again, is_under_way) = Bits::get(reader);
        let call = bool::then(is_under_way, || {
            reader.load();
            Bits::get(reader)
        });
        Pass { call, again }
    }
}

impl Bits for Seen {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        match *self {
            Seen::NotPolled => writer.put(0b00, 2),
            Seen::Absent => writer.put(0b10, 2),
            Seen::There(found) => (true, found).put(writer),
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        if bool::get(reader) {
            Seen::There(Bits::get(reader))
        } else if bool::get(reader) {
            Seen::Absent
        } else {
            Seen::NotPolled
        }
    }
}

impl Bits for Place {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.allocation.put(writer);
        self.load_balancer.put(writer);
        Rare(self.strays).put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Place {
            allocation: Bits::get(reader),
            load_balancer: Bits::get(reader),
            strays: Rare::get(reader).0,
        }
    }
}

/// A value that is seldom another than its default, which is a zero; another stands behind a one.
struct Rare<T>(T);

impl<T: Bits + Default + PartialEq> Bits for Rare<T> {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        if self.0 == T::default() {
            writer.put(0, 1);
        } else {
            self.0.put_behind_one(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Rare(if bool::get(reader) {
            T::get(reader)
        } else {
            T::default()
        })
    }
}

impl Bits for Ccm {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.service.put(writer);
        self.vm_service.put(writer);
        self.poll.put(writer);
        writer.store();
        self.pass.put(writer);
        self.copied.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let (service, vm_service, poll) = (Bits::get(reader), Bits::get(reader), Bits::get(reader));
        reader.load();
        Ccm {
            service,
            vm_service,
            poll,
            pass: Bits::get(reader),
            copied: Bits::get(reader),
        }
    }
}

impl Bits for Ncp {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.supervisor_service.put(writer);
        Rare(self.knows).put(writer);
        self.pass.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Ncp {
            supervisor_service: Bits::get(reader),
            knows: Rare::get(reader).0,
            pass: Bits::get(reader),
        }
    }
}

/// What was seen as its word, which is the form of the object, behind a one; every event too,
/// behind two ones, or one if the object is gone; a zero ends them.
impl<T: Form + Word> Bits for Watch<T> {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        writer.store();
        let (seen, events) = self.words();
        if seen == 0 {
            writer.put(0, 1);
        } else {
            writer.put(1 | seen << 1, T::WIDTH + 1);
        }
        for word in events {
            if word == Queue::<T>::GONE {
                writer.put(0b01, 2);
            } else {
                writer.put(0b11 | word << 2, T::WIDTH + 2);
            }
            writer.store();
        }
        false.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        reader.load();
        let seen = if bool::get(reader) {
            reader.get(T::WIDTH)
        } else {
            0
        };
        let event = |reader: &mut Reader<'_>| {
            let event = match bool::get(reader) {
                true => reader.get(T::WIDTH),
                false => Queue::<T>::GONE,
            };
            reader.load();
            event
        };
        let events = std::iter::from_fn(|| bool::get(reader).then(|| event(reader)));
        Watch::of(seen, events)
    }
}

impl Bits for State {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        let [first, second] = self.pool;
        let faults = (self.is_cut, Small(self.faults));
        ((first, second), (faults, !self.others.is_empty())).put(writer);
        self.first.put(writer);
        for (left, lane) in (0..self.others.len()).rev().zip(&self.others) {
            lane.put(writer);
            (left > 0).put(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let ((first, second), (faults, mut has_more)) = Bits::get(reader);
        let (is_cut, Small(faults)) = faults;
        let mut state = State {
            pool: [first, second],
            is_cut,
            faults,
            first: Bits::get(reader),
            others: Vec::new(),
        };
        while has_more {
            state.others.push(Bits::get(reader));
            has_more = Bits::get(reader);
        }
        state
    }
}

impl Packed for State {
    fn pack(&self, into: &mut Vec<u8>) {
        let start = into.len();
        into.resize(start + Writer::ROOM, 0);
        let room = into[start..].first_chunk_mut();
        let mut writer = Writer::new(room.expect("it was just made"));
        self.put(&mut writer);
        let written = writer.finish();
        into.truncate(start + written);
    }
    fn unpack(from: &[u8]) -> Self {
        const SHORT: usize = 128;
        if from.len() + Reader::BEHIND <= SHORT {
            let mut padded = [0; SHORT];
            padded[..from.len()].copy_from_slice(from);
            State::get(&mut Reader::new(&padded))
        } else {
            let padded = [from, &[0; Reader::BEHIND]].concat();
            State::get(&mut Reader::new(&padded))
        }
    }
}
