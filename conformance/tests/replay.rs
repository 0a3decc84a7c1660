//! Lane 4: the complete controllers follow the model.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::replay;
use hopwise_vocab::{Claim, Header, Trace};
use std::time::Duration;

fn timeless<T>(run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    })
}

fn replay(trace: &Trace) -> replay::Replayed {
    timeless(|caller| replay::run(trace, caller)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_controllers_bring_a_service_from_nothing_to_its_address() {
    let header = Header::new("settle", "recreate", Claim::Walk);
    let replayed = replay(&Trace::new(header, []));
    println!("{} steps", replayed.steps);
}
