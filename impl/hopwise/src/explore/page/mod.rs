//! The pages: made of the same pieces as the report, and readable without any script.

mod choose;
mod compare;
mod next;
mod properties;
mod share;
mod walk;

pub(super) use choose::choose;
pub(super) use compare::compare;
pub(super) use walk::{Asides, walk};

use crate::report::document;
use maud::{Markup, html};

/// What a page consists of.
pub(super) struct Frame {
    pub title: String,
    /// What stands above everything, with the heading.
    pub head: Markup,
    /// What is said once where something changes.
    pub status: String,
    pub main: Markup,
    pub foot: Markup,
    /// The path of the script.
    pub script: &'static str,
}

/// The script that steps.
const STEPS: &str = "/explore.js";

/// A page of these parts.
pub(super) fn frame(page: &Frame) -> String {
    let dress = html! {
        link rel="icon" href="data:,";
        link rel="stylesheet" href="/explore.css";
        script src=(page.script) defer {}
    };
    let body = html! {
        a.skip href="#main" { "Skip to the state" }
        header {
            div id="head" { (page.head) }
            p.status id="status" role="status" { (page.status) }
        }
        main id="main" tabindex="-1" { (page.main) }
        footer { (page.foot) }
    };
    document(&page.title, &dress, &body)
}

/// To where another walk begins.
fn elsewhere() -> Markup {
    html! { p { a href="/choose" { "Begin elsewhere" } } }
}

/// The head of a table.
pub(super) fn columns(names: &[&str]) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (name) } } } } }
}

/// The keys, which the script listens to; without it the links do the same.
fn keys() -> Markup {
    let keys = [
        ("j or →", "the next step"),
        ("k or ←", "the step before"),
        ("Home, End", "the start, and the end of the walk"),
        ("b", "the first step after which something is broken"),
        ("n", "to what can happen next"),
        ("1 to 9", "take one of the first nine of it"),
        ("p", "pin this step, or let go of it"),
        ("?", "these keys"),
    ];
    html! {
        details id="keys" {
            summary { "Keys" }
            dl.keys {
                @for (key, what) in keys {
                    div { dt { kbd { (key) } } dd { (what) } }
                }
            }
            p.muted { "Keys need the script of this page; every one of them is a link, too." }
        }
    }
}

/// Where something is in the state, which may be broken into lines where a part ends.
fn whereabouts(at: &str) -> Markup {
    html! {
        code.at {
            @for (index, part) in at.split('.').enumerate() {
                @if index > 0 { "." wbr; }
                (part)
            }
        }
    }
}

/// A page that says why there is no other.
pub(super) fn refusal(title: &str, why: &str) -> String {
    frame(&Frame {
        title: format!("{title}: hopwise explore"),
        head: html! { h1 { (title) } },
        status: String::new(),
        foot: elsewhere(),
        script: STEPS,
        main: html! {
            p.notice.breaks { (why) }
            p {
                a href="/" { "To where this began" } " or "
                a href="/choose" { "begin elsewhere" } "."
            }
        },
    })
}
