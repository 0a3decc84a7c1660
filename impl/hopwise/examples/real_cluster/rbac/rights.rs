//! What the generated Roles allow, verb by verb.

use crate::live::GLANCE;
use anyhow::{Context as _, ensure};
use hopwise::manifests::Cluster;
use hopwise::manifests::identity::Identity;
use hopwise::up::chain::{NAMESPACE, Served};
use hopwise_api::strings::lease;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use std::fmt;

/// How often it is looked whether a Role is what it was made, until that is an error.
const LOOKS: usize = 100;
/// Whose the manifests are.
const MANAGER: &str = "hopwise-up";

/// One verb on one resource, of one Role.
pub struct Right {
    cluster: Cluster,
    user: String,
    role: DynamicObject,
    rule: Value,
    verb: String,
}

/// The name of a cluster's control plane.
pub fn name_of(cluster: Cluster) -> &'static str {
    match cluster {
        Cluster::Guest => "guest",
        Cluster::Supervisor => "supervisor",
    }
}

/// All of them.
pub fn rights() -> Vec<Right> {
    let clusters = [Cluster::Guest, Cluster::Supervisor].into_iter();
    let identities = clusters.flat_map(|cluster| {
        let all = cluster.identities(NAMESPACE).into_iter();
        all.map(move |identity| (cluster, identity))
    });
    identities
        .flat_map(|(cluster, identity)| of(cluster, &identity))
        .collect()
}

fn of(cluster: Cluster, identity: &Identity) -> Vec<Right> {
    let user = format!(
        "system:serviceaccount:{}:{}",
        identity.namespace, identity.name
    );
    let mut all = Vec::new();
    for role in identity.objects() {
        let rules = role.data["rules"].as_array().cloned().unwrap_or_default();
        for rule in rules {
            for verb in rule["verbs"].as_array().into_iter().flatten() {
                all.push(Right {
                    cluster,
                    user: user.clone(),
                    role: role.clone(),
                    rule: rule.clone(),
                    verb: verb.as_str().unwrap_or_default().into(),
                });
            }
        }
    }
    all
}

impl Right {
    /// Takes it away, and waits until it is refused.
    pub async fn take(&self, served: &Served) -> anyhow::Result<()> {
        let mut role = self.role.clone();
        for rule in role.data["rules"].as_array_mut().into_iter().flatten() {
            if *rule == self.rule
                && let Some(verbs) = rule["verbs"].as_array_mut()
            {
                verbs.retain(|verb| *verb != *self.verb);
            }
        }
        if let Some(rules) = role.data["rules"].as_array_mut() {
            // A rule has to have a verb.
            rules.retain(|rule| rule["verbs"][0].is_string());
        }
        self.apply(served, &role).await?;
        self.is_allowed(served, false).await
    }

    /// Gives it back, and waits until it is granted.
    pub async fn give_back(&self, served: &Served) -> anyhow::Result<()> {
        self.apply(served, &self.role).await?;
        self.is_allowed(served, true).await
    }

    /// Whether an event of the audit log is a request that needs it. Who applies what is not there
    /// needs to create it, and is written down with a patch.
    pub fn is_asked_by(&self, cluster: Cluster, event: &Value) -> bool {
        let (object, verb) = (&event["objectRef"], event["verb"].as_str());
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let resource = match text("subresource") {
            "" => text("resource").to_owned(),
            below => format!("{}/{below}", text("resource")),
        };
        let is_create = self.verb == "create" && verb == Some("patch");
        cluster == self.cluster
            && event["user"]["username"] == self.user
            && self.rule["apiGroups"][0] == text("apiGroup")
            && self.rule["resources"][0] == *resource
            && (verb == Some(&self.verb) || is_create)
    }

    fn client<'a>(&self, served: &'a Served) -> &'a Client {
        match self.cluster {
            Cluster::Guest => &served.guest,
            Cluster::Supervisor => &served.supervisor,
        }
    }

    async fn apply(&self, served: &Served, role: &DynamicObject) -> anyhow::Result<()> {
        let types = role.types.clone().context("a manifest has a kind")?;
        let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types)?);
        let client = self.client(served).clone();
        let api: Api<DynamicObject> = match role.namespace() {
            Some(namespace) => Api::namespaced_with(client, &namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        let params = PatchParams::apply(MANAGER).force();
        api.patch(&role.name_any(), &params, &Patch::Apply(role))
            .await
            .with_context(|| format!("change the Role for {self}"))?;
        Ok(())
    }

    /// Waits until the API server grants it, or does not.
    async fn is_allowed(&self, served: &Served, wanted: bool) -> anyhow::Result<()> {
        let resource = self.rule["resources"][0].as_str().unwrap_or_default();
        let (resource, below) = resource.split_once('/').unwrap_or((resource, ""));
        let asked = json!({"spec": {"user": self.user, "resourceAttributes": {
            "namespace": self.role.namespace().unwrap_or_else(|| "default".into()),
            "verb": self.verb, "group": self.rule["apiGroups"][0], "resource": resource,
            "subresource": below, "name": self.rule["resourceNames"][0]}}});
        let asked: SubjectAccessReview = serde_json::from_value(asked)?;
        let reviews = Api::<SubjectAccessReview>::all(self.client(served).clone());
        for _ in 0..LOOKS {
            let answer = reviews.create(&PostParams::default(), &asked).await?;
            if answer.status.is_some_and(|it| it.allowed == wanted) {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
        }
        ensure!(false, "{self} does not become {wanted}");
        Ok(())
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.user.rsplit(':').next().unwrap_or_default();
        let resource = self.rule["resources"][0].as_str().unwrap_or_default();
        let place = name_of(self.cluster);
        write!(f, "{name}: {} {resource} on the {place}", self.verb)
    }
}

/// Takes every lease from whoever holds it.
pub async fn free_leases(served: &Served) -> anyhow::Result<()> {
    for (client, lease) in [
        (&served.guest, lease::CCM),
        (&served.supervisor, lease::VMOP),
        (&served.supervisor, lease::NCP),
    ] {
        let leases = Api::<Lease>::namespaced(client.clone(), lease.namespace);
        match leases.delete(lease.name, &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            deleted => {
                deleted?;
            }
        }
    }
    Ok(())
}
