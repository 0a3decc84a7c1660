//! The page as a whole.

use super::{Since, fixture, page};
use crate::run::{Compared, Finding, Run};
use roxmltree::{Document, Node};

const LIMITS: &str = "# Limits\n\n## Faults\nNo message is lost.\n";

fn html(run: &Run) -> String {
    page(run, LIMITS, None)
}

/// Everything between the tags that show text, with void elements closed so that an XML reader
/// takes it: the markup is ours and regular.
fn body(html: &str) -> String {
    let start = html.find("<body>").unwrap();
    let end = html.find("</body>").unwrap() + "</body>".len();
    let mut body = html[start..end]
        .replace("<br>", "<br/>")
        .replace("<wbr>", "<wbr/>");
    for attribute in [" open>", " open "] {
        let closed = attribute.replace("open", "open=\"\"");
        body = body.replace(attribute, &closed);
    }
    body
}

fn level(node: &Node) -> Option<usize> {
    ["h1", "h2", "h3", "h4"]
        .iter()
        .position(|name| node.has_tag_name(*name))
        .map(|n| n + 1)
}

fn elements<'a>(tree: &'a Document<'a>, name: &'static str) -> Vec<Node<'a, 'a>> {
    let is_svg = |n: &Node| n.ancestors().any(|a| a.tag_name().name() == "svg");
    tree.descendants()
        .filter(|n| n.tag_name().name() == name && !is_svg(n))
        .collect()
}

/// The fixture with something wrong in every place where something can be.
fn broken() -> Run {
    let mut run = fixture::run();
    run.scenarios[0].properties[0].verdict = fixture::breaks_hop_order();
    run.replays[0].outcome = fixture::diverged();
    run.decisions[0]
        .divergences
        .push("ncp: model waits, controller allocates".into());
    run.ablations[0].run.properties[1].verdict = fixture::breaks_hop_order();
    run
}

#[test]
fn the_verdict_is_the_first_thing_read() {
    let html = html(&fixture::run());
    let main = html.find("<main").unwrap();
    let head = &html[..main];
    assert!(
        head.contains("<h1>LoadBalancer chain: 3 of 4 properties hold, 1 vacuous</h1>"),
        "{head}"
    );
    assert!(head.contains("Verdict: holds."));
}

#[test]
fn the_page_asks_nothing_of_any_network() {
    let html = html(&broken());
    let without_names = html.replace("http://www.w3.org/2000/svg", "");
    for word in [
        "http:",
        "https:",
        "src=",
        "url(",
        "@import",
        "<link",
        "javascript:",
    ] {
        assert!(!without_names.contains(word), "{word}");
    }
}

#[test]
fn the_page_runs_no_script() {
    let html = html(&broken());
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains("<script type=\"application/json\" id=\"run\">"));
}

