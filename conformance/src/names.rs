//! Names for what differs from run to run: UIDs, resourceVersions and times, renamed in the order
//! of their appearance. They are never blanked: whether two are equal is what the bugs are about.

use crate::gate::Place;
use std::collections::BTreeMap;

/// What a token stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Uid,
    Version(Place),
    Time,
}

/// The names given so far.
#[derive(Default)]
pub struct Names {
    given: BTreeMap<(Sort, String), usize>,
    counts: BTreeMap<Sort, usize>,
}

impl Names {
    /// The text with every UID, resourceVersion and time renamed. Versions of different servers
    /// are different even where their digits agree.
    pub fn rename(&mut self, place: Place, text: &str) -> String {
        let mut renamed = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (token, sort) = if follows_version_key(&renamed) {
                (digits(rest), Some(Sort::Version(place)))
            } else if follows_word(&renamed) {
                ("", None)
            } else if is_shaped(rest, UUID) {
                (&rest[..UUID.len()], Some(Sort::Uid))
            } else if is_shaped(rest, TIME) {
                (time(rest), Some(Sort::Time))
            } else {
                ("", None)
            };
            if let (Some(sort), false) = (sort, token.is_empty()) {
                renamed += &self.name(sort, token);
                rest = &rest[token.len()..];
            } else {
                renamed.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        renamed
    }

    fn name(&mut self, sort: Sort, token: &str) -> String {
        let count = self.counts.entry(sort).or_default();
        let number = *self
            .given
            .entry((sort, token.to_owned()))
            .or_insert_with(|| {
                *count += 1;
                *count
            });
        match sort {
            Sort::Uid => format!("uid-{number}"),
            Sort::Version(place) => format!("{place}-{number}"),
            Sort::Time => format!("time-{number}"),
        }
    }
}

/// A shape: `h` is a hex digit, `d` a decimal one, everything else itself.
const UUID: &str = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
const TIME: &str = "dddd-dd-ddTdd:dd:dd";

fn is_shaped(text: &str, shape: &str) -> bool {
    let text = text.as_bytes();
    text.len() >= shape.len()
        && shape.bytes().zip(text).all(|(shape, byte)| match shape {
            b'h' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            literal => *byte == literal,
        })
}

/// A token never begins in the middle of a longer run of digits or hex digits.
fn follows_word(text: &str) -> bool {
    text.bytes()
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric())
}

fn follows_version_key(text: &str) -> bool {
    ["\"resourceVersion\":\"", "resourceVersion=", "rv="]
        .iter()
        .any(|key| text.ends_with(key))
}

fn digits(text: &str) -> &str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

/// A time with its fraction and zone.
fn time(text: &str) -> &str {
    let tail = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'Z';
    let end = text.bytes().skip(TIME.len()).position(|byte| !tail(byte));
    &text[..end.map_or(text.len(), |end| end + TIME.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "00000000-0000-4000-8000-000000000001";
    const TWO: &str = "00000000-0000-4000-8000-0000000000a2";

    #[test]
    fn a_uid_keeps_its_name_wherever_it_appears() {
        let mut names = Names::default();
        let text = format!("{TWO} cluster-{ONE}-TCP-80 \"{TWO}\"");
        assert_eq!(
            names.rename(Place::Guest, &text),
            "uid-1 cluster-uid-2-TCP-80 \"uid-1\""
        );
        assert_eq!(names.rename(Place::Nsx, ONE), "uid-2");
    }

    #[test]
    fn versions_of_two_servers_are_never_taken_for_each_other() {
        let mut names = Names::default();
        let text = "{\"resourceVersion\":\"17\"}";
        assert_eq!(
            names.rename(Place::Guest, text),
            "{\"resourceVersion\":\"guest-1\"}"
        );
        assert_eq!(
            names.rename(Place::Supervisor, "?resourceVersion=17&x"),
            "?resourceVersion=supervisor-1&x"
        );
        assert_eq!(
            names.rename(Place::Guest, "rv=17 rv=18"),
            "rv=guest-1 rv=guest-2"
        );
    }

    #[test]
    fn times_are_renamed_whatever_their_precision() {
        let mut names = Names::default();
        let text = "2026-01-02T03:04:05Z 2026-01-02T03:04:05.000001Z 2026-01-02T03:04:05Z";
        assert_eq!(names.rename(Place::Guest, text), "time-1 time-2 time-1");
    }

    #[test]
    fn a_text_without_such_tokens_stays_as_it_is() {
        let text = "PATCH /api/v1/namespaces/default/services/wéb-80 0123456789";
        assert_eq!(Names::default().rename(Place::Guest, text), text);
    }
}
