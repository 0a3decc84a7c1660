//! What people do with kubectl all day, each output asserted.

use crate::kubectl::{Kubectl, SERVICE};

const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n\
                     spec: {size: 3}\n";
const EVENT: &str = "apiVersion: v1\nkind: Event\nmetadata: {name: web.1}\n\
    involvedObject: {kind: Service, name: web, namespace: default, apiVersion: v1, uid: UID}\n\
    reason: EnsuredLoadBalancer\nmessage: it has its address\ntype: Normal\ncount: 2\n\
    firstTimestamp: 2026-01-01T00:00:00Z\nlastTimestamp: 2026-01-01T00:00:00Z\n\
    source: {component: ccm}\n";

impl Kubectl {
    /// Runs each command in turn; it must succeed and print what stands beside it.
    async fn tells(&self, story: &[(&str, &str)]) {
        for (command, expected) in story {
            let words: Vec<&str> = command.split(' ').collect();
            self.prints(&words, "", expected).await;
        }
    }

    /// Makes a ConfigMap that the Thing `a` owns.
    async fn owns(&self, name: &str) {
        let ask = ["get", "thing", "a", "-o", "jsonpath={.metadata.uid}"];
        let uid = self.run(&ask, "").await.1;
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  ownerReferences:\n  \
             - {{apiVersion: example.com/v1, kind: Thing, name: a, uid: {uid}}}\n"
        );
        self.prints(&["create", "-f", "-"], &map, "created").await;
    }

    /// A command that must fail, and what it must say.
    async fn refuses(&self, command: &str, expected: &str) {
        let words: Vec<&str> = command.split(' ').collect();
        let (code, text) = self.run(&words, "").await;
        assert_eq!(code, 1, "kubectl {command}: {text}");
        assert!(text.contains(expected), "kubectl {command} printed {text}");
    }
}

