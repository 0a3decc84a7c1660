use super::journey::Journey;
use super::page::{Asides, walk};
use super::{Explorer, Link, ahead, opened, strip};
use crate::telling::found;
use hopwise_protocol::{Chain, State};
use hopwise_vocab::{Action, Trace};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;

fn kept(name: &str) -> Trace {
    let mut all = hopwise_conformance::traces::committed().into_iter();
    all.find(|trace| trace.header.name == name).unwrap()
}

fn journey(name: &str) -> Journey {
    Journey::of(opened(&kept(name)).unwrap()).unwrap()
}

fn taken(path: &str) -> Journey {
    Journey::of(Link::parse(path).unwrap()).unwrap()
}

fn asides(journey: &Journey, enabled: Vec<(Action, State)>) -> Asides {
    Asides {
        rows: strip::rows(journey),
        next: ahead::next_of(journey, enabled),
        refused: ahead::refused(journey),
        notices: Vec::new(),
        answer: None,
        base: "http://127.0.0.1:8123".into(),
    }
}

/// Answers a request as a browser makes it: the status, where it leads, and the content.
fn get(path: &str) -> (StatusCode, String, String) {
    let explorer = Explorer {
        listens: "127.0.0.1:8123".parse().unwrap(),
        home: "/choose".into(),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, "127.0.0.1:8123".parse().unwrap());
    let response = explorer.answer(&Method::GET, &headers, &path.parse().unwrap());
    let (parts, body) = response.into_parts();
    let to = parts.headers.get(header::LOCATION);
    let to = to.map_or("", |it| it.to_str().unwrap()).to_owned();
    let content = futures::executor::block_on(body.collect())
        .unwrap()
        .to_bytes();
    (parts.status, to, String::from_utf8(content.into()).unwrap())
}

