//! Named bounds: how much the user does, and how many addresses there are.

/// Bounds of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name, in traces and on the command line.
    pub name: &'static str,
    /// What happens in it.
    pub sentence: &'static str,
    /// Where it begins.
    pub begins: Beginning,
    /// How often the user can create the Service, the beginning included.
    pub creates: u8,
    /// How often the user can edit its ports.
    pub edits: u8,
    /// How often the user can delete it.
    pub deletes: u8,
    /// The size of the pool.
    pub addresses: u8,
}

/// Where a scenario begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With nothing: the controllers have started and seen that there is nothing.
    Empty,
    /// With a Service that shows its address, when nothing but ticks and polls is left to do.
    Settled,
}

/// Every scenario.
pub const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "create",
        sentence: "A Service is created and perhaps deleted.",
        begins: Beginning::Empty,
        creates: 1,
        edits: 0,
        deletes: 1,
        addresses: 1,
    },
    Scenario {
        name: "edit",
        sentence: "A Service is created; its ports are changed, and changed back.",
        begins: Beginning::Empty,
        creates: 1,
        edits: 2,
        deletes: 0,
        addresses: 1,
    },
    Scenario {
        name: "delete-race",
        sentence: "A Service is created, edited and deleted, each as early or as late as can be.",
        begins: Beginning::Settled,
        creates: 1,
        edits: 1,
        deletes: 1,
        addresses: 1,
    },
    Scenario {
        name: "recreate",
        sentence: "A Service is deleted and created again while its only address is in quarantine.",
        begins: Beginning::Settled,
        creates: 2,
        edits: 0,
        deletes: 1,
        addresses: 1,
    },
    Scenario {
        name: "exhausted",
        sentence: "A Service created while the only address is in quarantine is deleted again.",
        begins: Beginning::Settled,
        creates: 2,
        edits: 0,
        deletes: 2,
        addresses: 1,
    },
    Scenario {
        name: "everyday",
        sentence: "A Service is edited, deleted and created again; there are two addresses.",
        begins: Beginning::Settled,
        creates: 2,
        edits: 1,
        deletes: 1,
        addresses: 2,
    },
];

/// The error of asking for a scenario that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scenario {name:?}: one of {known}")]
pub struct UnknownScenario {
    /// What was asked for.
    pub name: String,
    /// The names there are, separated by commas.
    pub known: String,
}

/// The scenario of this name.
///
/// # Errors
/// Lists the names there are.
pub fn scenario(name: &str) -> Result<Scenario, UnknownScenario> {
    let found = SCENARIOS.into_iter().find(|scenario| scenario.name == name);
    found.ok_or_else(|| UnknownScenario {
        name: name.into(),
        known: SCENARIOS.map(|scenario| scenario.name).join(", "),
    })
}
