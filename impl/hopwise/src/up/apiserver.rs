//! An embedded Kubernetes API server, listening, with the kubeconfigs that reach it.

use super::directory::{Access, write_private};
use super::{Wire, secret, transport};
use crate::cli::Account;
use crate::storm::Weather;
use crate::storm::weather::Exposed;
use hopwise_apiserver::{ApiServer, ApiService, Authentication, Options, User};
use hopwise_serve::{Authority, listen, serve};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// A listening API server; it ends when it is dropped.
pub struct ServedApi {
    name: String,
    address: SocketAddr,
    authority: Option<Authority>,
    server: Arc<ApiServer>,
    users: Mutex<BTreeMap<String, User>>,
    admin: String,
    _tasks: JoinSet<()>,
}

impl ServedApi {
    /// Starts it, with an administrator as its only user and `history` changes kept.
    ///
    /// # Errors
    /// Says which address is taken.
    pub async fn start(
        name: &str,
        address: SocketAddr,
        wire: Wire,
        history: usize,
    ) -> anyhow::Result<ServedApi> {
        ServedApi::start_in(None, name, address, wire, history).await
    }

    /// The same, with a weather over it.
    ///
    /// # Errors
    /// As above.
    pub async fn start_in(
        weather: Option<Weather>,
        name: &str,
        address: SocketAddr,
        wire: Wire,
        history: usize,
    ) -> anyhow::Result<ServedApi> {
        let admin = secret();
        let users = BTreeMap::from([(admin.clone(), User::admin("admin"))]);
        let server = ApiServer::new(Options {
            clock: Arc::new(super::wall_clock),
            seed: super::seed(),
            authentication: Authentication::Tokens(users.clone()),
            history,
            // All nodes of a chain on one machine are.
            loopback_endpoints: true,
            ..Options::default()
        });
        let listener = listen(address).await?;
        let address = listener.local_addr()?;
        let (transport, authority) = transport(wire, name, address)?;
        let mut tasks = JoinSet::new();
        let service = ApiService::new(server.clone());
        let never = std::future::pending();
        match weather {
            None => tasks.spawn(serve(listener, transport, service, never)),
            Some(weather) => {
                let exposed = Exposed { service, weather };
                tasks.spawn(serve(listener, transport, exposed, never))
            }
        };
        Ok(ServedApi {
            name: name.into(),
            address,
            authority,
            server,
            users: Mutex::new(users),
            admin,
            _tasks: tasks,
        })
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// Writes the administrator's kubeconfig.
    ///
    /// # Errors
    /// Says which file cannot be written.
    pub fn write_kubeconfig(&self, path: &Path, namespace: &str) -> anyhow::Result<()> {
        write_private(path, &self.access(&self.admin, namespace).kubeconfig())
    }

    /// Makes a user who may act in one namespace and nowhere else, and writes its kubeconfig.
    ///
    /// # Errors
    /// Says which file cannot be written.
    pub fn write_grant(&self, namespace: &str, path: &Path) -> anyhow::Result<()> {
        let token = secret();
        let name = format!("system:serviceaccount:{namespace}:hopwise");
        let mut users = self.users.lock().expect("no user of the lock panics");
        users.insert(token.clone(), User::of_namespace(name, namespace));
        self.server.set_tokens(users.clone());
        write_private(path, &self.access(&token, namespace).kubeconfig())
    }

    /// Makes a token of a ServiceAccount, and writes the kubeconfig with it. It may do what Roles
    /// allow, as soon as the ServiceAccount is there.
    ///
    /// # Errors
    /// Says which file cannot be written.
    pub fn write_account(&self, account: &Account) -> anyhow::Result<()> {
        let token = secret();
        let Account {
            namespace,
            name,
            file,
        } = account;
        let mut users = self.users.lock().expect("no user of the lock panics");
        users.insert(token.clone(), User::service_account(namespace, name));
        self.server.set_tokens(users.clone());
        write_private(file, &self.access(&token, namespace).kubeconfig())
    }

    fn access<'a>(&'a self, token: &'a str, namespace: &'a str) -> Access<'a> {
        Access {
            name: &self.name,
            server: self.url(),
            authority: self.authority.as_ref().map(Authority::certificate_pem),
            token,
            namespace,
        }
    }
}
