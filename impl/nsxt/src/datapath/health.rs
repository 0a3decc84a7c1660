//! Checking members again and again, and taking them down and up by the counts of their monitors.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::front::is_enabled;
use super::probe::probe;
use crate::frontend::AdminState;
use crate::manager::Manager;
use crate::monitor::{Check, Checked, Monitor};
use crate::view::VirtualServer;

/// The checks that go on, by what is checked.
#[derive(Default)]
pub(super) struct Checks(BTreeMap<Checked, Running>);

struct Running {
    target: Target,
    task: JoinHandle<()>,
}

/// Where and how a member is checked.
#[derive(Clone, PartialEq, Eq)]
struct Target {
    at: SocketAddr,
    monitor: Monitor,
}

impl Checks {
    /// Checks the members of every pool that an enabled virtual server uses, and no others. One that
    /// is checked as before goes on counting.
    pub(super) fn follow(&mut self, manager: &Arc<Manager>, servers: &[Arc<VirtualServer>]) {
        let mut wanted: BTreeMap<Checked, Target> = servers
            .iter()
            .filter(|server| is_enabled(server))
            .flat_map(|server| targets(server))
            .collect();
        for (checked, running) in std::mem::take(&mut self.0) {
            match wanted.get(&checked) {
                Some(target) if *target == running.target => {
                    wanted.remove(&checked);
                    self.0.insert(checked, running);
                }
                Some(_) => {}
                None => manager.health().forget(&checked),
            }
        }
        for (checked, target) in wanted {
            manager.health().begin(&checked);
            let (told, of, at) = (manager.clone(), checked.clone(), target.clone());
            let task = tokio::spawn(async move {
                let ask = || probe(&at.monitor.check, at.at);
                let tell = |is_up, cause| told.health().note(&of, is_up, cause, told.now());
                watch(&at.monitor, ask, tell).await;
            });
            self.0.insert(checked, Running { target, task });
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn targets(server: &VirtualServer) -> Vec<(Checked, Target)> {
    let (Some(front), Some(backends)) = (&server.realized, &server.backends) else {
        return Vec::new();
    };
    let pool = front.pool.clone().unwrap_or_default();
    let port = front.listened().next().unwrap_or_default();
    let mut all = Vec::new();
    for member in &backends.members {
        let is_used = member.admin != AdminState::Disabled;
        let monitors = server.monitors.iter();
        for monitor in monitors.filter(|it| is_used && it.check != Check::None) {
            let mut at = front.destination(member, port);
            at.set_port(monitor.port.unwrap_or(at.port()));
            let checked = Checked {
                pool: pool.clone(),
                ip: member.ip,
                port: member.port,
                monitor: monitor.path.clone(),
            };
            let monitor = monitor.clone();
            all.push((checked, Target { at, monitor }));
        }
    }
    all
}

/// Asks once per interval, for ever, and tells after each time whether the member is up and what was
/// wrong.
async fn watch<Answer: Future<Output = Result<(), String>>>(
    monitor: &Monitor,
    ask: impl Fn() -> Answer,
    tell: impl Fn(bool, Option<String>),
) {
    let mut count = Count::default();
    let mut ticks = tokio::time::interval(monitor.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let answer = tokio::time::timeout(monitor.timeout, ask()).await;
        let outcome = answer.unwrap_or_else(|_| {
            let seconds = monitor.timeout.as_secs();
            Err(format!("no answer within {seconds} s"))
        });
        let is_up = count.take(outcome.is_ok(), monitor);
        tell(is_up, outcome.err());
    }
}

/// What a row of outcomes makes of a member.
#[derive(Default)]
struct Count {
    is_up: Option<bool>,
    against: u64,
}

impl Count {
    /// The first check decides by itself (no source says what NSX-T does); afterwards it takes as
    /// many in a row as the monitor says.
    fn take(&mut self, is_good: bool, monitor: &Monitor) -> bool {
        let before = self.is_up.unwrap_or(is_good);
        self.against = if before == is_good {
            0
        } else {
            self.against + 1
        };
        let needed = if before { monitor.fall } else { monitor.rise };
        let turns = self.against >= needed.max(1);
        if turns {
            self.against = 0;
        }
        *self.is_up.insert(before != turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;

    fn monitor() -> Monitor {
        Monitor {
            path: "/infra/lb-monitor-profiles/m".into(),
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            fall: 3,
            rise: 2,
            port: None,
            check: Check::None,
        }
    }

    /// What is told, and when, of a member that answers like this: `+` right, `-` wrong, `.` never.
    async fn told(answers: &str) -> Vec<(u64, bool)> {
        let (start, told) = (tokio::time::Instant::now(), RefCell::default());
        let answers = RefCell::new(answers.chars());
        let ask = || {
            let next = answers.borrow_mut().next();
            async move {
                match next {
                    Some('+') => Ok(()),
                    Some('-') => Err("wrong".to_owned()),
                    Some(_) | None => std::future::pending().await,
                }
            }
        };
        let count = answers.borrow().clone().count() as u64;
        let (monitor, end) = (monitor(), Duration::from_secs(5 * count));
        let tell = |is_up, _| {
            let told: &RefCell<Vec<_>> = &told;
            told.borrow_mut().push((start.elapsed().as_secs(), is_up));
        };
        drop(tokio::time::timeout(end, watch(&monitor, ask, tell)).await);
        told.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_wrong_answers_in_a_row_take_a_member_down_and_so_many_right_ones_up() {
        let rows = told("+--+---+-++").await;
        let words: String = rows
            .iter()
            .map(|(_, up)| if *up { 'U' } else { 'D' })
            .collect();
        assert_eq!(words, "UUUUUUDDDDU");
        let times: Vec<u64> = rows.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, (0..11).map(|n| n * 5).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_check_decides_and_silence_is_wrong_after_the_timeout() {
        assert_eq!(told(".++").await, [(2, false), (5, false), (10, true)]);
    }
}
