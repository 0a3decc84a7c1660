//! Which step sent what arrives in another: an answer comes from the request of the same words,
//! the k-th delivery of a watch from the k-th write that changed its object.
//!
//! Writes that change nothing make no event (`docs/protocol.md` §5). Those that can be told from
//! the order of the steps alone are left out here: on an absent object, a second create, a second
//! delete, a hold of what is being deleted. A write that was refused because it was decided on an
//! old version can not be told, and counts.

use hopwise_vocab::{Action, Hop, Object, UserStep, Verb};
use std::collections::BTreeMap;

/// What has been sent so far, and how much of it has arrived.
#[derive(Default)]
pub(super) struct Causes {
    objects: BTreeMap<Object, Stored>,
    delivered: BTreeMap<(Hop, Object), usize>,
    served: BTreeMap<(Hop, Verb, Object), usize>,
}

/// An object at its server, as far as the order of steps tells.
#[derive(Default)]
struct Stored {
    exists: bool,
    held: bool,
    deleting: bool,
    events: Vec<usize>,
}

impl Causes {
    /// The earlier step that sent what arrives in this one, where there is one and it is known.
    pub fn of(&mut self, at: usize, action: Action) -> Option<usize> {
        match action {
            Action::User(step) => {
                let verb = match step {
                    UserStep::Create => Verb::Create,
                    UserStep::Edit => Verb::Update,
                    UserStep::Delete => Verb::Delete,
                };
                self.objects
                    .entry(Object::Service)
                    .or_default()
                    .write(verb, at);
                None
            }
            Action::Serve(hop, verb, object) => {
                self.served.insert((hop, verb, object), at);
                self.objects.entry(object).or_default().write(verb, at);
                None
            }
            Action::Hear(hop, verb, object) => self.served.remove(&(hop, verb, object)),
            Action::Deliver(hop, object) => {
                let count = self.delivered.entry((hop, object)).or_default();
                *count += 1;
                self.objects.get(&object)?.events.get(*count - 1).copied()
            }
            Action::Poll | Action::Tick | Action::Realize(_) | Action::Free => None,
        }
    }
}

impl Stored {
    fn write(&mut self, verb: Verb, at: usize) {
        let changed = match verb {
            Verb::Create => !std::mem::replace(&mut self.exists, true),
            Verb::Hold if self.exists && !self.deleting => {
                self.held = true;
                true
            }
            Verb::Update | Verb::Publish => self.exists,
            Verb::Delete if self.exists && !self.deleting => {
                self.deleting = true;
                self.collect();
                true
            }
            Verb::Release if self.exists => {
                self.held = false;
                self.collect();
                true
            }
            Verb::Hold | Verb::Delete | Verb::Release => false,
            Verb::Read | Verb::List => false,
            Verb::Allocate | Verb::Withdraw | Verb::Program | Verb::Unprogram => false,
        };
        if changed {
            self.events.push(at);
        }
    }

    /// An object that is being deleted goes when nobody holds it.
    fn collect(&mut self) {
        if self.deleting && !self.held {
            (self.exists, self.deleting) = (false, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The step, counted from 1, that each step of the texts comes from; 0 where none is known.
    fn causes(steps: &[&str]) -> Vec<usize> {
        let mut causes = Causes::default();
        let each = steps.iter().enumerate();
        each.map(|(at, step)| {
            causes
                .of(at, step.parse().unwrap())
                .map_or(0, |cause| cause + 1)
        })
        .collect()
    }

    #[test]
    fn each_watcher_gets_the_writes_in_their_order() {
        let steps = [
            "user create",
            "user edit",
            "deliver ccm service",
            "deliver ccm service",
        ];
        assert_eq!(causes(&steps), [0, 0, 1, 2]);
    }

    #[test]
    fn an_answer_comes_from_its_request() {
        let steps = [
            "serve ccm hold service",
            "ccm poll",
            "serve ccm list vm-service",
            "hear ccm hold service",
            "hear ccm list vm-service",
        ];
        assert_eq!(causes(&steps), [0, 0, 0, 1, 3]);
    }

    #[test]
    fn a_second_delete_is_no_event() {
        let steps = [
            "serve ccm create vm-service",
            "serve vmop hold vm-service",
            "serve ccm delete vm-service",
            "serve ccm delete vm-service",
            "serve vmop release vm-service",
            "deliver vmop vm-service",
            "deliver vmop vm-service",
            "deliver vmop vm-service",
            "deliver vmop vm-service",
        ];
        assert_eq!(causes(&steps)[5..], [1, 2, 3, 5]);
    }

    #[test]
    fn writes_to_what_is_gone_are_no_events() {
        let steps = [
            "user create",
            "user delete",
            "serve ccm hold service",
            "user create",
            "deliver ccm service",
            "deliver ccm service",
            "deliver ccm service",
        ];
        assert_eq!(causes(&steps)[4..], [1, 2, 4]);
    }
}
