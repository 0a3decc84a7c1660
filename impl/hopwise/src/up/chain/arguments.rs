//! The arguments of every program of the chain.

use super::*;

impl Plan {
    pub(super) fn apiserver_words(
        &self,
        cluster: Cluster,
        listen: &str,
        kubeconfig: &std::path::Path,
    ) -> Vec<String> {
        let mut all = words(&[
            "serve",
            "apiserver",
            "--listen",
            listen,
            "--kubeconfig",
            &text(kubeconfig),
        ]);
        for account in self.accounts(cluster) {
            all.extend(["--service-account".into(), account.to_string()]);
        }
        all
    }

    pub(super) fn nsx_words(&self, listen: &str) -> Vec<String> {
        let delay = RELEASE_DELAY.as_millis().to_string();
        let (pool, password, authority) = (
            self.pool.to_string(),
            text(&self.nsx_password_file()),
            text(&self.nsx_ca_file()),
        );
        let mut all = words(&[
            "serve",
            "nsxt",
            "--listen",
            listen,
            "--user",
            NSX_USER,
            "--pool",
            &pool,
            "--password-file",
            &password,
            "--ca-file",
            &authority,
            "--release-delay",
            &delay,
        ]);
        if let Some(file) = &self.nsx_state {
            all.extend(words(&["--state", &text(file)]));
        }
        all
    }

    pub(super) fn node_words(&self) -> Vec<String> {
        let (guest, supervisor) = (
            text(&self.guest_kubeconfig()),
            text(&self.supervisor_kubeconfig()),
        );
        let mut all = words(&[
            "serve",
            "nodes",
            "--kubeconfig",
            &guest,
            "--supervisor-kubeconfig",
            &supervisor,
            "--cluster-name",
            CLUSTER,
            "--supervisor-namespace",
            NAMESPACE,
            "--nodes",
        ]);
        all.extend(self.nodes.iter().map(ToString::to_string));
        all
    }

    /// The command line of a controller: the same whether it gets a process of its own or not.
    pub fn words_of(&self, hop: Hop, nsx_url: &str) -> Vec<String> {
        let as_account = |name| text(&self.account_kubeconfig(Cluster::Supervisor, name));
        let as_vmop = as_account(component::VMOP);
        let as_ncp = text(&self.account_kubeconfig(self.ncp_on, component::NCP));
        let poll = format!("{}ms", self.poll);
        let resync = format!("{}ms", self.poll * POLLS_PER_RESYNC);
        let (password, authority) = (text(&self.nsx_password_file()), text(&self.nsx_ca_file()));
        let mut all = match hop {
            Hop::Ccm => self.ccm_words(&poll),
            Hop::Vmop => words(&["run", "vmop", "--kubeconfig", &as_vmop, "--resync", &resync]),
            Hop::Ncp => words(&[
                "run",
                "ncp",
                "--kubeconfig",
                &as_ncp,
                "--cluster-name",
                CLUSTER,
                "--nsx-address",
                nsx_url,
                "--nsx-user",
                NSX_USER,
                "--nsx-password-file",
                &password,
                "--nsx-ca-file",
                &authority,
                "--ip-pool",
                POOL,
                "--lb-size",
                "large",
                "--poll-interval",
                &poll,
            ]),
        };
        // Several chains can run on one machine, so that no usual port is taken.
        all.extend(words(&["--log", "warn", "--metrics-bind-address", "0"]));
        if let Some(profile) = self.profile.to_possible_value() {
            all.extend(words(&["--profile", profile.get_name()]));
        }
        for safeguard in &self.without {
            all.extend(words(&["--without", safeguard]));
        }
        all
    }

    fn ccm_words(&self, poll: &str) -> Vec<String> {
        let kubeconfig = |cluster| text(&self.account_kubeconfig(cluster, component::CCM));
        words(&[
            "run",
            "ccm",
            "--kubeconfig",
            &kubeconfig(Cluster::Guest),
            "--supervisor-kubeconfig",
            &kubeconfig(Cluster::Supervisor),
            "--cluster-name",
            CLUSTER,
            "--owner-ref-file",
            &text(&self.owner_file()),
            "--poll-interval",
            poll,
        ])
    }
}
