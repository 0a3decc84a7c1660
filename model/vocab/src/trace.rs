//! The one form of a behaviour: newline-delimited JSON, a header that states its claim, then one
//! action per line.

use crate::{Action, Safeguards};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The version of the form that this crate reads and writes.
pub const VERSION: &str = "hopwise-trace/1";

/// What a trace claims to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// A behaviour of the model that reaches what it names.
    Witness(String),
    /// A behaviour of the model in which the named property breaks.
    Breaks(String),
    /// Steps that somebody chose, without a claim about their end.
    Walk,
}

/// The first line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the form: [`VERSION`].
    pub hopwise: String,
    /// The trace's own name.
    pub name: String,
    /// The bounds it lives in.
    pub scenario: String,
    /// What it claims to be.
    pub claim: Claim,
    /// The safeguards that are off.
    #[serde(default)]
    pub off: Safeguards,
}

impl Header {
    /// A header of the current version with every safeguard on.
    pub fn new(name: impl Into<String>, scenario: impl Into<String>, claim: Claim) -> Self {
        Header {
            hopwise: VERSION.into(),
            name: name.into(),
            scenario: scenario.into(),
            claim,
            off: Safeguards::reference(),
        }
    }
}

/// One line after the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The action taken.
    #[serde(rename = "do")]
    pub action: Action,
    /// Where a lasso's cycle begins: before this step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
}

/// A serialised behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What it claims, and under which bounds.
    pub header: Header,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// Why a text is no trace.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no first line.
    #[error(
        "the trace is empty: its first line must be a header such as {{\"hopwise\":\"{VERSION}\",…}}"
    )]
    Empty,
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The form is of another version.
    #[error("line 1: this is a {found:?} file, and a trace that this program reads is {VERSION:?}")]
    Version {
        /// The version found.
        found: String,
    },
}

/// What is needed to tell another kind of file from a broken one.
#[derive(Deserialize)]
struct AnyHeader {
    hopwise: String,
}

impl Trace {
    /// A trace of plain actions.
    pub fn new(header: Header, actions: impl IntoIterator<Item = Action>) -> Self {
        let steps = actions
            .into_iter()
            .map(|action| Step {
                action,
                cycle: false,
            })
            .collect();
        Trace { header, steps }
    }

    /// The actions in order.
    pub fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        self.steps.iter().map(|step| step.action)
    }

    /// Reads the text of a trace. Empty lines are skipped.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Trace, Error> {
        let mut lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let (first, header) = lines.next().ok_or(Error::Empty)?;
        let any: AnyHeader = parse_line(first, header)?;
        if any.hopwise != VERSION {
            return Err(Error::Version { found: any.hopwise });
        }
        let header: Header = parse_line(first, header)?;
        let steps = lines
            .map(|(index, line)| parse_line(index, line))
            .collect::<Result<_, _>>()?;
        Ok(Trace { header, steps })
    }

    /// The text of the trace, one JSON object per line.
    pub fn to_text(&self) -> String {
        let mut text = line_of(&self.header);
        for step in &self.steps {
            text += &line_of(step);
        }
        text
    }
}

fn parse_line<T: for<'de> Deserialize<'de>>(index: usize, line: &str) -> Result<T, Error> {
    serde_json::from_str(line).map_err(|error| Error::Line {
        line: index + 1,
        reason: match error.is_eof() {
            true => "the file was cut off in this line; copy it again".into(),
            // The line is counted in the file, and not in itself.
            false => error.to_string().replace(" at line 1 column", " at column"),
        },
    })
}

fn line_of(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).expect("names and strings are always JSON");
    writeln!(line).expect("a String takes every write");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deed, Safeguard, UserStep};

    fn trace() -> Trace {
        let mut header = Header::new("orphan", "create", Claim::Breaks("hop_order".into()));
        header.off = Safeguards::reference().without(Safeguard::HoldUntilGone);
        Trace::new(
            header,
            [Deed::User(UserStep::Create).into(), Deed::Poll.into()],
        )
    }

    #[test]
    fn fuzz_traces() {
        let target = hopwise_fuzz::Target {
            name: "traces",
            seeds: &[
                include_str!("../../../conformance/traces/create.ndjson"),
                include_str!("../../../conformance/traces/rival-ncp.ndjson"),
                include_str!("../../../conformance/traces/settles-without-sweep-orphans.ndjson"),
            ],
            words: &[
                "{", "}", "[", "]", ":", ",", "\"", "\n", "hopwise", "action", "cycle", "true",
                "null", "0", "ccm", "ncp",
            ],
            documents: 3,
        };
        target.run(|input| {
            if let Ok(trace) = Trace::parse(&String::from_utf8_lossy(input)) {
                assert_eq!(Trace::parse(&trace.to_text()).unwrap(), trace);
            }
        });
    }

    #[test]
    fn another_kind_of_file_and_one_that_was_cut_off_are_told_as_what_they_are() {
        let said = |text: &str| Trace::parse(text).unwrap_err().to_string();
        let other = said("{\"hopwise\":\"hopwise-recording/1\",\"order\":\"total\"}");
        assert!(
            other.contains("this is a \"hopwise-recording/1\" file"),
            "{other}"
        );
        let text = trace().to_text();
        let cut = said(&text[..text.len() - 3]);
        assert!(
            cut.starts_with("line 3: the file was cut off in this line"),
            "{cut}"
        );
        let odd = said(&text.replacen("\"do\"", "\"du\"", 1));
        assert!(
            odd.contains(" at column ") && !odd.contains("line 1"),
            "{odd}"
        );
    }

    #[test]
    fn a_trace_reads_back_from_its_own_text() {
        assert_eq!(Trace::parse(&trace().to_text()).unwrap(), trace());
    }

    #[test]
    fn a_broken_line_is_named_by_its_number() {
        let text = trace().to_text() + "{\"do\":\"jump\"}\n";
        let error = Trace::parse(&text).unwrap_err().to_string();
        assert!(
            error.starts_with("line 4: unknown action \"jump\""),
            "{error}"
        );
    }

    #[test]
    fn a_trace_of_another_version_is_refused() {
        let text = trace().to_text().replace("trace/1", "trace/9");
        assert!(matches!(Trace::parse(&text), Err(Error::Version { .. })));
    }

    #[test]
    fn an_empty_file_is_told_what_a_trace_begins_with() {
        assert!(matches!(Trace::parse("\n"), Err(Error::Empty)));
    }
}
