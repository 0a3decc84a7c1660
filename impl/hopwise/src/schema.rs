//! The JSON Schemas of what the program writes for other programs. `docs/schema` has them as they
//! are printed.

use crate::cli::Schemas;
use crate::run::{Compared, DIFF_SCHEMA, Run};
use hopwise_vocab::{Claim, Header, Safeguard};
use schemars::{Schema, SchemaGenerator, json_schema, schema_for};
use serde_json::{Value, json};

/// The text of a schema, indented and ended by a newline.
pub fn text(of: Schemas) -> String {
    format!("{:#}\n", schema(of))
}

/// A schema.
pub fn schema(of: Schemas) -> Value {
    match of {
        Schemas::Run => schema_for!(Run).to_value(),
        Schemas::Trace => trace(),
        Schemas::Diff => diff(),
    }
}

/// A comparison, which names its form first.
fn diff() -> Value {
    let mut schema = schema_for!(Compared).to_value();
    schema["properties"]["schema"] = json!({
        "description": "The version of the form.",
        "const": DIFF_SCHEMA,
    });
    if let Some(required) = schema["required"].as_array_mut() {
        required.push("schema".into());
    }
    schema
}

/// A line of a trace: the first is the header, each other one a step.
fn trace() -> Value {
    let mut generator = SchemaGenerator::default();
    let version = Header::new("", "", Claim::Walk).hopwise;
    let dialect = schema_for!(Run).to_value()["$schema"].clone();
    json!({
        "$schema": dialect,
        "title": "Trace",
        "description": "One line of a trace: the first is the header, each other one a step.",
        "oneOf": [
            {
                "title": "Header",
                "type": "object",
                "properties": {
                    "hopwise": {"description": "The version of the form.", "const": version},
                    "name": {"description": "The trace's own name.", "type": "string"},
                    "scenario": {"description": "The bounds it lives in.", "type": "string"},
                    "claim": claim(&mut generator),
                    "off": safeguards(&mut generator),
                },
                "required": ["hopwise", "name", "scenario", "claim"],
                "additionalProperties": false,
            },
            {
                "title": "Step",
                "type": "object",
                "properties": {
                    "do": {
                        "description": "The action taken, such as \"serve ccm create vm-service\" \
                                        or \"crash ncp by rival\"; hopwise list actions has them.",
                        "type": "string",
                        "pattern": "^[a-z-]+( [a-z-]+)*$",
                    },
                    "cycle": {
                        "description": "Where a lasso's cycle begins: before this step.",
                        "type": "boolean",
                    },
                },
                "required": ["do"],
                "additionalProperties": false,
            },
        ],
    })
}

/// One safeguard, by its name.
pub(crate) fn safeguard(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Safeguard::ALL.iter().map(|it| it.name()).collect();
    json_schema!({"type": "string", "enum": names})
}

/// The safeguards that are off.
pub(crate) fn safeguards(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "The safeguards that were off.",
        "type": "array",
        "items": safeguard(generator),
        "uniqueItems": true,
    })
}

/// What a trace claims to be.
pub(crate) fn claim(_: &mut SchemaGenerator) -> Schema {
    let one = |name: &str, what: &str| {
        json!({
            "description": what,
            "type": "object",
            "properties": {name: {"type": "string"}},
            "required": [name],
            "additionalProperties": false,
        })
    };
    json_schema!({
        "description": "What it claims to be.",
        "oneOf": [
            one("witness", "A behaviour that reaches what it names."),
            one("breaks", "A behaviour in which the named property breaks."),
            {"description": "Steps that somebody chose.", "const": "walk"},
        ],
    })
}

/// A time.
pub(crate) fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hopwise schema run > docs/schema/run.json` writes one again.
    #[test]
    fn the_documents_have_every_schema_as_it_is_printed() {
        let kept = [
            (Schemas::Run, include_str!("../../../docs/schema/run.json")),
            (
                Schemas::Trace,
                include_str!("../../../docs/schema/trace.json"),
            ),
            (
                Schemas::Diff,
                include_str!("../../../docs/schema/diff.json"),
            ),
        ];
        for (of, kept) in kept {
            assert_eq!(text(of), kept, "{of:?}");
        }
    }
}
