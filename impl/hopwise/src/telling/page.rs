//! A trace as a picture, and as a page that asks nothing of any network.

use super::text::{LETTERS, Told, told_change};
use super::{Change, hazard};
use crate::report::words::{claim, plural};
use crate::report::{MOST_STEPS, Picture, events, sheet, story};
use hopwise_vocab::Claim;
use maud::{Markup, html};

impl Told<'_> {
    /// The space-time diagram as a file of its own.
    ///
    /// # Errors
    /// Says that there are too many steps to draw.
    pub fn to_svg(&self) -> Result<String, String> {
        let drawn = self.drawn(|picture| picture.file());
        drawn.map(|svg| svg + "\n").ok_or_else(|| {
            format!(
                "{} has {}, and at most {MOST_STEPS} are drawn; --format table has room for all",
                self.trace.header.name,
                plural(self.trace.steps.len() as u64, "step")
            )
        })
    }

    /// A page: what it is, the diagram, and every step with what it changes.
    pub fn to_html(&self) -> String {
        let title = format!("hopwise: {}", self.trace.header.name);
        let svg = self.drawn(|picture| picture.inline());
        sheet(
            &title,
            &html! {
                header {
                    h1 { (self.trace.header.name) }
                    (self.verdict_box())
                }
                main id="main" tabindex="-1" {
                    @match svg {
                        Some(svg) => (crate::report::figure(&title, &svg)),
                        None => p.notice { "Too many steps to draw: more than " (MOST_STEPS) "." },
                    }
                    h2 { "Every step, and what it changes" }
                    p { (LETTERS) }
                    (self.steps())
                }
            },
        )
    }

    fn verdict_box(&self) -> Markup {
        let header = &self.trace.header;
        let is_bad = matches!(header.claim, Claim::Breaks(_)) || !self.verdict.is_true;
        let is = if self.verdict.is_true {
            "This is true"
        } else {
            "This is not true"
        };
        html! {
            div.verdict.breaks[is_bad].holds[!is_bad] {
                p { b { "It claims: " } (claim(&header.claim)) "." }
                p { b { (is) ": " } (self.verdict.why) "." }
                @if let Some(hazard) = hazard::claimed(self.trace) { p { (hazard::sign(hazard)) } }
                p.meta {
                    (plural(self.trace.steps.len() as u64, "step")) " of scenario "
                    code { (header.scenario) } ", safeguards: " (header.off)
                }
            }
            @if let Some(told) = self.story() { p { (told) } }
        }
    }

    /// What is false in the end, in words.
    fn end(&self) -> Option<String> {
        match (
            &self.trace.header.claim,
            self.verdict.clause,
            hazard::claimed(self.trace),
        ) {
            (Claim::Breaks(_), Some(clause), _) => Some(format!("it is false that {clause}")),
            (_, _, Some(hazard)) => Some(hazard::clause(hazard)),
            (Claim::Breaks(_) | Claim::Witness(_) | Claim::Walk, _, None) => None,
        }
    }

    fn story(&self) -> Option<String> {
        let end = self.end()?;
        Some(story(self.trace, &end, self.verdict.is_endless))
    }

    fn drawn(&self, draw: impl Fn(&Picture<'_>) -> Option<String>) -> Option<String> {
        let end = self.end();
        let breaks = match (&self.trace.header.claim, &end) {
            (Claim::Breaks(id), Some(end)) => Some(format!("✗ {id} is broken: {end}")),
            (Claim::Witness(_), Some(end)) => Some(format!("✗ {end}")),
            (Claim::Breaks(_) | Claim::Witness(_) | Claim::Walk, _) => None,
        };
        let told = self.story();
        draw(&Picture {
            id: "trace",
            title: &self.trace.header.name,
            story: told.as_deref().unwrap_or(&self.verdict.why),
            trace: self.trace,
            breaks: breaks.as_deref(),
            cycle: self.verdict.is_endless,
        })
    }

    fn steps(&self) -> Markup {
        let events = events(self.trace);
        let changes = self.changes();
        html! {
            ol.steps {
                @for (at, event) in events.iter().enumerate() {
                    li.cycle[self.trace.steps[at].cycle] {
                        @if self.trace.steps[at].cycle {
                            span.again { "From here it repeats for ever. " }
                        }
                        b { (event.who()) } ": " (event.sentence)
                        @if let Some(changes) = changes.get(at).filter(|it| !it.is_empty()) {
                            (changed(changes))
                        }
                    }
                }
            }
        }
    }
}

fn changed(changes: &[Change]) -> Markup {
    let text: String = changes.iter().map(told_change).collect();
    html! {
        details {
            summary { "changes " (plural(changes.len() as u64, "thing")) }
            pre tabindex="0" { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{kept, told};
    use super::*;

    #[test]
    fn a_picture_says_what_is_broken_at_its_end() {
        let trace = kept("hop-order-without-finalizer-before-create");
        let svg = told(&trace, |it| it.to_svg().unwrap());
        assert!(
            svg.contains("✗ hop_order is broken: it is false that"),
            "{svg}"
        );
        roxmltree::Document::parse(&svg).unwrap();
        insta::assert_snapshot!(svg);
    }

    #[test]
    fn a_page_asks_nothing_of_any_network_and_has_every_step() {
        let trace = kept("edited-realized-without-regular-poll");
        let page = told(&trace, |it| it.to_html());
        assert_eq!(page.matches("</li>").count(), trace.steps.len());
        assert!(!page.contains("href=\"http") && !page.contains("src="));
        insta::assert_snapshot!(page.replace('>', ">\n"));
    }

    #[test]
    fn too_many_steps_are_not_drawn_and_the_error_says_what_is() {
        let trace = kept("create");
        let mut long = trace.clone();
        long.steps = trace
            .steps
            .iter()
            .cycle()
            .take(MOST_STEPS + 1)
            .cloned()
            .collect();
        let error = told(&long, |it| it.to_svg().unwrap_err());
        assert!(error.contains("--format table"), "{error}");
    }
}
