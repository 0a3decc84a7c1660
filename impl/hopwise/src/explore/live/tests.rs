use super::page::{all, one};
use super::*;
use crate::explore::tests::text;
use crate::live::fixture::{at, settled, supervisor, without_an_address};
use crate::live::{Event, Seen};
use hopwise_api::strings::component;
use http::header;
use http_body_util::BodyExt;

/// The lines in the box of a place in the picture.
fn box_of(page: &str, place: &str) -> Vec<String> {
    let svg = page.split("<svg").nth(1).unwrap();
    let svg = format!("<svg{}</svg>", svg.split("</svg>").next().unwrap());
    let tree = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<_> = tree
        .descendants()
        .filter(|it| it.has_tag_name("text"))
        .collect();
    let head = |it: &roxmltree::Node| it.attribute("class") == Some("ht");
    let begin = texts
        .iter()
        .position(|it| head(it) && it.text() == Some(place));
    let below = texts[begin.unwrap() + 1..].iter();
    below
        .take_while(|it| !head(it) && it.attribute("class") != Some("lb mid"))
        .map(|it| it.text().unwrap().to_owned())
        .collect()
}

/// Asks a server before clusters that are not there.
async fn ask(path: &str, host: &str) -> (StatusCode, String) {
    let watched = Watched {
        listens: "127.0.0.1:8123".parse().unwrap(),
        access: Access {
            guest: Some("/nowhere/guest.kubeconfig".into()),
            supervisor: None,
        },
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, host.parse().unwrap());
    let uri = path.parse().unwrap();
    let response = watched.answer(&Method::GET, &headers, &uri).await;
    let (parts, body) = response.into_parts();
    let policy = parts.headers.get(header::CONTENT_SECURITY_POLICY);
    assert!(policy.is_some(), "{path}");
    let content = body.collect().await.unwrap().to_bytes();
    (parts.status, String::from_utf8(content.into()).unwrap())
}

#[test]
fn the_page_of_a_service_tells_every_hop() {
    let page = one(&without_an_address(), at(1000));
    insta::assert_snapshot!(text(&page));
}

#[test]
fn the_page_of_all_services_tells_which_wait() {
    let page = all(&[settled(), without_an_address()]);
    insta::assert_snapshot!(text(&page));
    assert!(all(&[settled()]).contains("1 Service; none waits."));
    assert!(all(&[]).contains("kubectl apply"));
}

#[test]
fn one_place_of_the_picture_is_waited_for_and_none_where_nothing_is() {
    let waited = |seen: &Seen| {
        let page = one(seen, at(1000));
        let lanes = crate::report::Lane::ALL.map(|lane| lane.name());
        let is_marked = |lane: &&str| {
            let lines = box_of(&page, lane);
            lines.iter().any(|it| it == "▸ waited for")
        };
        lanes.into_iter().filter(is_marked).collect::<Vec<_>>()
    };
    let mut seen = settled();
    assert_eq!(waited(&seen), [""; 0]);
    seen.guest.address = None;
    assert_eq!(waited(&seen), ["ccm"]);
    supervisor(&mut seen).service = None;
    assert_eq!(waited(&seen), ["vmop"]);
    assert_eq!(waited(&without_an_address()), ["NSX-T"]);
}

#[test]
fn a_controller_shows_its_own_last_event_by_the_name_that_it_has_there() {
    let mut seen = settled();
    let event = |by: &str, reason: &str| {
        Some(Event {
            is_warning: false,
            at: at(970),
            by: by.into(),
            reason: reason.into(),
            note: "so it is".into(),
        })
    };
    seen.guest.last_event = event(component::SERVICE_CONTROLLER, "EnsuredLoadBalancer");
    supervisor(&mut seen).service.as_mut().unwrap().last_event = event("somebody", "Looked");
    let page = one(&seen, at(1000));
    assert_eq!(box_of(&page, "ccm"), ["EnsuredLoadBalancer", "30s ago"]);
    assert_eq!(box_of(&page, "ncp"), ["no Event"]);
    assert!(page.contains("30s ago, somebody: Looked: so it is"));
}

#[test]
fn a_supervisor_that_is_not_asked_is_said_not_to_be() {
    let mut seen = settled();
    seen.supervisor = None;
    let page = one(&seen, at(1000));
    assert!(page.contains("The Supervisor is not asked"));
    assert_eq!(box_of(&page, "Supervisor API"), ["not asked"]);
    assert_eq!(box_of(&page, "NSX-T"), ["not asked"]);
}

#[tokio::test]
async fn only_a_browser_of_this_machine_is_answered_and_a_silent_cluster_is_told() {
    let here = "127.0.0.1:8123";
    for path in ["/", "/svc/default/web"] {
        assert_eq!(ask(path, "evil.example").await.0, StatusCode::FORBIDDEN);
        let (status, page) = ask(path, here).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
        assert!(page.contains("/nowhere/guest.kubeconfig"), "{page}");
    }
    assert_eq!(ask("/live.js", here).await.0, StatusCode::OK);
    for path in ["/svc/default", "/svc/default/We%2Fb", "/svc/a/b/c", "/s"] {
        let (status, page) = ask(path, here).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.contains("/svc/NAMESPACE/NAME"), "{page}");
    }
}
