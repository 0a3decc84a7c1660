//! A watch at the gate, whose events travel one by one.

use super::{Feed, Place};
use crate::call::Asked;
use crate::who::Who;
use bytes::Bytes;
use futures::channel::mpsc;
use http_body::Frame;
use std::collections::VecDeque;
use tower::BoxError;

/// An open watch at the gate.
pub struct Watch {
    /// Who watches.
    pub who: Who,
    /// Whom it watches.
    pub place: Place,
    /// What it watches.
    pub asked: Asked,
    /// The target of the request that opened it.
    pub target: String,
    /// What other events were delivered before.
    pub(super) passed: VecDeque<Bytes>,
    pub(super) feed: Box<dyn Feed>,
    pub(super) listener: mpsc::UnboundedSender<Result<Frame<Bytes>, BoxError>>,
}

impl Watch {
    /// The events that nobody has delivered yet, oldest first.
    pub fn waiting(&self) -> Vec<Bytes> {
        let passed = self.passed.iter().cloned();
        passed.chain(self.feed.waiting()).collect()
    }

    /// How many events nobody has delivered yet.
    pub fn lag(&self) -> usize {
        self.passed.len() + self.feed.lag()
    }

    /// A client that hung up hears nothing, like over a network.
    pub(super) fn tell(&self, event: Bytes) {
        let _ = self.listener.unbounded_send(Ok(Frame::data(event)));
    }

    /// Takes the first event of this sort.
    pub(super) fn take(&mut self, fits: impl Fn(&Bytes) -> bool) -> Option<Bytes> {
        if let Some(at) = self.passed.iter().position(&fits) {
            return self.passed.remove(at);
        }
        while let Some(event) = self.feed.next() {
            if fits(&event) {
                return Some(event);
            }
            self.passed.push_back(event);
        }
        None
    }
}
