//! The Helm chart: the manifests, with what differs from release to release as values.

use crate::tools::{Tool, output};
use crate::{CLUSTERS, NAMESPACE, folder};
use hopwise::manifests::Cluster;
use hopwise::manifests::workload::{GUEST_CONFIG, NSX_CONFIG, Workload};
use serde_json::Value;

/// What stands for the namespace until it is a value.
const PLACE: &str = "place-of-the-supervisor-namespace";

/// The template of a cluster's manifests.
pub fn template(cluster: Cluster, name: &str) -> String {
    let text = hopwise::manifests::yaml(&cluster.deployed(PLACE)).unwrap();
    assert!(!text.contains("{{"), "it would be taken for a template");
    let mut text = text
        .replace(PLACE, "{{ .Values.supervisorNamespace }}")
        .replace("replicas: 2\n", "replicas: {{ .Values.replicas }}\n");
    for one in Workload::all_on(cluster) {
        let version = env!("CARGO_PKG_VERSION");
        let (plain, value) = (
            format!("image: {}:{version}\n", one.name),
            format!(
                "image: \"{{{{ .Values.image.prefix }}}}{}:{{{{ .Values.image.tag | default \
                 .Chart.AppVersion }}}}\"\n",
                one.name
            ),
        );
        assert!(text.contains(&plain), "{plain}");
        text = text.replace(&plain, &value);
    }
    format!("{{{{- if eq .Values.cluster \"{name}\" }}}}\n{text}{{{{- end }}}}\n")
}

fn documents(text: &str) -> Vec<Value> {
    let parts = text.split("---\n").filter(|part| part.contains("kind:"));
    parts
        .map(|part| serde_saphyr::from_str(part).unwrap())
        .collect()
}

/// In an order that does not depend on who wrote them.
fn sorted(mut objects: Vec<Value>) -> Vec<Value> {
    objects.sort_by_key(Value::to_string);
    objects
}

#[test]
fn helm_renders_what_the_program_prints() {
    let Some(helm) = Tool::Helm.find() else {
        return;
    };
    let chart = folder("chart").display().to_string();
    output(&helm, &["lint", "--strict", &chart]);
    for (cluster, name) in CLUSTERS {
        let cluster_is = format!("cluster={name}");
        let rendered = output(&helm, &["template", "it", &chart, "--set", &cluster_is]);
        let printed = hopwise::manifests::yaml(&cluster.deployed(NAMESPACE)).unwrap();
        assert_eq!(sorted(documents(&rendered)), sorted(documents(&printed)));
    }
}

#[test]
fn helm_makes_the_configuration_of_a_site_and_never_a_secret() {
    let Some(helm) = Tool::Helm.find() else {
        return;
    };
    let chart = folder("chart").display().to_string();
    let guest = "cluster=guest,guestCluster.name=team-1,guestCluster.ownerRef.uid=u";
    let supervisor = "cluster=supervisor,nsx.address=https://nsx.example,nsx.ipPool=vips,\
        nsx.supervisorName=sv,nsx.ca=pem,supervisorNamespace=team,image.prefix=r/,replicas=3";
    for (values, config, key) in [
        (guest, GUEST_CONFIG, "ownerref.json"),
        (supervisor, NSX_CONFIG, "ca.crt"),
    ] {
        let rendered = output(&helm, &["template", "it", &chart, "--set", values]);
        let objects = documents(&rendered);
        let found = objects.iter().find(|one| one["kind"] == "ConfigMap");
        let found = found.expect(config);
        assert_eq!(found["metadata"]["name"], config);
        assert!(found["data"][key].is_string(), "{found}");
        assert!(objects.iter().all(|one| one["kind"] != "Secret"));
        let is_ours = rendered.contains("image: \"r/ncp:") && rendered.contains("replicas: 3");
        assert_eq!(is_ours, values == supervisor);
    }
}
