//! The hierarchical API: one PATCH of `/infra` that writes and deletes objects, all or nothing.

use serde::Serialize;
use serde_json::{Value, json};

use crate::client::NsxClient;
use crate::{Error, LbPool, LbService, LbVirtualServer};

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
        let mut object = serde_json::to_value(object).expect("an object has only text for keys");
        object["resource_type"] = kind.into();
        self.with(json!({ "resource_type": format!("Child{kind}"), kind: object }))
    }

    fn delete(self, kind: &str, id: &str) -> Tree {
        self.with(json!({
            "resource_type": format!("Child{kind}"),
            "marked_for_delete": true,
            kind: { "resource_type": kind, "id": id, "marked_for_delete": true },
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
