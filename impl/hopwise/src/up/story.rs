//! The story of one Service, told with the clients that users have: kubectl and curl.

use super::chain::NAMESPACE;
use super::tools::Tools;
use super::wall_clock;
use crate::context::say;
use crate::live::{Access, Wanted, look};
use crate::manifests::workload::NSX_SECRET;
use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopwise_api::strings::{condition, lease};
use hopwise_nsx_client::NsxClient;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

/// The manifest of the story.
pub const MANIFEST: &str = include_str!("../../../../docs/examples/web.yaml");

/// How long a single step may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a step that waits looks again.
const GLANCE: Duration = Duration::from_millis(50);

/// The reasons of the Events that show each hop's part on the guest Service.
const EVENTS: [(&str, &str); 3] = [
    ("ccm", "EnsuredLoadBalancer"),
    ("vmop", "SupervisorServiceCreated"),
    ("ncp", "LoadBalancerProgrammed"),
];

/// Makes a client of the NSX-T manager with a password.
pub type NsxWith = Box<dyn Fn(&str) -> anyhow::Result<NsxClient> + Send + Sync>;

/// Where the story happens.
pub struct Stage {
    /// kubectl and curl.
    pub tools: Tools,
    /// The guest cluster's kubeconfig.
    pub kubeconfig: PathBuf,
    /// The Supervisor's; there is none in topology `direct`.
    pub supervisor_kubeconfig: Option<PathBuf>,
    /// The NSX-T manager, to see that the address is free again.
    pub nsx: NsxClient,
    /// The NSX-T manager for whoever has found this password.
    pub nsx_again: NsxWith,
    /// The pool that addresses come from.
    pub pool: String,
    /// A directory for the edited manifest.
    pub scratch: PathBuf,
}

impl Stage {
    /// Plays the story and prints a line per step.
    ///
    /// # Errors
    /// Says which step failed and what was seen instead.
    pub async fn play(&self) -> anyhow::Result<()> {
        let manifest = self.manifest("web.yaml", MANIFEST)?;
        step(
            "kubectl apply -f docs/examples/web.yaml",
            self.kubectl(&["apply", "-f", &manifest]),
        )
        .await?;
        let address = step("kubectl wait for the address", self.address()).await?;
        say(format_args!("    {address}"));
        self.looks_right().await?;
        step(
            "curl through port 8080",
            self.answers(&address, 8080, "web, http,"),
        )
        .await?;
        step(
            "curl through port 9090",
            self.answers(&address, 9090, "web, admin,"),
        )
        .await?;
        step(
            "kubectl describe shows an Event of every hop",
            self.described(),
        )
        .await?;
        let edited = MANIFEST.replace("port: 8080\n      target", "port: 8081\n      target");
        let edited = self.manifest("edited.yaml", &edited)?;
        step(
            "kubectl apply with port 8081 instead of 8080",
            self.kubectl(&["apply", "-f", &edited]),
        )
        .await?;
        step(
            "curl through port 8081",
            self.answers(&address, 8081, "web, http,"),
        )
        .await?;
        step("port 8080 is closed", self.refuses(&address, 8080)).await?;
        step(
            "port 9090 still answers",
            self.answers(&address, 9090, "web, admin,"),
        )
        .await?;
        step(
            "kubectl delete waits until the chain let go",
            self.deleted(),
        )
        .await?;
        step("the address is free in NSX-T", self.free()).await?;
        step("port 8081 is closed", self.refuses(&address, 8081)).await?;
        if self.supervisor_kubeconfig.is_none() {
            let says = "a Secret of the guest cluster opens NSX-T: this is what the hops prevent";
            step(says, self.confesses()).await?;
        }
        Ok(())
    }

    async fn looks_right(&self) -> anyhow::Result<()> {
        let conditions = match self.supervisor_kubeconfig {
            Some(_) => "kubectl wait for the conditions in both clusters",
            None => "kubectl wait for the condition",
        };
        step(conditions, self.told()).await?;
        let explain = "hopwise explain svc/web waits for nothing";
        step(explain, self.explained()).await
    }

