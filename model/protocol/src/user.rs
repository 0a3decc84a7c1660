//! The user of the one Service (`docs/protocol.md` §7).

use crate::object::{Kind, Lifecycle, Ports, Stored};
use crate::state::State;
use hopwise_vocab::UserStep;

/// `user create`, `user edit`, `user delete`.
pub(crate) fn step(before: &State, step: UserStep) -> Option<State> {
    match step {
        UserStep::Create => create(before),
        UserStep::Edit => edit(before),
        UserStep::Delete => delete(before),
    }
}

/// When there is no Service, one of a new UID is created.
fn create(before: &State) -> Option<State> {
    before.service.object.is_none().then_some(())?;
    let creates = before.user.creates.checked_sub(1)?;

    let mut after = before.clone();
    after.user.creates = creates;
    after.user.asked = Ports::default();
    let uid = after.service.next_uid();
    let service = Stored {
        uid,
        stands_for: uid,
        origin: uid,
        lifecycle: Lifecycle::Live,
        held: false,
        ports: after.user.asked,
        ip: None,
    };
    after.put(Kind::Service, Some(service));
    Some(after)
}

/// The ports of a live Service are changed.
fn edit(before: &State) -> Option<State> {
    let service = before.service.object.filter(Stored::is_live)?;
    let edits = before.user.edits.checked_sub(1)?;

    let mut after = before.clone();
    after.user.edits = edits;
    after.user.asked = before.user.asked.edited();
    after.put(
        Kind::Service,
        Some(Stored {
            ports: after.user.asked,
            ..service
        }),
    );
    Some(after)
}

/// A live Service is deleted: at once if no finalizer holds it.
fn delete(before: &State) -> Option<State> {
    let service = before.service.object.filter(Stored::is_live)?;
    let deletes = before.user.deletes.checked_sub(1)?;

    let mut after = before.clone();
    after.user.deletes = deletes;
    after.user.asked = Ports::default();
    let rest = service.held.then_some(Stored {
        lifecycle: Lifecycle::Deleting,
        ..service
    });
    after.put(Kind::Service, rest);
    Some(after)
}
