//! The forms that have always the same number of bits.

use crate::bits::{Form, Small, name_form, struct_form};
use crate::nsx::{Allocation, LoadBalancer, Occupancy, Realization, VirtualServer};
use crate::object::{Address, Downstream, Lifecycle, Ports, Stored, Told, Uid, Upstream, Version};
use crate::request::AllocationId;
use crate::scenarios::Topology;
use crate::state::Copied;
use crate::word::{Word, told, told_bits};
use hopwise_vocab::{Hop, Object, Replica, Verb};

impl Form for Uid {
    const WIDTH: u32 = Small::WIDTH;
    #[inline(always)]
    fn form(self) -> u32 {
        u32::from(self.number())
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Uid::nth(Small::of(form).0)
    }
}

impl Form for Address {
    const WIDTH: u32 = 1;
    #[inline(always)]
    fn form(self) -> u32 {
        u32::from(self.index())
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Address::at(u8::from(form == 1))
    }
}

impl Form for Realization {
    const WIDTH: u32 = 2;
    #[inline(always)]
    fn form(self) -> u32 {
        match self {
            Realization::Pending => 0,
            Realization::Failed => 1,
            Realization::Address(address) => 2 + address.form(),
        }
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        match form {
            0 => Realization::Pending,
            1 => Realization::Failed,
            number => Realization::Address(Address::of(number - 2)),
        }
    }
}

impl Form for Told {
    const WIDTH: u32 = 2;
    #[inline(always)]
    fn form(self) -> u32 {
        told_bits(self)
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        told(form)
    }
}

impl Form for Downstream {
    const WIDTH: u32 = 12;
    #[inline(always)]
    fn form(self) -> u32 {
        self.word()
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Word::of(form)
    }
}

impl Form for Stored {
    const WIDTH: u32 = 17;
    #[inline(always)]
    fn form(self) -> u32 {
        self.word()
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Word::of(form)
    }
}

impl Form for Upstream {
    const WIDTH: u32 = 18;
    #[inline(always)]
    fn form(self) -> u32 {
        self.word()
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Word::of(form)
    }
}

impl Form for LoadBalancer {
    const WIDTH: u32 = Uid::WIDTH + Address::WIDTH + 2 * VirtualServer::WIDTH;
    #[inline(always)]
    fn form(self) -> u32 {
        let (mut form, mut width) = (0, 0);
        self.origin.add_to(&mut form, &mut width);
        self.vip.add_to(&mut form, &mut width);
        for server in self.servers {
            server.add_to(&mut form, &mut width);
        }
        form
    }
    #[inline(always)]
    fn of(mut form: u32) -> Self {
        LoadBalancer {
            origin: Uid::take(&mut form),
            vip: Address::take(&mut form),
            servers: [(); 2].map(|()| VirtualServer::take(&mut form)),
        }
    }
}

name_form!(Ports [Ports::A, Ports::B, Ports::Both]);
name_form!(Replica [Replica::First, Replica::Rival]);
name_form!(VirtualServer [
    VirtualServer::Absent,
    VirtualServer::Unrealized,
    VirtualServer::Realized,
    VirtualServer::Failed,
]);
name_form!(Lifecycle [Lifecycle::Live, Lifecycle::Deleting]);
name_form!(Version [Version::Old, Version::Current]);
name_form!(Occupancy [Occupancy::Free, Occupancy::Held, Occupancy::Quarantined]);
name_form!(AllocationId [AllocationId::Identity, AllocationId::Fresh]);
name_form!(Topology [Topology::Hops, Topology::Direct]);
name_form!(Hop [Hop::Ccm, Hop::Vmop, Hop::Ncp]);
name_form!(Object [
    Object::Service,
    Object::VmService,
    Object::SupervisorService,
    Object::Allocation,
    Object::LoadBalancer,
    Object::Nsx,
]);
name_form!(Verb [
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

struct_form!(Allocation [5] {
    origin,
    realization
});
struct_form!(Copied [5] { uid, ports });
