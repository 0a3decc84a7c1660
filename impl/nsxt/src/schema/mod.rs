//! What each resource type may hold: fields, their shapes, their defaults, their references.
//!
//! The tables in [`tables`] follow the official Policy specification of NSX-T 3.1.0; [`check`]
//! holds a body against them.

mod check;
mod tables;

pub(crate) use check::{Body, Checked, Reference, check, merge, port_range, ranges};
pub(crate) use tables::resource_types;

use crate::kind::Kind;

/// One concrete type of a kind, as `resource_type` names it.
#[derive(Debug)]
pub(crate) struct ResourceType {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
}

/// One property of a resource type.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) presence: Presence,
}

#[derive(Debug)]
pub(crate) enum Presence {
    Required,
    Optional,
    /// Filled in when it is left out, and answered.
    Default(Literal),
}

#[derive(Debug)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    /// An object with only its `type`.
    Typed(&'static str),
}

#[derive(Debug)]
pub(crate) enum Shape {
    Text {
        longest: usize,
    },
    Bool,
    Int {
        least: i64,
        most: i64,
    },
    OneOf(&'static [&'static str]),
    Address,
    Cidr,
    /// One port, as text.
    Port,
    /// `"80"` or `"1234-1236"`.
    PortOrRange,
    List {
        of: &'static Shape,
        least: usize,
        most: usize,
    },
    Record(&'static [Field]),
    /// The path of an object that must exist when the body is written.
    Reference(Kind),
    /// A path into a family that is not kept here, such as tier-1 gateways; taken as it is.
    ForeignPath,
    /// Kept without a look inside.
    Anything,
}
