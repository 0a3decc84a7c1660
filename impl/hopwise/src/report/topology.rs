//! The chain in one picture: servers square, controllers round, and what each reads and writes.

use super::lane::Lane;
use super::svg::{Pen, width_of};

const HEIGHT: f32 = 96.0;
const TOP: f32 = 30.0;
const GAP: f32 = 58.0;
/// Between vmop and ncp, which do not speak to each other.
const SILENT_GAP: f32 = 22.0;

/// A place of the chain.
struct Place {
    lane: Lane,
    lines: [&'static str; 3],
}

/// What stands in the picture, from the user to NSX-T.
const PLACES: [Place; 7] = [
    Place {
        lane: Lane::User,
        lines: ["creates, edits", "and deletes", "one Service"],
    },
    Place {
        lane: Lane::Guest,
        lines: ["Service", "type LoadBalancer", ""],
    },
    Place {
        lane: Lane::Ccm,
        lines: ["guest-cluster-", "cloud-provider", "polls downstream"],
    },
    Place {
        lane: Lane::Supervisor,
        lines: ["VirtualMachineService", "Service, Endpoints", ""],
    },
    Place {
        lane: Lane::Vmop,
        lines: ["vmop-controller-", "manager", "watches both"],
    },
    Place {
        lane: Lane::Ncp,
        lines: ["NSX-T container", "plug-in", "reads in every pass"],
    },
    Place {
        lane: Lane::Nsx,
        lines: ["IP allocation", "virtual servers, pools", ""],
    },
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

/// The picture, for a page that has the style sheet already.
pub(super) fn draw() -> String {
    let mut pen = Pen::default();
    let mut x = 12.0;
    let mut edges = Vec::new();
    for (index, place) in PLACES.iter().enumerate() {
        let width = width_of_place(place);
        draw_place(&mut pen, place, x, width);
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
    draw_over_vmop(&mut pen, edges[3], edges[5]);
    let story = "The user writes a Service in the guest cluster. ccm mirrors it into a \
                 VirtualMachineService on the Supervisor, vmop mirrors that into a Service there, \
                 and ncp asks NSX-T for an address and a load balancer. The address travels back.";
    pen.figure(
        "chain",
        ("The chain of three hops", story),
        (x + 12.0, 176.0),
        "",
    )
}

fn width_of_place(place: &Place) -> f32 {
    let widths = place.lines.iter().map(|line| width_of(line));
    widths.fold(width_of(place.lane.name()) + 6.0, f32::max) + 14.0
}

fn draw_place(pen: &mut Pen, place: &Place, x: f32, width: f32) {
    let round = matches!(place.lane, Lane::Ccm | Lane::Vmop | Lane::Ncp);
    pen.rect(
        "box",
        (x, TOP),
        (width, HEIGHT),
        if round { 24.0 } else { 5.0 },
    );
    let middle = x + width / 2.0;
    pen.text("ht", (middle, TOP + 24.0), place.lane.name());
    for (index, line) in place
        .lines
        .iter()
        .filter(|line| !line.is_empty())
        .enumerate()
    {
        pen.text("mu mid", (middle, TOP + 44.0 + 16.0 * index as f32), line);
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
fn draw_over_vmop(pen: &mut Pen, supervisor: (f32, f32), ncp: (f32, f32)) {
    let from = f32::midpoint(supervisor.0, supervisor.1);
    let to = f32::midpoint(ncp.0, ncp.1);
    let (above, below) = (TOP - 16.0, TOP + HEIGHT + 16.0);
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
        &[(to, TOP + HEIGHT), (to, below), (from, below)],
        false,
    );
    pen.arrow((from, below), (from, TOP + HEIGHT), false);
    pen.text(
        "lb mid",
        (f32::midpoint(from, to), below - 4.0),
        "status: the address",
    );
    pen.close();
    pen.text(
        "mu",
        (12.0, below + 26.0),
        "Square: a server, and what it keeps. Round: a controller, one hop. \
         Ports travel to the right, the address to the left.",
    );
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
