//! Reads the Kubernetes protobuf envelope for the few kinds that kubectl 1.32 and newer post from
//! their typed clients (`kubectl create namespace|configmap|secret|service|serviceaccount`,
//! `kubectl auth can-i`). Those clients do not fall back to JSON on 415.
mod kinds;
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use kinds::{Field, Shape};
use wire::Wire;

/// The object in a body; nothing if it is not a body this server reads.
pub(crate) fn decode(body: &[u8]) -> Option<Value> {
    let envelope = wire::fields(body.strip_prefix(b"k8s\0")?)?;
    let type_meta = wire::fields(wire::bytes(&envelope, 1)?)?;
    let text = |number| std::str::from_utf8(wire::bytes(&type_meta, number)?).ok();
    let (api_version, kind) = (text(1)?, text(2)?);
    let mut object = message(
        wire::bytes(&envelope, 2).unwrap_or_default(),
        kinds::of(api_version, kind)?,
    )?;
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    Some(object)
}

fn message(bytes: &[u8], shape: &[Field]) -> Option<Value> {
    let mut object = Map::new();
    for (number, wire) in wire::fields(bytes)? {
        let Some(field) = shape.iter().find(|field| field.number == number) else {
            continue;
        };
        if let (Shape::TextMap | Shape::BytesMap, Wire::Bytes(entry)) = (&field.shape, &wire) {
            let (key, value) = map_entry(entry, &field.shape)?;
            let map = object.entry(field.name).or_insert_with(|| json!({}));
            map.as_object_mut()?.insert(key, value);
            continue;
        }
        let value = single(&field.shape, &wire)?;
        if field.repeated {
            object
                .entry(field.name)
                .or_insert_with(|| json!([]))
                .as_array_mut()?
                .push(value);
        } else if value != json!("") && value != json!(0) {
            object.insert(field.name.into(), value);
        }
    }
    Some(Value::Object(object))
}

fn single(shape: &Shape, wire: &Wire<'_>) -> Option<Value> {
    Some(match (shape, wire) {
        (Shape::Text, Wire::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.into(),
        (Shape::Truth, Wire::Number(number)) => (*number != 0).into(),
        (Shape::Integer, Wire::Number(number)) => number.cast_signed().into(),
        (Shape::Message(fields), Wire::Bytes(bytes)) => message(bytes, fields)?,
        (Shape::IntOrString, Wire::Bytes(bytes)) => {
            let parts = message(bytes, kinds::INT_OR_STRING)?;
            if parts["type"] == 1 {
                parts["text"].clone()
            } else {
                parts["number"].clone()
            }
        }
        (
            Shape::Text
            | Shape::Truth
            | Shape::Integer
            | Shape::Message(_)
            | Shape::IntOrString
            | Shape::TextMap
            | Shape::BytesMap,
            Wire::Bytes(_) | Wire::Number(_) | Wire::Skipped,
        ) => return None,
    })
}

fn map_entry(bytes: &[u8], shape: &Shape) -> Option<(String, Value)> {
    let entry = wire::fields(bytes)?;
    let key = std::str::from_utf8(wire::bytes(&entry, 1).unwrap_or_default()).ok()?;
    let value = wire::bytes(&entry, 2).unwrap_or_default();
    let value = if matches!(shape, Shape::BytesMap) {
        STANDARD.encode(value).into()
    } else {
        std::str::from_utf8(value).ok()?.into()
    };
    Some((key.to_string(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        out.extend(bytes);
        out
    }

    fn envelope(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
        let type_meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
        [b"k8s\0".to_vec(), field(1, &type_meta), field(2, object)].concat()
    }

    #[test]
    fn a_config_map_posted_by_kubectl_is_read() {
        let entry = [field(1, b"color"), field(2, b"blue")].concat();
        let object = [field(1, &field(1, b"settings")), field(2, &entry)].concat();
        assert_eq!(
            decode(&envelope("v1", "ConfigMap", &object)),
            Some(json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "settings"}, "data": {"color": "blue"}}))
        );
    }

    #[test]
    fn secret_bytes_become_base64() {
        let entry = [field(1, b"k"), field(2, b"\x00\xff")].concat();
        let object = field(2, &entry);
        assert_eq!(
            decode(&envelope("v1", "Secret", &object)).unwrap()["data"]["k"],
            "AP8="
        );
    }

    #[test]
    fn an_unknown_kind_or_a_cut_body_is_not_read() {
        assert_eq!(decode(&envelope("v1", "Pod", b"")), None);
        assert_eq!(decode(b"{}"), None);
        let whole = envelope("v1", "ConfigMap", &field(1, &field(1, b"settings")));
        assert_eq!(decode(&whole[..whole.len() - 3]), None);
    }
}