#[test]
fn every_counterexample_has_its_place_and_every_link_leads_somewhere() {
    for run in [fixture::run(), broken()] {
        let html = html(&run);
        for id in run.findings().iter().map(Finding::id) {
            assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        let body = body(&html);
        let tree = Document::parse(&body).unwrap();
        for link in elements(&tree, "a") {
            let target = link.attribute("href").unwrap().strip_prefix('#').unwrap();
            let mut nodes = tree.descendants();
            assert!(
                nodes.any(|node| node.attribute("id") == Some(target)),
                "{target}"
            );
        }
    }
}

#[test]
fn no_name_is_given_twice() {
    let body = body(&html(&broken()));
    let tree = Document::parse(&body).unwrap();
    let mut ids: Vec<&str> = tree
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn headings_go_down_one_level_at_a_time_from_a_single_first_one() {
    for run in [fixture::run(), broken()] {
        let body = body(&html(&run));
        let tree = Document::parse(&body).unwrap();
        let levels: Vec<usize> = tree.descendants().filter_map(|node| level(&node)).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert_eq!(levels[0], 1);
        assert!(
            levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{levels:?}"
        );
    }
}

#[test]
fn every_table_has_a_caption_and_every_head_cell_a_scope() {
    let body = body(&html(&broken()));
    let tree = Document::parse(&body).unwrap();
    assert!(elements(&tree, "table").len() >= 7);
    for table in elements(&tree, "table") {
        assert!(table.children().any(|child| child.has_tag_name("caption")));
    }
    for cell in elements(&tree, "th") {
        assert!(cell.attribute("scope").is_some());
    }
}

#[test]
fn the_page_has_landmarks_and_a_way_past_them() {
    let html = html(&fixture::run());
    for piece in [
        "<html lang=\"en\">",
        "<header>",
        "<nav aria-label",
        "<main id=\"main\"",
        "<footer>",
    ] {
        assert!(html.contains(piece), "{piece}");
    }
    assert!(html.contains("<a class=\"skip\" href=\"#main\">"));
}

#[test]
fn what_scrolls_can_be_reached_by_keyboard() {
    let body = body(&html(&broken()));
    let tree = Document::parse(&body).unwrap();
    let scrolls =
        |node: &Node| node.attribute("class") == Some("scroll") || node.has_tag_name("pre");
    for node in tree.descendants().filter(scrolls) {
        assert_eq!(
            node.attribute("tabindex"),
            Some("0"),
            "{:?}",
            node.tag_name()
        );
    }
}

#[test]
fn the_same_run_is_the_same_bytes() {
    assert_eq!(html(&broken()), html(&broken()));
}

#[test]
fn hostile_text_stays_text_everywhere() {
    const HOSTILE: &str = "</script><script>alert('x')</script><!--\u{0}\"&";
    let mut run = broken();
    run.command = HOSTILE.into();
    run.version = HOSTILE.into();
    run.scenarios[0].name = HOSTILE.into();
    run.scenarios[0].sentence = HOSTILE.into();
    run.scenarios[0].bounds = HOSTILE.into();
    run.scenarios[0].never_taken.push(HOSTILE.into());
    let property = &mut run.scenarios[0].properties[0];
    (property.id, property.sentence, property.formula) =
        (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    run.ablations[0].sentence = HOSTILE.into();
    run.decisions[0].divergences.push(HOSTILE.into());
    run.replays[0].name = HOSTILE.into();
    run.replays[0].transcript = HOSTILE.into();
    run.replays[1].trace = HOSTILE.into();
    let html = page(&run, HOSTILE, None);
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("</script>").count(), 1);
    assert!(!html.contains("<!--"));
}

#[test]
fn the_run_can_be_read_back_from_the_page() {
    let mut run = broken();
    let html = html(&run);
    let start = html.find("id=\"run\">").unwrap() + "id=\"run\">".len();
    let end = html[start..].find("</script>").unwrap() + start;
    // All but what was said in its replays.
    run.replays.iter_mut().for_each(|it| it.transcript.clear());
    assert_eq!(Run::from_json(&html[start..end]).unwrap(), run);
}

#[test]
fn a_safeguard_whose_removal_breaks_nothing_is_told_in_a_box() {
    let mut run = fixture::run();
    run.ablations.truncate(1);
    run.ablations[0].run.properties[0].verdict = crate::run::Verdict::Holds;
    let html = html(&run);
    assert!(html.contains("Removing it broke nothing"));
    assert!(html.contains("nothing breaks without "));
}

#[test]
fn a_search_that_was_asked_for_without_a_safeguard_has_a_column_of_its_own() {
    let mut run = fixture::run();
    run.scenarios[1].off = run.ablations[0].run.off.clone();
    let html = html(&run);
    let column =
        |name: &str| format!("<th scope=\"col\"><span class=\"turned\">{name}</span></th>");
    assert!(html.contains(&column("all on")));
    assert!(html.contains(&column("without hold-until-gone")));
}

#[test]
fn a_search_that_was_cut_is_never_told_as_a_pass() {
    let mut run = fixture::run();
    run.scenarios.truncate(1);
    run.scenarios[0].search = crate::run::Search::Stopped("--time 1s".into());
    let html = html(&run);
    assert!(html.contains("not decided: 0 of 4 properties hold so far</h1>"));
    assert!(html.contains("Stopped before its end: create."));
    assert!(html.contains("– stopped: --time 1s"));
}

#[test]
fn an_empty_run_says_that_nothing_was_judged() {
    let run = Run::new("hopwise check", fixture::run().started);
    let html = html(&run);
    assert!(html.contains("<h1>LoadBalancer chain: nothing was judged</h1>"));
}

#[test]
fn what_was_not_modelled_is_told() {
    assert!(html(&fixture::run()).contains("<p>No message is lost.</p>"));
}

#[test]
fn what_differs_from_an_older_run_is_a_section_of_its_own() {
    let (older, run) = (fixture::run(), fixture::mixed());
    let compared = Compared::of(&older, &run);
    let html = page(&run, LIMITS, Some(&Since { older, compared }));
    for said in [
        "id=\"changes\"",
        "<caption>new</caption>",
        "href=\"#changes\"",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!page(&run, LIMITS, None).contains("id=\"changes\""));
}

/// A conversation is ten times as long as its trace.
#[test]
fn the_page_does_not_grow_with_what_was_said_in_replays() {
    let mut run = fixture::run();
    let one = run.replays[0].clone();
    run.replays = vec![one; 40];
    let silent = html(&run).len();
    let said = "ccm  → supervisor  POST virtualmachineservices  201 uid-2\n".repeat(1_000);
    for replay in &mut run.replays {
        replay.transcript.clone_from(&said);
    }
    let grown = html(&run).len() - silent;
    assert!(grown < 3 * said.len(), "{grown} of {}", 40 * said.len());
}

/// In proportion to what a review has: every safeguard with its shortest counterexample.
#[test]
fn the_page_of_every_safeguard_is_small() {
    let size = html(&fixture::every_safeguard()).len();
    assert!(size < 750_000, "{size} bytes");
}
