//! The programs that run on a cluster: a Deployment each, of two replicas of which one leads.
//!
//! What differs from site to site is in no Deployment: it is read from ConfigMaps and Secrets that
//! the operator makes, and until those that are always needed are there the pods wait.

use super::{CCM_NAMESPACE, Cluster};
use hopwise_api::strings::{component, lease, owner, port};
use kube::api::DynamicObject;
use serde_json::{Value, json};
use std::path::Path;

/// The Secret of hop 1, in the guest cluster: its `kubeconfig` for the Supervisor.
pub const SUPERVISOR_SECRET: &str = "supervisor-kubeconfig";
/// The ConfigMap of hop 1: the cluster's `name` on the Supervisor, and its object there,
/// `ownerref.json`.
pub const GUEST_CONFIG: &str = "guest-cluster";
/// The Secret of hop 3, on the Supervisor and nowhere else: `username` and `password` at NSX-T. With a
/// certificate there is no account.
pub const NSX_SECRET: &str = "nsx-account";
/// The ConfigMap of hop 3: `address`, `ca.crt`, `ip-pool`, and the `supervisor-name` that its ids
/// begin with; and `auth`, if it is not `basic`.
pub const NSX_CONFIG: &str = "nsx-manager";

/// An account that no image gives a name to, so that it is nobody's on the machine either.
const USER: u32 = 65532;

/// A program and what it is started with.
pub struct Workload {
    /// The component's name: that of its ServiceAccount, its image and its program.
    pub name: &'static str,
    namespace: &'static str,
    port: u16,
    environment: Vec<Value>,
    mounts: Vec<Mount>,
}

/// Files that come from a ConfigMap or a Secret.
struct Mount {
    name: &'static str,
    path: String,
    volume: Value,
}

impl Mount {
    /// The same files of a Secret, or an empty folder where there is no such Secret.
    fn if_there(mut self) -> Mount {
        self.volume["secret"]["optional"] = true.into();
        self
    }
}

impl Workload {
    /// What runs on a cluster.
    pub fn all_on(cluster: Cluster) -> Vec<Workload> {
        match cluster {
            Cluster::Guest => vec![Workload::ccm()],
            Cluster::Supervisor => vec![Workload::vmop(), Workload::ncp()],
        }
    }

    fn ccm() -> Workload {
        let folder = Path::new(owner::FILE).parent();
        let folder = folder.expect("a file is in a folder").display().to_string();
        Workload {
            name: component::CCM,
            namespace: CCM_NAMESPACE,
            port: port::CCM,
            environment: vec![
                of_config("CLUSTER_NAME", GUEST_CONFIG, "name"),
                plain("SUPERVISOR_KUBECONFIG", "/etc/supervisor/kubeconfig"),
            ],
            mounts: vec![
                config(GUEST_CONFIG, &folder, "ownerref.json"),
                secret(SUPERVISOR_SECRET, "/etc/supervisor", "kubeconfig"),
            ],
        }
    }

    fn vmop() -> Workload {
        Workload {
            name: component::VMOP,
            namespace: lease::VMOP.namespace,
            port: port::VMOP,
            environment: Vec::new(),
            mounts: Vec::new(),
        }
    }

    fn ncp() -> Workload {
        Workload {
            name: component::NCP,
            namespace: lease::NCP.namespace,
            port: port::NCP,
            environment: vec![
                of_config("CLUSTER_NAME", NSX_CONFIG, "supervisor-name"),
                of_config("NSX_ADDRESS", NSX_CONFIG, "address"),
                of_config_if_there("NSX_AUTH", NSX_CONFIG, "auth"),
                of_config("NSX_IP_POOL", NSX_CONFIG, "ip-pool"),
                plain("NSX_CA_FILE", "/etc/nsx/manager/ca.crt"),
                of_secret_if_there("NSX_USER", NSX_SECRET, "username"),
                plain("NSX_PASSWORD_FILE", "/etc/nsx/account/password"),
            ],
            mounts: vec![
                config(NSX_CONFIG, "/etc/nsx/manager", "ca.crt"),
                secret(NSX_SECRET, "/etc/nsx/account", "password").if_there(),
            ],
        }
    }

    /// The Deployment.
    pub fn deployment(&self) -> DynamicObject {
        let labels = json!({"app.kubernetes.io/name": self.name});
        let volumes = self.mounts.iter().map(|one| one.volume.clone());
        let spread = json!({"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": labels}});
        let mut pod = json!({
            "serviceAccountName": self.name,
            // Passes under way may take the 30 s of --shutdown-grace-period.
            "terminationGracePeriodSeconds": 40,
            "topologySpreadConstraints": [spread],
            "securityContext": {"runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER,
                "fsGroup": USER, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [self.container()],
        });
        if !self.mounts.is_empty() {
            pod["volumes"] = volumes.collect();
        }
        let deployment = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": self.namespace, "labels": labels},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        });
        serde_json::from_value(deployment).expect("it names kind and apiVersion")
    }

    fn container(&self) -> Value {
        let probe = |path| json!({"httpGet": {"path": path, "port": "metrics"}});
        let mounts = self.mounts.iter();
        let mounts =
            mounts.map(|one| json!({"name": one.name, "mountPath": one.path, "readOnly": true}));
        let address = format!("--metrics-bind-address=:{}", self.port);
        let mut container = json!({
            "name": self.name,
            "image": format!("{}:{}", self.name, env!("CARGO_PKG_VERSION")),
            "command": [format!("/{}", self.name)],
            "args": ["--log-format=json", address],
            "ports": [{"name": "metrics", "containerPort": self.port, "protocol": "TCP"}],
            "livenessProbe": probe("/healthz"),
            "readinessProbe": probe("/readyz"),
            "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]}},
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"memory": "256Mi"}},
        });
        if !self.environment.is_empty() {
            container["env"] = self.environment.clone().into();
        }
        if !self.mounts.is_empty() {
            container["volumeMounts"] = mounts.collect();
        }
        container
    }
}

fn plain(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn of_config(name: &str, config: &str, key: &str) -> Value {
    json!({"name": name, "valueFrom": {"configMapKeyRef": {"name": config, "key": key}}})
}

fn of_config_if_there(name: &str, config: &str, key: &str) -> Value {
    let key = json!({"name": config, "key": key, "optional": true});
    json!({"name": name, "valueFrom": {"configMapKeyRef": key}})
}

fn of_secret_if_there(name: &str, secret: &str, key: &str) -> Value {
    let key = json!({"name": secret, "key": key, "optional": true});
    json!({"name": name, "valueFrom": {"secretKeyRef": key}})
}

fn config(name: &'static str, path: &str, key: &str) -> Mount {
    let items = json!([{"key": key, "path": key}]);
    Mount {
        name,
        path: path.into(),
        volume: json!({"name": name, "configMap": {"name": name, "items": items}}),
    }
}

/// The program is not the owner of its files, and reads them by its group.
fn secret(name: &'static str, path: &str, key: &str) -> Mount {
    let items = json!([{"key": key, "path": key}]);
    let source = json!({"secretName": name, "defaultMode": 0o440, "items": items});
    Mount {
        name,
        path: path.into(),
        volume: json!({"name": name, "secret": source}),
    }
}
