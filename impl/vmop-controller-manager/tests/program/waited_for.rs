//! What people wait for with the real kubectl: conditions, and the generation that they speak for.

use crate::supervisor::{Program, Supervisor};
use tokio::process::Command;

async fn kubectl(supervisor: &Supervisor, arguments: &str) -> Option<(bool, String)> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
    let command = Command::new(program)
        .arg("--kubeconfig")
        .arg(&supervisor.kubeconfig)
        .args(arguments.split(' '))
        .output()
        .await;
    let Ok(output) = command else {
        println!("skipped: no kubectl; set KUBECTL to the path of one");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

#[tokio::test]
async fn kubectl_waits_for_the_condition_of_a_vm_service_and_shows_it_in_a_column() {
    let supervisor = Supervisor::start().await;
    let _program = Program::start(&supervisor, &[]);
    supervisor.ask_for_a_service("web").await;
    let wait = "wait vmservice/web --timeout=20s --for=condition=LoadBalancerProgrammed";
    let early = wait.replace("20s", "1s");
    let Some((is_met, said)) = kubectl(&supervisor, &early).await else {
        return;
    };
    assert!(!is_met, "{said}");
    supervisor.nsx_serves("web", Some("192.0.2.1")).await;
    for wait in [wait, &format!("{wait}=True")] {
        let (is_met, said) = kubectl(&supervisor, wait).await.unwrap();
        assert!(is_met, "{said}");
    }
    let (_, table) = kubectl(&supervisor, "get vmservice web").await.unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|row| row.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0][..4],
        ["NAME", "TYPE", "ADDRESS", "PROGRAMMED"],
        "{table}"
    );
    assert_eq!(
        rows[1][..4],
        ["web", "LoadBalancer", "192.0.2.1", "True"],
        "{table}"
    );
    let observed = "get vmservice web -o jsonpath={.metadata.generation}={.status.conditions[0]\
                    .observedGeneration}";
    assert_eq!(
        kubectl(&supervisor, observed).await.unwrap(),
        (true, "1=1".into())
    );
    supervisor.nsx_serves("web", None).await;
    let (is_met, said) = kubectl(&supervisor, &format!("{wait}=False"))
        .await
        .unwrap();
    assert!(is_met, "{said}");
}
