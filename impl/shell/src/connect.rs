//! From what a user gave to a client, or to one message that says what to do.

use crate::renewal::{Contents, contents, renewed};
use crate::telemetry::Telemetry;
use hopwise_api::strings::credentials;
use kube::api::ListParams;
use kube::config::{AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig};
use kube::config::{NamedAuthInfo, NamedCluster, NamedContext};
use kube::{Api, Client, Config, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A connection on which nothing arrives for so long is taken for dead. A watch asks the server to
/// end it after 290 s, so a healthy one is never cut.
const DEAD_AFTER: Duration = Duration::from_secs(300);

/// Where the credentials of an API server come from.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Kubeconfig files, merged as kubectl does.
    Kubeconfig(Vec<PathBuf>),
    /// The pod's own service account.
    InCluster,
    /// A mounted secret, as cloud-provider-vsphere has it.
    Directory(PathBuf),
}

impl Credentials {
    /// What a flag or its variable names; else the pod's own service account; else `~/.kube/config`.
    pub fn find(flag: Option<&Path>) -> Credentials {
        if let Some(paths) = flag {
            return Credentials::Kubeconfig(std::env::split_paths(paths).collect());
        }
        if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            return Credentials::InCluster;
        }
        let home = std::env::home_dir().unwrap_or_default();
        Credentials::Kubeconfig(vec![home.join(".kube/config")])
    }

    fn origin(&self) -> String {
        match self {
            Credentials::Kubeconfig(paths) => {
                let paths: Vec<_> = paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                format!("kubeconfig {}", paths.join(", "))
            }
            Credentials::InCluster => "the pod's service account".into(),
            Credentials::Directory(path) => format!("credentials in {}", path.display()),
        }
    }
}

/// Why an API server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The credentials cannot be read.
    #[error("read {origin} for {purpose}: {reason}; {advice}")]
    Credentials {
        /// What they are for.
        purpose: &'static str,
        /// Where they come from.
        origin: String,
        /// What is wrong with them.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// The server does not answer, or refuses.
    #[error("list {what} at {purpose} ({origin}): {reason}; {advice}")]
    Server {
        /// Which server.
        purpose: &'static str,
        /// Where the credentials came from, and the server's address.
        origin: String,
        /// What was asked for.
        what: String,
        /// What it said.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
}

impl Unusable {
    /// How a process ends that cannot start for this reason: 2 when it was called with what cannot
    /// be used, 1 when a server does not answer or refuses.
    pub fn exit_code(&self) -> u8 {
        match self {
            Unusable::Credentials { .. } => 2,
            Unusable::Server { .. } => 1,
        }
    }
}

/// A client for the server that `purpose` names, such as "the guest cluster".
///
/// The client tries nothing again by itself: a hidden second POST would be a second create, and
/// trying again is the work queue's. It takes up credentials whose files change, and counts its
/// requests.
///
/// # Errors
/// Names the file, what is wrong with it and what to do.
pub async fn connect(
    credentials: &Credentials,
    purpose: &'static str,
    telemetry: &Telemetry,
) -> Result<Client, Unusable> {
    let made = made(credentials).await;
    let made = made.map_err(|reason| Unusable::Credentials {
        purpose,
        origin: credentials.origin(),
        reason,
        advice: advice(credentials),
    })?;
    Ok(renewed(credentials.clone(), made, telemetry))
}

/// A client as files describe it.
pub(crate) struct Made {
    pub(crate) client: Client,
    /// The server.
    pub(crate) host: String,
    /// The files.
    pub(crate) files: Vec<PathBuf>,
    /// What they held before they were used.
    pub(crate) held: Contents,
}

/// What to connect with, and all the files that it comes from.
type Read = Result<(Config, Vec<PathBuf>), String>;

pub(crate) async fn made(credentials: &Credentials) -> Result<Made, String> {
    made_by(credentials, config).await
}

pub(crate) async fn made_by(
    credentials: &Credentials,
    read: impl AsyncFn(&Credentials) -> Read,
) -> Result<Made, String> {
    // Which files there are is only known from one of them, so they are read again when they are
    // used: what changes after it was noted is used once more.
    let (_, files) = read(credentials).await?;
    let held = contents(&files);
    let (mut config, files) = read(credentials).await?;
    config.default_retry = false;
    config.read_timeout = Some(DEAD_AFTER);
    let host = config.cluster_url.authority().map(ToString::to_string);
    let client = Client::try_from(config).map_err(|error| chain(&error))?;
    Ok(Made {
        client,
        host: host.unwrap_or_default(),
        files,
        held,
    })
}

/// Asks the server for one object of a kind that the controller watches, so that wrong
/// credentials and missing kinds are known at once.
///
/// # Errors
/// Says what the server said and what to do.
pub async fn check_access<K>(
    api: &Api<K>,
    purpose: &'static str,
    credentials: &Credentials,
) -> Result<(), Unusable>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let answer = api.list(&ListParams::default().limit(1)).await;
    let Err(error) = answer else { return Ok(()) };
    let server = config(credentials).await.map_or_else(
        |_| String::new(),
        |(config, _)| format!(", {}", config.cluster_url),
    );
    Err(Unusable::Server {
        purpose,
        origin: credentials.origin() + &server,
        what: K::plural(&()).into_owned(),
        advice: advice_on(&error),
        reason: chain(&error),
    })
}

