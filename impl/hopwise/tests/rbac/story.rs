//! Everything that the chain does, in one run: lead, serve, grow, edit, run out, free, sweep, end.

use crate::world::{NAMESPACE, World};
use serde_json::{Value, json};

const SERVICES: &str = "/api/v1/namespaces/default/services";

fn service(name: &str, port: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": "LoadBalancer", "ports": [{"name": "p", "port": port}]}})
}

fn address(world: &World, name: &str) -> Value {
    let found = world.guest.object("", "services", "default", name);
    let found = found.map_or(Value::Null, |one| (*one).clone());
    found["status"]["loadBalancer"]["ingress"][0]["ip"].clone()
}

fn check(holds: bool, step: &'static str) -> Result<(), &'static str> {
    holds.then_some(()).ok_or(step)
}

/// Plays it; the first step that does not come true is the error.
pub async fn play(world: &World) -> Result<(), &'static str> {
    world.pause().await;
    check(
        world.holders().iter().all(|one| !one.is_empty()) && world.holders().len() == 3,
        "lead",
    )?;
    create(world).await?;
    change(world).await?;
    run_out(world).await?;
    sweep(world).await?;
    world.end().await;
    check(world.holders() == ["", "", ""], "give the leases back")
}

async fn create(world: &World) -> Result<(), &'static str> {
    world.user("POST", SERVICES, &service("web", 80));
    world.settle().await;
    check(address(world, "web") == "192.0.2.1", "get an address")?;
    for (server, component) in [
        (&world.guest, "service-controller"),
        (&world.supervisor, "vmop-controller-manager"),
        (&world.supervisor, "ncp"),
    ] {
        let events = server.objects("", "events");
        let told = events
            .iter()
            .any(|one| one["source"]["component"] == component);
        check(told, "tell by Events")?;
    }
    Ok(())
}

async fn change(world: &World) -> Result<(), &'static str> {
    world.add_machine("node-2", "10.0.0.12");
    world.pause().await;
    world.settle().await;
    check(
        world.members() == ["10.0.0.11", "10.0.0.12"],
        "serve a new node",
    )?;
    world.user("DELETE", &format!("{SERVICES}/web"), &Value::Null);
    world.settle().await;
    check(
        address(world, "web").is_null() && world.is_empty(),
        "delete",
    )?;
    world.user("POST", SERVICES, &service("web", 80));
    world.settle().await;
    let ports = json!({"spec": {"ports": [{"name": "p", "port": 443}]}});
    world.user("PATCH", &format!("{SERVICES}/web"), &ports);
    world.settle().await;
    check(world.ports() == ["443"], "bring an edit down")
}

async fn run_out(world: &World) -> Result<(), &'static str> {
    world.user("POST", SERVICES, &service("waiter", 80));
    world.settle().await;
    let waiter = world.guest.object("", "services", "default", "waiter");
    let conditions = waiter.map_or(Value::Null, |one| one["status"]["conditions"].clone());
    let told = "vmoperator.vmware.com/AddressPoolExhausted";
    check(conditions.to_string().contains(told), "tell of exhaustion")?;
    world.user("DELETE", &format!("{SERVICES}/web"), &Value::Null);
    world.settle().await;
    check(address(world, "waiter") == "192.0.2.1", "serve who waits")
}

async fn sweep(world: &World) -> Result<(), &'static str> {
    let waiter = format!("{SERVICES}/waiter");
    world.user("DELETE", &waiter, &Value::Null);
    world.user("PATCH", &waiter, &json!({"metadata": {"finalizers": null}}));
    world.settle().await;
    let left = world
        .supervisor
        .objects("vmoperator.vmware.com", "virtualmachineservices");
    let here = left
        .iter()
        .filter(|one| one["metadata"]["namespace"] == NAMESPACE);
    check(here.count() == 0 && world.is_empty(), "sweep")
}
