//! What users may still do, and want.

use super::Rare;
use crate::bits::{Bits, Reader, Small, Writer};
use crate::object::Uid;
use crate::state::User;

/// What only few scenarios let a user do.
#[derive(Clone, Copy, Default, PartialEq)]
struct Seldom {
    budgets: [u8; 5],
    annotated: Option<Uid>,
}

impl Bits for Seldom {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        self.budgets.map(Small).put(writer);
        self.annotated.put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let budgets: [Small; 5] = Bits::get(reader);
        Seldom {
            budgets: budgets.map(|Small(budget)| budget),
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
        let wishes = (Small(creates), Small(edits));
        (wishes, (Small(deletes), asked)).put(writer);
        let budgets = [retypes, strips, admin_deletes, annotates, clusters];
        Rare(Seldom { budgets, annotated }).put(writer);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        let (wishes, (Small(deletes), asked)) = Bits::get(reader);
        let (Small(creates), Small(edits)) = wishes;
        let Rare(Seldom { budgets, annotated }) = Bits::get(reader);
        let [retypes, strips, admin_deletes, annotates, clusters] = budgets;
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
