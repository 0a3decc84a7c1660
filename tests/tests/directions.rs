//! The directions of ARCHITECTURE.md: which crate may know which.

use hopwise_tests::Dependencies;
use std::collections::BTreeSet;

const MODEL: [&str; 4] = [
    "hopwise-vocab",
    "hopwise-checker",
    "hopwise-protocol",
    "hopwise-timing",
];
const SEES_EVERYTHING: [&str; 2] = ["hopwise-conformance", "hopwise"];
const EMBEDDED_SERVERS: [&str; 2] = ["hopwise-apiserver", "hopwise-nsxt"];

fn implementation(all: &Dependencies) -> BTreeSet<&str> {
    let outside = [MODEL.as_slice(), &SEES_EVERYTHING, &["hopwise-tests"]].concat();
    all.members()
        .iter()
        .map(String::as_str)
        .filter(|it| !outside.contains(it))
        .collect()
}

#[test]
fn the_model_does_not_see_the_implementation() {
    let all = Dependencies::resolved();
    for package in MODEL {
        let seen: Vec<_> = all
            .tree(package)
            .intersection(&implementation(&all))
            .copied()
            .collect();
        assert!(seen.is_empty(), "{package} sees {seen:?}");
    }
}

#[test]
fn the_implementation_sees_nothing_of_the_model_but_its_vocabulary() {
    let all = Dependencies::resolved();
    for package in implementation(&all) {
        let tree = all.tree(package);
        for hidden in ["hopwise-checker", "hopwise-protocol", "stateright"] {
            assert!(!tree.contains(hidden), "{package} sees {hidden}");
        }
    }
}

#[test]
fn the_decisions_know_only_the_vocabulary() {
    let all = Dependencies::resolved();
    assert_eq!(
        all.direct_members("hopwise-core"),
        BTreeSet::from(["hopwise-vocab"])
    );
    for outside in ["tokio", "kube", "k8s-openapi", "hyper", "futures"] {
        assert!(
            !all.tree("hopwise-core").contains(outside),
            "hopwise-core sees {outside}"
        );
    }
}

#[test]
fn the_guest_cluster_cloud_provider_contains_no_nsx_client() {
    let all = Dependencies::resolved();
    let tree = all.tree("guest-cluster-cloud-provider");
    assert!(
        !tree.contains("hopwise-nsx-client"),
        "NSX-T must stay out of the guest cluster"
    );
    assert!(
        all.tree("ncp").contains("hopwise-nsx-client"),
        "the check above looks for nothing"
    );
}

#[test]
fn the_embedded_servers_do_not_know_their_callers() {
    let all = Dependencies::resolved();
    for server in EMBEDDED_SERVERS {
        let seen = all.direct_members(server);
        assert!(
            seen.is_subset(&BTreeSet::from(["hopwise-serve"])),
            "{server} sees {seen:?}"
        );
    }
}

#[test]
fn only_the_conformance_crate_and_the_program_see_both_sides() {
    let all = Dependencies::resolved();
    for package in all.members() {
        let tree = all.tree(package);
        let both = tree.contains("hopwise-protocol") && tree.contains("hopwise-core");
        assert_eq!(
            both,
            SEES_EVERYTHING.contains(&package.as_str()),
            "{package}"
        );
    }
}
