//! The pages of a running chain.

use super::path;
use super::picture;
use crate::explore::page::{Frame, columns, frame};
use crate::live::{Place, Seen, Wait};
use crate::report::words::plural;
use crate::report::{figure, table_box};
use jiff::Timestamp;
use maud::{Markup, html};

/// What the answer says where a cluster is not asked.
const UNASKED: &str =
    "The Supervisor is not asked: --supervisor-kubeconfig names who may read there.";
/// Where there is none.
const DIRECT: &str =
    "ncp runs in this cluster, and the credential of NSX-T with it: there is no other hop.";

fn page(title: &str, head: Markup, status: String, main: Markup) -> String {
    frame(&Frame {
        title: format!("{title}: hopwise explore --live"),
        head,
        status,
        main,
        foot: html! {
            p.muted {
                "With its script the page looks again every two seconds; without it, the link does."
            }
        },
        script: "/live.js",
    })
}

/// Every Service that the chain serves.
pub(super) fn all(all: &[Seen]) -> String {
    let waiting = all.iter().filter(|it| it.wait().is_some()).count();
    let status = match (all.len(), waiting) {
        (0, _) => "There is no Service with a load balancer.".into(),
        (count, 0) => format!("{}; none waits.", plural(count as u64, "Service")),
        (count, waiting) => format!("{}; {waiting} waiting.", plural(count as u64, "Service")),
    };
    let head = html! {
        h1 { "The running chain" }
        nav aria-label="Pages" { ul { li { a id="again" href="/" { "Look again" } } } }
    };
    let main = html! {
        @if all.is_empty() {
            p { "A first one, for the chain of " code { "hopwise up" } ":" }
            pre tabindex="0" { code { "kubectl apply -f docs/examples/web.yaml" } }
        } @else {
            (table_box("Services", &table(all)))
        }
    };
    page("The running chain", head, status, main)
}

fn table(all: &[Seen]) -> Markup {
    html! {
        table {
            caption { "Services with a load balancer in the guest cluster" }
            (columns(&["Service", "Address", "What it waits for"]))
            tbody {
                @for seen in all {
                    @let (namespace, name) = seen.guest.name.split_once('/').unwrap_or_default();
                    tr {
                        th scope="row" {
                            a id={ "to-" (namespace) "-" (name) } href=(path(namespace, name)) {
                                (seen.guest.name)
                            }
                        }
                        td { (seen.guest.address.as_deref().unwrap_or("none")) }
                        td.open[seen.wait().is_some()] {
                            (seen.wait().map_or("nothing".into(), |it| it.words))
                        }
                    }
                }
            }
        }
    }
}

/// One Service at every hop. Ages are counted until `now`.
pub(super) fn one(seen: &Seen, now: Timestamp) -> String {
    let name = &seen.guest.name;
    let (namespace, short) = name.split_once('/').unwrap_or_default();
    let head = html! {
        h1 { "Service " (name) }
        nav aria-label="Pages" {
            ul {
                li { a id="all" href="/" { "All Services" } }
                li { a id="again" href=(path(namespace, short)) { "Look again" } }
            }
        }
    };
    let [guest, vm_service, service] = &seen.waits();
    let main = html! {
        section aria-labelledby="chain" {
            h2 id="chain" { "The chain" }
            (figure("The chain about this Service", &picture::draw(seen, now)))
        }
        div.hops {
            (hop("guest", "Guest cluster", &seen.guest, guest, now))
            @match &seen.supervisor {
                None if seen.is_direct() => p.notice { (DIRECT) },
                None => p.notice { (UNASKED) },
                Some(supervisor) => {
                    @if let Some(place) = &supervisor.vm_service {
                        (hop("vm-service", "Supervisor", place, vm_service, now))
                    }
                    @if let Some(place) = &supervisor.service {
                        (hop("service", "Supervisor", place, service, now))
                    }
                },
            }
        }
    };
    page(name, head, format!("It {}.", seen.answer()), main)
}

/// What one object says.
fn hop(id: &str, cluster: &str, place: &Place, wait: &Option<Wait>, now: Timestamp) -> Markup {
    let conditions = place.conditions_told(now);
    let event = place.last_event.as_ref().map(|it| it.told(now));
    html! {
        section.card aria-labelledby=(id) {
            h3 id=(id) { (cluster) ": " (place.kind) " " (place.name) }
            dl.hop {
                @if let Some(it) = generations(place) { (fact("Generation", &it)) }
                @if let Some(it) = place.deletion(now) { (fact("Deletion", &it)) }
                (fact("Address", place.address.as_deref().unwrap_or("none")))
                (fact("Held by", &or_none(&place.finalizers.join(", "))))
                div {
                    dt { "Conditions" }
                    @for condition in &conditions { dd { (condition) } }
                    @if conditions.is_empty() { dd { "none" } }
                }
                (fact("Last event", event.as_deref().unwrap_or("none")))
                div.open[wait.is_some()] {
                    dt { "Waits for" }
                    dd { (wait.as_ref().map_or("nothing", |it| &it.words)) }
                }
            }
        }
    }
}

/// What its spec is the generation of, and what its conditions are about.
fn generations(place: &Place) -> Option<String> {
    let generation = place.generation?;
    Some(match place.observed {
        Some(observed) => format!("{generation}; its conditions are those of {observed}"),
        None => format!("{generation}; no condition says of which it is"),
    })
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn or_none(text: &str) -> String {
    if text.is_empty() {
        "none".into()
    } else {
        text.into()
    }
}

/// A page that says why there is no other; the script goes on looking.
pub(super) fn refusal(title: &str, why: &str) -> String {
    let head = html! {
        h1 { (title) }
        nav aria-label="Pages" { ul { li { a id="all" href="/" { "All Services" } } } }
    };
    page(
        title,
        head,
        String::new(),
        html! { p.notice.breaks { (why) } },
    )
}
