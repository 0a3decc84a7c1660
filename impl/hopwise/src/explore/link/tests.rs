use super::*;
use hopwise_vocab::Safeguard;

fn steps(words: &[&str]) -> Vec<Step> {
    let parsed = words.iter().map(|word| Step {
        action: word.parse().unwrap(),
        cycle: false,
    });
    parsed.collect()
}

fn link() -> Link {
    Link {
        steps: steps(&["user create", "deliver ccm service", "ccm poll"]),
        at: 2,
        ..Link::start(
            hopwise_protocol::scenario("two-clusters").unwrap(),
            Safeguards::reference()
                .without(Safeguard::DeleteByUid)
                .without(Safeguard::IdentityByUid),
        )
    }
}

fn refused(path: &str) -> String {
    Link::parse(path).unwrap_err().to_string()
}

#[test]
fn a_link_is_written_in_the_words_of_a_trace() {
    assert_eq!(
        link().path(),
        "/s/two-clusters/without-identity-by-uid.delete-by-uid/\
         user+create.deliver+ccm+service.ccm+poll/2"
    );
}

#[test]
fn a_link_reads_back_from_its_own_text() {
    let mut all = vec![link(), link().at_end()];
    let mut looping = link();
    looping.steps[1].cycle = true;
    looping.kept = Some(steps(&["user create", "ccm poll of b"]));
    all.push(looping.pinning(Some(1)));
    all.push(link().pinning(Some(0)));
    all.push(looping);
    all.push(Link::start(link().scenario, Safeguards::reference()));
    for link in all {
        assert_eq!(Link::parse(&link.path()).as_ref(), Ok(&link));
        let address = format!("http://127.0.0.1:4321{}?is=0a1b2c3d", link.path());
        assert_eq!(Link::parse(&address).as_ref(), Ok(&link));
        let escaped = link.path().replace('+', "%2B").replace('~', "%7E");
        assert_eq!(Link::parse(&escaped).as_ref(), Ok(&link));
    }
}

#[test]
fn a_link_that_is_none_is_told_which_part_is_wrong() {
    let told = [
        "/",
        "/s/recreat/reference/start/0",
        "/s/create/hold-until-gone/start/0",
        "/s/create/without-hold-until/start/0",
        "/s/create/reference/user+create.user+creat/0",
        "/s/create/reference/user+create/2",
        "/s/create/reference/user+create/x",
        "/s/create/reference/~ccm+poll.~ccm+poll/0",
        "/s/create/reference//0",
        "/s/create/reference/user+create/pin-2/1",
        "/s/create/reference/user+create/pin-/1",
    ]
    .map(refused);
    insta::assert_snapshot!(told.join("\n"));
    let long = vec!["ccm+poll"; MOST_STEPS + 1].join(".");
    let told = refused(&format!("/s/create/reference/{long}/0"));
    assert!(told.starts_with("the link has 1001 steps"), "{told}");
}

#[test]
fn another_step_on_the_way_keeps_the_walk_that_is_left() {
    let before = link();
    let on = before.then("ccm poll".parse().unwrap());
    assert_eq!((on.at, &on.steps, &on.kept), (3, &before.steps, &None));
    let forked = before.then("user delete".parse().unwrap());
    assert_eq!(forked.kept.as_ref(), Some(&before.steps));
    assert_eq!(forked.steps.len(), 3);
    let back = forked.swapped().unwrap();
    assert_eq!((back.at, &back.steps), (2, &before.steps));
    assert_eq!(back.kept, Some(forked.steps));
    let pins = |step| before.pinning(Some(step));
    let pinned = |step| pins(step).then("user delete".parse().unwrap()).pinned;
    assert_eq!(
        (pinned(2), pinned(3)),
        (Some(2), None),
        "a step that is left"
    );
    assert_eq!(pins(3).then("ccm poll".parse().unwrap()).pinned, Some(3));
    let longer = before.at_end().then("user delete".parse().unwrap());
    assert_eq!((longer.steps.len(), longer.kept), (4, None));
}
