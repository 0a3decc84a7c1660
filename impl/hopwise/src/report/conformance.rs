//! Do the controllers follow the protocol: what they were asked, and what they were driven through.

use super::story::{diagram, list};
use super::table_box;
use super::words::{claim, duration, thousands};
use crate::run::mutants::LEGEND;
use crate::run::{DecisionsRun, Mark, Outcome, ProductRun, ReplayRun, Run};
use hopwise_vocab::Trace;
use maud::{Markup, html};

/// How many replays are listed, how many of those that were followed are drawn, and of how many
/// of these is shown what was said.
const LISTED: usize = 40;
const DRAWN: usize = 8;
const HEARD: usize = 2;

/// The section.
pub(super) fn draw(run: &Run) -> Markup {
    let mut replays: Vec<&ReplayRun> = run.replays.iter().collect();
    replays.sort_by_key(|replay| !is_diverged(replay));
    let diverged = replays.iter().filter(|replay| is_diverged(replay)).count();
    html! {
        h3 { "Decisions" }
        @if run.decisions.is_empty() {
            p.notice { "The controllers’ decisions were not compared in this run." }
        } @else {
            p {
                "At every reachable state each hop’s decision function is asked; what it answers \
                 must be what the model does there."
            }
            (table_box("Decisions", &decisions(&run.decisions)))
            (divergences(&run.decisions))
        }
        h3 { "Product" }
        @if run.products.is_empty() {
            p.notice { "Controllers and model were not searched together in this run." }
        } @else {
            p {
                "The reconcile functions themselves are searched together with the model: every \
                 request is a point at which anything else may happen. Scenarios that are not listed \
                 were not searched so in this run."
            }
            (table_box("Product", &products(&run.products)))
        }
        h3 { "Replays" }
        @if replays.is_empty() {
            p.notice { "No trace was replayed in this run." }
        } @else {
            p {
                "The kube-rs controllers are driven through traces of the model, one step at a \
                 time; after every step their world must be the model’s state."
            }
            @let listed = replays.len().min(LISTED.max(diverged));
            (table_box("Replays", &table(&replays[..listed])))
            @if replays.len() > listed {
                p.muted { (replays.len() - listed) " more, none of which diverged, are in the run." }
            }
            @for (index, replay) in replays.iter().take(diverged + DRAWN).enumerate() {
                (conversation(index, replay, index < diverged + HEARD))
            }
            p.muted {
                "What was said in every replay is in " code { "run.json" } "; "
                code { "hopwise replay --conversation" } " says it again."
            }
        }
        h3 { "Mutants" }
        @if run.mutants.is_empty() {
            p.notice { "No mistake was seeded in this run." }
        } @else {
            p {
                "Mistakes are seeded in the controllers, in the servers and in the model; each must \
                 be caught by what is named to catch it. " (LEGEND) "."
            }
            (table_box("Mutants", &mutants(run)))
        }
    }
}

fn mutants(run: &Run) -> Markup {
    html! {
        table {
            caption { "Mutants and the lanes that catch them" }
            thead {
                tr {
                    th scope="col" { "Mutant" }
                    th scope="col" { "Part" }
                    th scope="col" { "What it does" }
                    th scope="col" { "Stands for" }
                    th scope="col" { "Scenario" }
                    @for lane in run.mutant_lanes() { th.num scope="col" { (lane) } }
                    th scope="col" { "Killer" }
                }
            }
            tbody {
                @for mutant in &run.mutants {
                    tr {
                        th scope="row" { (mutant.name) }
                        td { (mutant.part) }
                        td { (mutant.sentence) }
                        td { (mutant.stands_for) }
                        td { (mutant.scenario) }
                        @for lane in &mutant.lanes { td.num { (lane.found.to_string()) } }
                        @if mutant.mark() == Mark::Holds {
                            td.holds { "✓ " (mutant.killer.lane) ": " (mutant.killer.by) }
                        } @else {
                            td.breaks { "✗ " (mutant.fate()) }
                        }
                    }
                }
            }
        }
    }
}

fn is_diverged(replay: &ReplayRun) -> bool {
    matches!(replay.outcome, Outcome::Diverged { .. })
}

