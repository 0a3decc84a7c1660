//! PUT, PATCH and DELETE of one object, with the rules of revisions, references and children.

use serde_json::Value;

use crate::intent::Intent;
use crate::ipam::{holds, overlap};
use crate::kind::{Kind, Location};
use crate::refusal::Refusal;
use crate::schema::{Body, Checked, Reference, check, merge, ranges};
use crate::state::{Caller, State, Written};

/// How a body is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// PUT: replaces what the client has read, by its `_revision`.
    Replace,
    /// PATCH: replaces whatever is there, also what the body leaves out.
    Overwrite,
    /// A partial PATCH: only the properties present.
    Merge,
}

/// Whether a write must find what it refers to. Inside one tree, the whole is checked at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    Now,
    Later,
}

impl State {
    /// Creates or changes an object.
    ///
    /// # Errors
    /// A refusal leaves everything as it was.
    pub(crate) fn write(
        &mut self,
        at: &Location,
        given: &Body,
        manner: Manner,
        references: References,
        caller: &Caller,
    ) -> Result<(), Refusal> {
        let path = at.path();
        if at.kind.parent().is_some() && self.live(&at.parent).is_none() {
            return Err(Refusal::InvalidPath {
                path: at.parent.clone(),
            });
        }
        let existing = self.intents.get(&path);
        if existing.is_some_and(|existing| existing.marked.is_some()) {
            return Err(Refusal::MarkedForDelete { path });
        }
        // "If allocation of the same ID is found, this is a no-op."
        if at.kind == Kind::IpAllocation && existing.is_some() {
            return Ok(());
        }
        if let Some(existing) = existing.filter(|existing| existing.system_owned) {
            return Err(not_owner(existing, caller));
        }
        if manner == Manner::Replace {
            compare_revision(&path, existing, given)?;
        }
        let merged = match (manner, existing) {
            (Manner::Merge, Some(existing)) => {
                let mut merged = merge(&existing.fields, given);
                let of_type = || Value::from(existing.resource_type);
                merged.entry("resource_type").or_insert_with(of_type);
                merged
            }
            (Manner::Merge | Manner::Overwrite | Manner::Replace, _) => given.clone(),
        };
        let checked = check(at.kind, &at.id, &merged)?;
        if references == References::Now {
            self.all_exist(&checked.references)?;
        }
        if at.kind == Kind::IpSubnet {
            self.subnet_fits(at, &checked.fields)?;
        }
        let Checked {
            resource_type,
            fields,
            references,
        } = checked;
        self.insert(
            at.clone(),
            Written {
                resource_type,
                fields,
                references,
            },
            caller,
        );
        Ok(())
    }

    /// Deletes an object that nothing refers to and that has no children.
    pub(crate) fn delete(
        &mut self,
        path: &str,
        force: bool,
        caller: &Caller,
    ) -> Result<(), Refusal> {
        let intent = self.found(path)?;
        if intent.system_owned {
            return Err(not_owner(intent, caller));
        }
        let forced = force && intent.at.kind.may_be_forced();
        let mut by: Vec<String> = self.children(path).map(Intent::path).collect();
        if !forced {
            by.extend(self.referrers(path).map(Intent::path));
        }
        if intent.at.kind == Kind::IpSubnet {
            let allocated = self.allocated_in(&intent.at.parent, &intent.fields);
            by.extend(allocated.into_iter().map(|(path, _)| path));
        }
        if !by.is_empty() {
            return Err(Refusal::InUse {
                path: path.to_owned(),
                by,
            });
        }
        self.mark(path, caller.now);
        Ok(())
    }

    /// Refuses the first reference that leads nowhere, or to another kind.
    pub(crate) fn all_exist(&self, references: &[Reference]) -> Result<(), Refusal> {
        let leads = |to: &Reference| self.live(&to.path).is_some_and(|i| i.at.kind == to.kind);
        match references.iter().find(|to| !leads(to)) {
            Some(to) => Err(Refusal::InvalidPath {
                path: to.path.clone(),
            }),
            None => Ok(()),
        }
    }

    /// A subnet overlaps with no other of its pool, and keeps the addresses that are in use.
    fn subnet_fits(&self, at: &Location, fields: &Body) -> Result<(), Refusal> {
        let others = self.collection(&at.parent, Kind::IpSubnet);
        for other in others.filter(|other| other.at.id != at.id) {
            for mine in ranges(fields) {
                if let Some(theirs) = ranges(&other.fields).find(|theirs| overlap(&mine, theirs)) {
                    return Err(Refusal::Overlap {
                        range: format!("{}-{}", mine.0, mine.1),
                        other: format!("{}-{}", theirs.0, theirs.1),
                        path: other.path(),
                    });
                }
            }
        }
        let Some(before) = self.intents.get(&at.path()) else {
            return Ok(());
        };
        let lost = |address: &_| !ranges(fields).any(|range| holds(&range, *address));
        let in_use = self.allocated_in(&at.parent, &before.fields);
        match in_use.into_iter().map(|(_, address)| address).find(lost) {
            Some(address) => Err(Refusal::RangeInUse {
                path: at.path(),
                address: address.to_string(),
            }),
            None => Ok(()),
        }
    }
}

/// "The _revision provided in a PUT request is missing or stale": refused in two ways.
fn compare_revision(path: &str, existing: Option<&Intent>, given: &Body) -> Result<(), Refusal> {
    let told = given
        .get("_revision")
        .filter(|revision| !revision.is_null());
    let told = told
        .map(|revision| {
            let problem = || vec!["_revision is not a valid integer".to_owned()];
            revision.as_i64().ok_or_else(|| Refusal::Invalid(problem()))
        })
        .transpose()?;
    let path = path.to_owned();
    match (existing, told) {
        (Some(_), None) => Err(Refusal::AlreadyExists { path }),
        (Some(existing), Some(told)) if i64::try_from(existing.revision) != Ok(told) => {
            Err(Refusal::Stale {
                path,
                current: existing.revision.to_string(),
                given: told,
            })
        }
        // A revision speaks for an object that was read: one that is gone is not made again.
        (None, Some(told)) => Err(Refusal::Stale {
            path,
            current: "none".to_owned(),
            given: told,
        }),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

fn not_owner(intent: &Intent, caller: &Caller) -> Refusal {
    Refusal::NotOwner {
        user: caller.user.to_string(),
        resource_type: intent.resource_type.to_owned(),
    }
}
