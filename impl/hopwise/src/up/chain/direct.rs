//! The chain without hops: ncp in the guest cluster itself, beside whatever else runs there.

use super::parts::part;
use super::{Chain, NSX_USER, Plan};
use crate::cli::Account;
use crate::manifests::identity::Identity;
use crate::manifests::workload::NSX_SECRET;
use crate::manifests::{object, of_component};
use crate::up::Wire;
use crate::up::apiserver::ServedApi;
use crate::up::connect;
use crate::up::nodes::Nodes;
use crate::up::nsxt::ServedNsx;
use hopwise_api::strings::{component, lease};
use hopwise_apiserver::HISTORY;
use hopwise_vocab::Hop;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{ObjectMeta, PatchParams};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

impl Plan {
    /// Topology `direct`, in this process.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn directly(&self) -> anyhow::Result<Chain> {
        let guest = ServedApi::start("guest", self.listen, Wire::Tls, HISTORY).await?;
        guest.write_kubeconfig(&self.guest_kubeconfig(), "default")?;
        guest.write_account(&Account {
            name: component::NCP.into(),
            namespace: lease::NCP.namespace.into(),
            file: self.account_kubeconfig(self.ncp_on, component::NCP),
        })?;
        let nsx = ServedNsx::start(self.nsx_plan()).await?;
        self.directory.write("nsx-password", &self.nsx_password)?;
        self.directory
            .write("nsx-ca.pem", nsx.authority().unwrap_or_default())?;
        let client = connect(&self.guest_kubeconfig()).await?;
        self.deploy(&client).await?;
        let nodes = Nodes {
            are_endpoints: true,
            ..self.nodes()
        };
        nodes.register(&client).await?;
        let mut parts = JoinSet::new();
        parts.spawn(part("nodes", nodes.answer(client)));
        let words = self.words_of(Hop::Ncp, &nsx.url());
        parts.spawn(part(
            Hop::Ncp.name(),
            crate::commands::run::controller(words),
        ));
        Ok(Chain {
            guest: guest.url(),
            supervisor: None,
            nsx: nsx.url(),
            parts,
            control_planes: Vec::new(),
            _servers: vec![Box::new(guest), Box::new(nsx)],
        })
    }

    /// What ncp's Deployment needs where it runs: who it is, and the Secret that it mounts.
    async fn deploy(&self, guest: &Client) -> anyhow::Result<()> {
        let account = [("username", NSX_USER), ("password", &self.nsx_password)];
        let account = account.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(NSX_SECRET.into()),
                namespace: Some(lease::NCP.namespace.into()),
                ..ObjectMeta::default()
            },
            string_data: Some(BTreeMap::from(account)),
            ..Secret::default()
        };
        let params = PatchParams::apply("hopwise-up").force();
        let mut objects = vec![of_component(lease::NCP.namespace)];
        objects.extend(Identity::ncp().objects());
        objects.push(object(&secret));
        for one in &objects {
            super::prepare::apply(guest, one, &params).await?;
        }
        Ok(())
    }
}
