//! One object of the intent tree: what a client wrote, and what the platform has made of it.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::frontend::{Backends, Frontend};
use crate::kind::{Kind, Location};
use crate::schema::{Body, Reference, resource_types};

/// One of those in the tables. By this name, because the derived reading takes a bare reference for
/// one into what it reads.
type TypeName = &'static str;

/// A stored object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) at: Location,
    #[serde(deserialize_with = "resource_type")]
    pub(crate) resource_type: TypeName,
    pub(crate) fields: Arc<Body>,
    /// What this object refers to, its parent not among them.
    pub(crate) references: Arc<[Reference]>,
    /// Zero when it is created, one more with every successful write.
    pub(crate) revision: u64,
    pub(crate) unique_id: String,
    pub(crate) created: Signed,
    pub(crate) modified: Signed,
    pub(crate) system_owned: bool,
    /// Deletion was accepted; the object goes when it is purged.
    pub(crate) marked: Option<Marked>,
    pub(crate) progress: Progress,
    /// What the platform last realized; it stays in force while a newer intent is pending.
    pub(crate) realized: Option<Realized>,
}

/// A deletion that was accepted. Without a time the purge waits for a command.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Marked {
    pub(crate) due: Option<Timestamp>,
}

/// Who wrote, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) by: Arc<str>,
    pub(crate) at: Timestamp,
}

/// How far the newest intent has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    /// Not realized yet. Without a time it waits for a command.
    Pending {
        due: Option<Timestamp>,
    },
    Realized,
    Failed(Alarm),
    /// Nothing to realize it on: no tier-1 gateway, or no load balancer service.
    Detached,
}

/// What was realized.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Realized {
    Plain,
    Address(IpAddr),
    Frontend(Arc<Frontend>),
    Backends(Arc<Backends>),
}

/// Why the platform could not realize an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The number clients decide by, such as 5109.
    pub code: i64,
    /// The part of the platform that raised it.
    pub module: String,
    /// What went wrong, in its words.
    pub message: String,
    /// A more telling cause, where the first one is a wrapper: code and message.
    pub related: Option<(i64, String)>,
}

/// Finds the type that is meant among those of the tables.
fn resource_type<'de, D: Deserializer<'de>>(from: D) -> Result<TypeName, D::Error> {
    let name = String::deserialize(from)?;
    let mut types = Kind::ALL.into_iter().flat_map(resource_types);
    types
        .find(|of_type| of_type.name == name)
        .map(|of_type| of_type.name)
        .ok_or_else(|| serde::de::Error::custom(format!("{name} is no resource type")))
}

impl Intent {
    pub(crate) fn path(&self) -> String {
        self.at.path()
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// What a list is sorted by and a client is shown; the id where no name was given.
    pub(crate) fn display_name(&self) -> &str {
        self.text("display_name").unwrap_or(&self.at.id)
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.progress, Progress::Pending { .. })
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        match &self.realized {
            Some(Realized::Address(address)) => Some(*address),
            Some(Realized::Plain | Realized::Frontend(_) | Realized::Backends(_)) | None => None,
        }
    }

    pub(crate) fn frontend(&self) -> Option<&Arc<Frontend>> {
        match &self.realized {
            Some(Realized::Frontend(frontend)) => Some(frontend),
            Some(Realized::Plain | Realized::Address(_) | Realized::Backends(_)) | None => None,
        }
    }

    pub(crate) fn backends(&self) -> Option<&Arc<Backends>> {
        match &self.realized {
            Some(Realized::Backends(backends)) => Some(backends),
            Some(Realized::Plain | Realized::Address(_) | Realized::Frontend(_)) | None => None,
        }
    }

    /// The object as it is answered: its fields, and what the manager keeps about it.
    pub(crate) fn answered(&self) -> Value {
        let mut body = (*self.fields).clone();
        let owned = json!({
            "id": self.at.id,
            "display_name": self.display_name(),
            "resource_type": self.resource_type,
            "path": self.path(),
            "relative_path": self.at.id,
            "parent_path": self.at.parent,
            "unique_id": self.unique_id,
            "marked_for_delete": self.marked.is_some(),
            "overridden": false,
            "_create_user": &*self.created.by,
            "_create_time": self.created.at.as_millisecond(),
            "_last_modified_user": &*self.modified.by,
            "_last_modified_time": self.modified.at.as_millisecond(),
            "_system_owned": self.system_owned,
            "_protection": "NOT_PROTECTED",
            "_revision": self.revision,
        });
        if let Value::Object(mut owned) = owned {
            body.append(&mut owned);
        }
        Value::Object(body)
    }
}

impl Alarm {
    /// The pool has no free address.
    pub(crate) fn exhausted() -> Alarm {
        Alarm::of_ipam(5109, "Insufficient free IP addresses.".to_owned())
    }

    /// The address asked for lies in no range of the pool.
    pub(crate) fn outside(address: IpAddr) -> Alarm {
        Alarm::of_ipam(
            5110,
            format!("IP address {address} does not belong to the IP pool."),
        )
    }

    /// The address asked for is held by another allocation, or not released yet.
    pub(crate) fn taken(address: IpAddr) -> Alarm {
        Alarm::of_ipam(5141, format!("IP address {address} is already allocated."))
    }

    fn of_ipam(code: i64, message: String) -> Alarm {
        Alarm {
            code,
            module: "id-allocation service".to_owned(),
            message,
            related: None,
        }
    }

    /// A load balancer's alarm: the wrapper 23500 with the telling cause inside.
    #[must_use]
    pub fn of_load_balancer(code: i64, cause: String) -> Alarm {
        Alarm {
            code: 23500,
            module: "LOAD-BALANCER".to_owned(),
            message: "Found errors in the request. Please refer to the related errors for details."
                .to_owned(),
            related: Some((code, cause)),
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut details = json!({
            "httpStatus": "BAD_REQUEST",
            "error_code": self.code,
            "module_name": self.module,
            "error_message": self.message,
        });
        if let Some((code, message)) = &self.related {
            details["related_errors"] = json!([{
                "httpStatus": "BAD_REQUEST",
                "error_code": code,
                "module_name": self.module,
                "error_message": message,
            }]);
        }
        let message = self
            .related
            .as_ref()
            .map_or(&self.message, |(_, message)| message);
        json!({
            "resource_type": "PolicyAlarmResource",
            "message": message,
            "error_details": details,
        })
    }
}
