//! The names on the command line, as what they name.

use crate::exit::Failure;
use crate::nearest::did_you_mean;
use clap::Args;
use hopwise_conformance::mutants::{self, Mutant};
use hopwise_protocol::{INVARIANTS, LEADS_TO, SCENARIOS, Scenario, every_scenario};
use hopwise_shell::cli::Profile;
use hopwise_vocab::{Safeguard, Safeguards};

/// Which safeguards are on.
#[derive(Clone, Debug, Default, Args)]
pub struct Switches {
    /// The protocol: ours with every safeguard, or with those that the open-source controllers
    /// have today.
    #[arg(long, value_enum, default_value_t)]
    pub profile: Profile,
    /// Switch a safeguard of the profile on.
    #[arg(long, value_name = "SAFEGUARD")]
    pub with: Vec<String>,
    /// Switch a safeguard off.
    #[arg(long, value_name = "SAFEGUARD")]
    pub without: Vec<String>,
}

impl Switches {
    /// The safeguards that are on.
    ///
    /// # Errors
    /// Names a safeguard that there is not, or that is to be both on and off.
    pub fn safeguards(&self) -> Result<Safeguards, Failure> {
        let on = safeguards_named(&self.with)?;
        let off = safeguards_named(&self.without)?;
        if let Some(both) = on.iter().find(|it| off.contains(it)) {
            let message = format!(
                "{both} is in --with and in --without: it is either on or off, so leave one out"
            );
            return Err(Failure::usage(anyhow::Error::msg(message)));
        }
        let profile = self.profile.safeguards();
        let off = profile.off().filter(|it| !on.contains(it)).chain(off);
        Ok(off.fold(Safeguards::reference(), Safeguards::without))
    }
}

/// The safeguards of these names, in the order given.
///
/// # Errors
/// Names the first that there is not, the nearest names, and all there are.
pub fn safeguards_named(names: &[String]) -> Result<Vec<Safeguard>, Failure> {
    let known = || Safeguard::ALL.iter().map(|it| it.name());
    let named = |name: &String| {
        name.parse::<Safeguard>()
            .map_err(|error| unknown(&error.to_string(), name, known()))
    };
    let found: Result<Vec<_>, _> = names.iter().map(named).collect();
    Ok(each_once(found?))
}

/// The scenarios of these names, or all but the nightly ones.
///
/// # Errors
/// Names the first that there is not, the nearest names, and all there are.
pub fn scenarios_named(names: &[String]) -> Result<Vec<Scenario>, Failure> {
    if names.is_empty() {
        return Ok(SCENARIOS.to_vec());
    }
    let found: Result<Vec<_>, _> = names.iter().map(|name| scenario_named(name)).collect();
    Ok(each_once(found?))
}

/// The same without repetitions: what is asked for twice is done once.
fn each_once<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut once = Vec::with_capacity(all.len());
    for it in all {
        if !once.contains(&it) {
            once.push(it);
        }
    }
    once
}

/// The scenario of this name.
///
/// # Errors
/// Names the nearest names, and all there are.
pub fn scenario_named(name: &str) -> Result<Scenario, Failure> {
    let known = every_scenario().map(|it| it.name);
    hopwise_protocol::scenario(name).map_err(|error| unknown(&error.to_string(), name, known))
}

/// The mutants of these names, or all of them.
///
/// # Errors
/// Names the first that there is not, the nearest names, and all there are.
pub fn mutants_named(names: &[String]) -> Result<Vec<&'static Mutant>, Failure> {
    if names.is_empty() {
        return Ok(mutants::all().collect());
    }
    let known = || mutants::all().map(|it| it.id);
    let named = |name: &String| {
        let found = mutants::all().find(|it| it.id == name);
        found.ok_or_else(|| {
            let all: Vec<&str> = known().collect();
            let message = format!("unknown mutant {name:?}: one of {}", all.join(", "));
            unknown(&message, name, known())
        })
    };
    let mut found: Vec<&Mutant> = Vec::with_capacity(names.len());
    for mutant in names.iter().map(named) {
        let mutant = mutant?;
        if found.iter().all(|it| it.id != mutant.id) {
            found.push(mutant);
        }
    }
    Ok(found)
}

/// The ids of these properties; `created-leads-to-published` is `created ⇝ published`, too.
///
/// # Errors
/// Names the first that there is not, the nearest names, and all there are.
pub fn properties_named(names: &[String]) -> Result<Vec<&'static str>, Failure> {
    names.iter().map(|name| property_named(name)).collect()
}

fn property_named(name: &str) -> Result<&'static str, Failure> {
    property(name).ok_or_else(|| {
        let known: Vec<&str> = property_ids().collect();
        let message = format!("unknown property {name:?}: one of {}", known.join(", "));
        unknown(&message, name, property_ids())
    })
}

/// The id of a property, however its name is spelled.
pub fn property(name: &str) -> Option<&'static str> {
    property_ids().find(|id| *id == name || spelled(id) == spelled(name))
}

/// Every property's id, in the order of the protocol.
pub fn property_ids() -> impl Iterator<Item = &'static str> {
    let safety = INVARIANTS.iter().map(|it| it.id);
    safety.chain(LEADS_TO.iter().map(|it| it.id))
}

/// A name without what is hard to type.
fn spelled(name: &str) -> String {
    let words = name
        .to_lowercase()
        .replace("leads-to", "⇝")
        .replace("~>", "⇝");
    words
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '⇝')
        .collect()
}

fn unknown<'a>(message: &str, word: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let message = format!("{message}{}", did_you_mean(word, known));
    Failure::usage(anyhow::Error::msg(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn as_built_is_the_reference_without_what_the_controllers_lack() {
        let switches = Switches {
            profile: Profile::AsBuilt,
            ..Switches::default()
        };
        let safeguards = switches.safeguards().unwrap();
        assert!(safeguards.has(Safeguard::FinalizerBeforeCreate));
        assert!(!safeguards.has(Safeguard::HoldUntilGone));
    }

    #[test]
    fn a_safeguard_can_be_given_back_to_the_profile() {
        let switches = Switches {
            profile: Profile::AsBuilt,
            with: names(&["hold-until-gone"]),
            without: names(&["release-ip-last"]),
        };
        let safeguards = switches.safeguards().unwrap();
        assert!(safeguards.has(Safeguard::HoldUntilGone));
        assert!(!safeguards.has(Safeguard::ReleaseIpLast));
    }

    #[test]
    fn what_is_asked_for_twice_is_searched_once() {
        let scenarios = scenarios_named(&names(&["edit", "create", "edit"])).unwrap();
        let found: Vec<_> = scenarios.iter().map(|it| it.name).collect();
        assert_eq!(found, ["edit", "create"]);
    }

    #[test]
    fn a_property_can_be_typed_on_any_keyboard() {
        for typed in [
            "created ⇝ published",
            "created-leads-to-published",
            "created~>published",
        ] {
            assert_eq!(property(typed), Some("created ⇝ published"), "{typed}");
        }
        assert_eq!(property("hop-order"), Some("hop_order"));
    }
}
