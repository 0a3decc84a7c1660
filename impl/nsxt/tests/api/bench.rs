//! A manager on a clock that stands still until a test moves it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsxt::{Credentials, Manager, Options, Realization};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const POOL: &str = "/infra/ip-pools/vips";

pub struct Bench {
    pub manager: Arc<Manager>,
    clock: Arc<AtomicI64>,
}

/// What came back: status and body; `null` where there is no body.
pub type Said = (u16, Value);

impl Bench {
    pub fn immediate() -> Bench {
        Bench::with(Realization::Immediate, Realization::Immediate)
    }

    pub fn on_command() -> Bench {
        Bench::with(Realization::OnCommand, Realization::Immediate)
    }

    pub fn with(realization: Realization, purge: Realization) -> Bench {
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
        let ticking = clock.clone();
        let manager = Manager::new(Options {
            clock: Arc::new(move || {
                Timestamp::from_millisecond(ticking.load(Ordering::SeqCst)).unwrap()
            }),
            seed: 1,
            credentials: Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization,
            purge,
        });
        Bench { manager, clock }
    }

    /// With an IP pool `vips` of `count` addresses from 10.0.0.1 on and a service `lb`.
    pub fn furnished(self, count: u8, release_delay: Duration) -> Bench {
        let (first, last) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, count]));
        self.manager
            .add_pool("vips", first, last, release_delay)
            .unwrap();
        let service = json!({"connectivity_path": "/infra/tier-1s/t"});
        assert_eq!(self.put("/infra/lb-services/lb", service).0, 200);
        self.manager.realize("/infra/lb-services/lb");
        self
    }

    pub fn pass(&self, time: Duration) {
        self.clock
            .fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        self.manager.advance();
    }

    /// One request by the administrator; the path is below `/policy/api/v1`.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Said {
        self.ask_with(method, path, body, &[])
    }

    pub fn ask_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Said {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("/policy/api/v1{path}"))
            .header("authorization", "Basic YWRtaW46c2VjcmV0");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .manager
            .answer(&request.body(Bytes::from(text)).unwrap());
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), body)
    }

    pub fn get(&self, path: &str) -> Said {
        self.ask("GET", path, &Value::Null)
    }

    pub fn put(&self, path: &str, body: Value) -> Said {
        self.ask("PUT", path, &body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Said {
        self.ask("PATCH", path, &body)
    }

    pub fn delete(&self, path: &str) -> Said {
        self.ask("DELETE", path, &Value::Null)
    }

    /// The realized entity of an intent.
    pub fn entity(&self, intent_path: &str) -> Value {
        let path = format!("/infra/realized-state/realized-entities?intent_path={intent_path}");
        let (status, body) = self.get(&path);
        assert_eq!(status, 200);
        body["results"][0].clone()
    }

    /// Asks for an address under this id, and answers the realized entity.
    pub fn allocate(&self, id: &str, body: Value) -> Value {
        let path = format!("{POOL}/ip-allocations/{id}");
        assert_eq!(self.patch(&path, body).0, 200);
        self.entity(&path)
    }

    /// The address an allocation got.
    pub fn address(&self, id: &str) -> Option<String> {
        let entity = self.entity(&format!("{POOL}/ip-allocations/{id}"));
        let attribute = &entity["extended_attributes"][0];
        attribute["values"][0].as_str().map(str::to_owned)
    }
}

/// A TCP virtual server on the service `lb`.
pub fn virtual_server(ip: &str, port: &str) -> Value {
    json!({
        "ip_address": ip,
        "ports": [port],
        "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
        "lb_service_path": "/infra/lb-services/lb",
    })
}

/// The number clients decide by.
pub fn code(said: &Said) -> i64 {
    said.1["error_code"].as_i64().unwrap()
}