/// The text of a page, without its markup.
pub(super) fn text(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap();
    let mut text = String::new();
    let mut is_markup = false;
    for letter in body.chars() {
        match letter {
            '<' => is_markup = true,
            '>' => {
                is_markup = false;
                text.push('\n');
            }
            _ if !is_markup => text.push(letter),
            _ => (),
        }
    }
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// The order of a list after chance has had its way with it.
fn shuffled<T>(mut list: Vec<T>, seed: u64) -> Vec<T> {
    let mut chance = fastrand::Rng::with_seed(seed);
    chance.shuffle(&mut list);
    list
}

#[test]
fn a_link_replays_to_the_same_state_in_whatever_order_the_model_has_its_steps() {
    let chains = ["recreate", "rival-ncp", "hop-order-without-hold-until-gone"];
    let mut moved = 0;
    for (seed, name) in (7..).zip(chains) {
        let shared = journey(name).link.path();
        let journey = taken(&shared);
        let chain: &Chain = &journey.walked.chain;
        let mut state = journey.walked.states[0].clone();
        for step in &journey.link.steps {
            let enabled = journey.walked.enabled_in(&state);
            let permuted = shuffled(enabled.clone(), seed);
            moved += usize::from(permuted != enabled);
            state = found(permuted, step.action).unwrap();
        }
        assert_eq!(&state, journey.walked.last(), "{name} in {chain:?}");
    }
    assert!(moved > 20, "orders that were another: {moved}");
}

#[test]
fn a_page_is_the_same_in_whatever_order_the_model_has_its_steps() {
    let journey = taken("/s/everyday/reference/user+create.deliver+ccm+service/2");
    let enabled = journey.walked.enabled_in(journey.state());
    let page = walk(&journey, &asides(&journey, enabled.clone()));
    for seed in 0..5 {
        let permuted = shuffled(enabled.clone(), seed);
        assert_eq!(walk(&journey, &asides(&journey, permuted)), page);
    }
    assert!(enabled.len() > 3);
}

#[test]
fn every_kept_trace_opens_where_it_goes_wrong_and_fits() {
    for trace in hopwise_conformance::traces::committed() {
        let name = &trace.header.name;
        let (status, to, _) = get(&format!("/kept/{name}"));
        assert_eq!(status, StatusCode::SEE_OTHER, "{name}");
        let (status, _, page) = get(&to);
        assert_eq!(status, StatusCode::OK, "{name}");
        if let hopwise_vocab::Claim::Breaks(id) = &trace.header.claim {
            let journey = taken(&to);
            let rows = strip::rows(&journey);
            let row = rows.iter().find(|row| row.id == id).unwrap();
            let at = journey.at();
            assert!(row.is_broken_at(at), "{name} at {at}");
            assert!(strip::first_broken(&rows).unwrap() <= at, "{name}");
            let status = page.split("role=\"status\">").nth(1).unwrap();
            assert!(status.split("</p>").next().unwrap().contains(id), "{name}");
        }
    }
}

#[test]
fn a_page_tells_the_state_the_steps_and_what_can_happen_next() {
    let path = "/s/recreate/without-hold-until-gone/user+delete/1";
    let (status, _, page) = get(path);
    assert_eq!(status, StatusCode::OK);
    insta::assert_snapshot!(text(&page));
}

#[test]
fn a_page_asks_for_nothing_elsewhere() {
    let (.., page) = get("/s/recreate/reference/user+delete/1");
    let (.., style) = get("/explore.css");
    let page = page.replace("http://www.w3.org/2000/svg", "");
    let own = page.replace("http://127.0.0.1:8123/s/", "");
    assert!(!own.contains("://") && !style.contains("://") && !style.contains("url("));
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick"));
}

#[test]
fn a_step_is_taken_by_its_name_and_another_way_keeps_the_walk() {
    let start = "/s/recreate/reference/user+delete.deliver+ccm+service/0";
    let (status, to, _) = get(&format!("{start}?do=user+delete"));
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        to,
        "/s/recreate/reference/user+delete.deliver+ccm+service/1"
    );
    let (_, forked, _) = get(&format!("{start}?do=ccm+poll"));
    let kept = "user+delete.deliver+ccm+service";
    assert_eq!(forked, format!("/s/recreate/reference/ccm+poll/{kept}/1"));
}

#[test]
fn what_is_looked_at_is_compared_with_the_step_that_is_pinned() {
    let steps = "/s/recreate/reference/user+delete.deliver+ccm+service.ccm+poll";
    let at = |place: &str| Journey::of(Link::parse(&format!("{steps}/{place}")).unwrap()).unwrap();
    let whole = at("pin-0/3").changes();
    assert!(whole.len() > at("3").changes().len());
    let back = at("pin-3/0").changes();
    let turned: Vec<_> = back.iter().map(|it| (&it.at, &it.to, &it.from)).collect();
    let forth: Vec<_> = whole.iter().map(|it| (&it.at, &it.from, &it.to)).collect();
    assert_eq!(turned, forth);
    assert!(at("pin-2/2").changes().is_empty());
    let (status, _, page) = get(&format!("{steps}/pin-0/3"));
    assert_eq!(status, StatusCode::OK);
    let text = text(&page);
    assert!(text.contains("What is another than at the start"), "{text}");
    assert!(
        text.contains("not so at the start, which is pinned"),
        "{text}"
    );
    let link = format!("http://127.0.0.1:8123{steps}/pin-0/3?is=");
    assert!(page.contains(&link), "the link that is passed on");
}

#[test]
fn two_walks_are_compared_from_where_they_part() {
    let left = "/s/recreate/reference/user+delete.deliver+ccm+service.serve+ccm+publish+service/1";
    let journey = taken(left);
    let other = journey.walked.enabled_in(journey.state());
    let mut other = other.into_iter().map(|it| it.0.to_string());
    let other = other.find(|it| it != "deliver ccm service").unwrap();
    let (_, forked, _) = get(&format!("{left}?do={}", other.replace(' ', "+")));
    let compared = forked.rsplit_once('/').unwrap().0.to_owned() + "/compare";
    let (status, _, page) = get(&compared);
    assert_eq!(status, StatusCode::OK);
    let text = text(&page);
    assert_eq!(text.matches('◆').count(), 1 + 2, "{text}");
    assert!(text.contains("Both begin with the same 1 step"), "{text}");
}

