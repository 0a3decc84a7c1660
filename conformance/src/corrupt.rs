//! Recordings that tell a lie: one event is removed, swapped with another, or altered, where it
//! matters. What accepts them accepts too much.

use crate::recording::{Line, Recording};
use hopwise_vocab::{Hop, Object};
use serde_json::Value;

/// What was done to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is not there any more.
    Removed,
    /// It and the later event that it needs are in each other's place.
    Swapped,
    /// It says something else.
    Altered,
}

/// A recording that is no behaviour.
#[derive(Clone, Debug)]
pub struct Corrupted {
    /// The recording.
    pub recording: Recording,
    /// What was done.
    pub how: How,
    /// The event that it was done to.
    pub event: Line,
    /// Its line in the file, the header being 1; of a removed one, where it was.
    pub line: usize,
    /// The line at which there is no explanation any more, at the latest.
    pub latest: usize,
}

/// One way to corrupt: what is done to which line, and by which line that shows.
struct Site {
    how: How,
    line: usize,
    latest: usize,
    altered: Option<Line>,
}

/// Corrupts a recording whose order is known, at a place that the seed chooses. None if it has no
/// event that matters.
///
/// # Guarantees
/// If the recording is accepted, the corrupted one is refused: not before the corrupted event's
/// line, and not after the latest one.
pub fn corrupt(recording: &Recording, seed: u64) -> Option<Corrupted> {
    let mut choose = fastrand::Rng::with_seed(seed);
    let hows = [How::Removed, How::Swapped, How::Altered];
    let how = hows[choose.usize(..hows.len())];
    let lines = &recording.lines;
    let sites = (0..lines.len()).flat_map(|line| sites_of(lines, line));
    let sites: Vec<Site> = sites.filter(|site| site.how == how).collect();
    let site = sites.get(choose.usize(..sites.len().max(1)))?;
    let mut corrupted = recording.clone();
    let event = lines[site.line].clone();
    // The line in the file: the header is 1.
    let (line, mut latest) = (site.line + 2, site.latest + 2);
    match (how, &site.altered) {
        (How::Removed, _) => {
            corrupted.lines.remove(site.line);
            latest -= 1;
        }
        (How::Swapped, _) => corrupted.lines.swap(site.line, site.latest),
        (How::Altered, altered) => corrupted.lines[site.line] = altered.clone()?,
    }
    if how == How::Swapped {
        latest = line;
    }
    Some(Corrupted {
        recording: corrupted,
        how,
        event,
        line,
        latest,
    })
}

fn sites_of(lines: &[Line], line: usize) -> Vec<Site> {
    let mut sites = Vec::new();
    let mut add = |how, latest| {
        sites.push(Site {
            how,
            line,
            latest,
            altered: None,
        });
    };
    match &lines[line] {
        Line::Asks { call, .. } => {
            let acts = find(lines, line, |it| is_acts(it, *call));
            acts.into_iter().for_each(|acts| {
                add(How::Removed, acts);
                add(How::Swapped, acts);
            });
        }
        Line::Acts { call, .. } => {
            let hears = find(lines, line, |it| is_hears(it, *call));
            hears.into_iter().for_each(|hears| {
                add(How::Removed, hears);
                add(How::Swapped, hears);
            });
        }
        Line::Delivers {
            hop,
            object,
            event,
            found,
        } => {
            let watch = (*hop, *object);
            let next = next_of_watch(lines, line, watch);
            let next = next.filter(|next| differ(watch, (event, found), &lines[*next]));
            next.into_iter().for_each(|next| {
                add(How::Removed, next);
                add(How::Swapped, next);
            });
        }
        Line::Hears { hop, call } => {
            if is_pass_write(lines, *call) {
                let next = next_pass_write(lines, line, *hop);
                next.into_iter().for_each(|next| add(How::Removed, next));
            }
        }
        Line::Starts { .. } | Line::Fails { .. } | Line::Requests { .. } | Line::Ends { .. } => {}
    }
    if let Some(altered) = altered(lines, line) {
        sites.push(Site {
            how: How::Altered,
            line,
            latest: line,
            altered: Some(altered),
        });
    }
    sites
}

fn find(lines: &[Line], after: usize, fits: impl Fn(&Line) -> bool) -> Option<usize> {
    let found = lines[after + 1..].iter().position(fits);
    found.map(|found| found + after + 1)
}

fn is_acts(line: &Line, number: u64) -> bool {
    matches!(line, Line::Acts { call, .. } if *call == number)
}

fn is_hears(line: &Line, number: u64) -> bool {
    matches!(line, Line::Hears { call, .. } if *call == number)
}

