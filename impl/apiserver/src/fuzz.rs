//! What the parsers make of inputs that nobody wrote.
//! Here: what stands in a URI.
mod objects;
mod requests;

use crate::Request;
use crate::path::Target as Place;
use crate::registry::builtin;
use crate::request::Query;
use crate::selector::Selector;
use bytes::Bytes;
use hopwise_fuzz::Target;
use serde_json::Value;

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

/// The documents of an input, one a line; nothing unless there are as many as wanted.
fn documents<const N: usize>(input: &[u8]) -> Option<[Value; N]> {
    let lines = input.split(|byte| *byte == b'\n');
    let documents = lines.map(|line| serde_json::from_slice(line).ok());
    documents.collect::<Option<Vec<Value>>>()?.try_into().ok()
}

/// A request for `query`, every byte of a value escaped.
fn asking(query: &[(&str, &str)]) -> Request {
    let escaped = |text: &str| -> String { text.bytes().map(|b| format!("%{b:02x}")).collect() };
    let pairs = query.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    let uri = format!("/api/v1/services?{}", pairs.join("&"));
    http::Request::get(uri).body(Bytes::new()).unwrap()
}

fn selector(name: &str, text: &str) -> Option<Selector> {
    let request = asking(&[(name, text)]);
    Selector::of(&Query::of(&request), &builtin("", "services")).ok()
}

fn samples() -> [Value; 4] {
    serde_json::from_str(
        r#"[{}, {"metadata": {"name": "a", "labels": {"app": "web", "n": "5"}}},
        {"metadata": {"name": "web", "labels": {"app": "", "a/b": "x"}}, "spec": {"type": "ClusterIP"}},
        {"metadata": {"labels": {"n": "-9", "tier": "a"}}, "spec": {"clusterIP": "None"}}]"#,
    )
    .unwrap()
}

/// `one,other` asks for what both ask for.
fn joins(name: &str, input: &[u8]) {
    // A URI holds 64 KiB, and each byte takes three.
    let input = text(&input[..input.len().min(4096)]);
    let (one, other) = input.split_once('\n').unwrap_or((&input, ""));
    let both = format!("{one},{other}");
    let (Some(first), Some(second)) = (selector(name, one), selector(name, other)) else {
        return;
    };
    if one.trim().is_empty() || other.trim().is_empty() {
        return;
    }
    let both = selector(name, &both).unwrap();
    for object in samples() {
        assert_eq!(
            both.matches(&object),
            first.matches(&object) && second.matches(&object)
        );
    }
}

#[test]
fn fuzz_label_selectors() {
    let target = Target {
        name: "label_selectors",
        seeds: &[
            "app=web,tier!=back\nn>4",
            "app in (a,web), !x\na/b notin (y)",
            "app==web",
        ],
        words: &[
            "app", "web", "=", "==", "!=", "!", "in", "notin", "(", ")", ",", "<", ">", " ", "\n",
            "n", "5", "a/b",
        ],
        documents: 0,
    };
    target.run(|input| joins("labelSelector", input));
}

#[test]
fn fuzz_field_selectors() {
    let target = Target {
        name: "field_selectors",
        seeds: &[
            "metadata.name=web\nspec.type!=ClusterIP",
            "spec.clusterIP==None,metadata.namespace=",
        ],
        words: &[
            "metadata.name",
            "spec.type",
            "spec.clusterIP",
            "=",
            "==",
            "!=",
            ",",
            "\n",
            "web",
            "\\",
            " ",
        ],
        documents: 0,
    };
    target.run(|input| joins("fieldSelector", input));
}

#[test]
fn fuzz_queries() {
    let target = Target {
        name: "queries",
        seeds: &[
            "limit=5&continue=MS8vd2Vi&resourceVersion=7",
            "watch=true&timeoutSeconds=3",
            "a=%41+b%2",
        ],
        words: &[
            "limit",
            "resourceVersion",
            "=",
            "&",
            "%",
            "%4",
            "%00",
            "+",
            "watch",
            "true",
            "0",
            "-1",
            "18446744073709551616",
        ],
        documents: 0,
    };
    target.run(|input| {
        let value = text(&input[..input.len().min(4096)]);
        assert_eq!(
            Query::of(&asking(&[("v", &value)]))
                .get("v")
                .unwrap_or_default(),
            value
        );
        let uri = format!("/api/v1/services?{value}");
        if let Ok(request) = http::Request::get(uri).body(Bytes::new()) {
            let query = Query::of(&request);
            let _refused = (query.count("limit"), query.get("resourceVersion"));
        }
    });
}

#[test]
fn fuzz_paths() {
    let target = Target {
        name: "paths",
        seeds: &[
            "/api/v1/namespaces/a/services/web/status",
            "/apis/g/v1/things",
            "/api/v1/namespaces/a/finalize",
        ],
        words: &[
            "/",
            "api",
            "apis",
            "v1",
            "namespaces",
            "a",
            "services",
            "status",
            "finalize",
            "%2f",
            "..",
        ],
        documents: 0,
    };
    target.run(|input| {
        let Some(place) = Place::parse(&text(input)) else {
            return;
        };
        let again = Place::parse(&written(&place));
        assert_eq!(again.as_ref(), Some(&place), "{}", written(&place));
    });
}

fn written(place: &Place) -> String {
    let root = match place.group.as_str() {
        "" => format!("/api/{}", place.version),
        group => format!("/apis/{group}/{}", place.version),
    };
    let namespace = place
        .namespace
        .as_ref()
        .map(|it| format!("/namespaces/{it}"));
    let rest = [
        Some(&place.plural),
        place.name.as_ref(),
        place.subresource.as_ref(),
    ];
    let rest: String = rest
        .into_iter()
        .flatten()
        .map(|it| format!("/{it}"))
        .collect();
    root + &namespace.unwrap_or_default() + &rest
}
