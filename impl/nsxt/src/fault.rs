//! What goes wrong because somebody asked for it.

use std::collections::BTreeMap;

use http::StatusCode;

use crate::intent::Alarm;
use crate::refusal::Refusal;

/// Faults that are armed and not used up yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    refusals: Vec<(Refusal, u32)>,
    failures: BTreeMap<String, Alarm>,
}

impl Faults {
    /// The next `times` requests are refused with `status`.
    pub(crate) fn refuse(&mut self, status: StatusCode, times: u32) {
        let (code, message) = match status {
            // Message and code as seen in the field.
            StatusCode::TOO_MANY_REQUESTS => (
                102,
                "Client 'admin' exceeded request rate of 100 per second.",
            ),
            _ => (98, "The service is temporarily unavailable."),
        };
        let refusal = Refusal::Injected {
            status,
            code,
            message: message.to_owned(),
        };
        self.refusals.push((refusal, times));
    }

    /// The next realization of this intent fails with this alarm.
    pub(crate) fn fail(&mut self, path: &str, alarm: Alarm) {
        self.failures.insert(path.to_owned(), alarm);
    }

    /// The refusal that this request meets, if any.
    pub(crate) fn take_refusal(&mut self) -> Option<Refusal> {
        self.refusals.retain(|(_, times)| *times > 0);
        let (refusal, times) = self.refusals.first_mut()?;
        *times -= 1;
        Some(refusal.clone())
    }

    pub(crate) fn take_failure(&mut self, path: &str) -> Option<Alarm> {
        self.failures.remove(path)
    }
}
