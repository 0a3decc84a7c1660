//! The form in bits of everything that a state is made of.

mod forms;

use crate::bits::{Bits, Form, Reader, Small, Writer, enum_bits, struct_bits};
use crate::cluster::Cluster;
use crate::laggard::{Laggard, View};
use crate::nsx::Place;
use crate::object::Uid;
use crate::pass::{Call, Pass};
use crate::request::{Payload, Request};
use crate::state::{Ccm, Lane, Late, Ncp, Poll, Rival, Seen, State, Store, User, Vmop};
use crate::watch::{Queue, Watch};
use crate::word::Word;
use hopwise_checker::Packed;

struct_bits!(Request {
    verb,
    object,
    uid,
    version,
    payload
});
struct_bits!(Pass { call, again });
struct_bits!(Ccm {
    service,
    vm_service,
    poll,
    pass,
    copied
});
struct_bits!(Vmop {
    vm_service,
    supervisor_service,
    pass
});
struct_bits!(Late { hop, request });
struct_bits!(Laggard { replica, view });

enum_bits!(View 1 { 0 = Upstream(hop, view), 1 = Downstream(view) });
enum_bits!(Seen 2 { 0 = NotPolled, 1 = Absent, 2 = There(found) });
enum_bits!(Poll 2 { 0 = Idle, 1 = Sent, 2 = Answered(found) });
enum_bits!(Call 2 {
    0 = Reading { upstream },
    1 = Read { upstream, answer },
    2 = Writing(request),
    3 = Written { verb, object },
});
enum_bits!(Payload 3 {
    0 = Nothing,
    1 = Status(told),
    2 = Spec(ports),
    3 = SpecAndAnnotations(ports),
    4 = New { ports, stands_for, origin },
    5 = Whole(object),
    6 = Tags { origin, id },
    7 = Tree { vip, ports, origin },
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

impl Bits for Store {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.object.put(writer);
        Small(self.incarnations).put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Store {
            object: Bits::get(reader),
            incarnations: Small::get(reader).0,
        }
    }
}

/// Most places are empty.
impl Bits for Place {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        let Place {
            allocation,
            strays,
            load_balancer,
        } = self;
        let is_used = *self != Place::default();
        is_used.put(writer);
        if is_used {
            allocation.put(writer);
            load_balancer.put(writer);
            Rare(*strays).put(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        if !bool::get(reader) {
            return Place::default();
        }
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

/// What only few scenarios let a user do.
#[derive(Clone, Copy, Default, PartialEq)]
struct Seldom {
    retypes: u8,
    strips: u8,
    admin_deletes: u8,
    annotates: u8,
    clusters: u8,
    annotated: Option<Uid>,
}

impl Bits for Seldom {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        let budgets = [
            self.retypes,
            self.strips,
            self.admin_deletes,
            self.annotates,
            self.clusters,
        ];
        budgets.map(Small).put(writer);
        self.annotated.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let budgets: [Small; 5] = Bits::get(reader);
        let [retypes, strips, admin_deletes, annotates, clusters] = budgets.map(|budget| budget.0);
        Seldom {
            retypes,
            strips,
            admin_deletes,
            annotates,
            clusters,
            annotated: Bits::get(reader),
        }
    }
}

impl Bits for User {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        let User {
            creates,
            edits,
            deletes,
            retypes,
            strips,
            admin_deletes,
            annotates,
            clusters,
            asked,
            annotated,
        } = *self;
        [creates, edits, deletes].map(Small).put(writer);
        asked.put(writer);
        Rare(Seldom {
            retypes,
            strips,
            admin_deletes,
            annotates,
            clusters,
            annotated,
        })
        .put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let budgets: [Small; 3] = Bits::get(reader);
        let [creates, edits, deletes] = budgets.map(|budget| budget.0);
        let asked = Bits::get(reader);
        let Rare(Seldom {
            retypes,
            strips,
            admin_deletes,
            annotates,
            clusters,
            annotated,
        }) = Bits::get(reader);
        User {
            creates,
            edits,
            deletes,
            retypes,
            strips,
            admin_deletes,
            annotates,
            clusters,
            asked,
            annotated,
        }
    }
}

impl<T: Form + Word> Bits for Watch<T> {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.seen.put(writer);
        self.events.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Watch {
            seen: Bits::get(reader),
            events: Bits::get(reader),
        }
    }
}

/// Every event behind a one; a zero ends them.
impl<T: Form + Word> Bits for Queue<T> {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        for event in self.iter() {
            match event {
                Some(object) => writer.put(0b11 | object.form() << 2, T::WIDTH + 2),
                None => writer.put(0b01, 2),
            }
        }
        false.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let mut queue = Queue::new();
        while bool::get(reader) {
            queue.push(Bits::get(reader));
        }
        queue
    }
}

impl Bits for Lane {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.service.put(writer);
        self.vm_service.put(writer);
        self.supervisor_service.put(writer);
        self.places.put(writer);
        self.ccm.put(writer);
        self.vmop.put(writer);
        self.ncp.put(writer);
        match &self.rival {
            Some(rival) => rival.put_behind_one(writer),
            None => false.put(writer),
        }
        self.late.put(writer);
        self.laggard.put(writer);
        Rare(self.cluster).put(writer);
        self.user.put(writer);
        self.topology.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        Lane {
            service: Bits::get(reader),
            vm_service: Bits::get(reader),
            supervisor_service: Bits::get(reader),
            places: Bits::get(reader),
            ccm: Bits::get(reader),
            vmop: Bits::get(reader),
            ncp: Bits::get(reader),
            rival: bool::get(reader).then(|| Box::new(Rival::get(reader))),
            late: Bits::get(reader),
            laggard: Bits::get(reader),
            cluster: Rare::get(reader).0,
            user: Bits::get(reader),
            topology: Bits::get(reader),
        }
    }
}

impl Bits for State {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.pool.put(writer);
        self.is_cut.put(writer);
        Small(self.faults).put(writer);
        self.first.put(writer);
        for lane in &self.others {
            true.put(writer);
            lane.put(writer);
        }
        false.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let mut state = State {
            pool: Bits::get(reader),
            is_cut: Bits::get(reader),
            faults: Small::get(reader).0,
            first: Bits::get(reader),
            others: Vec::new(),
        };
        while bool::get(reader) {
            state.others.push(Bits::get(reader));
        }
        state
    }
}

impl Packed for State {
    fn pack(&self, into: &mut Vec<u8>) {
        let mut writer = Writer::new(into);
        self.put(&mut writer);
        writer.finish();
    }
    fn unpack(from: &[u8]) -> Self {
        State::get(&mut Reader::new(from))
    }
}
