//! Whether what the controllers do is what the model's hops do, in one state of both.

use super::passes::{At, Next, Passes};
use super::turns::{Odd, Paused, Turn, Turns, lane, odd, seen_as};
use crate::call::Asked;
use crate::refinement::calls::as_sent;
use hopwise_protocol::{Call, Pass, Request, State, Version};
use hopwise_vocab::{Hop, Replica, Verb};

/// Compares what every hop is doing.
///
/// # Errors
/// Says in which hop the two differ.
pub(super) fn compare(passes: &Passes<'_>, state: &State, turns: &Turns) -> Result<(), Odd> {
    for (&hop, turn) in Hop::ALL.iter().zip(turns) {
        let pass = lane(state).pass(hop, Replica::First);
        compare_turn(passes, hop, &pass.copied().unwrap_or_default(), turn)?;
    }
    Ok(())
}

fn compare_turn(passes: &Passes<'_>, hop: Hop, pass: &Pass, turn: &Turn) -> Result<(), Odd> {
    match (pass.call, turn.paused) {
        (None, None) => {}
        (Some(call), None) => return Err(odd(hop, "call", &format!("{call:?}"), nothing())),
        (None, Some(paused)) => {
            return Err(odd(hop, "call", "nothing", passes.told(paused.at)));
        }
        (Some(call), Some(paused)) => compare_call(passes, hop, &call, &paused)?,
    }
    if pass.again != turn.again {
        let again = |again: bool| {
            if again {
                "another pass"
            } else {
                "no other pass"
            }
        };
        return Err(odd(
            hop,
            "again",
            again(pass.again),
            again(turn.again).into(),
        ));
    }
    Ok(())
}

fn compare_call(passes: &Passes<'_>, hop: Hop, call: &Call, paused: &Paused) -> Result<(), Odd> {
    let differs = |what| odd(hop, what, &format!("{call:?}"), passes.told(paused.at));
    if call.is_answered() != paused.then.is_some() {
        return Err(differs("answer"));
    }
    match *call {
        Call::Reading { upstream } | Call::Read { upstream, .. } => {
            let begun = passes.input(paused.at).upstream;
            if upstream.object != begun || upstream.version != paused.version {
                return Err(differs("upstream"));
            }
            reads(passes, paused.at).then_some(())
        }
        Call::Writing(request) => writes(passes, paused.at, paused.version, &request).then_some(()),
        Call::Written { verb, object } => match passes.next(paused.at) {
            Next::Asks(asks) => (asks.asked == Asked::Protocol(verb, object)).then_some(()),
            Next::Ends(_) | Next::Errs(_) => None,
        },
    }
    .ok_or_else(|| differs("request"))
}

fn reads(passes: &Passes<'_>, at: At) -> bool {
    match passes.next(at) {
        Next::Asks(asks) => match asks.asked {
            Asked::NsxRead | Asked::Protocol(Verb::Read, _) => asks.write.is_ok(),
            Asked::Protocol(..)
            | Asked::Watch(_)
            | Asked::Sweep
            | Asked::Beside
            | Asked::Unknown => false,
        },
        Next::Ends(_) | Next::Errs(_) => false,
    }
}

fn writes(passes: &Passes<'_>, at: At, begun: Version, request: &Request) -> bool {
    let Next::Asks(asks) = passes.next(at) else {
        return false;
    };
    let Ok(Some(write)) = &asks.write else {
        return false;
    };
    let version = write.version.map(|named| seen_as(named, begun));
    Request { version, ..*write } == as_sent(*request)
}

fn nothing() -> String {
    "nothing".into()
}
