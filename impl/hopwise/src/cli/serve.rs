//! The command line of what stands alone: embedded servers, and manifests for real ones.

use super::AddressRange;
use crate::up::Wire;
use clap::{Args, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// `hopwise manifests`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise manifests --cluster guest | kubectl apply -f -
  hopwise manifests --cluster supervisor --supervisor-namespace team --out deploy")]
pub struct Manifests {
    /// Whose.
    #[arg(long, value_enum)]
    pub cluster: crate::manifests::Cluster,
    /// The Supervisor namespace of the guest cluster.
    #[arg(long, default_value = "demo-ns", value_name = "NAME")]
    pub supervisor_namespace: String,
    /// Write a file per kind into this directory, with a kustomization.yaml, instead of printing.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `hopwise serve`.
#[derive(Debug, Subcommand)]
pub enum Serve {
    /// The embedded Kubernetes API server.
    Apiserver(ServeApiserver),
    /// The embedded NSX-T manager with its data path.
    Nsxt(ServeNsxt),
    /// Two nodes with a backend behind every node port.
    Nodes(ServeNodes),
}

/// `hopwise serve apiserver`.
#[derive(Debug, Args)]
pub struct ServeApiserver {
    /// Where to listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Where to write the administrator's kubeconfig.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: PathBuf,
    /// Write a kubeconfig, too, whose token may act in this namespace and nowhere else.
    #[arg(long, value_name = "NAMESPACE=FILE")]
    pub grant: Vec<NamespaceGrant>,
    /// Write a kubeconfig, too, with a token of this ServiceAccount, which may do what Roles allow.
    #[arg(long, value_name = "NAMESPACE/NAME=FILE")]
    pub service_account: Vec<Account>,
    /// How many changes are kept for watches and paged lists; older versions are 410.
    #[arg(long, default_value_t = hopwise_apiserver::HISTORY, value_name = "CHANGES")]
    pub history: usize,
    /// Plain HTTP instead of TLS.
    #[arg(long)]
    pub insecure_http: bool,
}

impl ServeApiserver {
    /// TLS or not.
    pub fn transport(&self) -> Wire {
        wire(self.insecure_http)
    }
}

/// A namespace, and where the kubeconfig of its user goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceGrant {
    /// The namespace.
    pub namespace: String,
    /// The file.
    pub file: PathBuf,
}

impl std::str::FromStr for NamespaceGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((namespace, file)) if !namespace.is_empty() && !file.is_empty() => {
                Ok(NamespaceGrant {
                    namespace: namespace.into(),
                    file: file.into(),
                })
            }
            _ => Err(format!("{text:?} is not of the form NAMESPACE=FILE")),
        }
    }
}

/// A ServiceAccount, and where its kubeconfig goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

impl std::str::FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(account, file)| {
            let (namespace, name) = account.split_once('/')?;
            let is_whole = ![namespace, name, file].contains(&"");
            is_whole.then(|| Account {
                namespace: namespace.into(),
                name: name.into(),
                file: file.into(),
            })
        });
        parts.ok_or_else(|| format!("{text:?} is not of the form NAMESPACE/NAME=FILE"))
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}/{}={}",
            self.namespace,
            self.name,
            self.file.display()
        )
    }
}

fn wire(insecure_http: bool) -> Wire {
    if insecure_http {
        Wire::InsecureHttp
    } else {
        Wire::Tls
    }
}

/// `hopwise serve nsxt`.
#[derive(Debug, Args)]
pub struct ServeNsxt {
    /// Where to listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The administrator's name.
    #[arg(long, default_value = "admin", value_name = "U")]
    pub user: String,
    /// A file that holds the administrator's password.
    #[arg(long, value_name = "F")]
    pub password_file: PathBuf,
    /// The addresses of the pool `vips`.
    #[arg(long, value_name = "FIRST-LAST")]
    pub pool: AddressRange,
    /// Where to write the certificate that clients have to trust.
    #[arg(long, value_name = "FILE", required_unless_present = "insecure_http")]
    pub ca_file: Option<PathBuf>,
    /// How long a released address stays in quarantine, in milliseconds.
    #[arg(long, default_value_t = 120_000, value_name = "MS")]
    pub release_delay: u64,
    /// Keep the state in this file and go on from it, however the last run ended.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Plain HTTP instead of TLS.
    #[arg(long)]
    pub insecure_http: bool,
}

impl ServeNsxt {
    /// TLS or not.
    pub fn transport(&self) -> Wire {
        wire(self.insecure_http)
    }
}

/// `hopwise serve nodes`.
#[derive(Debug, Args)]
pub struct ServeNodes {
    /// The guest cluster's kubeconfig.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: PathBuf,
    /// The Supervisor's kubeconfig.
    #[arg(long, value_name = "FILE")]
    pub supervisor_kubeconfig: PathBuf,
    /// The cluster whose nodes these are.
    #[arg(long, default_value = "demo")]
    pub cluster_name: String,
    /// The Supervisor namespace of the cluster.
    #[arg(long, default_value = "demo-ns")]
    pub supervisor_namespace: String,
    /// The nodes' addresses.
    #[arg(long, num_args = 1.., default_values = ["127.101.0.1", "127.101.0.2"], value_name = "IP")]
    pub nodes: Vec<IpAddr>,
}
