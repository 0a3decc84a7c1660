//! What one hop's object says, whatever its kind.

use super::age;
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::condition;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{self, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, ObjectMeta};

/// An object at one hop.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace and name, with a slash between them.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it asks the chain for a load balancer: one of a class is somebody else's.
    pub is_balanced: bool,
    /// What counts the changes of its spec, where the kind has one.
    pub generation: Option<i64>,
    /// The oldest generation that one of its conditions is about.
    pub observed: Option<i64>,
    /// Since when it is being deleted.
    pub deleted: Option<Timestamp>,
    /// What holds it.
    pub finalizers: Vec<String>,
    /// The ports that clients connect to, each with the node port behind it.
    pub ports: Vec<(i32, i32)>,
    /// The address that it is told.
    pub address: Option<String>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// The Service in the guest that it says it stands for, where it says so.
    pub stands_for: Option<String>,
    /// What was said of it last.
    pub last_event: Option<Event>,
}

/// One occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was seen last.
    pub at: Timestamp,
    /// Who says it.
    pub by: String,
    /// A word for it.
    pub reason: String,
    /// A sentence for it.
    pub note: String,
    /// Whether it is of the type that tells of trouble.
    pub is_warning: bool,
}

impl Place {
    /// A Service, of the guest or of the Supervisor.
    pub fn of_service(service: &Service) -> Place {
        let spec = service.spec.clone().unwrap_or_default();
        let status = service.status.clone().unwrap_or_default();
        let ports = spec.ports.unwrap_or_default();
        let ingress = status.load_balancer.and_then(|it| it.ingress);
        let address = ingress.unwrap_or_default().into_iter().find_map(|it| it.ip);
        Place {
            kind: "Service",
            is_balanced: spec.type_.as_deref() == Some("LoadBalancer")
                && spec.load_balancer_class.is_none(),
            ports: ports
                .iter()
                .map(|it| (it.port, it.node_port.unwrap_or_default()))
                .collect(),
            address,
            ..Place::of(&service.metadata, status.conditions.unwrap_or_default())
        }
    }

    /// A VirtualMachineService.
    pub fn of_vm_service(service: &VirtualMachineService) -> Place {
        let status = service.status.clone().unwrap_or_default();
        let mut ingress = status.load_balancer.ingress.into_iter();
        Place {
            kind: "VirtualMachineService",
            is_balanced: service.spec.type_ == "LoadBalancer",
            ports: service
                .spec
                .ports
                .iter()
                .map(|it| (it.port, it.target_port))
                .collect(),
            address: ingress.next().map(|it| it.ip),
            ..Place::of(&service.metadata, status.conditions)
        }
    }

    fn of(meta: &ObjectMeta, conditions: Vec<Condition>) -> Place {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        let annotations = meta.annotations.as_ref();
        Place {
            name: format!("{}/{}", text(&meta.namespace), text(&meta.name)),
            uid: text(&meta.uid),
            generation: meta.generation,
            observed: conditions
                .iter()
                .filter_map(|it| it.observed_generation)
                .min(),
            deleted: meta.deletion_timestamp.as_ref().map(|it| it.0),
            finalizers: meta.finalizers.clone().unwrap_or_default(),
            stands_for: annotations.and_then(|it| {
                it.get(hopwise_api::strings::annotation::SERVICE_UID)
                    .cloned()
            }),
            conditions,
            ..Place::default()
        }
    }

    /// What counts the changes of its spec, and whether its conditions are about the last.
    pub fn generations(&self) -> Option<String> {
        let generation = self.generation?;
        Some(match self.observed {
            Some(observed) if observed != generation => {
                format!("generation {generation}, its conditions are those of {observed}")
            }
            Some(_) | None => format!("generation {generation}"),
        })
    }

    /// For how long it is being deleted.
    pub fn deletion(&self, now: Timestamp) -> Option<String> {
        let since = self.deleted?;
        Some(format!("being deleted for {}", age(now, since)))
    }

    /// Its conditions in words.
    pub fn conditions_told(&self, now: Timestamp) -> Vec<String> {
        let told = self.conditions.iter().map(|it| {
            let message = match it.message.as_str() {
                "" => String::new(),
                message => format!(": {message}"),
            };
            let since = age(now, it.last_transition_time.0);
            let (type_, status, reason) = (&it.type_, &it.status, &it.reason);
            format!("{type_}: {status} for {since}, {reason}{message}")
        });
        told.collect()
    }

    /// Whether it says that the pool has no address for it.
    pub fn is_exhausted(&self) -> bool {
        self.is(condition::POOL_EXHAUSTED, "True")
    }

    /// Whether a condition of it has this status.
    pub fn is(&self, type_: &str, status: &str) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.any(|it| it.type_ == type_ && it.status == status)
    }

    /// Whether a finalizer holds it.
    pub fn is_held_by(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|it| it == finalizer)
    }
}

impl Event {
    /// The event in words.
    pub fn told(&self, now: Timestamp) -> String {
        let Event {
            at,
            by,
            reason,
            note,
            ..
        } = self;
        format!("{} ago, {by}: {reason}: {note}", age(now, *at))
    }

    /// One as the cluster keeps it; none without a time.
    pub fn of(event: &v1::Event) -> Option<Event> {
        let seen = event
            .series
            .as_ref()
            .and_then(|it| it.last_observed_time.as_ref());
        let at = seen
            .map(|it| it.0)
            .or(event.last_timestamp.as_ref().map(|it| it.0))
            .or(event.event_time.as_ref().map(|it| it.0))?;
        let source = event.source.as_ref().and_then(|it| it.component.clone());
        let by = event
            .reporting_component
            .clone()
            .filter(|it| !it.is_empty());
        Some(Event {
            at,
            by: by.or(source).unwrap_or_default(),
            reason: event.reason.clone().unwrap_or_default(),
            note: event.message.clone().unwrap_or_default(),
            is_warning: event.type_.as_deref() == Some("Warning"),
        })
    }
}
