//! Every property along a walk: where it is put to the test, where it holds, where it is broken.

use super::journey::Journey;
use crate::telling::lasso;
use hopwise_protocol::{Class, Form, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo, State};

/// What a property is after one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Its premise is false: nothing is asked.
    Unasked,
    /// It is put to the test, and true.
    Holds,
    /// It is put to the test, and this clause is false.
    Broken(&'static str),
    /// What is to come has not come yet: this clause is false.
    Waits(&'static str),
}

impl Mark {
    /// Whether another is the same, whatever its clause.
    fn is_like(self, other: Mark) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A property and its marks.
pub(super) struct Row {
    pub id: &'static str,
    pub sentence: &'static str,
    /// Why it is not promised in the scenario, if it is not.
    pub exempt: Option<&'static str>,
    /// After each step, the start first.
    pub marks: Vec<Mark>,
    /// If the walk stands for a behaviour that never ends and breaks the property.
    pub never: Option<Never>,
}

/// How a behaviour that never ends breaks a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Never {
    /// The step from which on all that happens repeats, or nothing happens any more.
    pub from: usize,
    /// The clause that is not true then.
    pub clause: &'static str,
}

impl Row {
    /// Whether it is promised, and broken after a step.
    pub fn is_broken_at(&self, step: usize) -> bool {
        let broken = matches!(self.marks.get(step), Some(Mark::Broken(_)));
        let is_endless = self.never.is_some_and(|never| step >= never.from);
        self.exempt.is_none() && (broken || is_endless)
    }

    /// Stretches of the same mark: the first and the last step, and the mark.
    pub fn stretches(&self) -> Vec<(usize, usize, Mark)> {
        let mut found: Vec<(usize, usize, Mark)> = Vec::new();
        for (step, &mark) in self.marks.iter().enumerate() {
            match found.last_mut() {
                Some((_, last, known)) if known.is_like(mark) => *last = step,
                Some(_) | None => found.push((step, step, mark)),
            }
        }
        found
    }
}

/// Every property along a walk.
pub(super) fn rows(journey: &Journey) -> Vec<Row> {
    let always = INVARIANTS.iter().map(|it| of_invariant(journey, it));
    let ends = is_endless(journey);
    let at_last = LEADS_TO.iter().map(|it| of_family(journey, it, ends));
    always.chain(at_last).collect()
}

/// The first step after which a promised property is broken.
pub(super) fn first_broken(rows: &[Row]) -> Option<usize> {
    let steps = rows.first().map_or(0, |row| row.marks.len());
    (0..steps).find(|&step| rows.iter().any(|row| row.is_broken_at(step)))
}

fn of_invariant(journey: &Journey, property: &'static Invariant) -> Row {
    let chain = &journey.walked.chain;
    let mark = |state| match property.clause(chain, state) {
        Some(clause) => Mark::Broken(clause),
        None if (property.premise)(chain, state) => Mark::Holds,
        None => Mark::Unasked,
    };
    Row {
        id: property.id,
        sentence: property.sentence,
        exempt: property.exemption(&chain.scenario),
        marks: journey.walked.states.iter().map(mark).collect(),
        never: None,
    }
}

fn of_family(journey: &Journey, family: &'static LeadsTo, is_endless: bool) -> Row {
    let chain = &journey.walked.chain;
    let instances = (family.instances)(&chain.scenario);
    let mut marks = vec![Mark::Unasked; journey.walked.states.len()];
    for of in &instances {
        for (mark, one) in marks.iter_mut().zip(of_instance(journey, family, of)) {
            *mark = worse(*mark, one);
        }
    }
    let never = is_endless.then(|| broken(journey, family, &instances));
    Row {
        id: family.id,
        sentence: family.sentence,
        exempt: family.exemption(&chain.scenario),
        marks,
        never: never.flatten(),
    }
}

/// Of what is asked for several, what is still missing counts.
fn worse(one: Mark, other: Mark) -> Mark {
    match (one, other) {
        (Mark::Waits(_) | Mark::Broken(_), _) | (Mark::Holds, Mark::Unasked | Mark::Holds) => one,
        (Mark::Holds, Mark::Waits(_) | Mark::Broken(_)) | (Mark::Unasked, _) => other,
    }
}

fn of_instance(journey: &Journey, family: &LeadsTo, of: &Instance) -> Vec<Mark> {
    let chain = &journey.walked.chain;
    let mut waits = false;
    let mut mark = |state: &State| {
        let is_asked = (family.premise)(chain, of, state);
        let is_done = family.is_done(chain, of, state);
        waits = match family.form {
            Form::LeadsTo => (waits || is_asked) && !is_done,
            Form::Stays => !is_done,
        };
        match (waits, is_asked) {
            (true, _) => Mark::Waits(family.clause(chain, of, state).unwrap_or("it is reached")),
            (false, true) => Mark::Holds,
            (false, false) => Mark::Unasked,
        }
    };
    journey.walked.states.iter().map(&mut mark).collect()
}

/// Whether the walk stands for a behaviour that never ends: it has a cycle, or nothing has to
/// happen after it.
fn is_endless(journey: &Journey) -> bool {
    let is_whole = journey.walked.refused.is_none();
    let has_cycle = journey.trace.steps.iter().any(|step| step.cycle);
    is_whole && (has_cycle || rests(journey))
}

/// Whether nothing has to happen after the last step.
pub(super) fn rests(journey: &Journey) -> bool {
    let enabled = journey.walked.enabled();
    let mut owed = enabled
        .iter()
        .filter(|(it, _)| Class::of(&it.deed).is_some());
    owed.next().is_none()
}

fn broken(journey: &Journey, family: &LeadsTo, of: &[Instance]) -> Option<Never> {
    let chain = &journey.walked.chain;
    let lasso = lasso(&journey.trace, &journey.walked);
    let mut broken = of
        .iter()
        .filter(|it| family.is_broken_by(chain, it, &lasso).is_ok());
    let clause = family.broken_clause(chain, broken.next()?, &lasso);
    Some(Never {
        from: lasso.stem.steps.len(),
        clause: clause.map_or("the goal is reached", |(_, clause)| clause),
    })
}
