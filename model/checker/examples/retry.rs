//! A client asks a server over a wire that may lose a few messages. Without a second try the
//! client can wait for ever; with it, it never does, but the server may do the work twice.

use hopwise_checker::{
    Bounds, Longest, WeaklyFair, explore, invariant, leads_to, longest, witness,
};
use stateright::Model;

/// What lies on the wire. It holds one message, and a new one replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Empty,
    Request,
    Reply,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Exchange {
    is_asked: bool,
    is_answered: bool,
    wire: Wire,
    times_done: u8,
    /// How many more messages the wire may lose. The budget keeps the graph finite, and losing
    /// unfair: "finitely often" needs no assumption beside it.
    losses_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Ask,
    AskAgain,
    Serve,
    Receive,
    Lose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    AsksOnce,
    AsksAgain,
}

impl Model for Client {
    type State = Exchange;
    type Action = Action;

    fn init_states(&self) -> Vec<Exchange> {
        vec![Exchange {
            is_asked: false,
            is_answered: false,
            wire: Wire::Empty,
            times_done: 0,
            losses_left: 2,
        }]
    }

    fn actions(&self, _: &Exchange, actions: &mut Vec<Action>) {
        use Action::{Ask, AskAgain, Lose, Receive, Serve};
        actions.extend([Ask, AskAgain, Serve, Receive, Lose]);
    }

    fn next_state(&self, before: &Exchange, action: Action) -> Option<Exchange> {
        let is_enabled = match action {
            Action::Ask => !before.is_asked,
            Action::AskAgain => {
                let waits = before.is_asked && !before.is_answered;
                *self == Client::AsksAgain && waits && before.wire == Wire::Empty
            }
            Action::Serve => before.wire == Wire::Request,
            Action::Receive => before.wire == Wire::Reply,
            Action::Lose => before.wire != Wire::Empty && before.losses_left > 0,
        };
        is_enabled.then(|| before.after(action))
    }
}

impl Exchange {
    fn after(&self, action: Action) -> Exchange {
        let mut after = self.clone();
        match action {
            Action::Ask | Action::AskAgain => {
                after.is_asked = true;
                after.wire = Wire::Request;
            }
            Action::Serve => {
                after.times_done += 1;
                after.wire = Wire::Reply;
            }
            Action::Receive => {
                after.is_answered = true;
                after.wire = Wire::Empty;
            }
            Action::Lose => {
                after.losses_left -= 1;
                after.wire = Wire::Empty;
            }
        }
        after
    }
}

fn class(action: &Action) -> Option<usize> {
    match action {
        Action::AskAgain => Some(0),
        Action::Serve => Some(1),
        Action::Receive => Some(2),
        Action::Ask | Action::Lose => None,
    }
}

/// Prints what holds of each client.
pub fn main() {
    for client in [Client::AsksOnce, Client::AsksAgain] {
        let graph = explore(&client, &Bounds::default());
        println!(
            "{client:?}: {} states, {} steps",
            graph.len(),
            graph.edges()
        );

        let fairness = WeaklyFair { classes: 3, class };
        let answered = leads_to(&graph, &fairness, |s| s.is_asked, |s| s.is_answered);
        println!("  asked leads to answered: {}", answered.holds());
        assert_eq!(answered.holds(), client == Client::AsksAgain);
        if let Some(lasso) = answered.counterexample() {
            let actions: Vec<_> = lasso.stem.steps.iter().map(|(action, _)| action).collect();
            println!("    {actions:?}, then nothing for ever");
        }

        println!(
            "  done at most once: {}",
            invariant(&graph, |s| s.times_done < 2).holds()
        );
        let at_worst = witness(&graph, |s| s.times_done == 3);
        println!(
            "  done three times: {:?}",
            at_worst.map(|trace| trace.steps.len())
        );
        // What the client and the server do on their own account; a loss is not theirs.
        let effort = |action: &Action| class(action).map(|_| 1);
        if let Longest::Bounded(spent) = longest(&graph, effort) {
            println!("  steps without a loss: at most {}", spent.cost);
        }
        for of in graph.actions().iter().filter(|of| of.steps == 0) {
            println!("  never enabled: {:?}", of.action);
        }
    }
}
