//! The order that etcd gave to what is recorded.

use super::{Line, Recording};
use std::collections::{BTreeMap, BTreeSet};

/// Where the order of the lines is not that of the versions which etcd gave to the writes: a write
/// that is new has a greater one than all that was answered by its server before, and a list none
/// that is smaller.
pub fn versions_out_of_order(recording: &Recording) -> Vec<String> {
    let mut methods = BTreeMap::new();
    let mut greatest = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut wrong = Vec::new();
    for (number, line) in recording.lines.iter().enumerate() {
        let (server, method, answer) = match line {
            Line::Asks { call, method, .. } => {
                methods.insert(*call, method.as_str());
                continue;
            }
            Line::Acts {
                server,
                call,
                answer,
                ..
            } => (server, methods.get(call).copied(), answer),
            Line::Requests {
                server,
                method,
                answer,
                ..
            } => (server, Some(method.as_str()), answer),
            Line::Starts { .. }
            | Line::Hears { .. }
            | Line::Fails { .. }
            | Line::Delivers { .. }
            | Line::Ends { .. } => continue,
        };
        let version = answer["metadata"]["resourceVersion"].as_str();
        let Some(version) = version.and_then(|it| it.parse::<u64>().ok()) else {
            continue;
        };
        let before = greatest.entry(*server).or_insert(0);
        let is_list = answer["items"].is_array();
        let is_new = is_list || known.insert((*server, version));
        let is_read = method == Some("GET");
        if is_new && (version < *before || (!is_read && version == *before)) {
            // The header is the first line of the file.
            let line = number + 2;
            wrong.push(format!(
                "line {line}: version {version} of the {server} comes after {before}"
            ));
        }
        if is_list || !is_read {
            *before = version.max(*before);
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run at a kube-apiserver.
    const RECORDED: &str = include_str!("../../recordings/kube-apiserver.ndjson");

    /// The versions of what the writes to a server have made.
    fn writes(recording: &Recording) -> Vec<usize> {
        let is_write = |line: &Line| match line {
            Line::Requests { method, status, .. } => method == "PATCH" && *status == 200,
            Line::Starts { .. }
            | Line::Asks { .. }
            | Line::Acts { .. }
            | Line::Hears { .. }
            | Line::Fails { .. }
            | Line::Delivers { .. }
            | Line::Ends { .. } => false,
        };
        let lines = recording.lines.iter().enumerate();
        lines
            .filter(|(_, line)| is_write(line))
            .map(|(at, _)| at)
            .collect()
    }

    #[test]
    fn a_recording_has_the_order_of_its_versions_and_one_with_swapped_writes_has_not() {
        let mut recording = Recording::parse(RECORDED).unwrap();
        assert_eq!(versions_out_of_order(&recording), [""; 0]);
        let writes = writes(&recording);
        recording.lines.swap(writes[0], writes[1]);
        assert_ne!(versions_out_of_order(&recording), [""; 0]);
    }
}
