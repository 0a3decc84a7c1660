//! The runtime family: detailed status, statistics and usage of load balancer services.

use std::net::SocketAddr;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::capacity::Capacity;
use crate::frontend::{AdminState, Backends, Frontend, Member};
use crate::intent::Intent;
use crate::kind::Kind;
use crate::monitor::Health;
use crate::realize::is_attached;
use crate::realized_state::Standing;
use crate::refusal::Refusal;
use crate::state::State;
use crate::traffic::{Reading, Traffic};

/// A look at the running load balancers.
pub(crate) struct Runtime<'a> {
    pub(crate) state: &'a State,
    pub(crate) traffic: &'a Traffic,
    pub(crate) health: &'a Health,
    pub(crate) now: Timestamp,
}

impl Runtime<'_> {
    /// Answers `GET /infra/lb-services/{id}/…`; `rest` are the segments after the id.
    pub(crate) fn answer(&self, service: &str, rest: &[&str]) -> Result<Value, Refusal> {
        let path = format!("/infra/lb-services/{service}");
        let service = self.state.found(&path)?;
        let result = match rest {
            ["detailed-status"] => self.service_status(service),
            ["statistics"] => self.service_statistics(service),
            ["service-usage"] => self.usage(service),
            [collection, id, what] => self.part(collection, id, what)?,
            _ => return Err(Refusal::not_found(format!("{path}/{}", rest.join("/")))),
        };
        let intent_path = match rest {
            [collection, id, _] => format!("/infra/{collection}/{id}"),
            _ => path,
        };
        Ok(json!({ "intent_path": intent_path, "results": [result] }))
    }

    /// The usage of every service.
    pub(crate) fn usage_summary(&self) -> Value {
        let services = self.state.collection("/infra", Kind::LbService);
        let usages: Vec<Value> = services
            .filter(|s| s.marked.is_none())
            .map(|s| self.usage(s))
            .collect();
        json!({ "service_usages": usages, "results": usages })
    }

    fn part(&self, collection: &str, id: &str, what: &str) -> Result<Value, Refusal> {
        let path = format!("/infra/{collection}/{id}");
        let part = self.state.found(&path)?;
        match (collection, what) {
            ("lb-virtual-servers", "detailed-status") => Ok(self.virtual_server_status(part)),
            ("lb-virtual-servers", "statistics") => Ok(self.virtual_server_statistics(part)),
            ("lb-pools", "detailed-status") => Ok(self.pool_status(part)),
            ("lb-pools", "statistics") => Ok(self.pool_statistics(part)),
            _ => Err(Refusal::not_found(format!("{path}/{what}"))),
        }
    }

    fn on_service(&self, service: &Intent) -> Vec<&Intent> {
        let path = service.path();
        let servers = self.state.virtual_servers();
        servers
            .filter(|vs| vs.marked.is_none() && vs.text("lb_service_path") == Some(&path))
            .collect()
    }

    fn pools_of(&self, servers: &[&Intent]) -> Vec<&Intent> {
        let mut paths: Vec<&str> = servers
            .iter()
            .filter_map(|vs| vs.text("pool_path"))
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
            .into_iter()
            .filter_map(|path| self.state.live(path))
            .collect()
    }

    fn service_status(&self, service: &Intent) -> Value {
        let servers = self.on_service(service);
        let statuses: Vec<Value> = servers
            .iter()
            .map(|vs| self.virtual_server_status(vs))
            .collect();
        let pools: Vec<Value> = self
            .pools_of(&servers)
            .into_iter()
            .map(|pool| self.pool_status(pool))
            .collect();
        let status = match self.state.standing(service) {
            _ if !is_attached(service) => "DETACHED",
            _ if !is_enabled(service) => "DISABLED",
            Standing::Realized => "UP",
            Standing::Failed(_) | Standing::Unbindable(_) => "ERROR",
            Standing::Unrealized => "UNKNOWN",
        };
        json!({
            "resource_type": "LBServiceStatus",
            "service_path": service.path(),
            "service_status": status,
            "last_update_timestamp": self.now.as_millisecond(),
            "cpu_usage": 0,
            "memory_usage": 0,
            "active_transport_nodes": [],
            "standby_transport_nodes": [],
            "virtual_servers": statuses,
            "pools": pools,
        })
    }

    fn virtual_server_status(&self, server: &Intent) -> Value {
        let mut status = json!({
            "resource_type": "LBVirtualServerStatus",
            "virtual_server_path": server.path(),
            "status": self.virtual_server_word(server),
            "last_update_timestamp": self.now.as_millisecond(),
        });
        if let Some(alarm) = self.state.standing(server).alarm() {
            status["alarm"] = alarm.body();
        }
        status
    }

    fn virtual_server_word(&self, server: &Intent) -> &'static str {
        if server.text("lb_service_path").is_none() {
            return "DETACHED";
        }
        if !is_enabled(server) {
            return "DISABLED";
        }
        match (self.state.standing(server), server.frontend()) {
            (Standing::Realized, Some(front)) => self.members_word(front),
            (Standing::Unbindable(_), _) => "DOWN",
            (Standing::Realized | Standing::Failed(_) | Standing::Unrealized, _) => "UNKNOWN",
        }
    }

    fn members_word(&self, front: &Frontend) -> &'static str {
        let pool = front
            .pool
            .as_deref()
            .and_then(|pool| self.state.intents.get(pool));
        let Some(pool) = pool else { return "DOWN" };
        let Some(backends) = pool.backends() else {
            return "UNKNOWN";
        };
        self.pool_word(pool, backends)
    }

    fn pool_status(&self, pool: &Intent) -> Value {
        let path = pool.path();
        let used = |vs: &Intent| vs.marked.is_none() && vs.text("pool_path") == Some(&path);
        let in_use = self.state.virtual_servers().any(used);
        let status = match pool.backends() {
            _ if !in_use => "DETACHED",
            Some(backends) => self.pool_word(pool, backends),
            None => "UNKNOWN",
        };
        let members: Vec<Value> = pool.backends().map_or_else(Vec::new, |backends| {
            let members = backends.members.iter();
            members
                .map(|member| self.member_status(pool, member, in_use))
                .collect()
        });
        json!({
            "resource_type": "LBPoolStatus",
            "pool_path": path,
            "status": status,
            "members": members,
            "last_update_timestamp": self.now.as_millisecond(),
        })
    }

    fn member_status(&self, pool: &Intent, member: &Member, in_use: bool) -> Value {
        let status = if in_use {
            self.member_word(pool, member)
        } else {
            "UNKNOWN"
        };
        let verdicts = self.health.of(&pool.path(), member.ip, member.port);
        let checked = verdicts.iter().map(|it| it.checked).max();
        let since = verdicts.iter().map(|it| it.since).max();
        let mut body = json!({
            "ip_address": member.ip.to_string(),
            "status": status,
            "last_check_time": checked.unwrap_or(self.now).as_millisecond(),
            "last_state_change_time": since.unwrap_or(pool.modified.at).as_millisecond(),
        });
        let causes = verdicts.iter().filter_map(|it| it.cause.as_deref());
        let causes = causes.collect::<Vec<_>>().join("; ");
        if !causes.is_empty() {
            body["failure_cause"] = json!(causes);
        }
        if let Some(port) = member.port {
            body["port"] = json!(port.to_string());
        }
        body
    }

    /// "If the pool member has no monitor configured, it would be treated as UP"; one that is not
    /// checked yet, or by a monitor that is not probed here, is not known.
    fn member_word(&self, pool: &Intent, member: &Member) -> &'static str {
        let verdicts = self.health.of(&pool.path(), member.ip, member.port);
        let monitors = pool.backends().map_or(0, |it| it.monitors.len());
        match member.admin {
            AdminState::Disabled => "DISABLED",
            AdminState::GracefulDisabled => "GRACEFUL_DISABLED",
            AdminState::Enabled if verdicts.iter().any(|it| !it.is_up) => "DOWN",
            AdminState::Enabled if verdicts.len() < monitors => "UNKNOWN",
            AdminState::Enabled => "UP",
        }
    }

    fn pool_word(&self, pool: &Intent, backends: &Backends) -> &'static str {
        let up = |member: &&Member| self.member_word(pool, member) == "UP";
        let (backups, primaries): (Vec<&Member>, Vec<&Member>) =
            backends.members.iter().partition(|member| member.backup);
        let primaries_up = primaries.iter().copied().filter(up).count();
        let backups_up = backups.iter().copied().filter(up).count();
        let mut members = backends.members.iter();
        if members.any(|member| self.member_word(pool, member) == "UNKNOWN") {
            "UNKNOWN"
        } else if primaries_up > 0 && primaries_up == primaries.len() {
            "UP"
        } else if primaries_up > 0
            && (primaries_up >= backends.min_active_members || backups_up == 0)
        {
            "PARTIALLY_UP"
        } else if backups_up > 0 {
            "PRIMARY_DOWN"
        } else {
            "DOWN"
        }
    }

    fn service_statistics(&self, service: &Intent) -> Value {
        let servers = self.on_service(service);
        let readings: Vec<Reading> = servers
            .iter()
            .map(|vs| self.traffic.read(&vs.path(), None))
            .collect();
        let sum = |of: fn(&Reading) -> u64| readings.iter().map(of).sum::<u64>();
        let virtual_servers: Vec<Value> = servers
            .iter()
            .map(|vs| self.virtual_server_statistics(vs))
            .collect();
        let pools: Vec<Value> = self
            .pools_of(&servers)
            .into_iter()
            .map(|pool| self.pool_statistics(pool))
            .collect();
        json!({
            "resource_type": "LBServiceStatistics",
            "service_path": service.path(),
            "statistics": {
                "l4_current_sessions": sum(|r| r.current_sessions),
                "l4_max_sessions": sum(|r| r.max_sessions),
                "l4_total_sessions": sum(|r| r.total_sessions),
                "l4_current_session_rate": 0,
                "l7_current_sessions": 0,
                "l7_max_sessions": 0,
                "l7_total_sessions": 0,
                "l7_current_session_rate": 0,
            },
            "virtual_servers": virtual_servers,
            "pools": pools,
            "last_update_timestamp": self.now.as_millisecond(),
        })
    }

    fn virtual_server_statistics(&self, server: &Intent) -> Value {
        json!({
            "resource_type": "LBVirtualServerStatistics",
            "virtual_server_path": server.path(),
            "statistics": self.traffic.read(&server.path(), None).body(),
            "last_update_timestamp": self.now.as_millisecond(),
        })
    }

    fn pool_statistics(&self, pool: &Intent) -> Value {
        let path = pool.path();
        let members = pool
            .backends()
            .map_or(&[][..], |backends| &backends.members);
        let members: Vec<Value> = members
            .iter()
            .map(|member| {
                let at = member.port.map(|port| SocketAddr::new(member.ip, port));
                let reading = at.map(|at| self.traffic.read(&path, Some(at)));
                json!({
                    "ip_address": member.ip.to_string(),
                    "port": member.port.map(|port| port.to_string()),
                    "statistics": reading.unwrap_or_default().body(),
                })
            })
            .collect();
        json!({
            "resource_type": "LBPoolStatistics",
            "pool_path": path,
            "statistics": self.traffic.read(&path, None).body(),
            "members": members,
            "last_update_timestamp": self.now.as_millisecond(),
        })
    }

    fn usage(&self, service: &Intent) -> Value {
        let capacity = Capacity::by_size(service.text("size").unwrap_or("SMALL"));
        let servers = self.on_service(service);
        let pools = self.pools_of(&servers);
        let members: usize = pools
            .iter()
            .filter_map(|pool| pool.fields.get("members").and_then(Value::as_array))
            .map(Vec::len)
            .sum();
        let counts = [
            (servers.len(), capacity.virtual_servers),
            (pools.len(), capacity.pools),
            (members, capacity.members),
        ];
        let percentage = counts
            .iter()
            .map(|(used, of)| used * 100 / of)
            .max()
            .unwrap_or(0);
        // The thresholds are ours: the specification names the colours only.
        let severity = match percentage {
            0..=79 => "GREEN",
            80..=99 => "ORANGE",
            _ => "RED",
        };
        json!({
            "resource_type": "LBServiceUsage",
            "service_path": service.path(),
            "service_size": service.text("size"),
            "virtual_server_capacity": capacity.virtual_servers,
            "current_virtual_server_count": servers.len(),
            "pool_capacity": capacity.pools,
            "current_pool_count": pools.len(),
            "pool_member_capacity": capacity.members,
            "current_pool_member_count": members,
            "usage_percentage": percentage,
            "severity": severity,
            "last_update_timestamp": self.now.as_millisecond(),
        })
    }
}

fn is_enabled(intent: &Intent) -> bool {
    intent.fields.get("enabled").and_then(Value::as_bool) != Some(false)
}
