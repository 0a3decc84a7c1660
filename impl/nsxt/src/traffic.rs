//! What went through: counters of virtual servers, pools and members.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::{Value, json};

/// Counters by intent path, and within a pool by member.
#[derive(Debug, Default)]
pub struct Traffic {
    counters: Mutex<BTreeMap<Subject, Arc<Counters>>>,
}

/// An intent path, and within a pool one member.
type Subject = (String, Option<SocketAddr>);

/// The counters of one subject. They only grow, but for the current sessions.
#[derive(Debug, Default)]
pub struct Counters {
    current: AtomicU64,
    most: AtomicU64,
    total: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    dropped: AtomicU64,
}

/// An open session; closed when it is dropped.
#[derive(Debug)]
pub struct Session {
    counters: Vec<Arc<Counters>>,
}

/// A reading of [`Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Sessions open now.
    pub current_sessions: u64,
    /// The most sessions open at a time.
    pub max_sessions: u64,
    /// Sessions opened since the start.
    pub total_sessions: u64,
    /// Bytes from clients to members.
    pub bytes_in: u64,
    /// Bytes from members to clients.
    pub bytes_out: u64,
    /// Connections and datagrams that the access list kept out.
    pub dropped: u64,
}

impl Traffic {
    /// The counters of an object, or of one member of a pool.
    pub fn of(&self, path: &str, member: Option<SocketAddr>) -> Arc<Counters> {
        self.counters
            .lock()
            .entry((path.to_owned(), member))
            .or_default()
            .clone()
    }

    /// Reads without making counters for a subject that never had traffic.
    pub(crate) fn read(&self, path: &str, member: Option<SocketAddr>) -> Reading {
        let counters = self
            .counters
            .lock()
            .get(&(path.to_owned(), member))
            .cloned();
        counters.map_or_else(Reading::default, |counters| counters.read())
    }

    /// Opens a session that counts for all of `subjects`.
    pub fn open(&self, subjects: &[(&str, Option<SocketAddr>)]) -> Session {
        let counters: Vec<Arc<Counters>> = subjects
            .iter()
            .map(|(path, member)| self.of(path, *member))
            .collect();
        for counters in &counters {
            counters.total.fetch_add(1, Ordering::Relaxed);
            let current = counters.current.fetch_add(1, Ordering::Relaxed) + 1;
            counters.most.fetch_max(current, Ordering::Relaxed);
        }
        Session { counters }
    }
}

impl Counters {
    /// The numbers as they stand.
    pub fn read(&self) -> Reading {
        Reading {
            current_sessions: self.current.load(Ordering::Relaxed),
            max_sessions: self.most.load(Ordering::Relaxed),
            total_sessions: self.total.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }

    /// Counts what the access list kept out.
    pub fn dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Session {
    /// Counts bytes from the client.
    pub fn received(&self, bytes: u64) {
        for counters in &self.counters {
            counters.bytes_in.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Counts bytes to the client.
    pub fn sent(&self, bytes: u64) {
        for counters in &self.counters {
            counters.bytes_out.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for counters in &self.counters {
            counters.current.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Reading {
    /// The `statistics` record. Packets and rates are not measured and stay zero.
    pub(crate) fn body(self) -> Value {
        json!({
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "bytes_in_rate": 0,
            "bytes_out_rate": 0,
            "current_sessions": self.current_sessions,
            "max_sessions": self.max_sessions,
            "total_sessions": self.total_sessions,
            "current_session_rate": 0,
            "packets_in": 0,
            "packets_out": 0,
            "packets_in_rate": 0,
            "packets_out_rate": 0,
            "http_requests": 0,
            "http_request_rate": 0,
            "source_ip_persistence_entry_size": 0,
            "dropped_packets_by_access_list": self.dropped,
            "dropped_sessions_by_lbrule_action": 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_counts_while_it_is_open_and_is_remembered_afterwards() {
        let traffic = Traffic::default();
        let session = traffic.open(&[("/infra/a", None)]);
        session.received(3);
        session.sent(5);
        let open = traffic.read("/infra/a", None);
        assert_eq!(
            (open.current_sessions, open.bytes_in, open.bytes_out),
            (1, 3, 5)
        );
        drop(session);
        let closed = traffic.read("/infra/a", None);
        assert_eq!(
            (
                closed.current_sessions,
                closed.total_sessions,
                closed.max_sessions
            ),
            (0, 1, 1)
        );
    }
}