/// The next event of a watch, unless the watch begins again before it.
fn next_of_watch(lines: &[Line], after: usize, watch: (Hop, Object)) -> Option<usize> {
    let next = find(lines, after, |line| match line {
        Line::Delivers { hop, object, .. } => (*hop, *object) == watch,
        Line::Starts { hop } => *hop == watch.0,
        Line::Asks { hop, path, .. } => *hop == watch.0 && path.contains("limit="),
        Line::Acts { .. }
        | Line::Hears { .. }
        | Line::Fails { .. }
        | Line::Requests { .. }
        | Line::Ends { .. } => false,
    })?;
    matches!(lines[next], Line::Delivers { .. }).then_some(next)
}

/// Whether two events of a watch say different things in the words of the model. Whoever sees an
/// object from above is told nothing of its finalizers.
fn differ((hop, object): (Hop, Object), (event, found): (&str, &Value), next: &Line) -> bool {
    let Line::Delivers {
        event: other,
        found: then,
        ..
    } = next
    else {
        return false;
    };
    let is_downstream = (hop, object) == (Hop::Vmop, Object::SupervisorService);
    let fields: &[&str] = if is_downstream {
        &["/spec/ports", "/status/loadBalancer"]
    } else {
        &[
            "/spec/ports",
            "/status/loadBalancer",
            "/metadata/finalizers",
        ]
    };
    let is_gone = |event: &str| event == "DELETED";
    is_gone(event) != is_gone(other)
        || fields
            .iter()
            .any(|field| found.pointer(field) != then.pointer(field))
}

/// Whether a call is a write to an API server that only passes make.
fn is_pass_write(lines: &[Line], number: u64) -> bool {
    lines
        .iter()
        .any(|line| is_write_of_pass(line, None, Some(number)))
}

fn next_pass_write(lines: &[Line], after: usize, of: Hop) -> Option<usize> {
    let next = find(lines, after, |line| {
        let starts = matches!(line, Line::Starts { hop } if *hop == of);
        starts || is_write_of_pass(line, Some(of), None)
    })?;
    matches!(lines[next], Line::Asks { .. }).then_some(next)
}

fn is_write_of_pass(line: &Line, of: Option<Hop>, number: Option<u64>) -> bool {
    let Line::Asks {
        hop,
        call,
        method,
        server,
        ..
    } = line
    else {
        return false;
    };
    let is_it = of.is_none_or(|of| of == *hop) && number.is_none_or(|number| number == *call);
    is_it && *server != crate::gate::Place::Nsx && (method == "PATCH" || method == "POST")
}

/// The same event with another content.
fn altered(lines: &[Line], line: usize) -> Option<Line> {
    let mut altered = lines[line].clone();
    let is_changed = match &mut altered {
        Line::Asks { body, .. } => {
            take(body, "/metadata", "resourceVersion")
                || set(body, "/preconditions/uid", "nobody".into())
                || set(body, "/spec/ports/0/port", 8443.into())
        }
        Line::Delivers { event, found, .. } => {
            event != "DELETED"
                && (take(found, "/status/loadBalancer", "ingress")
                    || set(found, "/spec/ports/0/port", 8443.into()))
        }
        Line::Acts {
            call,
            status,
            answer,
            ..
        } => {
            let servers = answer.pointer("/results/0/ip_address").is_some();
            if servers {
                set(answer, "/results", Value::Array(Vec::new()))
            } else if *status < 300 && has_changed(lines, *call, answer) {
                *status = 409;
                *answer = Value::Null;
                true
            } else {
                false
            }
        }
        Line::Starts { .. }
        | Line::Hears { .. }
        | Line::Fails { .. }
        | Line::Requests { .. }
        | Line::Ends { .. } => false,
    };
    is_changed.then_some(altered)
}

/// Whether the answer to a pass shows that it has changed the object.
fn has_changed(lines: &[Line], number: u64, answer: &Value) -> bool {
    let after = &answer["metadata"]["resourceVersion"];
    lines.iter().any(|line| match line {
        Line::Asks {
            call, method, body, ..
        } if *call == number => {
            let named = &body["metadata"]["resourceVersion"];
            let is_guarded = named.is_string() && after.is_string() && named != after;
            method == "POST" || is_guarded
        }
        Line::Asks { .. }
        | Line::Starts { .. }
        | Line::Acts { .. }
        | Line::Hears { .. }
        | Line::Fails { .. }
        | Line::Delivers { .. }
        | Line::Requests { .. }
        | Line::Ends { .. } => false,
    })
}

fn take(value: &mut Value, at: &str, key: &str) -> bool {
    let fields = value.pointer_mut(at).and_then(Value::as_object_mut);
    fields.is_some_and(|fields| fields.remove(key).is_some())
}

fn set(value: &mut Value, at: &str, to: Value) -> bool {
    match value.pointer_mut(at) {
        Some(field) => {
            *field = to;
            true
        }
        None => false,
    }
}
