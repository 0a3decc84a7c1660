//! The chain under the generated Roles: they suffice, each of their verbs is needed, and people see
//! what they should.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod story;
mod world;

use hopwise::manifests::Cluster;
use kube::api::DynamicObject;
use std::collections::BTreeSet;
use story::play;
use world::{NAMESPACE, World};

const CLUSTERS: [Cluster; 2] = [Cluster::Guest, Cluster::Supervisor];

/// One verb on one resource, of one Role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Single {
    cluster: &'static str,
    user: String,
    /// Where it holds; empty for everywhere.
    namespace: String,
    group: String,
    resource: String,
    verb: String,
}

fn name_of(cluster: Cluster) -> &'static str {
    match cluster {
        Cluster::Guest => "guest",
        Cluster::Supervisor => "supervisor",
    }
}

/// All verbs of a Role or ClusterRole; the user is named by the binding that follows it.
fn singles(cluster: Cluster) -> Vec<Single> {
    let mut singles = Vec::new();
    for identity in cluster.identities(NAMESPACE) {
        let user = format!(
            "system:serviceaccount:{}:{}",
            identity.namespace, identity.name
        );
        for role in identity.objects() {
            let namespace = role.metadata.namespace.unwrap_or_default();
            let rules = role.data["rules"].as_array().cloned().unwrap_or_default();
            for rule in rules {
                for verb in rule["verbs"].as_array().unwrap() {
                    let text = |key: &str| rule[key][0].as_str().unwrap().to_owned();
                    singles.push(Single {
                        cluster: name_of(cluster),
                        user: user.clone(),
                        namespace: namespace.clone(),
                        group: text("apiGroups"),
                        resource: text("resources"),
                        verb: verb.as_str().unwrap().into(),
                    });
                }
            }
        }
    }
    singles
}

/// The manifests without that one.
fn without(cluster: Cluster, one: &Single) -> Vec<DynamicObject> {
    let mut objects = cluster.access(NAMESPACE);
    if name_of(cluster) != one.cluster {
        return objects;
    }
    let component = one.user.rsplit(':').next();
    for role in &mut objects {
        let namespace = role.metadata.namespace.as_deref().unwrap_or_default();
        if role.metadata.name.as_deref() != component || namespace != one.namespace {
            continue;
        }
        for rule in role.data["rules"].as_array_mut().into_iter().flatten() {
            if rule["apiGroups"][0] == *one.group && rule["resources"][0] == *one.resource {
                let verbs = rule["verbs"].as_array_mut().unwrap();
                verbs.retain(|verb| *verb != *one.verb);
            }
        }
        let rules = role.data["rules"].as_array_mut().into_iter();
        rules.for_each(|rules| rules.retain(|rule| rule["verbs"][0].is_string()));
    }
    objects
}

#[tokio::test(start_paused = true)]
async fn the_chain_lives_under_its_roles_and_uses_every_verb_of_them() {
    let world = World::start(CLUSTERS.map(|one| one.access(NAMESPACE))).await;
    assert_eq!(play(&world).await, Ok(()));

    let asked = world.judged();
    let refused: Vec<_> = asked.iter().filter(|(_, one)| !one.allowed).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let all: BTreeSet<Single> = CLUSTERS.into_iter().flat_map(singles).collect();
    let is_used = |one: &&Single| {
        asked.iter().any(|(cluster, judged)| {
            *cluster == one.cluster
                && judged.user == one.user
                && judged.verb == one.verb
                && judged.group == one.group
                && judged.resource == one.resource
                && (one.namespace.is_empty() || judged.namespace == one.namespace)
        })
    };
    let unused: Vec<_> = all.iter().filter(|one| !is_used(one)).collect();
    assert!(unused.is_empty(), "nobody asks for {unused:?}");
}

#[tokio::test(start_paused = true)]
async fn without_any_single_verb_of_the_roles_the_chain_fails() {
    let mut idle = Vec::new();
    for one in CLUSTERS.into_iter().flat_map(singles) {
        let world = World::start(CLUSTERS.map(|cluster| without(cluster, &one))).await;
        let outcome = play(&world).await;
        let is_missed = world.judged().iter().any(|(cluster, judged)| {
            !judged.allowed
                && (*cluster, &judged.user, &judged.resource, &judged.verb)
                    == (one.cluster, &one.user, &one.resource, &one.verb)
        });
        if outcome.is_ok() || !is_missed {
            idle.push(format!("{one:?}: {outcome:?}, missed: {is_missed}"));
        }
    }
    assert!(idle.is_empty(), "not needed:\n{}", idle.join("\n"));
}