    fn manifest(&self, name: &str, text: &str) -> anyhow::Result<String> {
        let path = self.scratch.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path.display().to_string())
    }

    async fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.tools.kubectl(&self.kubeconfig, arguments).await
    }

    async fn address(&self) -> anyhow::Result<String> {
        let path = "{.status.loadBalancer.ingress[0].ip}";
        let condition = format!("--for=jsonpath={path}");
        self.kubectl(&["wait", "svc/web", &condition, "--timeout=20s"])
            .await?;
        let output = format!("jsonpath={path}");
        self.kubectl(&["get", "svc", "web", "-o", &output]).await
    }

    /// What both clusters are told of it, in the conditions that a user or a script waits for.
    async fn told(&self) -> anyhow::Result<()> {
        let serving = match self.supervisor_kubeconfig {
            Some(_) => condition::SERVING,
            None => condition::READY,
        };
        let serving = format!("--for=condition={serving}");
        self.kubectl(&["wait", "svc/web", &serving, "--timeout=20s"])
            .await?;
        let Some(supervisor) = &self.supervisor_kubeconfig else {
            return Ok(());
        };
        let ready = format!("--for=condition={}", condition::SERVICE_READY);
        let wait = ["wait", "virtualmachineservices", "--all", &ready];
        let words = [&wait[..], &["--namespace", NAMESPACE, "--timeout=20s"]].concat();
        self.tools.kubectl(supervisor, &words).await?;
        Ok(())
    }

    async fn answers(&self, address: &str, port: u16, expected: &str) -> anyhow::Result<()> {
        until(
            &format!("{address}:{port} answers \"{expected}\""),
            || async {
                let answer = self
                    .tools
                    .curl(&format!("http://{address}:{port}/"))
                    .await?;
                ensure!(
                    answer.starts_with(expected),
                    "{address}:{port} answered {answer:?}"
                );
                Ok(())
            },
        )
        .await
    }

    async fn refuses(&self, address: &str, port: u16) -> anyhow::Result<()> {
        until(&format!("{address}:{port} is closed"), || async {
            match self.tools.curl(&format!("http://{address}:{port}/")).await {
                Ok(answer) => bail!("{address}:{port} still answered {answer:?}"),
                Err(_) => Ok(()),
            }
        })
        .await
    }

    fn events(&self) -> &'static [(&'static str, &'static str)] {
        match self.supervisor_kubeconfig {
            Some(_) => &EVENTS,
            None => &EVENTS[2..],
        }
    }

    /// What the hops are for: without them, whoever may read the guest cluster's Secrets has
    /// NSX-T, with everybody's addresses.
    async fn confesses(&self) -> anyhow::Result<()> {
        let (namespace, path) = (lease::NCP.namespace, "jsonpath={.data.password}");
        let get = ["get", "secret", NSX_SECRET, "-n", namespace, "-o", path];
        let encoded = self.kubectl(&get).await?;
        let decoded = STANDARD.decode(&encoded).context("read the Secret")?;
        let password = String::from_utf8(decoded).context("read the Secret")?;
        let nsx = (self.nsx_again)(&password)?;
        nsx.check_credentials().await?;
        Ok(())
    }

    async fn described(&self) -> anyhow::Result<()> {
        until("kubectl describe shows the Events", || async {
            let text = self.kubectl(&["describe", "svc", "web"]).await?;
            for (hop, reason) in self.events() {
                ensure!(
                    text.contains(reason),
                    "no Event {reason} of {hop} in:\n{text}"
                );
            }
            Ok(())
        })
        .await
    }

    async fn explained(&self) -> anyhow::Result<()> {
        until("every hop is said to wait for nothing", || async {
            let wanted = Wanted {
                name: "web".into(),
                namespace: None,
            };
            let access = Access {
                guest: Some(self.kubeconfig.clone()),
                supervisor: self.supervisor_kubeconfig.clone(),
            };
            let page = look(&wanted, &access)
                .await
                .map_err(|it| it.failure().error)?
                .page(wall_clock());
            let nothing = page.matches("  waits for   nothing").count();
            let hops = self.events().len();
            ensure!(page.contains("serves at") && nothing == hops, "{page}");
            Ok(())
        })
        .await
    }

    async fn deleted(&self) -> anyhow::Result<()> {
        self.kubectl(&["delete", "svc", "web", "--timeout=20s"])
            .await?;
        match self.kubectl(&["get", "svc", "web"]).await {
            Ok(text) => bail!("the Service is still there:\n{text}"),
            Err(error) => {
                ensure!(error.to_string().contains("NotFound"), "{error}");
                Ok(())
            }
        }
    }

    async fn free(&self) -> anyhow::Result<()> {
        let allocations = self
            .nsx
            .allocations(&self.pool)
            .await
            .context("list allocations")?;
        ensure!(allocations.is_empty(), "NSX-T still holds {allocations:?}");
        let servers = self
            .nsx
            .virtual_servers()
            .await
            .context("list virtual servers")?;
        ensure!(servers.is_empty(), "NSX-T still serves {servers:?}");
        Ok(())
    }
}

/// Runs one step and prints how it went.
#[expect(
    clippy::disallowed_methods,
    reason = "the time shown to the user is the wall clock's"
)]
async fn step<T>(says: &str, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let start = std::time::Instant::now();
    let result = work.await;
    let mark = if result.is_ok() { "✓" } else { "✗" };
    say(format_args!(
        "  {mark} {says}  ({:.1} s)",
        start.elapsed().as_secs_f64()
    ));
    result.with_context(|| says.to_owned())
}

/// Looks again until a look succeeds or patience ends; then the last look's error is returned.
async fn until<F>(what: &str, mut look: impl FnMut() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut last = None;
    let looking = async {
        loop {
            match look().await {
                Ok(()) => return,
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(GLANCE).await;
        }
    };
    if tokio::time::timeout(PATIENCE, looking).await.is_ok() {
        return Ok(());
    }
    let error = last.unwrap_or_else(|| anyhow::anyhow!("a single look took longer"));
    Err(error.context(format!("{what}: not within {} s", PATIENCE.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edit_of_the_story_changes_the_first_port_alone() {
        let edited = MANIFEST.replace("port: 8080\n      target", "port: 8081\n      target");
        assert!(edited.contains("port: 8081") && edited.contains("port: 9090"));
        assert_eq!(edited.len(), MANIFEST.len());
        assert_ne!(edited, MANIFEST);
    }
}
