//! The chain in one picture: servers square, controllers round, and what each reads and writes.

use super::lane::Lane;
use super::svg::{Pen, width_of};

const TOP: f32 = 30.0;
/// From one line in a box to the next.
const LINE: f32 = 16.0;
/// The fewest lines that a box has room for, so that the arrows meet it.
const LEAST_LINES: usize = 3;
/// How much wider a text is in bold.
const BOLD: f32 = 1.1;
const GAP: f32 = 58.0;
/// Between vmop and ncp, which do not speak to each other.
const SILENT_GAP: f32 = 22.0;

/// What is written in the box of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub text: String,
    /// Whether it was not so a step ago.
    pub is_new: bool,
}

/// What a place is, from the user to NSX-T.
const WHAT: [(Lane, [&str; 3]); 7] = [
    (Lane::User, ["creates, edits", "and deletes", "one Service"]),
    (Lane::Guest, ["Service", "type LoadBalancer", ""]),
    (
        Lane::Ccm,
        ["guest-cluster-", "cloud-provider", "polls downstream"],
    ),
    (
        Lane::Supervisor,
        ["VirtualMachineService", "Service, Endpoints", ""],
    ),
    (Lane::Vmop, ["vmop-controller-", "manager", "watches both"]),
    (
        Lane::Ncp,
        ["NSX-T container", "plug-in", "reads in every pass"],
    ),
    (Lane::Nsx, ["IP allocation", "virtual servers, pools", ""]),
];

/// What is written over the arrow between neighbours, and under the arrow back.
const BETWEEN: [(&str, &str); 6] = [
    ("applies", "address"),
    ("watch", "status"),
    ("write", "poll"),
    ("watch", "write"),
    ("", ""),
    ("program", "read"),
];

const KEY: &str = "Square: a server, and what it keeps. Round: a controller, one hop. \
                   Ports travel to the right, the address to the left.";

/// The picture, for a page that has the style sheet already.
pub(super) fn draw() -> String {
    let story = "The user writes a Service in the guest cluster. ccm mirrors it into a \
                 VirtualMachineService on the Supervisor, vmop mirrors that into a Service there, \
                 and ncp asks NSX-T for an address and a load balancer. The address travels back.";
    let places = WHAT.map(|(lane, lines)| {
        let lines = lines.iter().filter(|line| !line.is_empty());
        let lines = lines.map(|line| Line {
            text: (*line).into(),
            is_new: false,
        });
        (lane, lines.collect())
    });
    draw_places("chain", ("The chain of three hops", story), &places, KEY)
}

/// The chain with something else in its boxes. `id` is unique in the page; `names` are the title
/// and what is told to those who do not see it; `key` is written below.
pub(crate) fn draw_places(
    id: &str,
    names: (&str, &str),
    places: &[(Lane, Vec<Line>); 7],
    key: &str,
) -> String {
    let most = places.iter().map(|(_, lines)| lines.len()).max();
    let height = 48.0 + LINE * most.unwrap_or(0).max(LEAST_LINES) as f32;
    let mut pen = Pen::default();
    let mut x = 12.0;
    let mut edges = Vec::new();
    for (index, (lane, lines)) in places.iter().enumerate() {
        let width = width_of_place(*lane, lines);
        draw_place(&mut pen, (*lane, lines), x, (width, height));
        edges.push((x, x + width));
        x += width;
        if let Some((forth, _)) = BETWEEN.get(index) {
            x += if forth.is_empty() { SILENT_GAP } else { GAP };
        }
    }
    for (index, (forth, back)) in BETWEEN.into_iter().enumerate() {
        if forth.is_empty() {
            continue;
        }
        draw_between(&mut pen, edges[index].1, edges[index + 1].0, (forth, back));
    }
    draw_over_vmop(&mut pen, edges[3], edges[5], height);
    pen.text("mu", (12.0, TOP + height + 42.0), key);
    pen.figure(id, names, (x + 12.0, TOP + height + 50.0), "")
}

fn width_of_place(lane: Lane, lines: &[Line]) -> f32 {
    let widths = lines.iter().map(|line| {
        let bold = if line.is_new { BOLD } else { 1.0 };
        bold * width_of(&line.marked())
    });
    let beside = if is_round(lane) { 22.0 } else { 14.0 };
    widths.fold(width_of(lane.name()) + 6.0, f32::max) + beside
}

/// Whether it is a controller, and no server.
const fn is_round(lane: Lane) -> bool {
    lane.hop().is_some()
}

impl Line {
    /// Its text, and a sign if it is new: colour and weight alone would not tell everybody.
    fn marked(&self) -> String {
        match self.is_new {
            true => format!("▸ {}", self.text),
            false => self.text.clone(),
        }
    }
}

fn draw_place(pen: &mut Pen, (lane, lines): (Lane, &[Line]), x: f32, size: (f32, f32)) {
    let radius = if is_round(lane) { 24.0 } else { 5.0 };
    pen.rect("box", (x, TOP), size, radius);
    let middle = x + size.0 / 2.0;
    pen.text("ht", (middle, TOP + 24.0), lane.name());
    for (index, line) in lines.iter().enumerate() {
        let class = if line.is_new { "mid b" } else { "mu mid" };
        let y = TOP + 44.0 + LINE * index as f32;
        pen.text(class, (middle, y), &line.marked());
    }
}

fn draw_between(pen: &mut Pen, left: f32, right: f32, (forth, back): (&str, &str)) {
    let middle = f32::midpoint(left, right);
    let class = |label: &str| match label {
        "watch" => "e",
        "status" | "address" => "s",
        "poll" | "read" => "r",
        "program" => "c",
        _ => "w",
    };
    // A watch and a poll carry downstream what is known there: the arrow follows the knowledge.
    let (high, low) = (TOP + 38.0, TOP + 66.0);
    pen.raw(&format!("<g class=\"{}\">", class(forth)));
    pen.arrow((left, high), (right, high), false);
    pen.text("lb mid", (middle, high - 6.0), forth);
    pen.close();
    pen.raw(&format!("<g class=\"{}\">", class(back)));
    pen.arrow((right, low), (left, low), false);
    pen.text("lb mid", (middle, low + 16.0), back);
    pen.close();
}

/// ncp watches and writes the Supervisor as vmop does: a line past vmop.
fn draw_over_vmop(pen: &mut Pen, supervisor: (f32, f32), ncp: (f32, f32), height: f32) {
    let from = f32::midpoint(supervisor.0, supervisor.1);
    let to = f32::midpoint(ncp.0, ncp.1);
    let (above, below) = (TOP - 16.0, TOP + height + 16.0);
    pen.raw("<g class=\"e\">");
    pen.path("a", &[(from, TOP), (from, above), (to, above)], false);
    pen.arrow((to, above), (to, TOP), false);
    pen.text(
        "lb mid",
        (f32::midpoint(from, to), above + 12.0),
        "watch Service",
    );
    pen.close();
    pen.raw("<g class=\"s\">");
    pen.path(
        "a",
        &[(to, TOP + height), (to, below), (from, below)],
        false,
    );
    pen.arrow((from, below), (from, TOP + height), false);
    pen.text(
        "lb mid",
        (f32::midpoint(from, to), below - 4.0),
        "status: the address",
    );
    pen.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_well_formed_and_names_every_place() {
        let svg = draw();
        let tree = roxmltree::Document::parse(&svg).unwrap();
        for lane in Lane::ALL {
            let mut texts = tree.descendants().filter_map(|node| node.text());
            assert!(texts.any(|text| text == lane.name()), "{}", lane.name());
        }
    }
}