fn products(lanes: &[ProductRun]) -> Markup {
    html! {
        table {
            caption { "Searched together" }
            thead {
                tr {
                    th scope="col" { "Scenario" }
                    th scope="col" { "Safeguards" }
                    th.num scope="col" { "States" }
                    th.num scope="col" { "Steps" }
                    th.num scope="col" { "Runs of a pass" }
                    th scope="col" { "Divergence" }
                    th.num scope="col" { "Time" }
                }
            }
            tbody {
                @for lane in lanes {
                    tr {
                        th scope="row" { (lane.scenario) }
                        td { (lane.off) }
                        td.num { (thousands(lane.states)) }
                        td.num { (thousands(lane.steps)) }
                        td.num { (thousands(lane.runs)) }
                        @match lane.mark() {
                            Mark::Holds => td.holds { "✓ none" },
                            Mark::Breaks => td.breaks { "✗ " (lane.reason()) },
                            Mark::NotDecided | Mark::NotAsked | Mark::Exempt => {
                                td.open { "– " (lane.reason()) }
                            },
                        }
                        td.num { (duration(lane.seconds)) }
                    }
                }
            }
        }
    }
}

fn decisions(lanes: &[DecisionsRun]) -> Markup {
    html! {
        table {
            caption { "Decisions compared" }
            thead {
                tr {
                    th scope="col" { "Scenario" }
                    th scope="col" { "Safeguards" }
                    th.num scope="col" { "States" }
                    th.num scope="col" { "Asked" }
                    th.num scope="col" { "Distinct" }
                    th scope="col" { "Divergences" }
                    th.num scope="col" { "Time" }
                }
            }
            tbody {
                @for lane in lanes {
                    tr {
                        th scope="row" { (lane.scenario) }
                        td { (lane.off) }
                        td.num { (thousands(lane.states)) }
                        td.num { (thousands(lane.asked)) }
                        td.num { (thousands(lane.distinct)) }
                        @match (lane.divergences.len(), lane.asked) {
                            (0, 0) => td.open { "– nothing was asked" },
                            (0, _) => td.holds { "✓ none" },
                            (count, _) => td.breaks { "✗ " (count) },
                        }
                        td.num { (duration(lane.seconds)) }
                    }
                }
            }
        }
    }
}

fn divergences(lanes: &[DecisionsRun]) -> Markup {
    html! {
        @for lane in lanes.iter().filter(|lane| !lane.divergences.is_empty()) {
            h4 { "Divergences in " (lane.scenario) " (" (lane.off) ")" }
            ul { @for it in lane.divergences.iter().take(LISTED) { li { (it) } } }
            @if lane.divergences.len() > LISTED {
                p.muted { (lane.divergences.len() - LISTED) " more are in the run." }
            }
        }
    }
}

fn table(replays: &[&ReplayRun]) -> Markup {
    html! {
        table {
            caption { "Traces replayed" }
            thead {
                tr {
                    th scope="col" { "Trace" }
                    th scope="col" { "Scenario" }
                    th scope="col" { "Safeguards" }
                    th scope="col" { "Claim" }
                    th.num scope="col" { "Steps" }
                    th scope="col" { "Outcome" }
                    th.num scope="col" { "Time" }
                }
            }
            tbody {
                @for replay in replays {
                    tr {
                        th scope="row" { (replay.name) }
                        td { (replay.scenario) }
                        td { (replay.off) }
                        td { (claim(&replay.claim)) }
                        td.num { (thousands(replay.steps)) }
                        @match &replay.outcome {
                            Outcome::NotReplayed(why) => td.open { "· " (why) },
                            Outcome::Followed => td.holds { "✓ followed" },
                            Outcome::Diverged { step, .. } => {
                                td.breaks { "✗ diverged at step " (step) }
                            }
                        }
                        td.num { (duration(replay.seconds)) }
                    }
                }
            }
        }
    }
}

fn conversation(index: usize, replay: &ReplayRun, is_heard: bool) -> Markup {
    let title = format!(
        "{}: {} steps of {}",
        replay.name, replay.steps, replay.scenario
    );
    let diverged = is_diverged(replay);
    html! {
        details.card open[index == 0 || diverged] {
            summary { "Trace " (title) " (" (replay.off) ")" }
            @if let Outcome::Diverged { step, action, difference } = &replay.outcome {
                p.notice.breaks { "First difference after step " (step) ", " (action) ":" }
                pre tabindex="0" { (difference) }
            }
            @match Trace::parse(&replay.trace) {
                Ok(trace) => {
                    (diagram(&format!("replay-{index}"), &title, &trace, None))
                    details { summary { "The same steps as text" } (list(&trace, false, None)) }
                }
                Err(error) => p.notice.breaks { "The trace cannot be read: " (error) },
            }
            @if is_heard && !replay.transcript.is_empty() {
                details {
                    summary { "The conversation: what crossed the hops" }
                    pre tabindex="0" { (replay.transcript) }
                }
            }
        }
    }
}
