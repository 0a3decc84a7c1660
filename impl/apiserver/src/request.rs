//! What a request says besides its path: query, headers, body, and the form of answer it wants.
use bytes::Bytes;
use http::header;
use serde_json::Value;

use crate::failure::Failure;
use crate::protobuf;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;

const BODY_TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The query of a request, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(request: &Request) -> Query {
        let pairs = request.uri().query().unwrap_or_default().split('&');
        Query(
            pairs
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (percent_decoded(key), percent_decoded(value))
                })
                .collect(),
        )
    }

    /// The first value of a parameter that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name)?;
        (!found.1.is_empty()).then_some(found.1.as_str())
    }

    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1" | "True"))
    }

    /// A parameter that counts something. Kubernetes reads it with Go's `strconv` and hands on what
    /// that says; a negative number counts as none.
    pub fn count(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number: i64 = text.parse().map_err(|_| {
            Failure::bad_request(format!(
                "strconv.ParseInt: parsing {text:?}: invalid syntax"
            ))
        })?;
        Ok(u64::try_from(number).ok())
    }

    pub fn asks_dry_run(&self) -> bool {
        self.get("dryRun") == Some("All")
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (
            bytes[at],
            code.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A header's text, empty if absent.
pub(crate) fn header_text(request: &Request, name: header::HeaderName) -> &str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The form in which objects are answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    /// As they are.
    Object,
    /// `meta.k8s.io/v1 Table`, which is how kubectl prints.
    Table,
    /// `PartialObjectMetadata`, which is what metadata-only watches ask for.
    Partial,
}

impl View {
    /// The first form in `Accept` that this server speaks.
    pub fn negotiated(request: &Request) -> Result<View, Failure> {
        let accept = header_text(request, header::ACCEPT);
        if accept.is_empty() {
            return Ok(View::Object);
        }
        for clause in accept.split(',') {
            let mut parts = clause.split(';').map(str::trim);
            if !matches!(
                parts.next(),
                Some("application/json" | "*/*" | "application/*")
            ) {
                continue;
            }
            let form = parts.find_map(|part| part.strip_prefix("as="));
            match form {
                None => return Ok(View::Object),
                Some("Table") => return Ok(View::Table),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => {
                    return Ok(View::Partial);
                }
                Some(_) => {}
            }
        }
        Err(Failure::not_acceptable())
    }
}

/// The body of a write: JSON, YAML, or the protobuf of the few kinds that kubectl posts so.
pub(crate) fn body(request: &Request) -> Result<Value, Failure> {
    let content_type = header_text(request, header::CONTENT_TYPE);
    let media = content_type.split(';').next().unwrap_or_default().trim();
    match media {
        "application/vnd.kubernetes.protobuf" => protobuf::decode(request.body())
            .ok_or_else(|| Failure::unsupported_media_type("application/json, application/yaml")),
        "" | "application/json" | "text/json" => json(request.body()),
        "application/yaml" | "application/x-yaml" | "text/yaml" => yaml(request.body()),
        _ => Err(Failure::unsupported_media_type(BODY_TYPES)),
    }
}

/// The body of a patch, whose media type the caller has looked at. YAML is a superset of JSON,
/// but the JSON reader is faster and is what kubectl and kube send.
pub(crate) fn patch_body(request: &Request) -> Result<Value, Failure> {
    json(request.body()).or_else(|error| yaml(request.body()).map_err(|_| error))
}

fn json(bytes: &Bytes) -> Result<Value, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|e| Failure::bad_request(format!("unable to decode the body as JSON: {e}")))
}

fn yaml(bytes: &Bytes) -> Result<Value, Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Failure::bad_request(format!("unable to decode the body as text: {e}")))?;
    serde_saphyr::from_str(text)
        .map_err(|e| Failure::bad_request(format!("unable to decode the body as YAML: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(accept: &str) -> Request {
        http::Request::builder()
            .header("accept", accept)
            .body(Bytes::new())
            .unwrap()
    }

    #[test]
    fn kubectl_get_is_answered_with_a_table() {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(View::negotiated(&accepting(accept)), Ok(View::Table));
    }

    #[test]
    fn protobuf_is_passed_over_where_json_is_accepted_too() {
        let accept = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(View::negotiated(&accepting(accept)), Ok(View::Object));
    }

    #[test]
    fn a_query_is_percent_decoded() {
        let request = http::Request::builder()
            .uri("/api/v1/services?&labelSelector=a%3Db%2Cc&limit=5&watch=true")
            .body(Bytes::new())
            .unwrap();
        let query = Query::of(&request);
        assert_eq!(query.get("labelSelector"), Some("a=b,c"));
        assert!(query.is_set("watch"));
    }

    #[test]
    fn a_yaml_body_is_read() {
        let request = http::Request::builder()
            .header("content-type", "application/yaml")
            .body(Bytes::from_static(
                b"kind: Service\nspec:\n  ports: [{port: 80}]\n",
            ))
            .unwrap();
        assert_eq!(body(&request).unwrap()["spec"]["ports"][0]["port"], 80);
    }
}
