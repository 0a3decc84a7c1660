//! Without a safeguard, the properties that name it break: each is able to fail.

use hopwise_checker::{Bounds, explore_packed};
use hopwise_protocol::{Chain, Control, INVARIANTS, Invariant, LEADS_TO, LeadsTo, scenario};
use hopwise_vocab::{Safeguard, Safeguards};
use std::collections::BTreeSet;

/// A property, whichever its sort.
#[derive(Clone, Copy)]
enum Property {
    Invariant(&'static Invariant),
    LeadsTo(&'static LeadsTo),
}

impl Property {
    fn id(self) -> &'static str {
        match self {
            Property::Invariant(found) => found.id,
            Property::LeadsTo(found) => found.id,
        }
    }

    fn controls(self) -> &'static [Control] {
        match self {
            Property::Invariant(found) => found.controls,
            Property::LeadsTo(found) => found.controls,
        }
    }

    /// Whether it breaks in the scenario of a control with these safeguards off, among at most so
    /// many states.
    fn breaks(self, control: &Control, off: &[Safeguard], states: Option<usize>) -> bool {
        let reference = Safeguards::reference();
        let chain = Chain {
            scenario: scenario(control.scenario).expect("controls name scenarios"),
            safeguards: off.iter().fold(reference, |on, &off| on.without(off)),
        };
        let bounds = Bounds {
            depth: control.depth,
            states,
            ..Bounds::default()
        };
        let graph = explore_packed(&chain, &bounds);
        match self {
            Property::Invariant(found) => found.judge(&graph).counterexample().is_some(),
            Property::LeadsTo(found) => {
                let mut instances = (found.instances)(&chain.scenario).into_iter();
                instances.any(|of| found.judge(&graph, &of).counterexample().is_some())
            }
        }
    }

    /// Whether it breaks at all. A counterexample is one however short the search was, so short
    /// searches come first.
    fn breaks_somewhere(self, control: &Control) -> bool {
        let searches = [Some(10_000), Some(100_000), None];
        let mut searches = searches.into_iter();
        searches.any(|states| self.breaks(control, control.off, states))
    }
}

fn properties() -> impl Iterator<Item = Property> {
    let invariants = INVARIANTS.iter().map(Property::Invariant);
    invariants.chain(LEADS_TO.iter().map(Property::LeadsTo))
}

/// Judges every second control, so that two tests share the work.
fn assert_controls_break(share: usize) {
    let controls = properties().flat_map(|property| {
        let controls = property.controls().iter();
        controls.map(move |control| (property, control))
    });
    for (property, control) in controls.skip(share).step_by(2) {
        let name = format!(
            "{} in {} without {:?}",
            property.id(),
            control.scenario,
            control.off
        );
        assert!(property.breaks_somewhere(control), "{name}");
        if let [first, second] = control.off {
            assert!(
                !property.breaks(control, &[*first], None),
                "{name}: {first} is enough"
            );
            assert!(
                !property.breaks(control, &[*second], None),
                "{name}: {second} is enough"
            );
        }
    }
}

#[test]
fn every_control_of_an_even_number_breaks_its_property_and_no_half_of_a_pair_does() {
    assert_controls_break(0);
}

#[test]
fn every_control_of_an_odd_number_breaks_its_property_and_no_half_of_a_pair_does() {
    assert_controls_break(1);
}

#[test]
fn every_safeguard_is_the_control_of_some_property_alone_or_in_a_pair() {
    let controls = properties().flat_map(|property| property.controls());
    let controlled: BTreeSet<_> = controls.flat_map(|control| control.off).copied().collect();
    assert_eq!(controlled, Safeguard::ALL.iter().copied().collect());
}

/// `credentials_confined` breaks with the topology `direct` instead, as the next test shows.
#[test]
fn every_property_but_the_one_about_topologies_has_a_control() {
    let without = properties().filter(|property| property.controls().is_empty());
    let without: Vec<_> = without.map(Property::id).collect();
    assert_eq!(without, ["credentials_confined"]);
}

#[test]
fn the_single_hop_does_not_confine_the_credentials() {
    let chain = Chain {
        scenario: scenario("direct").expect("there is one"),
        safeguards: Safeguards::reference(),
    };
    let graph = explore_packed(&chain, &Bounds::default());
    let confined = INVARIANTS
        .iter()
        .find(|found| found.id == "credentials_confined");
    let judgement = confined.map(|found| found.judge(&graph));
    assert!(judgement.is_some_and(|judgement| judgement.counterexample().is_some()));
}
