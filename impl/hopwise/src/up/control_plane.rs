//! A control plane that others wrote: kube-apiserver on an etcd of its own, listening on loopback,
//! with generated certificates, RBAC, and a key that tokens of ServiceAccounts are signed with.

use super::assets::Assets;
use super::connect;
use super::directory::{Access, Directory, write_private};
use super::program::Program;
use super::secret;
use crate::cli::Account;
use anyhow::{Context, bail};
use hopwise_serve::{Authority, listen};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::PostParams;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a control plane may take to answer; a quiet machine takes five seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked whether it is ready.
const GLANCE: Duration = Duration::from_millis(100);
/// How long a token is good for: a demonstration does not outlive it.
const TOKEN_DAYS: i64 = 365;
/// etcd's socket `etcd:0`, in its folder. Only the owner of the folder can connect to it. etcd
/// wants a port to be named even then.
const SOCKET: &str = "unix://etcd:0";

/// Who asked for what, what came of it, and which Role allowed it: without the bodies.
const AUDIT: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";

/// A running control plane; it ends when it is dropped, and cleanly when it is asked to stop.
pub struct ControlPlane {
    name: &'static str,
    address: SocketAddr,
    authority: Authority,
    admin: String,
    kubeconfig: PathBuf,
    etcd: Program,
    apiserver: Program,
}

/// What is started, and where.
pub struct ControlPlanePlan<'a> {
    /// The programs.
    pub assets: &'a Assets,
    /// The cluster's name.
    pub name: &'static str,
    /// Where the API server listens; port 0 takes a free port.
    pub listen: SocketAddr,
    /// The addresses that Services get, as `ADDRESS/BITS`.
    pub services: &'a str,
    /// Where the administrator's kubeconfig is written.
    pub kubeconfig: PathBuf,
    /// The administrator's namespace.
    pub namespace: &'a str,
}

