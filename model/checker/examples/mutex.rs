//! Two processes and one critical section: a lock that any passer-by may take starves somebody
//! unless the scheduler is strongly fair, Peterson's lock does not. Both exclude.

use hopwise_checker::{Bounds, Fair, Graph, Strength, explore, invariant, leads_to};
use stateright::Model;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Away,
    /// Has announced the wish to enter.
    Announced,
    /// Has let the other go first.
    Waiting,
    Inside,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Processes {
    places: [Place; 2],
    /// Who gives way when both want to enter.
    yielding: usize,
}

/// A process takes its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Announce(usize),
    Yield(usize),
    Enter(usize),
    Leave(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// Whoever finds it free enters.
    Free,
    Peterson,
}

impl Model for Lock {
    type State = Processes;
    type Action = Step;

    fn init_states(&self) -> Vec<Processes> {
        vec![Processes {
            places: [Place::Away; 2],
            yielding: 0,
        }]
    }

    fn actions(&self, state: &Processes, actions: &mut Vec<Step>) {
        for me in 0..2 {
            match state.places[me] {
                Place::Away => actions.push(Step::Announce(me)),
                Place::Announced => actions.push(Step::Yield(me)),
                Place::Waiting if self.lets_in(state, me) => actions.push(Step::Enter(me)),
                Place::Waiting => {}
                Place::Inside => actions.push(Step::Leave(me)),
            }
        }
    }

    fn next_state(&self, before: &Processes, step: Step) -> Option<Processes> {
        let mut after = before.clone();
        match step {
            Step::Announce(me) => after.places[me] = Place::Announced,
            Step::Yield(me) => {
                after.places[me] = Place::Waiting;
                after.yielding = me;
            }
            Step::Enter(me) => after.places[me] = Place::Inside,
            Step::Leave(me) => after.places[me] = Place::Away,
        }
        Some(after)
    }
}

impl Lock {
    fn lets_in(self, state: &Processes, me: usize) -> bool {
        let other = state.places[1 - me];
        match self {
            Lock::Free => other != Place::Inside,
            Lock::Peterson => other == Place::Away || state.yielding != me,
        }
    }
}

/// A process that has started goes on; nobody has to start.
fn class(step: &Step) -> Option<usize> {
    match step {
        Step::Announce(_) => None,
        Step::Yield(me) | Step::Enter(me) | Step::Leave(me) => Some(*me),
    }
}

/// Prints what holds of each lock.
pub fn main() {
    for lock in [Lock::Free, Lock::Peterson] {
        let graph: Graph<'_, Lock> = explore(&lock, &Bounds::default());
        println!("{lock:?}: {} states, {} steps", graph.len(), graph.edges());

        let exclusive = invariant(&graph, |state| state.places != [Place::Inside; 2]);
        println!("  never both inside: {}", exclusive.holds());

        let fair = |strength| Fair {
            classes: 2,
            class,
            strength: move |_| strength,
        };
        let waits = |state: &Processes| state.places[0] == Place::Waiting;
        let enters = |state: &Processes| state.places[0] == Place::Inside;
        let served = leads_to(&graph, &fair(Strength::Weak), waits, enters);
        println!("  who waits gets in: {}", served.holds());
        let patient = leads_to(&graph, &fair(Strength::Strong), waits, enters);
        println!("  under strong fairness: {}", patient.holds());
        assert!(exclusive.holds() && patient.holds());
        assert_eq!(served.holds(), lock == Lock::Peterson);
        if let Some(lasso) = served.counterexample() {
            let actions = |steps: &[(Step, Processes)]| -> Vec<String> {
                steps.iter().map(|(step, _)| format!("{step:?}")).collect()
            };
            println!("    first   {}", actions(&lasso.stem.steps).join(" "));
            println!("    forever {}", actions(&lasso.cycle).join(" "));
        }
    }
}
