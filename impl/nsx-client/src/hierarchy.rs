//! The hierarchical API: one PATCH of `/infra` that writes and deletes objects, all or nothing.

use serde::Serialize;
use serde_json::{Value, json};

use crate::client::NsxClient;
use crate::group::DOMAIN;
use crate::{Error, Group, HttpMonitor, LbPool, LbService, LbVirtualServer};

/// Changes that are made together. Their order means nothing: what an object refers to may come
/// after it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    children: Vec<Value>,
}

impl Tree {
    /// Creates a service or replaces it whole.
    #[must_use]
    pub fn write_lb_service(self, service: &LbService) -> Tree {
        self.write("LBService", service)
    }

    /// Creates a pool or replaces it whole.
    #[must_use]
    pub fn write_lb_pool(self, pool: &LbPool) -> Tree {
        self.write("LBPool", pool)
    }

    /// Creates a virtual server or replaces it whole.
    #[must_use]
    pub fn write_virtual_server(self, server: &LbVirtualServer) -> Tree {
        self.write("LBVirtualServer", server)
    }

    /// Creates a group or replaces it whole.
    #[must_use]
    pub fn write_group(self, group: &Group) -> Tree {
        self.in_domain(&Tree::default().write("Group", group))
    }

    /// Creates a monitor or replaces it whole.
    #[must_use]
    pub fn write_http_monitor(self, monitor: &HttpMonitor) -> Tree {
        self.write_as("LBMonitorProfile", HttpMonitor::TYPE, monitor)
    }

    /// Deletes a group, if there is one. What refers to it must change in the same tree.
    #[must_use]
    pub fn delete_group(self, id: &str) -> Tree {
        self.in_domain(&Tree::default().delete("Group", id))
    }

    /// Deletes a monitor that asks by HTTP, if there is one.
    #[must_use]
    pub fn delete_http_monitor(self, id: &str) -> Tree {
        self.delete_as("LBMonitorProfile", HttpMonitor::TYPE, id)
    }

    /// Deletes a pool, if there is one. What refers to it must go in the same tree.
    #[must_use]
    pub fn delete_lb_pool(self, id: &str) -> Tree {
        self.delete("LBPool", id)
    }

    /// Deletes a virtual server, if there is one.
    #[must_use]
    pub fn delete_virtual_server(self, id: &str) -> Tree {
        self.delete("LBVirtualServer", id)
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The request's body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "resource_type": "Infra", "children": self.children })
    }

    fn write(self, kind: &str, object: &impl Serialize) -> Tree {
        self.write_as(kind, kind, object)
    }

    /// A child is held by the base of its type.
    fn write_as(self, base: &str, kind: &str, object: &impl Serialize) -> Tree {
        let mut object = serde_json::to_value(object).expect("an object has only text for keys");
        object["resource_type"] = kind.into();
        self.with(json!({ "resource_type": format!("Child{base}"), base: object }))
    }

    fn delete(self, kind: &str, id: &str) -> Tree {
        self.delete_as(kind, kind, id)
    }

    fn delete_as(self, base: &str, kind: &str, id: &str) -> Tree {
        self.with(json!({
            "resource_type": format!("Child{base}"),
            "marked_for_delete": true,
            base: { "resource_type": kind, "id": id, "marked_for_delete": true },
        }))
    }

    /// Changes within the domain, which itself stays as it is.
    fn in_domain(self, changes: &Tree) -> Tree {
        self.with(json!({
            "resource_type": "ChildResourceReference",
            "target_type": "Domain",
            "id": DOMAIN,
            "children": changes.children,
        }))
    }

    fn with(mut self, child: Value) -> Tree {
        self.children.push(child);
        self
    }
}

impl NsxClient {
    /// Makes all changes of a tree, or none. The answer comes before they are realized.
    ///
    /// # Errors
    /// [`Error::InUse`] when something outside of the tree refers to what it deletes,
    /// [`Error::Deleting`] while an object of the same id is on its way out.
    pub async fn patch_infra(&self, tree: &Tree) -> Result<(), Error> {
        self.patch("/infra", &tree.body()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_names_the_type_of_every_child_and_marks_what_goes() {
        let pool = LbPool {
            id: "new".to_owned(),
            ..LbPool::default()
        };
        let tree = Tree::default().write_lb_pool(&pool).delete_lb_pool("old");
        let body = json!({ "resource_type": "Infra", "children": [
            { "resource_type": "ChildLBPool",
              "LBPool": { "resource_type": "LBPool", "id": "new", "members": [] } },
            { "resource_type": "ChildLBPool", "marked_for_delete": true,
              "LBPool": { "resource_type": "LBPool", "id": "old", "marked_for_delete": true } },
        ]});
        assert_eq!(tree.body(), body);
    }
}
