//! What each hop's cache believed, beside what was true: step by step, a band each.
//!
//! Time runs to the right. Under each object stand those who see it late; where one of them sees
//! something else than the server has, its band is dashed and begins with ≠.

use super::figure;
use super::svg::{Pen, width_of};
use super::words::plural;
use crate::telling::Walked;
use hopwise_protocol::{
    Downstream, Lane, Lifecycle, Ports, Seen, Stored, Told, Topology, Upstream,
};
use hopwise_vocab::{Hop, Replica, Slot, Trace};
use maud::{Markup, html};

const LEFT: f32 = 196.0;
const TOP: f32 = 30.0;
const ROW: f32 = 24.0;
/// The least width of a step, the most, and how wide all of them are where there is room.
const STEP: (f32, f32) = (22.0, 110.0);
const WIDTH: f32 = 760.0;
const BETWEEN: f32 = 8.0;
/// Every so manieth step has its number, or each if it is so wide.
const NUMBERED: usize = 5;
const NUMBERED_WIDTH: f32 = 40.0;

/// What is said of an object that there is not.
const NONE: &str = "none";

/// A band: whose it is, and what it says after each step.
struct Band {
    name: String,
    /// Who believes it; nobody if it is what the server has.
    by: Option<(Hop, Replica)>,
    says: Vec<Said>,
}

impl Band {
    const fn is_truth(&self) -> bool {
        self.by.is_none()
    }
}

/// What is said of an object at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    words: String,
    is_true: bool,
}

/// The picture, folded; nothing if the model does not go along with the trace.
pub(super) fn folded(id: &str, trace: &Trace) -> Markup {
    let title = "What each cache believed";
    html! {
        @if let Some(svg) = draw(&format!("{id}-belief"), trace) {
            details { summary { (title) } (figure(title, &svg)) }
        }
    }
}

/// The picture; nothing if the model does not go along with the trace.
fn draw(id: &str, trace: &Trace) -> Option<String> {
    let walked = Walked::of(trace).ok().filter(|it| it.refused.is_none())?;
    let slots = Slot::ALL.iter().take(walked.last().lanes().count());
    let groups = slots.flat_map(|slot| groups(&walked, *slot));
    let groups: Vec<Vec<Band>> = groups.filter(|it| !is_empty(it)).collect();
    let steps = walked.states.len();
    let bands: usize = groups.iter().map(Vec::len).sum();
    let step = (WIDTH / steps as f32).clamp(STEP.0, STEP.1);
    let (width, bottom) = (
        LEFT + (step * steps as f32).max(300.0) + 12.0,
        TOP + ROW * bands as f32 + BETWEEN * groups.len() as f32,
    );
    let mut pen = Pen::default();
    draw_steps(&mut pen, (steps, step), bottom);
    let mut y = TOP;
    for group in &groups {
        for band in group {
            draw_band(&mut pen, band, step, y);
            y += ROW;
        }
        y += BETWEEN;
    }
    let stale = groups.iter().flatten().flat_map(|it| stretches(&it.says));
    let stale = stale.filter(|it| !it.2.is_true).count();
    let story = format!(
        "Each object as its server has it, and under it as the hops see it. In {} a hop sees \
         something else than the server has.",
        plural(stale as u64, "stretch")
    );
    Some(pen.figure(
        id,
        ("What each cache believed", &story),
        (width, bottom + 22.0),
        "",
    ))
}

/// What somebody went by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belief {
    /// The step that brought it; 0 is the start.
    pub since: usize,
    /// Where it is not so: in a sentence, and the step that made it so.
    pub wrong: Option<(String, usize)>,
}

/// What a replica of a hop believed about a Service after the step `then`, held against what the
/// servers have after the step `now`.
pub(crate) fn beliefs(
    walked: &Walked,
    (slot, hop, replica): (Slot, Hop, Replica),
    (then, now): (usize, usize),
) -> Vec<Belief> {
    let mut found = Vec::new();
    for group in groups(walked, slot) {
        let of = |says: &[Said], at: usize| {
            let words = |at: usize| says.get(at).map(|it| it.words.clone());
            let since = (0..=at).rev().take_while(|it| words(*it) == words(at));
            (words(at).unwrap_or_default(), since.last().unwrap_or(at))
        };
        let mut own = group.iter().filter(|it| it.by == Some((hop, replica)));
        let (Some(truth), Some(band)) = (group.first(), own.next()) else {
            continue;
        };
        let (believed, since) = of(&band.says, then);
        let (has, changed) = of(&truth.says, now);
        let is_so =
            of(&band.says, now).1 == since && band.says.get(now).is_some_and(|it| it.is_true);
        let wrong = (!is_so).then(|| {
            let (object, whose) = (&truth.name, &band.name);
            let at = |step: usize| match step {
                0 => "from the start".into(),
                step => format!("since step {step}"),
            };
            let (seen, held) = (at(since), at(changed));
            let told = format!(
                "The {object}, {whose}, is “{believed}” {seen}; its server has “{has}” {held}."
            );
            (told, changed)
        });
        found.push(Belief { since, wrong });
    }
    found
}

