//! What the searches of model and controllers together come to.

use super::{Mark, Run};
use crate::report::words::{duration, plural, thousands};
use crate::schema;
use hopwise_vocab::Safeguards;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Formatter};

/// The controllers' passes, searched together with the model of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductRun {
    /// The scenario.
    pub scenario: String,
    /// The safeguards that were off, in the model and in the controllers.
    #[serde(default)]
    #[schemars(schema_with = "schema::safeguards")]
    pub off: Safeguards,
    /// The states of the model.
    pub model: u64,
    /// The states of model and controllers together.
    pub states: u64,
    /// The steps that were compared.
    pub steps: u64,
    /// How often a pass was run.
    pub runs: u64,
    /// Whether that is all there is.
    pub complete: bool,
    /// The first state in which a controller does something else than the model, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Apart>,
    /// How long it took to compare the steps, the runs of the passes included.
    pub comparing: f64,
    /// How long it took, the search of the model included.
    pub seconds: f64,
}

/// A state in which a controller does something else than the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Apart {
    /// What differs, in words.
    pub told: String,
    /// How many steps it takes.
    pub steps: u64,
    /// A shortest way there: the text of a trace.
    pub trace: String,
}

impl ProductRun {
    /// Whether the controllers do what the model does.
    pub fn mark(&self) -> Mark {
        match (&self.divergence, self.complete, self.steps) {
            (Some(_), ..) => Mark::Breaks,
            (None, false, _) => Mark::NotDecided,
            (None, true, 0) => Mark::NotAsked,
            (None, true, _) => Mark::Holds,
        }
    }

    /// The scenario, and what was off.
    pub fn title(&self) -> String {
        format!("{} ({})", self.scenario, self.off)
    }

    /// Why it does not hold, in one line; nothing where it does.
    pub fn reason(&self) -> String {
        match (&self.divergence, self.mark()) {
            (Some(apart), _) => apart.told.clone(),
            (None, Mark::NotDecided) => "the search was cut".into(),
            (None, Mark::NotAsked) => "there are no steps".into(),
            (None, Mark::Holds | Mark::Breaks | Mark::Exempt) => String::new(),
        }
    }

    /// How long the comparison of one step took, in microseconds.
    pub fn microseconds_a_step(&self) -> f64 {
        self.comparing * 1e6 / self.steps.max(1) as f64
    }
}

impl Run {
    pub(super) fn write_products(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, lane) in self.products.iter().enumerate() {
            if index == 0 {
                writeln!(f, "product, controllers and model searched together")?;
            }
            let (sign, title) = (lane.mark().sign(), lane.title());
            let (steps, states) = (thousands(lane.steps), plural(lane.states, "state"));
            let (runs, took) = (thousands(lane.runs), duration(lane.seconds));
            let each = lane.microseconds_a_step();
            writeln!(
                f,
                "  {sign} {title:<24} {steps} steps at {states}, {runs} runs of a pass, \
                 {each:.1} µs a step, {took}"
            )?;
            if lane.mark() != Mark::Holds {
                writeln!(f, "      {}", lane.reason())?;
            }
            for step in lane
                .divergence
                .iter()
                .flat_map(|it| it.trace.lines().skip(1))
            {
                writeln!(f, "      {step}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_search_that_was_cut_is_not_decided_and_one_that_differs_fails() {
        let mut lane = fixture::product();
        assert_eq!(lane.mark(), Mark::Holds);
        lane.complete = false;
        assert_eq!(
            (lane.mark(), lane.reason().as_str()),
            (Mark::NotDecided, "the search was cut")
        );
        lane.divergence = Some(Apart {
            told: "ccm call: the model has nothing, the controller a read".into(),
            steps: 3,
            trace: String::new(),
        });
        assert_eq!(lane.mark(), Mark::Breaks);
        assert!(lane.reason().contains("ccm call"));
    }
}
