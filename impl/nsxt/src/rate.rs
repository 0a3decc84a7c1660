//! How many requests a client may make in a second.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;

use crate::refusal::Refusal;

/// The limit, and what of it each client has used up in this second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rates {
    limit: Option<NonZeroU32>,
    second: i64,
    used: BTreeMap<Arc<str>, u32>,
}

impl Rates {
    /// From here on so many; without a number as many as come.
    pub(crate) fn limit(&mut self, limit: Option<NonZeroU32>) {
        self.limit = limit;
    }

    /// Counts a request of a client, who is known by the user's name.
    pub(crate) fn admit(&mut self, client: &Arc<str>, now: Timestamp) -> Result<(), Refusal> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        if self.second != now.as_second() {
            self.second = now.as_second();
            self.used.clear();
        }
        let used = self.used.entry(client.clone()).or_default();
        if *used >= limit.get() {
            // Message and code as seen in the field.
            return Err(Refusal::Injected {
                status: StatusCode::TOO_MANY_REQUESTS,
                code: 102,
                message: format!("Client '{client}' exceeded request rate of {limit} per second."),
            });
        }
        *used += 1;
        Ok(())
    }
}