/// Whether there never is such an object.
fn is_empty(group: &[Band]) -> bool {
    let mut truth = group
        .iter()
        .filter(|it| it.is_truth())
        .flat_map(|it| &it.says);
    truth.all(|said| said.words == NONE)
}

/// The objects of a Service and those who see them, in the order of the chain.
fn groups(walked: &Walked, slot: Slot) -> Vec<Vec<Band>> {
    let lanes: Vec<&Lane> = walked.states.iter().map(|it| it.lane(slot)).collect();
    let truth = |name: &str, of: fn(&Lane) -> Option<Stored>| Band {
        name: of_slot(name, slot),
        by: None,
        says: lanes.iter().map(|lane| stored(of(lane))).collect(),
    };
    let by_each = |hop: Hop, how: &str, of: fn(&Lane, Replica) -> Option<Said>| {
        let each = [(Replica::First, ""), (Replica::Rival, "rival ")];
        each.map(|(replica, which)| {
            let says: Option<Vec<Said>> = lanes.iter().map(|lane| of(lane, replica)).collect();
            says.map(|says| Band {
                name: format!("as {which}{hop} {how} it"),
                by: Some((hop, replica)),
                says,
            })
        })
    };
    let group = |truth: Band, seen: Vec<[Option<Band>; 2]>| {
        std::iter::once(truth)
            .chain(seen.into_iter().flatten().flatten())
            .collect()
    };
    let guest = || {
        group(
            truth("Service", |lane| lane.service.object()),
            vec![by_each(Hop::Ccm, "sees", ccm_above)],
        )
    };
    let middle = || {
        group(
            truth("VirtualMachineService", |lane| lane.vm_service.object()),
            vec![
                by_each(Hop::Ccm, "polled", ccm_below),
                by_each(Hop::Vmop, "sees", vmop_above),
            ],
        )
    };
    let mut all: Vec<Vec<Band>> = match walked.chain.scenario.topology {
        Topology::Hops => vec![guest(), middle()],
        Topology::Direct => Vec::new(),
    };
    all.push(group(
        truth("Supervisor Service", |lane| {
            lane.supervisor_service.object()
        }),
        vec![
            by_each(Hop::Vmop, "sees", vmop_below),
            by_each(Hop::Ncp, "sees", ncp_above),
        ],
    ));
    all
}

fn of_slot(name: &str, slot: Slot) -> String {
    match slot {
        Slot::A => name.into(),
        Slot::B | Slot::C => format!("{name} ({slot})"),
    }
}

fn ccm_above(lane: &Lane, replica: Replica) -> Option<Said> {
    Some(above(
        lane.ccm(replica)?.service.seen(),
        lane.service.object(),
    ))
}

fn ccm_below(lane: &Lane, replica: Replica) -> Option<Said> {
    let truth = lane.vm_service.object();
    Some(match lane.ccm(replica)?.vm_service {
        Seen::NotPolled => Said {
            words: "unknown".into(),
            is_true: truth.is_none(),
        },
        Seen::Absent => below(None, truth),
        Seen::There(it) => below(Some(it), truth),
    })
}

fn vmop_above(lane: &Lane, replica: Replica) -> Option<Said> {
    Some(above(
        lane.vmop(replica)?.vm_service.seen(),
        lane.vm_service.object(),
    ))
}

fn vmop_below(lane: &Lane, replica: Replica) -> Option<Said> {
    let seen = lane.vmop(replica)?.supervisor_service.seen();
    Some(below(seen, lane.supervisor_service.object()))
}

fn ncp_above(lane: &Lane, replica: Replica) -> Option<Said> {
    let seen = lane.ncp(replica)?.supervisor_service.seen();
    Some(above(seen, lane.supervisor_service.object()))
}

fn stored(object: Option<Stored>) -> Said {
    Said {
        words: object.map_or(NONE.into(), whole),
        is_true: true,
    }
}

fn above(seen: Option<Upstream>, truth: Option<Stored>) -> Said {
    Said {
        words: seen.map_or(NONE.into(), |it| whole(it.object)),
        is_true: seen == truth.map(Stored::as_upstream),
    }
}

fn below(seen: Option<Downstream>, truth: Option<Stored>) -> Said {
    Said {
        words: seen.map_or(NONE.into(), |it| {
            words(it.uid.number(), it.ports, it.lifecycle, false, it.told)
        }),
        is_true: seen == truth.map(Stored::as_downstream),
    }
}

fn whole(it: Stored) -> String {
    words(it.uid.number(), it.ports, it.lifecycle, it.held, it.told)
}

