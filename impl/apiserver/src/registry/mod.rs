//! Which resources exist: the built-in ones, and what the CustomResourceDefinitions add.
mod builtin;
mod custom;
mod resource;

use std::sync::Arc;

use serde_json::Value;

pub(crate) use resource::{
    Column, Form, Generation, Origin, Resource, Scope, Unconditional, qualified,
};

/// The resources of one server.
#[derive(Clone)]
pub(crate) struct Registry {
    custom: Vec<Arc<Resource>>,
}

impl Registry {
    pub fn new() -> Registry {
        Registry { custom: Vec::new() }
    }

    /// Every served resource: built-in ones first, then custom ones by name of their definition.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        builtin::resources().iter().chain(&self.custom)
    }

    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.all()
            .find(|r| r.plural == plural && r.group == group && r.version == version)
    }

    /// A resource of this group and plural in whichever version comes first.
    pub fn any_version(&self, group: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.all().find(|r| r.plural == plural && r.group == group)
    }

    /// The resource that a stored object of `table` is an object of.
    pub fn of_table(&self, table: &str) -> Option<&Arc<Resource>> {
        self.all()
            .find(|r| &*r.table == table && r.form == Form::Stored)
    }

    /// Takes over what the definitions say now.
    pub fn reload<'a>(&mut self, definitions: impl Iterator<Item = &'a Value>) {
        self.custom = definitions
            .flat_map(custom::resources)
            .map(Arc::new)
            .collect();
    }
}

/// `services` of the core group, which the program itself asks for.
pub(crate) fn builtin(group: &str, plural: &str) -> Arc<Resource> {
    builtin::resources()
        .iter()
        .find(|r| r.group == group && r.plural == plural)
        .expect("only asked for resources of the table in builtin.rs")
        .clone()
}
