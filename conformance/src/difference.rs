//! Where two things that should agree do not, field by field.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One field in which the model and the other side differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which field.
    pub field: String,
    /// What the model has.
    pub model: String,
    /// What the controllers, or the world they made, have.
    pub world: String,
}

impl Difference {
    /// The difference of two values of a field, if there is one.
    pub fn between<T: PartialEq + fmt::Debug>(field: &str, model: &T, world: &T) -> Option<Self> {
        Self::between_texts(field, format!("{model:?}"), format!("{world:?}"))
            .filter(|_| model != world)
    }

    /// The same of values that are text already.
    pub fn between_texts(field: &str, model: String, world: String) -> Option<Self> {
        let field = field.into();
        (model != world).then_some(Difference {
            field,
            model,
            world,
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.field)?;
        writeln!(f, "  model {}", self.model)?;
        write!(f, "  world {}", self.world)
    }
}
