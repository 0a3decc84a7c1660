//! A health monitor, read into types, and what it has found.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

use crate::schema::Body;

/// An active monitor as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// The intent path.
    pub path: String,
    /// The time between two checks.
    pub interval: Duration,
    /// How long a member may take to answer.
    pub timeout: Duration,
    /// So many failed checks in a row take a member down.
    pub fall: u64,
    /// So many good ones bring it back.
    pub rise: u64,
    /// Where to ask; the member's own port where there is none.
    pub port: Option<u16>,
    /// What to ask.
    pub check: Check,
}

/// What a monitor asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// A connection, and where `send` or `receive` is given, an answer that contains it.
    Tcp {
        /// What is sent.
        send: String,
        /// What must be somewhere in the answer.
        receive: String,
    },
    /// A datagram, and an answer that contains `receive`.
    Udp {
        /// What is sent.
        send: String,
        /// What must be somewhere in the answer.
        receive: String,
    },
    /// A request, and the right answer.
    Http(HttpCheck),
    /// ICMP needs privileges, and HTTPS a profile that is not kept here: members stay as if not
    /// monitored, and their state is unknown.
    None,
}

/// A request, and what its answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpCheck {
    /// Such as GET.
    pub method: String,
    /// The path with its query.
    pub url: String,
    /// HTTP/1.0, and not 1.1.
    pub is_1_0: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: String,
    /// Which answers are right.
    pub statuses: Vec<u16>,
    /// What must be somewhere in the answer's body.
    pub expected: String,
}

impl Monitor {
    /// Reads a checked profile; absent for a passive one, which checks nothing by itself.
    pub(crate) fn read(path: &str, of_type: &str, fields: &Body) -> Option<Monitor> {
        let number = |name: &str| fields.get(name).and_then(Value::as_u64);
        let text = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let (send, receive) = (text("send"), text("receive"));
        Some(Monitor {
            path: path.to_owned(),
            check: match of_type {
                "LBTcpMonitorProfile" => Check::Tcp { send, receive },
                "LBUdpMonitorProfile" => Check::Udp { send, receive },
                "LBHttpMonitorProfile" => Check::Http(HttpCheck::read(fields)),
                "LBPassiveMonitorProfile" => return None,
                _ => Check::None,
            },
            interval: Duration::from_secs(number("interval").unwrap_or(5)),
            timeout: Duration::from_secs(number("timeout").unwrap_or(5)),
            fall: number("fall_count").unwrap_or(3),
            rise: number("rise_count").unwrap_or(3),
            port: number("monitor_port")
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port > 0),
        })
    }
}

impl HttpCheck {
    fn read(fields: &Body) -> HttpCheck {
        let text = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let list = |name: &str| {
            fields
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let part = |header: &Value, name: &str| Some(header.get(name)?.as_str()?.to_owned());
        let statuses: Vec<u16> = list("response_status_codes")
            .filter_map(|status| u16::try_from(status.as_u64()?).ok())
            .collect();
        HttpCheck {
            method: text("request_method"),
            url: text("request_url"),
            is_1_0: text("request_version") == "HTTP_VERSION_1_0",
            headers: list("request_headers")
                .filter_map(|it| Some((part(it, "header_name")?, part(it, "header_value")?)))
                .collect(),
            body: text("request_body"),
            statuses: if statuses.is_empty() {
                vec![200]
            } else {
                statuses
            },
            expected: text("response_body"),
        }
    }
}

/// What monitors have found out about the members of pools. It is no part of the state: a restart
/// finds out anew.
#[derive(Debug, Default)]
pub struct Health {
    /// Nothing where the first check is still under way.
    found: Mutex<BTreeMap<Checked, Option<Verdict>>>,
}

/// A member of a pool, checked by a monitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checked {
    /// The pool's intent path.
    pub pool: String,
    /// The member's address.
    pub ip: IpAddr,
    /// The member's port as written.
    pub port: Option<u16>,
    /// The monitor's intent path.
    pub monitor: String,
}

/// What a monitor says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it gets connections.
    pub is_up: bool,
    /// What was wrong with the last check.
    pub cause: Option<String>,
    /// When the last check ended.
    pub checked: Timestamp,
    /// Since when it is up or down.
    pub since: Timestamp,
}

impl Health {
    /// From here on outcomes are noted.
    pub fn begin(&self, of: &Checked) {
        self.found.lock().entry(of.clone()).or_default();
    }

    /// Notes the outcome of a check that was begun and is not forgotten.
    pub fn note(&self, of: &Checked, is_up: bool, cause: Option<String>, now: Timestamp) {
        let mut found = self.found.lock();
        let Some(slot) = found.get_mut(of) else {
            return;
        };
        let before = slot.as_ref().filter(|before| before.is_up == is_up);
        let verdict = Verdict {
            is_up,
            cause,
            checked: now,
            since: before.map_or(now, |before| before.since),
        };
        *slot = Some(verdict);
    }

    /// Forgets what is no longer checked.
    pub fn forget(&self, of: &Checked) {
        self.found.lock().remove(of);
    }

    /// What each monitor that has checked a member says of it.
    pub fn of(&self, pool: &str, ip: IpAddr, port: Option<u16>) -> Vec<Verdict> {
        let first = Checked {
            pool: pool.to_owned(),
            ip,
            port,
            monitor: String::new(),
        };
        let found = self.found.lock();
        let of_member = found.range(&first..).take_while(|(checked, _)| {
            (&checked.pool, checked.ip, checked.port) == (&first.pool, ip, port)
        });
        of_member
            .filter_map(|(_, verdict)| verdict.clone())
            .collect()
    }

    /// Whether a monitor says that a member is down.
    pub fn is_down(&self, pool: &str, ip: IpAddr, port: Option<u16>) -> bool {
        self.of(pool, ip, port).iter().any(|verdict| !verdict.is_up)
    }
}
