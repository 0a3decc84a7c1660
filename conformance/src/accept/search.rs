//! The search itself: depth first, and no place twice.

use super::calls::{Index, TooLarge};
use super::guard::{Clause, Stop, why_not};
use super::node::{Node, Way};
use super::{AMPLE, Accepted, Refusal, Undecided, Verdict, scenario};
use crate::recording::{Line, Log, Order, Recording};
use hopwise_protocol::{Chain, State};
use hopwise_vocab::{Action, Deed, Hop};
use stateright::Model;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

/// A recording, and the model that is to explain it.
pub(super) struct Search<'a> {
    pub chain: Chain,
    pub recording: &'a Recording,
    pub index: Index,
    /// The lines of each log, or all of them where their order is known.
    logs: Vec<Vec<usize>>,
    /// Where in which log a line is.
    places: Vec<(usize, usize)>,
}

/// How far each log was explained.
type At = Vec<usize>;

/// A way to explain one line more.
type Onward = (At, Way);

/// The actions of a way through the search, latest first.
struct Path {
    taken: Vec<Action>,
    before: Option<Rc<Path>>,
}

impl Drop for Path {
    /// One after the other: a path is as long as its recording, and a stack is not.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(mut path) = next.and_then(|path| Rc::try_unwrap(path).ok()) {
            next = path.before.take();
        }
    }
}

/// A place that the search has still to go on from.
struct Open {
    at: At,
    node: Node,
    path: Option<Rc<Path>>,
}

/// The furthest line that was not explained.
struct Furthest {
    accepted: usize,
    line: usize,
    clause: Clause,
    state: State,
    path: Option<Rc<Path>>,
}

pub(super) fn search(recording: &Recording, most: usize) -> Verdict {
    let name = recording.header.name.clone();
    let index = match Index::of(recording) {
        Ok(index) => index,
        Err(TooLarge { line, why }) => {
            let line = line + 2;
            return Verdict::Undecided(Undecided { name, line, why });
        }
    };
    Search::new(recording, index).run(most)
}

impl<'a> Search<'a> {
    fn new(recording: &'a Recording, index: Index) -> Self {
        let chain = Chain {
            scenario: scenario(recording),
            safeguards: recording.header.off.clone(),
        };
        let mut logs: BTreeMap<Option<Log>, Vec<usize>> = BTreeMap::new();
        for (number, line) in recording.lines.iter().enumerate() {
            let log = match recording.header.order {
                Order::Total => None,
                Order::ByLog => line.log(),
            };
            logs.entry(log).or_default().push(number);
        }
        let logs: Vec<Vec<usize>> = logs.into_values().collect();
        let mut places = vec![(0, 0); recording.lines.len()];
        for (log, lines) in logs.iter().enumerate() {
            for (at, line) in lines.iter().enumerate() {
                places[*line] = (log, at);
            }
        }
        Search {
            chain,
            recording,
            index,
            logs,
            places,
        }
    }

    fn run(&self, most: usize) -> Verdict {
        let mut open = vec![Open {
            at: vec![0; self.logs.len()],
            node: Node::new(self.chain.beginning()),
            path: None,
        }];
        let mut seen: HashSet<(At, Node)> = HashSet::new();
        let mut furthest: Option<Furthest> = None;
        let mut too_small: Option<(usize, String)> = None;
        while let Some(Open { at, node, path }) = open.pop() {
            let explained = at.iter().sum::<usize>();
            if explained == self.recording.lines.len() && self.is_at_rest(&node) {
                return self.accepted(path.as_ref(), seen.len());
            }
            if !seen.insert((at.clone(), node.clone())) {
                continue;
            }
            if seen.len() > most {
                let why = format!("{most} states were looked at, and some are left");
                return self.undecided(explained, why);
            }
            let (ways, stops) = self.next(&at, &node);
            for (line, stop) in stops {
                match stop {
                    Stop::TooSmall(why) => too_small = Some((explained, why)),
                    Stop::Refused(clause) => {
                        if furthest.as_ref().is_none_or(|it| it.accepted < explained) {
                            furthest = Some(Furthest {
                                accepted: explained,
                                line,
                                clause,
                                state: node.state.clone(),
                                path: path.clone(),
                            });
                        }
                    }
                }
            }
            for (at, way) in ways.into_iter().rev() {
                let taken = Rc::new(Path {
                    taken: way.taken,
                    before: path.clone(),
                });
                let path = Some(taken);
                let node = way.node;
                open.push(Open { at, node, path });
            }
        }
        match (too_small, furthest) {
            (Some((explained, why)), _) => self.undecided(explained, why),
            (None, Some(furthest)) => self.refused(&furthest),
            (None, None) => self.accepted(None, seen.len()),
        }
    }

    /// The ways to explain some next line, and why those that have none have none.
    fn next(&self, at: &At, node: &Node) -> (Vec<Onward>, Vec<(usize, Stop)>) {
        let (mut ways, mut stops) = (Vec::new(), Vec::new());
        if at.iter().sum::<usize>() == self.recording.lines.len() {
            let last = self.recording.lines.len();
            let owed = Hop::ALL.iter().find_map(|hop| self.owes(node, *hop).err());
            stops.extend(owed.map(|stop| (last, stop)));
            return (ways, stops);
        }
        let mut lines: Vec<usize> = (self.logs.iter().zip(at))
            .filter_map(|(log, at)| log.get(*at).copied())
            .collect();
        lines.sort_by_key(|line| self.haste(*line));
        for line in lines {
            match self.explain(at, node, line) {
                Err(stop) => stops.push((line, stop)),
                Ok(found) => {
                    let mut after = at.clone();
                    after[self.places[line].0] += 1;
                    let found = found.into_iter().map(|way| (after.clone(), way));
                    ways.extend(found);
                    // What only its own hop takes part in can as well be taken now.
                    if self.is_local(line) {
                        return (ways, Vec::new());
                    }
                }
            }
        }
        (ways, stops)
    }

