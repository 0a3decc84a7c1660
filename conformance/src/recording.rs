//! A recorded run: what passed between the controllers and their servers, in newline-delimited
//! JSON (`docs/recordings.md`). It knows the wire and nothing of the model.

mod narrow;
mod recorder;
mod versions;

pub use narrow::narrowed;
pub use recorder::Recorder;
pub use versions::versions_out_of_order;

use crate::gate::Place;
use hopwise_protocol::Edits;
use hopwise_vocab::{Hop, Object, Safeguards};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write as _;

/// The version of the form that this crate reads and writes.
pub const VERSION: &str = "hopwise-recording/1";

/// The first line of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the form: [`VERSION`].
    pub hopwise: String,
    /// The recording's own name.
    pub name: String,
    /// What is known of the order of its lines.
    pub order: Order,
    /// The size of the pool.
    pub addresses: u8,
    /// What the user's edits do to the ports.
    #[serde(default)]
    pub edits: Ports,
    /// The safeguards that the controllers are meant to be without.
    #[serde(default)]
    pub off: Safeguards,
}

/// What is known of the order of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// They happened one after the other as they stand here.
    Total,
    /// Only those of the same log did: each hop and each server keeps one.
    ByLog,
}

/// What edits do to the ports of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ports {
    /// The one port is replaced by the other.
    #[default]
    Replaced,
    /// A second port is added, then the first one taken away, then replaced.
    Several,
}

impl From<Ports> for Edits {
    fn from(ports: Ports) -> Edits {
        match ports {
            Ports::Replaced => Edits::Replace,
            Ports::Several => Edits::Several,
        }
    }
}

/// Who asks something of a server besides the hops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The user of the Service.
    User,
    /// An administrator, behind the chain's back.
    Admin,
    /// Kubernetes' garbage collector.
    Collector,
}

/// One event. A call has the same number on each of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "does",
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a line such as {\"does\":\"hears\",\"hop\":\"ccm\",\"call\":7}"
)]
pub enum Line {
    /// A controller begins, for the first time or again.
    Starts {
        /// Which one.
        hop: Hop,
    },
    /// A hop sends a request.
    Asks {
        /// Who asks.
        hop: Hop,
        /// Whom.
        server: Place,
        /// The number of the call.
        call: u64,
        /// The method.
        method: String,
        /// The target, with its query.
        path: String,
        /// What of the body matters.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        body: Value,
    },
    /// A server acts on the request of a hop, and answers.
    Acts {
        /// Which server.
        server: Place,
        /// The number of the call.
        call: u64,
        /// The status of the answer.
        status: u16,
        /// What of the answer matters.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        answer: Value,
    },
    /// The answer reaches the hop.
    Hears {
        /// Which hop.
        hop: Hop,
        /// The number of the call.
        call: u64,
    },
    /// The hop is told that no answer will come.
    Fails {
        /// Which hop.
        hop: Hop,
        /// The number of the call.
        call: u64,
    },
    /// A watch delivers an event.
    Delivers {
        /// To whom.
        hop: Hop,
        /// Of which watch.
        object: Object,
        /// `ADDED`, `MODIFIED` or `DELETED`.
        event: String,
        /// What of the object matters.
        found: Value,
    },
    /// Somebody who is no hop asks something of a server, which acts at once.
    Requests {
        /// Who asks.
        by: Party,
        /// Whom.
        server: Place,
        /// The method.
        method: String,
        /// The target.
        path: String,
        /// What of the body matters.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        body: Value,
        /// The status of the answer.
        status: u16,
        /// What of the answer matters.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        answer: Value,
    },
    /// The last line: nothing more waits to be said, and nothing is cut off.
    Ends {
        /// How many lines there are between the header and this one.
        lines: usize,
    },
}

/// Who keeps the log that a line is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// A hop, of what it sends and what reaches it.
    Hop(Hop),
    /// A server, of what it acts on.
    Server(Place),
}

impl Line {
    /// The log that the line is in; the last line is in none.
    pub fn log(&self) -> Option<Log> {
        match self {
            Line::Starts { hop }
            | Line::Asks { hop, .. }
            | Line::Hears { hop, .. }
            | Line::Fails { hop, .. }
            | Line::Delivers { hop, .. } => Some(Log::Hop(*hop)),
            Line::Acts { server, .. } | Line::Requests { server, .. } => Some(Log::Server(*server)),
            Line::Ends { .. } => None,
        }
    }

