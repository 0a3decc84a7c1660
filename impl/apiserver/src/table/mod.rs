//! `meta.k8s.io/v1 Table`, which is how kubectl prints.
mod builtin;
mod cells;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::Object;
use crate::registry::{Column, Resource};
use crate::render;

/// One column: its heading, and how a cell is made.
pub(super) struct TableColumn {
    name: String,
    kind: String,
    format: String,
    description: String,
    /// 0 is always shown, more only in wide output.
    priority: i64,
    cell: Cell,
}

/// How a cell is made from an object.
pub(super) enum Cell {
    Path(String),
    /// Time since the date at this path.
    Since(String),
    Made(fn(&Value) -> String),
    Count(fn(&Value) -> usize),
}

impl Cell {
    fn of(&self, object: &Value, now: Timestamp) -> Value {
        match self {
            Cell::Path(path) => cells::lookup(object, path).cloned().unwrap_or(Value::Null),
            Cell::Since(path) => cells::lookup(object, path)
                .map_or_else(|| json!("<unknown>"), |date| json!(cells::age(date, now))),
            Cell::Made(make) => json!(make(object)),
            Cell::Count(count) => json!(count(object)),
        }
    }
}

/// The table of some objects.
pub(crate) fn table(
    resource: &Resource,
    objects: &[Arc<Object>],
    metadata: &Value,
    now: Timestamp,
) -> Value {
    let mut columns = vec![builtin::column("Name", Cell::Path(".metadata.name".into()))];
    columns[0].format = "name".into();
    match builtin::columns(resource) {
        Some(of_kind) => columns.extend(of_kind),
        None => columns.extend(custom(&resource.columns)),
    }
    let definitions: Vec<Value> = columns
        .iter()
        .map(|column| {
            json!({"name": column.name, "type": column.kind, "format": column.format,
                "description": column.description, "priority": column.priority})
        })
        .collect();
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let shown = render::presented(resource, object.value());
            let cells: Vec<Value> = columns.iter().map(|c| c.cell.of(&shown, now)).collect();
            json!({"cells": cells, "object": render::partial(object.value())})
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": definitions, "rows": rows})
}

fn custom(columns: &[Column]) -> Vec<TableColumn> {
    if columns.is_empty() {
        return vec![builtin::age()];
    }
    columns
        .iter()
        .map(|column| {
            let is_date = column.kind == "date";
            TableColumn {
                name: column.name.clone(),
                kind: column.kind.clone(),
                format: column.format.clone(),
                description: match column.description.is_empty() {
                    true => format!(
                        "Custom resource definition column (in JSONPath format): {}",
                        column.path
                    ),
                    false => column.description.clone(),
                },
                priority: column.priority,
                cell: if is_date {
                    Cell::Since(column.path.clone())
                } else {
                    Cell::Path(column.path.clone())
                },
            }
        })
        .collect()
}
