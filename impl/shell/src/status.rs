//! Conditions: typed, timed statements in a status.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1;

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

#[cfg(test)]
mod tests {
    use super::*;

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