async fn with_service() -> Option<Kubectl> {
    let kubectl = Kubectl::with_cluster().await?;
    let apply = ["apply", "-f", "-"];
    kubectl.prints(&apply, SERVICE, "service/web created").await;
    Some(kubectl)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_output_format_shows_the_service() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    kubectl
        .tells(&[
            ("get svc web -o wide", "SELECTOR"),
            ("get svc web -o wide", "app=web"),
            ("get svc web -o name", "service/web"),
            ("get svc web -o yaml", "targetPort: 8080"),
            ("get svc web -o json", "\"kind\": \"Service\""),
            (
                "get svc web -o jsonpath={.spec.ports[0].port}/{.spec.type}",
                "80/LoadBalancer",
            ),
            (
                "get svc -o custom-columns=N:.metadata.name,P:.spec.ports[*].port",
                "web   80",
            ),
            ("get svc -A --show-labels", "<none>"),
            ("get svc --sort-by=.metadata.name", "web"),
            ("get svc --field-selector=spec.type=LoadBalancer", "web"),
            ("get svc --chunk-size=1", "web"),
            ("get svc,cm", "service/web"),
            (
                "get --raw /api/v1/namespaces/default/services/web",
                "\"nodePort\":30000",
            ),
            ("get ns", "kube-system"),
        ])
        .await;
    kubectl
        .refuses(
            "get svc --field-selector=spec.x=1",
            "field label not supported: spec.x",
        )
        .await;
    kubectl
        .refuses(
            "get pods",
            "the server doesn't have a resource type \"pods\"",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_and_every_kind_of_patch_change_what_they_name() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    let edited = kubectl
        .command(&["edit", "svc", "web"])
        .env(
            "KUBE_EDITOR",
            "sed -i s/targetPort:.8080/targetPort:\\ 8081/",
        )
        .output()
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&edited.stdout),
        "service/web edited\n"
    );
    let port = "get svc web -o jsonpath={.spec.ports[*].targetPort}";
    kubectl
        .tells(&[
            (port, "8081"),
            (
                "patch svc web --type=json -p \
                 [{\"op\":\"replace\",\"path\":\"/spec/ports/0/targetPort\",\"value\":8082}]",
                "service/web patched",
            ),
            (port, "8082"),
            (
                "patch svc web --type=strategic -p \
                 {\"spec\":{\"ports\":[{\"port\":80,\"name\":\"http\",\"targetPort\":8083}]}}",
                "service/web patched",
            ),
            (port, "8083"),
            (
                "patch svc web --type=merge -p {\"spec\":{\"externalTrafficPolicy\":\"Local\"}}",
                "service/web patched",
            ),
            (
                "get svc web -o jsonpath={.spec.externalTrafficPolicy}",
                "Local",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_and_annotations_come_and_go() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    kubectl
        .tells(&[
            ("label svc web tier=front", "service/web labeled"),
            ("get svc -l tier=front", "web"),
            ("get svc -l tier!=front", "No resources found"),
            ("get svc -L tier", "front"),
            ("label svc web tier=back --overwrite", "service/web labeled"),
            ("label svc web tier-", "service/web unlabeled"),
            ("annotate svc web example.com/a=b", "service/web annotated"),
            (
                "get svc web -o jsonpath={.metadata.annotations.example\\.com/a}",
                "b",
            ),
            ("annotate svc web example.com/a-", "service/web annotated"),
            (
                "set selector svc web app=other",
                "service/web selector updated",
            ),
        ])
        .await;
    kubectl
        .refuses("label svc web tier=-", "a valid label must be")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_managers_of_one_field_conflict_until_one_is_forced() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    let other = SERVICE.replace("targetPort: 8080", "targetPort: 9090");
    let apply = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
    let (code, text) = kubectl.run(&apply, &other).await;
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("conflict with \"kubectl-client-side-apply\""),
        "{text}"
    );
    assert!(
        text.contains(".spec.ports[k:{\"port\":80,\"protocol\":\"TCP\"}].targetPort")
            || text.contains(".spec.ports[port=80,protocol=\"TCP\"].targetPort"),
        "{text}"
    );
    let forced = [&apply[..], &["--force-conflicts"]].concat();
    kubectl
        .prints(&forced, &other, "service/web serverside-applied")
        .await;
    kubectl
        .tells(&[
            (
                "get svc web --show-managed-fields -o yaml",
                "manager: other",
            ),
            (
                "get svc web -o jsonpath={.spec.ports[0].targetPort}",
                "9090",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_described_and_listed() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    let uid = ["get", "svc", "web", "-o", "jsonpath={.metadata.uid}"];
    let event = EVENT.replace("UID", &kubectl.run(&uid, "").await.1);
    kubectl
        .prints(&["create", "-f", "-"], &event, "event/web.1 created")
        .await;
    kubectl
        .tells(&[
            ("events", "it has its address"),
            ("events --for=service/web", "EnsuredLoadBalancer"),
            ("events --types=Warning", "No events found"),
            ("get events", "service/web"),
            ("get events.events.k8s.io", "EnsuredLoadBalancer"),
            ("describe svc web", "it has its address"),
            ("describe svc web", "ccm"),
            ("describe ns default", "Status:"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_can_be_waited_for_and_a_deletion_cascades() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    kubectl
        .prints(&["apply", "-f", "-"], THING, "created")
        .await;
    kubectl.owns("kept").await;
    kubectl
        .tells(&[
            (
                "wait svc/web --for=jsonpath={.spec.type}=LoadBalancer --timeout=10s",
                "condition met",
            ),
            ("wait thing/a --for=create --timeout=10s", "condition met"),
            (
                "delete thing a --cascade=orphan --wait=true --timeout=10s",
                "\"a\" deleted",
            ),
            ("get cm kept -o name", "configmap/kept"),
        ])
        .await;
    kubectl
        .prints(&["apply", "-f", "-"], THING, "created")
        .await;
    kubectl.owns("gone").await;
    kubectl
        .tells(&[
            (
                "delete thing a --cascade=foreground --timeout=10s",
                "\"a\" deleted",
            ),
            ("wait cm/gone --for=delete --timeout=10s", ""),
            ("delete svc --all --dry-run=server", "deleted"),
            ("delete svc --all --now --timeout=10s", "\"web\" deleted"),
        ])
        .await;
    kubectl.refuses("get cm gone", "NotFound").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cluster_says_what_it_serves_and_what_one_may_do() {
    let Some(kubectl) = with_service().await else {
        return;
    };
    kubectl
        .tells(&[
            ("version", "Server Version: v1.34"),
            ("cluster-info", "is running at"),
            ("api-versions", "coordination.k8s.io/v1"),
            ("api-resources --api-group=example.com", "things"),
            ("api-resources --namespaced=false -o name", "namespaces"),
            (
                "api-resources --verbs=watch -o wide",
                "create,delete,deletecollection",
            ),
            ("auth can-i delete svc --subresource=status", "yes"),
            ("auth can-i --list", "*.*"),
            ("explain svc.spec --recursive", "externalTrafficPolicy"),
            ("explain lease", "GROUP:      coordination.k8s.io"),
            ("explain things.spec.size", "FIELD: size <integer>"),
        ])
        .await;
}