    /// What is tried first where the order is not known.
    fn haste(&self, line: usize) -> (u8, usize) {
        let haste = match self.recording.lines[line] {
            Line::Asks { .. } => 0,
            Line::Hears { .. } | Line::Fails { .. } => 1,
            Line::Delivers { .. } => 2,
            Line::Acts { .. } | Line::Requests { .. } => 3,
            Line::Starts { .. } => 4,
            Line::Ends { .. } => 5,
        };
        (haste, line)
    }

    fn is_local(&self, line: usize) -> bool {
        match self.recording.lines[line] {
            Line::Asks { .. } | Line::Hears { .. } | Line::Fails { .. } | Line::Delivers { .. } => {
                true
            }
            Line::Acts { .. } | Line::Requests { .. } | Line::Starts { .. } | Line::Ends { .. } => {
                false
            }
        }
    }

    /// Whether a line was explained already.
    pub(super) fn is_past(&self, at: &At, line: usize) -> bool {
        let (log, place) = self.places[line];
        at[log] > place
    }

    fn explain(&self, at: &At, node: &Node, line: usize) -> Result<Vec<Way>, Stop> {
        match &self.recording.lines[line] {
            Line::Starts { hop } => self.starts(at, node, *hop),
            Line::Asks { hop, call, .. } => self.asks(node, line, (*hop, *call)),
            Line::Acts {
                call,
                status,
                answer,
                ..
            } => self.acts(at, node, (line, *call), (*status, answer)),
            Line::Hears { hop, call } => self.hears(at, node, (line, *call), *hop),
            Line::Fails { hop, call } => self.fails(at, node, (line, *call), *hop),
            Line::Delivers {
                hop,
                object,
                event,
                found,
            } => self.delivers(node, (*hop, *object), (event, found)),
            Line::Requests {
                by,
                server,
                method,
                path,
                body,
                status,
                answer,
            } => {
                let asked = (method.as_str(), path.as_str(), body);
                self.requests(node, (*by, *server), asked, (*status, answer))
            }
            Line::Ends { .. } => Err(Stop::no_action("the recording ends in its middle")),
        }
    }

    /// Takes an action of the model. Budgets of faults are filled up again.
    pub(super) fn take(&self, way: &mut Way, deed: Deed) -> Result<(), Stop> {
        let action = Action::from(deed);
        let after = self.chain.next_state(&way.node.state, action);
        let Some(mut after) = after else {
            return Err(Stop::of(deed, why_not(&way.node, deed)));
        };
        if !self.chain.within_boundary(&after) {
            let why =
                "more events wait, or there were more incarnations, than a state has room for";
            return Err(Stop::TooSmall(why.into()));
        }
        after.faults = AMPLE;
        way.node.state = after;
        way.taken.push(action);
        Ok(())
    }

    /// Whether all that the model's hops ask was asked.
    fn is_at_rest(&self, node: &Node) -> bool {
        Hop::ALL.iter().all(|hop| self.owes(node, *hop).is_ok())
    }

    fn accepted(&self, path: Option<&Rc<Path>>, looked: usize) -> Verdict {
        Verdict::Accepted(Accepted {
            name: self.recording.header.name.clone(),
            lines: self.recording.lines.len(),
            steps: actions(path),
            looked,
        })
    }

    fn undecided(&self, explained: usize, why: String) -> Verdict {
        Verdict::Undecided(Undecided {
            name: self.recording.header.name.clone(),
            line: explained + 1,
            why,
        })
    }

    fn refused(&self, furthest: &Furthest) -> Verdict {
        let event = match self.recording.lines.get(furthest.line) {
            Some(line) => line.to_text(),
            None => "the end of the recording".into(),
        };
        let mut before = actions(furthest.path.as_ref());
        before.drain(..before.len().saturating_sub(SHOWN));
        let mut offered = Vec::new();
        self.chain.actions(&furthest.state, &mut offered);
        let is_enabled =
            |action: &Action| self.chain.next_state(&furthest.state, *action).is_some();
        let is_fault = |action: &Action| hopwise_protocol::Class::of(&action.deed).is_none();
        offered.retain(|action| !is_fault(action) && is_enabled(action));
        Verdict::Refused(Box::new(Refusal {
            name: self.recording.header.name.clone(),
            accepted: furthest.accepted,
            line: furthest.line + 2,
            event,
            action: furthest.clause.action,
            clause: furthest.clause.text.clone(),
            differences: furthest.clause.differences.clone(),
            enabled: offered,
            before,
        }))
    }
}

/// How many actions before it a refusal shows.
const SHOWN: usize = 8;

/// The actions of a path, from the first.
fn actions(path: Option<&Rc<Path>>) -> Vec<Action> {
    let mut pieces = Vec::new();
    let mut next = path;
    while let Some(path) = next {
        pieces.push(&path.taken);
        next = path.before.as_ref();
    }
    pieces.into_iter().rev().flatten().copied().collect()
}
