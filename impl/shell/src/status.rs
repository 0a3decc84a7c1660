//! What a status says: what an object is told, and conditions, which are typed, timed statements.

use hopwise_api::strings::{condition, reason};
use hopwise_core::Told;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1;
use serde_json::{Value, json};
use std::net::IpAddr;

/// What is said of exhaustion when nobody below gives the platform's words.
const EXHAUSTED: &str = "The IP pool has no free address";

/// A statement to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is about.
    pub type_: &'static str,
    /// Whether it holds.
    pub holds: Holds,
    /// One word why.
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// Whether a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    True,
    /// It does not.
    False,
}

impl Holds {
    /// As Kubernetes spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Holds::True => "True",
            Holds::False => "False",
        }
    }
}

/// The conditions as seen, with `ours` in their place. Others' conditions stay as they are, and
/// the time of ours changes only with their status.
pub fn with_conditions(
    seen: &[v1::Condition],
    ours: &[Condition],
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<v1::Condition> {
    let mut conditions = seen.to_vec();
    for one in ours {
        let place = conditions.iter().position(|old| old.type_ == one.type_);
        let since = place
            .map(|index| conditions[index].clone())
            .filter(|old| old.status == one.holds.name())
            .map_or(v1::Time(now), |old| old.last_transition_time);
        let new = v1::Condition {
            type_: one.type_.into(),
            status: one.holds.name().into(),
            reason: one.reason.into(),
            message: one.message.clone(),
            observed_generation: generation,
            last_transition_time: since,
        };
        match place {
            Some(index) => conditions[index] = new,
            None => conditions.push(new),
        }
    }
    conditions
}

/// What a status tells, by its address and its conditions.
pub fn told(address: Option<IpAddr>, conditions: &[v1::Condition]) -> Told {
    match address {
        Some(address) => Told::Address(address),
        None if of_exhaustion(conditions).is_some() => Told::Exhausted,
        None => Told::Nothing,
    }
}

/// The words in which a status tells of exhaustion.
pub fn words_of_exhaustion(conditions: &[v1::Condition]) -> &str {
    of_exhaustion(conditions).map_or(EXHAUSTED, |one| one.message.as_str())
}

fn of_exhaustion(conditions: &[v1::Condition]) -> Option<&v1::Condition> {
    let says_so = |one: &&v1::Condition| {
        one.type_ == condition::POOL_EXHAUSTED
            && one.status == Holds::True.name()
            && one.reason == reason::POOL_EXHAUSTED
    };
    conditions.iter().find(says_so)
}

/// `status.loadBalancer` with what is told. `null` takes an earlier address away.
pub fn load_balancer(told: Told) -> Value {
    let ingress = match told {
        Told::Address(ip) => json!([{ "ip": ip.to_string() }]),
        Told::Nothing | Told::Exhausted => Value::Null,
    };
    json!({ "ingress": ingress })
}

/// The statement about the pool that goes with what is told. Who was never told of exhaustion
/// needs no denial.
pub fn exhaustion(told: Told, seen: &[v1::Condition], words: &str) -> Option<Condition> {
    let type_ = condition::POOL_EXHAUSTED;
    let denial = |reason, message| {
        let is_said = seen.iter().any(|one| one.type_ == type_);
        is_said.then_some(Condition {
            type_,
            holds: Holds::False,
            reason,
            message,
        })
    };
    match told {
        Told::Exhausted => Some(Condition {
            type_,
            holds: Holds::True,
            reason: reason::POOL_EXHAUSTED,
            message: words.into(),
        }),
        Told::Address(ip) => denial(reason::REALIZED, format!("The address is {ip}")),
        Told::Nothing => denial(reason::NO_ADDRESS, "No address was asked for yet".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn after(told: Told, seen: &[v1::Condition]) -> Vec<v1::Condition> {
        let ours = exhaustion(told, seen, "none left");
        with_conditions(seen, ours.as_slice(), Some(3), at(1))
    }

    #[test]
    fn what_is_told_is_read_back_from_the_status_that_tells_it() {
        let exhausted = after(Told::Exhausted, &[]);
        assert_eq!(told(None, &exhausted), Told::Exhausted);
        assert_eq!(words_of_exhaustion(&exhausted), "none left");
        assert_eq!(exhausted[0].observed_generation, Some(3));
        let served = after(Told::Address(A), &exhausted);
        assert_eq!(served[0].status, "False");
        assert_eq!(told(Some(A), &served), Told::Address(A));
        assert_eq!(told(None, &served), Told::Nothing);
    }

    #[test]
    fn who_was_never_told_of_exhaustion_gets_no_condition() {
        assert_eq!(after(Told::Address(A), &[]), []);
        assert_eq!(after(Told::Nothing, &[]), []);
    }

    #[test]
    fn an_address_goes_before_a_condition_that_was_left_behind() {
        let left = after(Told::Exhausted, &[]);
        assert_eq!(told(Some(A), &left), Told::Address(A));
    }

    #[test]
    fn a_condition_with_another_reason_is_somebody_elses() {
        let mut theirs = after(Told::Exhausted, &[]);
        theirs[0].reason = "Maintenance".into();
        assert_eq!(told(None, &theirs), Told::Nothing);
    }

    fn ready(holds: Holds) -> Condition {
        Condition {
            type_: "Ready",
            holds,
            reason: "Because",
            message: "it is".into(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_condition_keeps_its_time_while_its_status_stays() {
        let first = with_conditions(&[], &[ready(Holds::True)], Some(1), at(1));
        let second = with_conditions(&first, &[ready(Holds::True)], Some(2), at(2));
        assert_eq!(second[0].last_transition_time.0, at(1));
        assert_eq!(second[0].observed_generation, Some(2));
        let third = with_conditions(&second, &[ready(Holds::False)], Some(2), at(3));
        assert_eq!(third[0].last_transition_time.0, at(3));
    }

    #[test]
    fn the_conditions_of_others_stay_as_they_are() {
        let mut theirs = with_conditions(&[], &[ready(Holds::True)], None, at(1));
        theirs[0].type_ = "Theirs".into();
        let both = with_conditions(&theirs, &[ready(Holds::True)], None, at(2));
        assert_eq!(both[0], theirs[0]);
        assert_eq!(both.len(), 2);
    }
}