    /// The number of the call that the line is about.
    pub fn call(&self) -> Option<u64> {
        match self {
            Line::Asks { call, .. }
            | Line::Acts { call, .. }
            | Line::Hears { call, .. }
            | Line::Fails { call, .. } => Some(*call),
            Line::Starts { .. }
            | Line::Delivers { .. }
            | Line::Requests { .. }
            | Line::Ends { .. } => None,
        }
    }

    /// The text of the line.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("names and strings are always JSON")
    }
}

/// A recorded run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it is of.
    pub header: Header,
    /// What happened, without the last line.
    pub lines: Vec<Line>,
}

/// Why a text is no recording.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no first line.
    #[error(
        "the recording is empty: its first line must be a header such as \
         {{\"hopwise\":\"{VERSION}\",…}}; `hopwise chaos` writes one"
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
    #[error(
        "line 1: this is a {found:?} file, and this program reads {VERSION:?}; record the run again"
    )]
    Version {
        /// The version found.
        found: String,
    },
    /// The last line is missing.
    #[error(
        "line {line}: the recording is cut off: its last line must be \
         {{\"does\":\"ends\",\"lines\":{lines}}}; copy the file again, or record the run again"
    )]
    CutOff {
        /// The number of the last line there is.
        line: usize,
        /// How many lines there are.
        lines: usize,
    },
    /// The last line does not agree with what is there.
    #[error(
        "line {line}: {said} lines are announced, and there are {lines}: some are missing or added"
    )]
    Count {
        /// The number of the last line.
        line: usize,
        /// What it says.
        said: usize,
        /// How many there are.
        lines: usize,
    },
}

/// What is needed to tell another version from a broken file.
#[derive(Deserialize)]
struct AnyHeader {
    hopwise: String,
}

impl Recording {
    /// Reads the text of a recording. Empty lines are skipped.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Recording, Error> {
        let mut numbered = (1..).zip(text.lines());
        let mut rest = numbered
            .by_ref()
            .filter(|(_, line)| !line.trim().is_empty());
        let (first, header) = rest.next().ok_or(Error::Empty)?;
        let any: AnyHeader = parse_line(first, header)?;
        if any.hopwise != VERSION {
            return Err(Error::Version { found: any.hopwise });
        }
        let header: Header = parse_line(first, header)?;
        let mut lines = Vec::new();
        let mut last = first;
        for (number, text) in rest.by_ref() {
            last = number;
            let line = parse_line(number, text)?;
            let Line::Ends { lines: said } = line else {
                lines.push(line);
                continue;
            };
            if said != lines.len() {
                let (line, lines) = (number, lines.len());
                return Err(Error::Count { line, said, lines });
            }
            return match rest.next() {
                None => Ok(Recording { header, lines }),
                Some((line, _)) => Err(Error::Line {
                    line,
                    reason: "something follows the line that ends the recording".into(),
                }),
            };
        }
        let lines = lines.len();
        Err(Error::CutOff { line: last, lines })
    }

    /// The text of the recording, one JSON object per line.
    pub fn to_text(&self) -> String {
        let header = serde_json::to_string(&self.header).expect("names and strings are JSON");
        let mut text = header + "\n";
        let lines = self.lines.len();
        for line in self.lines.iter().chain([&Line::Ends { lines }]) {
            writeln!(text, "{}", line.to_text()).expect("a String takes every write");
        }
        text
    }

    /// The same run as its logs tell it, one after the other, without the order between them.
    #[must_use]
    pub fn by_log(&self) -> Recording {
        let mut lines = self.lines.clone();
        lines.sort_by_key(Line::log);
        let order = Order::ByLog;
        let header = Header {
            order,
            ..self.header.clone()
        };
        Recording { header, lines }
    }
}

fn parse_line<T: for<'de> Deserialize<'de>>(line: usize, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Line {
        line,
        reason: match error.is_eof() {
            true => {
                "the file was cut off in this line; copy it again, or record the run again".into()
            }
            // The line is counted in the file, and not in itself.
            false => error.to_string().replace(" at line 1 column", " at column"),
        },
    })
}

#[cfg(test)]
mod tests;