fn advice_on(error: &kube::Error) -> &'static str {
    let kube::Error::Api(status) = error else {
        return "check that the server runs and that its address is right";
    };
    match status.code {
        401 => "check the token or the client certificate",
        403 => "grant list, watch and patch on it",
        404 => "install the custom resources",
        _ => "check the server",
    }
}

pub(crate) async fn config(credentials: &Credentials) -> Read {
    let (mut config, mut files) = match credentials {
        Credentials::InCluster => {
            let config = Config::incluster().map_err(|error| chain(&error))?;
            let files = config.root_cert_file.iter().cloned().collect();
            (config, files)
        }
        Credentials::Kubeconfig(paths) => {
            let kubeconfig = merged(paths)?;
            let files = [paths.clone(), named(&kubeconfig)].concat();
            (from_kubeconfig(kubeconfig).await?, files)
        }
        Credentials::Directory(dir) => {
            let kubeconfig = mounted(dir)?;
            let files = named(&kubeconfig);
            (from_kubeconfig(kubeconfig).await?, files)
        }
    };
    if let Some(file) = config.auth_info.token_file.take() {
        let token = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        // Editors end a file with a line break, which belongs to no token.
        config.auth_info.token = Some(token.trim().to_owned().into());
        files.push(file.into());
    }
    Ok((config, files))
}

async fn from_kubeconfig(kubeconfig: Kubeconfig) -> Result<Config, String> {
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(|error| chain(&error))
}

/// The files with certificates and keys that a kubeconfig names.
fn named(kubeconfig: &Kubeconfig) -> Vec<PathBuf> {
    let clusters = kubeconfig
        .clusters
        .iter()
        .filter_map(|one| one.cluster.as_ref());
    let users = kubeconfig
        .auth_infos
        .iter()
        .filter_map(|one| one.auth_info.as_ref());
    let authorities = clusters.filter_map(|cluster| cluster.certificate_authority.as_ref());
    let of_users = users.flat_map(|user| [&user.client_certificate, &user.client_key]);
    let all = authorities.chain(of_users.flatten());
    all.map(PathBuf::from).collect()
}

fn merged(paths: &[PathBuf]) -> Result<Kubeconfig, String> {
    let mut merged = Kubeconfig::default();
    for path in paths {
        let one = Kubeconfig::read_from(path).map_err(|error| chain(&error))?;
        merged = merged.merge(one).map_err(|error| chain(&error))?;
    }
    Ok(merged)
}

/// The secret `cloud-provider-creds` as a kubeconfig. The token is named by its file, so that it
/// is read again when it is renewed.
fn mounted(dir: &Path) -> Result<Kubeconfig, String> {
    let file = |name: &str| {
        let path = dir.join(name);
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok::<_, String>((path.display().to_string(), text))
    };
    let (token_file, _) = file(credentials::TOKEN)?;
    let (authority, _) = file(credentials::CA)?;
    let (_, namespace) = file(credentials::NAMESPACE)?;
    let port = std::env::var(credentials::PORT_VARIABLE);
    let port = port.unwrap_or_else(|_| credentials::PORT.to_string());
    let name = String::from("supervisor");
    Ok(Kubeconfig {
        clusters: vec![NamedCluster {
            name: name.clone(),
            cluster: Some(Cluster {
                server: Some(format!("https://{}:{port}", credentials::HOST)),
                certificate_authority: Some(authority),
                ..Cluster::default()
            }),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: name.clone(),
            auth_info: Some(AuthInfo {
                token_file: Some(token_file),
                ..AuthInfo::default()
            }),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: name.clone(),
            context: Some(Context {
                cluster: name.clone(),
                user: Some(name.clone()),
                namespace: Some(namespace.trim().into()),
                ..Context::default()
            }),
            ..NamedContext::default()
        }],
        current_context: Some(name),
        ..Kubeconfig::default()
    })
}

fn advice(credentials: &Credentials) -> &'static str {
    match credentials {
        Credentials::Kubeconfig(_) => "give the right file with its flag, or set KUBECONFIG",
        Credentials::InCluster => "run in a pod with a service account, or give a kubeconfig",
        Credentials::Directory(_) => {
            "mount the secret there with its files token, ca.crt and \
                                      namespace, or give a kubeconfig"
        }
    }
}

/// An error and what caused it, each said once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_kubeconfig_is_named_with_what_to_do() {
        let credentials = Credentials::Kubeconfig(vec!["/nowhere/kubeconfig".into()]);
        let error = connect(&credentials, "the guest cluster", &Telemetry::of("test"))
            .await
            .err()
            .unwrap();
        let message = error.to_string();
        assert!(
            message.contains("/nowhere/kubeconfig for the guest cluster"),
            "{message}"
        );
        assert!(message.contains("set KUBECONFIG"), "{message}");
    }

    #[tokio::test]
    async fn a_missing_file_of_the_mounted_secret_is_named() {
        let credentials = Credentials::Directory("/nowhere".into());
        let error = connect(&credentials, "the Supervisor", &Telemetry::of("test"))
            .await
            .err()
            .unwrap();
        let message = error.to_string();
        assert!(
            message.contains("/nowhere/token: No such file"),
            "{message}"
        );
    }
}
