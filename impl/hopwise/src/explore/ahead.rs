//! What can happen next, with what it would change and break; and why the rest can not.

use super::alphabet::{Actor, alphabet};
use super::journey::Journey;
use crate::report::events;
use crate::telling::{Change, Tree};
use hopwise_protocol::{Class, INVARIANTS, Invariant, State};
use hopwise_vocab::{Action, Step, Trace};

/// A step that can be taken.
pub(super) struct Next {
    pub action: Action,
    pub actor: Actor,
    /// Who acts, and on whom.
    pub who: String,
    /// What happens, without who.
    pub sentence: String,
    pub changes: Vec<Change>,
    /// What is true now and would not be then, with the clause that is false then.
    pub breaks: Vec<(&'static Invariant, &'static str)>,
    /// What is broken now and would not be then.
    pub mends: Vec<&'static Invariant>,
    /// After which step of the walk it has been so before.
    pub back_to: Option<usize>,
    /// Whether it, or another of its class, must be taken some day.
    pub is_owed: bool,
    /// Whether it is the step that the walk takes here.
    pub is_walked: bool,
}

/// Every step that can be taken where the walk is looked at: by who takes it, and then in the order
/// of their names, whatever the order in which the model has them.
pub(super) fn next(journey: &Journey) -> Vec<Next> {
    next_of(journey, journey.walked.enabled_in(journey.state()))
}

pub(super) fn next_of(journey: &Journey, enabled: Vec<(Action, State)>) -> Vec<Next> {
    let so_far = journey.so_far();
    let now = Tree::of(journey.state());
    let mut all: Vec<Next> = enabled
        .into_iter()
        .map(|(action, after)| look(journey, &so_far, &now, action, &after))
        .collect();
    all.sort_by_key(|it| (it.actor, it.action));
    all
}

fn look(journey: &Journey, so_far: &Trace, now: &Tree, action: Action, after: &State) -> Next {
    let mut then = so_far.clone();
    then.steps.push(Step {
        action,
        cycle: false,
    });
    let event = events(&then).pop();
    let chain = &journey.walked.chain;
    let is_true = |it: &Invariant| it.holds(chain, journey.state());
    let promised = INVARIANTS
        .iter()
        .filter(|it| it.exemption(&chain.scenario).is_none());
    let breaks = promised.clone().filter(|it| is_true(it));
    let mends = promised.filter(|it| !is_true(it) && it.holds(chain, after));
    let mut states = journey.walked.states.iter().take(journey.at() + 1);
    let taken = journey.link.steps.get(journey.at());
    Next {
        action,
        actor: Actor::of(action.deed),
        who: event.as_ref().map(|it| it.who()).unwrap_or_default(),
        sentence: event.map(|it| it.sentence).unwrap_or_default(),
        changes: now.changes(&Tree::of(after)),
        breaks: breaks
            .filter_map(|it| Some((it, it.clause(chain, after)?)))
            .collect(),
        mends: mends.collect(),
        back_to: states.position(|state| state == after),
        is_owed: Class::of(&action.deed).is_some(),
        is_walked: taken.is_some_and(|step| step.action == action),
    }
}

/// Actions that are not enabled for the same reason.
pub(super) struct Refused {
    /// Completes "not enabled, since ...".
    pub since: String,
    pub actions: Vec<Action>,
}

/// Every action that is not enabled where the walk is looked at, by reason: first those of which
/// few are not enabled, since they tell most.
pub(super) fn refused(journey: &Journey) -> Vec<Refused> {
    let chain = &journey.walked.chain;
    let mut found: Vec<Refused> = Vec::new();
    for action in alphabet(chain) {
        let Some(since) = chain.refusal(journey.state(), action) else {
            continue;
        };
        match found.iter_mut().find(|it| it.since == since) {
            Some(known) => known.actions.push(action),
            None => found.push(Refused {
                since,
                actions: vec![action],
            }),
        }
    }
    found.sort_by_key(|it| it.actions.len());
    found
}
