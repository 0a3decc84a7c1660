//! Where a walk can begin: any scenario, with any safeguards off, or a kept trace.

use super::{Frame, STEPS, elsewhere, frame};
use hopwise_conformance::traces::committed;
use hopwise_protocol::{NIGHTLY, SCENARIOS, SMALL, Scenario};
use hopwise_vocab::{Claim, Safeguard};
use maud::{Markup, html};

/// The page.
pub(in crate::explore) fn choose() -> String {
    frame(&Frame {
        title: "hopwise explore".into(),
        head: html! {
            h1 { "Explore the model" }
            p.meta { "Step through it, from the beginning of a scenario or along a kept trace." }
        },
        status: String::new(),
        foot: elsewhere(),
        script: STEPS,
        main: html! {
            section aria-labelledby="scenario" {
                h2 id="scenario" { "A scenario" }
                (scenarios())
            }
            section aria-labelledby="kept" {
                h2 id="kept" { "A kept trace" }
                (traces())
            }
        },
    })
}

fn scenarios() -> Markup {
    let groups: [(&str, &[Scenario]); 3] = [
        ("Searched with every change", &SCENARIOS),
        ("Small", &SMALL),
        ("Nightly", &NIGHTLY),
    ];
    html! {
        form action="/start" method="get" {
            p {
                label for="of" { "Scenario " }
                select id="of" name="scenario" {
                    @for (label, scenarios) in groups {
                        optgroup label=(label) {
                            @for it in scenarios {
                                option value=(it.name) { (it.name) ": " (it.sentence) }
                            }
                        }
                    }
                }
            }
            fieldset {
                legend { "Safeguards that are off" }
                ul.choices {
                    @for safeguard in Safeguard::ALL {
                        li {
                            label {
                                input type="checkbox" name="without" value=(safeguard.name());
                                " " (safeguard.name())
                            }
                        }
                    }
                }
            }
            p { button type="submit" { "Begin" } }
        }
    }
}

fn traces() -> Markup {
    html! {
        ul {
            @for trace in committed() {
                @let header = &trace.header;
                li {
                    a href={ "/kept/" (header.name) } { (header.name) }
                    " – " (crate::report::words::plural(trace.steps.len() as u64, "step")) ", "
                    (crate::report::words::claim(&header.claim))
                    @if matches!(header.claim, Claim::Breaks(_)) { " " (header.off) }
                }
            }
        }
    }
}