#[test]
fn a_walk_that_does_not_fit_is_shown_up_to_where_it_does_not() {
    let (status, _, page) = get("/s/create/reference/user+create.serve+ncp+read+nsx.ccm+poll/3");
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = text(&page);
    let why = "This walk does not fit the model: step 2, serve ncp read nsx, is not enabled there, \
               since no pass of ncp is under way. What is before it is shown.";
    assert!(text.contains(why), "{text}");
    assert!(text.contains("Step 1 of 3"), "{text}");
}

#[test]
fn a_link_made_in_another_state_says_so() {
    let (.., page) = get("/s/create/reference/user+create/1");
    let digest = page.split("?is=").nth(1).unwrap();
    let same = format!("/s/create/reference/user+create/1?is={}", &digest[..8]);
    let another = "/s/create/reference/user+create/1?is=00000000";
    let is_told = |page: String| page.contains("made in another state");
    assert!(!is_told(get(&same).2));
    assert!(is_told(get(another).2));
}

#[test]
fn a_question_why_not_is_answered_with_the_false_clause() {
    let at = "/s/create/reference/user+create/1";
    let answer = |asked: &str| {
        let (status, _, page) = get(&format!("{at}?why={asked}"));
        assert_eq!(status, StatusCode::OK);
        let answer = page.split("id=\"answer\">").nth(1).unwrap();
        text(&format!("<body>{}", answer.split("</p>").next().unwrap())).replace('\n', " ")
    };
    let told = [
        answer("user+create"),
        answer("serve+ccm+hold+service"),
        answer("deliver+ccm+service"),
        answer("serve+ccm+hald+service"),
        answer("%3Cscript%3E"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_is_not_understood_is_a_page_that_says_so() {
    let asked = [
        "/s/create/reference/user+create/7",
        "/s/crate/reference/start/0",
        "/s/create/reference/user+creat/0",
        "/s/create/reference/start/0?do=jump",
        "/s/create/reference/start/compare",
        "/s/create/reference/user+create/save?name=Not+a+name",
        "/s/create/reference/user+create/save?name=it&claim=hop_order",
        "/s/create/reference/user+create/save?name=it&claim=none",
        "/s/create/reference/start/0?do=free+address",
        "/start?scenario=none",
        "/start",
        "/kept/none",
        "/s",
        "/s/create/reference/%ff%fe/0",
        "/%00",
    ];
    let told = asked.map(|path| {
        let (status, _, page) = get(path);
        assert!(status.is_client_error(), "{path}: {status}");
        let main = page.split("class=\"notice breaks\">").nth(1).unwrap();
        let why = text(&format!("<body>{}", main.split("</p>").next().unwrap()));
        format!("{path}\n  {} {why}", status.as_u16())
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_saved_trace_is_one_that_replay_takes() {
    let broken = journey("hop-order-without-hold-until-gone");
    let path = broken.link.path();
    let save = path.rsplit_once('/').unwrap().0.to_owned() + "/save?name=it&claim=hop_order";
    let (status, _, content) = get(&save);
    assert_eq!(status, StatusCode::OK);
    let saved = Trace::parse(&content).unwrap();
    assert_eq!(
        saved.header.claim,
        hopwise_vocab::Claim::Breaks("hop_order".into())
    );
    assert_eq!(saved.steps, broken.link.steps);
    let (.., part) = get(&save.replace("name=it&claim=hop_order", "name=it&at=2"));
    assert_eq!(Trace::parse(&part).unwrap().steps, broken.link.steps[..2]);
}
