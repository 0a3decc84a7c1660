//! What is to happen, and when.

use std::collections::BTreeMap;
use std::time::Duration;

/// Events in the order of their time; those of one time in the order in which they were entered.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    events: BTreeMap<Entry, E>,
    entered: u64,
}

/// Where an event stands in an agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    at: Duration,
    number: u64,
}

impl<E> Agenda<E> {
    pub(crate) fn new() -> Agenda<E> {
        Agenda {
            events: BTreeMap::new(),
            entered: 0,
        }
    }

    pub(crate) fn enter(&mut self, at: Duration, event: E) -> Entry {
        let number = self.entered;
        self.entered += 1;
        self.events.insert(Entry { at, number }, event);
        Entry { at, number }
    }

    pub(crate) fn cross_out(&mut self, entry: Entry) {
        self.events.remove(&entry);
    }

    /// Takes the next event.
    pub(crate) fn next(&mut self) -> Option<(Duration, E)> {
        let (entry, event) = self.events.pop_first()?;
        Some((entry.at, event))
    }
}

/// The clocks of the actions that are enabled: an action that stays enabled keeps its clock, and
/// one that does not loses it.
#[derive(Clone, Debug)]
pub(crate) struct Clocks<A>(Vec<(A, Entry)>);

impl<A: Copy + PartialEq> Clocks<A> {
    pub(crate) fn new() -> Clocks<A> {
        Clocks(Vec::new())
    }

    /// An action has happened: its clock is gone, and starts anew if it is still enabled.
    pub(crate) fn rang(&mut self, action: A) {
        self.0.retain(|(running, _)| *running != action);
    }

    /// Stops the clocks of actions that are not enabled any more, and starts those of the new ones.
    pub(crate) fn follow<E>(
        &mut self,
        enabled: &[A],
        agenda: &mut Agenda<E>,
        mut start: impl FnMut(A) -> (Duration, E),
    ) {
        self.0.retain(|(action, entry)| {
            let stays = enabled.contains(action);
            if !stays {
                agenda.cross_out(*entry);
            }
            stays
        });
        for &action in enabled {
            if !self.0.iter().any(|(running, _)| *running == action) {
                let (at, event) = start(action);
                self.0.push((action, agenda.enter(at, event)));
            }
        }
    }

    /// Stops all.
    pub(crate) fn stop<E>(&mut self, agenda: &mut Agenda<E>) {
        for (_, entry) in self.0.drain(..) {
            agenda.cross_out(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Delay, Source};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn events_come_by_time_and_then_by_entry() {
        let mut agenda = Agenda::new();
        for (at, event) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
            agenda.enter(SECOND * at, event);
        }
        let mut order = String::new();
        while let Some((_, event)) = agenda.next() {
            order.push(event);
        }
        assert_eq!(order, "abcd");
    }

    #[test]
    fn an_action_that_stays_enabled_keeps_its_clock() {
        let (mut agenda, mut clocks) = (Agenda::new(), Clocks::new());
        clocks.follow(&['a'], &mut agenda, |it| (SECOND * 5, it));
        clocks.follow(&['a', 'b'], &mut agenda, |it| (SECOND * 9, it));
        assert_eq!(agenda.next(), Some((SECOND * 5, 'a')));
    }

    #[test]
    fn an_action_that_is_disabled_loses_its_clock() {
        let (mut agenda, mut clocks) = (Agenda::new(), Clocks::new());
        clocks.follow(&['a'], &mut agenda, |it| (SECOND * 5, it));
        clocks.follow(&[], &mut agenda, |it| (SECOND * 9, it));
        clocks.follow(&['a'], &mut agenda, |it| (SECOND * 9, it));
        assert_eq!(agenda.next(), Some((SECOND * 9, 'a')));
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn an_action_that_happened_starts_anew() {
        let (mut agenda, mut clocks) = (Agenda::new(), Clocks::new());
        clocks.follow(&['a'], &mut agenda, |it| (SECOND, it));
        assert_eq!(agenda.next(), Some((SECOND, 'a')));
        clocks.rang('a');
        clocks.follow(&['a'], &mut agenda, |it| (SECOND * 2, it));
        assert_eq!(agenda.next(), Some((SECOND * 2, 'a')));
    }

    #[test]
    fn of_two_memoryless_clocks_each_wins_as_often_as_its_rate_says() {
        let means = [('a', SECOND), ('b', SECOND * 3)];
        let mut source = Source::new(3, 0);
        let races = 20_000;
        let won = (0..races).filter(|_| {
            let (mut agenda, mut clocks) = (Agenda::new(), Clocks::new());
            clocks.follow(&means, &mut agenda, |(name, mean)| {
                let least = Duration::ZERO;
                let delay = Delay::Exponential { least, mean };
                (delay.draw(&mut source), name)
            });
            agenda.next().is_some_and(|(_, winner)| winner == 'a')
        });
        let share = won.count() as f64 / f64::from(races);
        assert!((share - 0.75).abs() < 0.01, "{share}");
    }
}