impl ControlPlane {
    /// Starts it, empty, and waits until it is ready. Its files are below the directory.
    ///
    /// # Errors
    /// Says which program ended, and what it said last; or that it was not ready in time.
    pub async fn start(
        plan: ControlPlanePlan<'_>,
        directory: &Directory,
    ) -> anyhow::Result<ControlPlane> {
        let folder = directory.emptied(&format!("{}.control-plane", plan.name))?;
        let address = free(plan.listen).await?;
        let authority = Authority::generate(&format!("hopwise {}", plan.name))?;
        let admin = secret();
        write_credentials(&folder, &authority, address, &admin)?;
        let root = folder.path("");
        let etcd = Program::start("etcd", &plan.assets.etcd, &etcd_words(), &root)?;
        let words = apiserver_words(address, plan.services);
        let apiserver = &plan.assets.kube_apiserver;
        let apiserver = Program::start("kube-apiserver", apiserver, &words, &root)?;
        let mut control_plane = ControlPlane {
            name: plan.name,
            address,
            authority,
            admin,
            kubeconfig: plan.kubeconfig,
            etcd,
            apiserver,
        };
        let access = control_plane.access(&control_plane.admin, plan.namespace);
        write_private(&control_plane.kubeconfig, &access.kubeconfig())?;
        control_plane.ready().await?;
        Ok(control_plane)
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Asks for a token that is bound to a ServiceAccount, and writes the kubeconfig with it.
    ///
    /// # Errors
    /// When the ServiceAccount is not there, or the file cannot be written.
    pub async fn write_account(&self, account: &Account) -> anyhow::Result<()> {
        let client = connect(&self.kubeconfig).await?;
        let wanted = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(TOKEN_DAYS * 24 * 60 * 60),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let accounts = Api::<ServiceAccount>::namespaced(client, &account.namespace);
        let given = accounts
            .create_token_request(&account.name, &PostParams::default(), &wanted)
            .await
            .with_context(|| format!("ask for a token of ServiceAccount {}", account.name))?;
        let token = given.status.and_then(|status| status.token);
        let token = token.context("a token that is granted is told")?;
        let access = self.access(&token, &account.namespace);
        write_private(&account.file, &access.kubeconfig())
    }

    /// Returns when one of its programs ends.
    pub async fn ended(&mut self) -> anyhow::Error {
        let ended = tokio::select! {
            ended = self.etcd.ended() => ended,
            ended = self.apiserver.ended() => ended,
        };
        ended.context(format!("the control plane {}", self.name))
    }

    /// Ends it: what asks first, and then what is asked.
    pub async fn stop(&mut self) {
        self.apiserver.stop().await;
        self.etcd.stop().await;
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let client = connect(&self.kubeconfig).await?;
        let asking = async {
            loop {
                let request = http::Request::get("/readyz").body(Vec::new());
                let request = request.expect("the request has a path and nothing else");
                match client.request_text(request).await {
                    Ok(_) => return,
                    Err(error) => tracing::debug!(%error, "ask whether it is ready"),
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        let name = self.name;
        tokio::select! {
            asked = tokio::time::timeout(PATIENCE, asking) => match asked {
                Ok(()) => Ok(()),
                Err(_) => bail!("the control plane {name} is not ready after {PATIENCE:?}"),
            },
            ended = self.ended() => Err(ended),
        }
    }

    fn access<'a>(&'a self, token: &'a str, namespace: &'a str) -> Access<'a> {
        Access {
            name: self.name,
            server: self.url(),
            authority: Some(self.authority.certificate_pem()),
            token,
            namespace,
        }
    }
}

/// kube-apiserver wants to be told a port. A free one may be taken until it listens there; then it
/// ends, and says so.
async fn free(address: SocketAddr) -> anyhow::Result<SocketAddr> {
    Ok(listen(address).await?.local_addr()?)
}

fn write_credentials(
    folder: &Directory,
    authority: &Authority,
    address: SocketAddr,
    admin: &str,
) -> anyhow::Result<()> {
    let names = ["localhost".to_owned(), address.ip().to_string()];
    let serving = authority.issue(&names)?;
    // The certificate stands for its public key; nobody looks at its name.
    let accounts = authority.issue(&["service-accounts".to_owned()])?;
    folder.write("serving.crt", &serving.certificate)?;
    folder.write("serving.key", &serving.key)?;
    folder.write("accounts.crt", &accounts.certificate)?;
    folder.write("accounts.key", &accounts.key)?;
    folder.write("audit.yaml", AUDIT)?;
    folder.write(
        "tokens.csv",
        &format!("{admin},admin,admin,system:masters\n"),
    )?;
    Ok(())
}

fn etcd_words() -> Vec<String> {
    let peer = "unix://peer:0";
    [
        "--data-dir=data".to_owned(),
        format!("--listen-client-urls={SOCKET}"),
        format!("--advertise-client-urls={SOCKET}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        // What is kept here does not outlive the chain.
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ]
    .into()
}

fn apiserver_words(address: SocketAddr, services: &str) -> Vec<String> {
    let issuer = "https://kubernetes.default.svc";
    [
        format!("--etcd-servers={SOCKET}"),
        format!("--bind-address={}", address.ip()),
        format!("--secure-port={}", address.port()),
        // Without one it looks for the machine's route to the world, and there may be none.
        format!("--advertise-address={}", address.ip()),
        // Nobody looks for the API server in its own Endpoints, which may not be on loopback.
        "--endpoint-reconciler-type=none".to_owned(),
        "--tls-cert-file=serving.crt".to_owned(),
        "--tls-private-key-file=serving.key".to_owned(),
        "--token-auth-file=tokens.csv".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        format!("--service-account-issuer={issuer}"),
        "--service-account-key-file=accounts.crt".to_owned(),
        "--service-account-signing-key-file=accounts.key".to_owned(),
        format!("--service-cluster-ip-range={services}"),
        "--audit-policy-file=audit.yaml".to_owned(),
        "--audit-log-path=audit.log".to_owned(),
        // Of a chain that runs for days the last of it is kept.
        "--audit-log-maxsize=100".to_owned(),
        "--audit-log-maxbackup=1".to_owned(),
        "--profiling=false".to_owned(),
    ]
    .into()
}
