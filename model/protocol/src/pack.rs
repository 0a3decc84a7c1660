//! The form in bits of everything that a state is made of.

use crate::bits::{Bits, Reader, SMALL, Writer, enum_bits, name_bits, struct_bits};
use crate::nsx::{Allocation, LoadBalancer, Occupancy, Place, Realization, VirtualServer};
use crate::object::{Address, Downstream, Lifecycle, Ports, Stored, Told, Uid, Upstream, Version};
use crate::pass::{Call, Pass};
use crate::request::{AllocationId, Payload, Request};
use crate::scenarios::Topology;
use crate::state::{
    Ccm, Cluster, Copied, Laggard, Lane, Late, Ncp, Poll, Rival, Seen, State, Store, User, View,
    Vmop,
};
use crate::watch::{Queue, Watch};
use crate::word::Word;
use hopwise_checker::Packed;
use hopwise_vocab::{Hop, Object, Replica, Verb};

impl Bits for Uid {
    fn put(&self, writer: &mut Writer<'_>) {
        writer.put(u32::from(self.number()), SMALL);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        Uid::nth(u8::try_from(reader.get(SMALL)).expect("three bits"))
    }
}

name_bits!(Address [Address::at(0), Address::at(1)]);
name_bits!(Ports [Ports::A, Ports::B, Ports::Both]);
name_bits!(VirtualServer [
    VirtualServer::Absent,
    VirtualServer::Unrealized,
    VirtualServer::Realized,
    VirtualServer::Failed,
]);
name_bits!(Lifecycle [Lifecycle::Live, Lifecycle::Deleting]);
name_bits!(Version [Version::Old, Version::Current]);
name_bits!(Told [
    Told::Nothing,
    Told::Address(Address::at(0)),
    Told::Address(Address::at(1)),
    Told::Exhausted,
]);
name_bits!(Realization [
    Realization::Pending,
    Realization::Failed,
    Realization::Address(Address::at(0)),
    Realization::Address(Address::at(1)),
]);
name_bits!(Occupancy [Occupancy::Free, Occupancy::Held, Occupancy::Quarantined]);
name_bits!(AllocationId [AllocationId::Identity, AllocationId::Fresh]);
name_bits!(Topology [Topology::Hops, Topology::Direct]);
name_bits!(Hop [Hop::Ccm, Hop::Vmop, Hop::Ncp]);
name_bits!(Replica [Replica::First, Replica::Rival]);
name_bits!(Object [
    Object::Service,
    Object::VmService,
    Object::SupervisorService,
    Object::Allocation,
    Object::LoadBalancer,
    Object::Nsx,
]);
name_bits!(Verb [
    Verb::Hold,
    Verb::Create,
    Verb::Update,
    Verb::Publish,
    Verb::Delete,
    Verb::Read,
    Verb::Release,
    Verb::List,
    Verb::Allocate,
    Verb::Withdraw,
    Verb::Program,
    Verb::Unprogram,
]);

struct_bits!(Stored {
    uid,
    stands_for,
    origin,
    lifecycle,
    held,
    ports,
    told,
    balanced,
    annotated
});
struct_bits!(Upstream { object, version });
struct_bits!(Downstream {
    uid,
    stands_for,
    lifecycle,
    ports,
    told,
    annotated
});
struct_bits!(Allocation {
    origin,
    realization
});
struct_bits!(LoadBalancer {
    origin,
    vip,
    servers
});
struct_bits!(Place {
    allocation,
    strays,
    load_balancer
});
struct_bits!(Request {
    verb,
    object,
    uid,
    version,
    payload
});
struct_bits!(Pass { call, again });
struct_bits!(Store { object } small { incarnations });
struct_bits!(Copied { uid, ports });
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
struct_bits!(Ncp {
    supervisor_service,
    knows,
    pass
});
struct_bits!(Late { hop, request });
struct_bits!(Laggard { replica, view });
struct_bits!(Cluster { deleted } small { lost });
enum_bits!(View 1 { 0 = Upstream(hop, view), 1 = Downstream(view) });
struct_bits!(User { asked, annotated } small {
    creates, edits, deletes, retypes, strips, admin_deletes, annotates, clusters
});

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

impl<T: Bits + Word> Bits for Watch<T> {
    fn put(&self, writer: &mut Writer<'_>) {
        self.seen.put(writer);
        self.events.put(writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        Watch {
            seen: Bits::get(reader),
            events: Bits::get(reader),
        }
    }
}

/// Every event behind a one; a zero ends them.
impl<T: Bits + Word> Bits for Queue<T> {
    fn put(&self, writer: &mut Writer<'_>) {
        for event in self.iter() {
            true.put(writer);
            event.put(writer);
        }
        false.put(writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        let mut queue = Queue::new();
        while bool::get(reader) {
            queue.push(Bits::get(reader));
        }
        queue
    }
}

impl Bits for Lane {
    fn put(&self, writer: &mut Writer<'_>) {
        self.service.put(writer);
        self.vm_service.put(writer);
        self.supervisor_service.put(writer);
        self.places.put(writer);
        self.ccm.put(writer);
        self.vmop.put(writer);
        self.ncp.put(writer);
        self.rival.put(writer);
        self.late.put(writer);
        self.laggard.put(writer);
        self.cluster.put(writer);
        self.user.put(writer);
        self.topology.put(writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        Lane {
            service: Bits::get(reader),
            vm_service: Bits::get(reader),
            supervisor_service: Bits::get(reader),
            places: Bits::get(reader),
            ccm: Bits::get(reader),
            vmop: Bits::get(reader),
            ncp: Bits::get(reader),
            rival: Bits::get(reader),
            late: Bits::get(reader),
            laggard: Bits::get(reader),
            cluster: Bits::get(reader),
            user: Bits::get(reader),
            topology: Bits::get(reader),
        }
    }
}

impl Bits for State {
    fn put(&self, writer: &mut Writer<'_>) {
        self.pool.put(writer);
        self.is_cut.put(writer);
        writer.put(u32::from(self.faults), SMALL);
        self.first.put(writer);
        for lane in &self.others {
            true.put(writer);
            lane.put(writer);
        }
        false.put(writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        let mut state = State {
            pool: Bits::get(reader),
            is_cut: Bits::get(reader),
            faults: u8::try_from(reader.get(SMALL)).expect("three bits"),
            first: Bits::get(reader),
            others: Vec::new(),
        };
        while bool::get(reader) {
            state.others.push(Bits::get(reader));
        }
        state
    }
}

impl<T: Bits> Bits for Box<T> {
    fn put(&self, writer: &mut Writer<'_>) {
        T::put(self, writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        Box::new(T::get(reader))
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
