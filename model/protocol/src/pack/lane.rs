//! One Service on its way through the chain.

use crate::bits::{Bits, Form, Reader, Small, Writer};
use crate::cluster::Cluster;
use crate::nsx::{PLACES, Place};
use crate::object::{Stored, Uid};
use crate::state::{Lane, Rival};
use crate::store::Store;

impl Bits for Lane {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        let [service, vm_service, supervisor_service] =
            [&self.service, &self.vm_service, &self.supervisor_service];
        let incarnations = (
            (Small(service.incarnations), Small(vm_service.incarnations)),
            Small(supervisor_service.incarnations),
        );
        writer.store();
        incarnations.put(writer);
        writer.store();
        for store in [service, vm_service, supervisor_service] {
            put_object(store.object, writer);
        }
        writer.store();
        put_places(&self.places, supervisor_service.incarnations, writer);
        self.ccm.put(writer);
        self.vmop.put(writer);
        self.ncp.put(writer);
        writer.store();
        self.user.put(writer);
        let is_usual = self.is_usual();
        (self.topology, is_usual).put(writer);
        if !is_usual {
            match &self.rival {
                Some(rival) => rival.put_behind_one(writer),
                None => false.put(writer),
            }
            writer.store();
            self.late.put(writer);
            writer.store();
            self.laggard.put(writer);
            self.cluster.put(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        reader.load();
        let ((service, vm_service), supervisor_service) = Bits::get(reader);
        reader.load();
        let [service, vm_service, supervisor_service] = [service, vm_service, supervisor_service]
            .map(|Small(incarnations)| Store {
                object: get_object(reader),
                incarnations,
            });
        reader.load();
        let places = get_places(supervisor_service.incarnations, reader);
        let mut lane = Lane {
            service,
            vm_service,
            supervisor_service,
            places,
            ccm: Bits::get(reader),
            vmop: Bits::get(reader),
            ncp: Bits::get(reader),
            ..Lane::default()
        };
        reader.load();
        lane.user = Bits::get(reader);
        let (topology, is_usual): (_, bool) = Bits::get(reader);
        lane.topology = topology;
        if !is_usual {
            lane.rival = bool::get(reader).then(|| Box::new(Rival::get(reader)));
            reader.load();
            lane.late = Bits::get(reader);
            reader.load();
            lane.laggard = Bits::get(reader);
            lane.cluster = Bits::get(reader);
        }
        lane
    }
}

impl Lane {
    /// Whether it has nothing of what few scenarios have.
    fn is_usual(&self) -> bool {
        self.rival.is_none()
            && self.late.is_none()
            && self.laggard.is_none()
            && self.cluster == Cluster::default()
    }
}

/// The word of an object, or only its UID if there is none, and that is zero.
#[inline(always)]
fn put_object(object: u32, writer: &mut Writer<'_>) {
    let width = if object == 0 {
        Uid::WIDTH
    } else {
        Stored::WIDTH
    };
    writer.put(object, width);
}

#[inline(always)]
fn get_object(reader: &mut Reader<'_>) -> u32 {
    let uid = reader.get(Uid::WIDTH);
    if uid == 0 {
        0
    } else {
        uid | reader.get(Stored::WIDTH - Uid::WIDTH) << Uid::WIDTH
    }
}

/// The places of the incarnations that there have been: a bit for each says whether it is not
/// empty. Nothing was ever allocated for others.
fn put_places(places: &[Place; PLACES], incarnations: u8, writer: &mut Writer<'_>) {
    let (there, later) = places.split_at(usize::from(incarnations).min(PLACES));
    debug_assert!(
        later.iter().all(Place::is_empty),
        "{places:?} of {incarnations}"
    );
    for place in there {
        if place.is_empty() {
            writer.put(0, 1);
        } else {
            place.put_behind_one(writer);
        }
        writer.store();
    }
}

fn get_places(incarnations: u8, reader: &mut Reader<'_>) -> [Place; PLACES] {
    let mut places = [Place::default(); PLACES];
    for place in places.iter_mut().take(usize::from(incarnations)) {
        if bool::get(reader) {
            *place = Bits::get(reader);
        }
        reader.load();
    }
    places
}
