//! `impl/deploy`: that it is what the program prints, that kubectl and Helm take it, and what runs by it
//! has what it needs and no more.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod chart;
mod tools;

use clap::CommandFactory;
use hopwise::cli::Cli;
use hopwise::manifests::Cluster;
use hopwise::manifests::workload::{NSX_SECRET, SUPERVISOR_SECRET, Workload};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// The clusters, with the folders of their manifests.
const CLUSTERS: [(Cluster, &str); 2] = [
    (Cluster::Guest, "guest"),
    (Cluster::Supervisor, "supervisor"),
];

/// The namespace that the committed manifests have for the guest cluster on the Supervisor.
const NAMESPACE: &str = "demo-ns";

fn folder(name: &str) -> PathBuf {
    let deploy = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
    PathBuf::from(deploy).join(name)
}

/// Every generated file, by its path below `impl/deploy`.
fn generated() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (cluster, name) in CLUSTERS {
        let files = hopwise::manifests::files(&cluster.deployed(NAMESPACE)).unwrap();
        for (file, text) in files {
            all.insert(format!("{name}/{file}"), text);
        }
        let file = format!("chart/templates/{name}.yaml");
        all.insert(file, chart::template(cluster, name));
    }
    all
}

#[test]
fn what_is_committed_is_what_the_program_prints() {
    let is_update = std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always");
    for (file, text) in generated() {
        let path = folder(&file);
        if is_update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "impl/deploy/{file} is old: INSTA_UPDATE=always cargo test -p hopwise --test deploy"
        );
    }
    for (_, name) in CLUSTERS {
        for entry in fs::read_dir(folder(name)).unwrap() {
            let file = entry.unwrap().file_name();
            let file = format!("{name}/{}", file.display());
            assert!(generated().contains_key(&file), "nobody writes {file}");
        }
    }
}

/// The container of each Deployment, with its component's name.
fn containers() -> Vec<(&'static str, Value)> {
    let clusters = CLUSTERS.iter();
    let workloads = clusters.flat_map(|(cluster, _)| Workload::all_on(*cluster));
    let container = |one: Workload| {
        let deployment = one.deployment();
        let containers = &deployment.data["spec"]["template"]["spec"]["containers"];
        (one.name, containers[0].clone())
    };
    workloads.map(container).collect()
}

#[test]
fn every_program_is_given_all_that_it_asks_for_and_nothing_that_it_does_not_know() {
    let cli = Cli::command();
    let run = cli.find_subcommand("run").expect("controllers can be run");
    let hops: Vec<_> = run.get_subcommands().collect();
    let containers = containers();
    assert_eq!(hops.len(), containers.len());
    for ((name, container), hop) in containers.iter().zip(["ccm", "vmop", "ncp"]) {
        let command = hops.iter().find(|one| one.get_name() == hop).unwrap();
        let variable = |argument: &clap::Arg| argument.get_env().map(|name| name.to_owned());
        let known: BTreeSet<_> = command.get_arguments().filter_map(variable).collect();
        let given = container["env"].as_array().into_iter().flatten();
        let given: BTreeSet<std::ffi::OsString> = given
            .map(|one| one["name"].as_str().unwrap().into())
            .collect();
        assert!(given.is_subset(&known), "{name}: {given:?}");
        let needed = command.get_arguments().filter(|one| one.is_required_set());
        for argument in needed {
            let variable = variable(argument).unwrap();
            assert!(given.contains(&variable), "{name} needs {variable:?}");
        }
        for word in container["args"].as_array().unwrap() {
            let (flag, _) = word.as_str().unwrap().split_once('=').unwrap();
            let mut flags = command.get_arguments().filter_map(clap::Arg::get_long);
            assert!(flags.any(|long| format!("--{long}") == flag), "{flag}");
        }
    }
}

#[test]
fn the_accounts_are_given_to_the_one_program_that_needs_them() {
    let holders = |secret: &str| {
        let mut holders = Vec::new();
        for (cluster, place) in CLUSTERS {
            for object in cluster.deployed(NAMESPACE) {
                if json!(object).to_string().contains(secret) {
                    let kind = object.types.unwrap().kind;
                    holders.push(format!("{place} {kind} {}", object.metadata.name.unwrap()));
                }
            }
        }
        holders
    };
    assert_eq!(holders(NSX_SECRET), ["supervisor Deployment ncp"]);
    assert_eq!(
        holders(SUPERVISOR_SECRET),
        ["guest Deployment guest-cluster-cloud-provider"]
    );
}

#[test]
fn ncp_needs_no_account_where_it_has_a_certificate() {
    let deployed = Cluster::Supervisor.deployed(NAMESPACE);
    let is_ncp = |name: &Option<String>| name.as_deref() == Some("ncp");
    let mut pods = deployed.iter().filter(|one| is_ncp(&one.metadata.name));
    let deployment = pods.find(|one| one.data["spec"]["template"].is_object());
    let pod = &deployment.unwrap().data["spec"]["template"]["spec"];
    let of_env = pod["containers"][0]["env"].as_array().unwrap().iter();
    let of_env = of_env.map(|one| &one["valueFrom"]["secretKeyRef"]);
    let volumes = pod["volumes"].as_array().unwrap().iter();
    let sources = of_env.chain(volumes.map(|one| &one["secret"]));
    let sources: Vec<_> = sources.filter(|one| one.is_object()).collect();
    assert_eq!(sources.len(), 2, "{sources:?}");
    assert!(
        sources.iter().all(|one| one["optional"] == true),
        "{sources:?}"
    );
}

#[test]
fn there_is_an_image_of_every_program() {
    let text = fs::read_to_string(folder("Containerfile")).unwrap();
    let images: Vec<_> = text.split("\nFROM ").skip(2).collect();
    assert_eq!(images.len(), containers().len());
    for ((name, container), image) in containers().iter().zip(images) {
        assert!(image.starts_with(&format!("scratch AS {name}\n")), "{name}");
        assert!(image.contains("\nUSER 65532:65532\n"), "{name}");
        let entry = format!("ENTRYPOINT {}", container["command"]);
        assert!(image.contains(&entry), "{name}: {entry}");
    }
}
