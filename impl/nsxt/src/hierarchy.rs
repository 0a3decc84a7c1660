//! The hierarchical API: one PATCH of `/infra` with a tree of children.
//!
//! The order of children does not matter: references are looked up when the whole tree is in
//! place, and either all of it is stored or nothing.

use serde_json::Value;

use crate::intent::Intent;
use crate::kind::{Kind, Location};
use crate::refusal::Refusal;
use crate::schema::Body;
use crate::state::{Caller, State};
use crate::write::{Manner, References};

/// The changes a tree asks for, flattened.
#[derive(Debug, Default)]
struct Changes {
    written: Vec<(Location, Body)>,
    deleted: Vec<String>,
}

impl State {
    /// Stores a tree of changes.
    pub(crate) fn write_tree(
        &mut self,
        infra: &Body,
        manner: Manner,
        caller: &Caller,
    ) -> Result<(), Refusal> {
        let mut changes = Changes::default();
        changes.gather(None, "/infra", infra)?;
        let mut next = self.clone();
        // Parents and what is referred to come first; see `Kind::ALL`.
        changes
            .written
            .sort_by_key(|(at, _)| Kind::ALL.iter().position(|k| *k == at.kind));
        for (at, body) in &changes.written {
            next.write(at, body, manner, References::Later, caller)?;
        }
        next.delete_all(&changes.deleted, caller)?;
        for (at, _) in &changes.written {
            if let Some(intent) = next.live(&at.path()) {
                next.all_exist(&intent.references)?;
            }
        }
        *self = next;
        Ok(())
    }

    /// Deletes objects with all their children, when nothing outside refers to them.
    fn delete_all(&mut self, roots: &[String], caller: &Caller) -> Result<(), Refusal> {
        let mut doomed: Vec<String> = Vec::new();
        for root in roots {
            if self.live(root).is_none() {
                continue;
            }
            doomed.extend(self.children(root).map(Intent::path));
            doomed.push(root.clone());
        }
        for path in &doomed {
            let outside: Vec<String> = self
                .referrers(path)
                .map(Intent::path)
                .filter(|by| !doomed.contains(by))
                .collect();
            if !outside.is_empty() {
                return Err(Refusal::InUse {
                    path: path.clone(),
                    by: outside,
                });
            }
        }
        // Children and those that refer go first, so that each deletion is a plain one.
        doomed.sort_by_key(|path| {
            let kind = Location::of_path(path).map(|at| at.kind);
            std::cmp::Reverse(Kind::ALL.iter().position(|k| Some(*k) == kind))
        });
        doomed.dedup();
        doomed.iter().try_for_each(|path| match self.live(path) {
            Some(_) => self.delete(path, false, caller),
            None => Ok(()),
        })
    }
}

impl Changes {
    fn gather(
        &mut self,
        parent_kind: Option<Kind>,
        parent: &str,
        holder: &Body,
    ) -> Result<(), Refusal> {
        let children = holder.get("children").and_then(Value::as_array);
        for child in children.into_iter().flatten() {
            let child = child.as_object();
            let child = child.ok_or_else(|| Refusal::Hierarchy("a child is no object".into()))?;
            self.child(parent_kind, parent, child)?;
        }
        Ok(())
    }

    fn child(
        &mut self,
        parent_kind: Option<Kind>,
        parent: &str,
        child: &Body,
    ) -> Result<(), Refusal> {
        let of_type = child
            .get("resource_type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if of_type == "ChildResourceReference" {
            let text = |name: &str| child.get(name).and_then(Value::as_str).unwrap_or_default();
            let at = place(parent_kind, parent, text("target_type"), text("id"))?;
            return self.gather(Some(at.kind), &at.path(), child);
        }
        let base = of_type.strip_prefix("Child").unwrap_or_default();
        let object = child.get(base).and_then(Value::as_object);
        let object =
            object.ok_or_else(|| Refusal::Hierarchy(format!("{of_type} holds no {base}")))?;
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        let at = place(parent_kind, parent, base, id)?;
        let marked = |body: &Body| body.get("marked_for_delete") == Some(&Value::Bool(true));
        if marked(child) || marked(object) {
            self.deleted.push(at.path());
            return Ok(());
        }
        self.gather(Some(at.kind), &at.path(), object)?;
        self.written.push((at, object.clone()));
        Ok(())
    }
}

fn place(
    parent_kind: Option<Kind>,
    parent: &str,
    base_type: &str,
    id: &str,
) -> Result<Location, Refusal> {
    let kind = Kind::of_base_type(base_type)
        .filter(|kind| kind.parent() == parent_kind)
        .ok_or_else(|| Refusal::Hierarchy(format!("{base_type} is no child of {parent}")))?;
    if id.is_empty() || id.contains('/') {
        return Err(Refusal::Invalid(vec![
            "id is a required property".to_owned(),
        ]));
    }
    Ok(Location {
        kind,
        parent: parent.to_owned(),
        id: id.to_owned(),
    })
}
