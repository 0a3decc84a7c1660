//! The conversation of a replay: one line per request, answer and delivery, under the step that
//! let it happen.

use crate::gate::{Call, Place};
use crate::names::Names;
use crate::who::Who;
use crate::wire;
use serde_json::Value;
use std::fmt::Write as _;

/// A conversation in the making.
pub struct Transcript {
    names: Names,
    steps: Vec<String>,
    kept: Keep,
}

/// Whether a conversation is kept. Most replays agree with the model, and nobody reads theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every line.
    All,
    /// Nothing, which is several times as fast.
    Nothing,
}

impl Transcript {
    /// An empty conversation.
    pub fn new(kept: Keep) -> Self {
        Transcript {
            names: Names::default(),
            steps: Vec::new(),
            kept,
        }
    }

    /// The conversation so far, a paragraph per step.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// A step begins.
    pub fn step(&mut self, heading: &str) {
        if self.kept == Keep::All {
            self.steps.push(format!("{heading}\n"));
        }
    }

    /// A request reaches the gate.
    pub fn asks(&mut self, call: &Call) {
        let (who, place) = (call.who, call.place);
        let body = String::from_utf8_lossy(call.request.body());
        self.line(place, || format!("{who} > {place}: {} {body}", call.line()));
    }

    /// The server acts on a request.
    pub fn serves(&mut self, call: &Call) {
        let (who, place) = (call.who, call.place);
        self.line(place, || {
            let answer = call.answer().map_or("a watch".into(), |answer| {
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                format!("{} {}", answer.status().as_u16(), describe(place, &body))
            });
            format!("{place} answers {who}: {} -> {answer}", call.line())
        });
    }

    /// A client hears an answer.
    pub fn hears(&mut self, call: &Call) {
        let (who, place) = (call.who, call.place);
        self.line(place, || format!("{who} hears {place}: {}", call.line()));
    }

    /// An event reaches a client.
    pub fn delivers(&mut self, who: Who, place: Place, event: &Value) {
        self.line(place, || {
            let kind = event["type"].as_str().unwrap_or_default();
            format!(
                "{who} << {place}: {kind} {}",
                describe(place, &event["object"])
            )
        });
    }

    /// Something that no controller asked for happens at a server.
    pub fn happens(&mut self, place: Place, what: impl FnOnce() -> String) {
        self.line(place, || format!("{place}: {}", what()));
    }

    fn line(&mut self, place: Place, text: impl FnOnce() -> String) {
        if let (Keep::All, Some(step)) = (self.kept, self.steps.last_mut()) {
            let line = self.names.rename(place, &text());
            writeln!(step, "  {}", line.trim_end()).expect("a String takes every write");
        }
    }
}

/// An answer in a few words: what decides, and what identifies.
fn describe(place: Place, body: &Value) -> String {
    if place == Place::Nsx {
        return if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
    }
    let kind = body["kind"].as_str().unwrap_or("?");
    if let Some(items) = body["items"].as_array() {
        let items: Vec<_> = items.iter().map(object).collect();
        let version = body["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or_default();
        return format!("{kind} rv={version} [{}]", items.join(", "));
    }
    match body["message"].as_str() {
        Some(message) if kind == "Status" => message.into(),
        _ => format!("{kind} {}", object(body)),
    }
}

fn object(value: &Value) -> String {
    let metadata = &value["metadata"];
    let text = |key: &str| metadata[key].as_str().unwrap_or_default();
    let mut words = format!(
        "{} {} rv={}",
        text("name"),
        text("uid"),
        text("resourceVersion")
    );
    let mut add = |what: &str, value: String| {
        let _infallible = write!(words, " {what}{value}");
    };
    if metadata["deletionTimestamp"].is_string() {
        add("deleting", String::new());
    }
    if metadata["finalizers"].is_array() {
        add("finalizers=", metadata["finalizers"].to_string());
    }
    for port in wire::ports(&value["spec"]["ports"]) {
        add("port=", format!("{}->{}", port.port, port.target));
    }
    if let Some(ip) = wire::address(&value["status"]) {
        add("ip=", ip.to_string());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_vocab::Hop;
    use serde_json::json;

    #[test]
    fn an_object_is_described_by_what_identifies_it_and_by_what_decides() {
        let mut transcript = Transcript::new(Keep::All);
        transcript.step("deliver ccm service");
        let uid = "00000000-0000-4000-8000-000000000001";
        let metadata = json!({"name": "web", "uid": uid, "resourceVersion": "7",
            "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a"]});
        let object = json!({"kind": "Service", "metadata": metadata,
            "spec": {"ports": [{"port": 80, "nodePort": 30080}]}});
        transcript.delivers(
            Hop::Ccm.into(),
            Place::Guest,
            &json!({"type": "MODIFIED", "object": object}),
        );
        assert_eq!(
            transcript.steps(),
            [
                "deliver ccm service\n  ccm << guest: MODIFIED Service web uid-1 rv=guest-1 \
                 deleting finalizers=[\"a\"] port=80->30080\n"
            ]
        );
    }

    #[test]
    fn a_conversation_that_is_not_kept_is_empty() {
        let mut transcript = Transcript::new(Keep::Nothing);
        transcript.step("ccm poll");
        transcript.happens(Place::Nsx, || unreachable!("nobody reads it"));
        assert!(transcript.steps().is_empty());
    }
}