/// An object in few words: which incarnation, its ports, its finalizer, its status.
fn words(uid: u8, ports: Ports, lifecycle: Lifecycle, held: bool, told: Told) -> String {
    let mut text = format!(
        "{uid}: {}",
        match ports {
            Ports::A => "port A",
            Ports::B => "port B",
            Ports::Both => "ports A, B",
        }
    );
    match (lifecycle, held) {
        (Lifecycle::Deleting, _) => text += ", deleting",
        (Lifecycle::Live, true) => text += ", held",
        (Lifecycle::Live, false) => (),
    }
    match told {
        Told::Nothing => (),
        Told::Address(it) => text += &format!(", address {}", it.index() + 1),
        Told::Exhausted => text += ", exhausted",
    }
    text
}

/// Stretches of the same words: from which state, up to which, what.
fn stretches(says: &[Said]) -> Vec<(usize, usize, &Said)> {
    let mut all: Vec<(usize, usize, &Said)> = Vec::new();
    for (at, said) in says.iter().enumerate() {
        match all.last_mut() {
            Some((_, end, last)) if *last == said => *end = at + 1,
            Some(_) | None => all.push((at, at + 1, said)),
        }
    }
    all
}

fn draw_steps(pen: &mut Pen, (steps, wide): (usize, f32), bottom: f32) {
    pen.text("mu end", (LEFT - 8.0, 18.0), "after step");
    for step in 0..steps {
        let is_numbered = wide > NUMBERED_WIDTH || step % NUMBERED == 0;
        if is_numbered || step + 1 == steps {
            let x = LEFT + wide * (step as f32 + 0.5);
            pen.line("grid", (x, 24.0), (x, bottom));
            pen.text("mu mid", (x, 18.0), &step.to_string());
        }
    }
    let key = "dashed, with ≠: not what the server has";
    pen.text("mu", (LEFT, bottom + 14.0), key);
}

fn draw_band(pen: &mut Pen, band: &Band, wide: f32, y: f32) {
    let class = if band.is_truth() { "b end" } else { "mu end" };
    pen.text(class, (LEFT - 8.0, y + 15.0), &band.name);
    for (from, to, said) in stretches(&band.says) {
        let (x, width) = (LEFT + wide * from as f32, wide * (to - from) as f32);
        let (class, words) = match (said.is_true, band.is_truth()) {
            (false, _) => ("stale", format!("≠ {}", said.words)),
            (true, true) => ("truth", said.words.clone()),
            (true, false) => ("box", said.words.clone()),
        };
        let title = format!("{}, after steps {from} to {}: {words}", band.name, to - 1);
        pen.open("ev", &title);
        pen.rect(class, (x + 1.0, y + 2.0), (width - 2.0, ROW - 4.0), 3.0);
        let fits = |text: &str| width_of(text) < width - 8.0;
        let sign = if said.is_true { "" } else { "≠" };
        let shown = [words.as_str(), sign].into_iter().find(|it| fits(it));
        if let Some(shown) = shown.filter(|it| !it.is_empty()) {
            pen.text("tx", (x + 5.0, y + 16.0), shown);
        }
        pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn said(trace: &Trace, name: &str) -> Vec<String> {
        let walked = Walked::of(trace).unwrap();
        let mut bands = groups(&walked, Slot::A).into_iter().flatten();
        let band = bands.find(|it| it.name == name).unwrap();
        let all = stretches(&band.says).into_iter();
        all.map(|(from, _, said)| {
            let sign = if said.is_true { "" } else { "≠ " };
            format!("{from} {sign}{}", said.words)
        })
        .collect()
    }

    #[test]
    fn a_cache_believes_what_it_was_told_last() {
        let steps = ["user create", "user delete", "deliver ccm service"];
        let trace = fixture::trace("t", &steps);
        assert_eq!(said(&trace, "Service"), ["0 none", "1 1: port A", "2 none"]);
        let seen = ["0 none", "1 ≠ none", "2 none", "3 ≠ 1: port A"];
        assert_eq!(said(&trace, "as ccm sees it"), seen);
    }

    #[test]
    fn a_poll_is_believed_until_the_next() {
        let trace = fixture::orphan();
        let polled = said(&trace, "as ccm polled it");
        assert_eq!(polled, ["0 unknown", "8 none", "11 ≠ none"]);
    }

    #[test]
    fn the_picture_is_well_formed_and_the_same_bytes() {
        for trace in hopwise_conformance::traces::committed() {
            let svg = draw("b", &trace).unwrap();
            roxmltree::Document::parse(&svg).unwrap();
            assert_eq!(svg, draw("b", &trace).unwrap());
        }
    }

    #[test]
    fn a_trace_that_the_model_does_not_have_has_no_picture() {
        assert_eq!(draw("b", &fixture::lasso()), None);
    }
}
