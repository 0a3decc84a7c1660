use super::*;
use crate::{Telemetry, lead};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, future, stream};
use hopwise_apiserver::{ApiServer, ApiService, Options};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The time of day at which the paused clock stands.
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.0.elapsed()
    }
}

/// A cluster that can be cut off, or whose answers to writes can be late.
struct World {
    server: Arc<ApiServer>,
    is_cut: Arc<AtomicBool>,
    delay: Duration,
    clock: Arc<Paused>,
}

impl World {
    fn new() -> World {
        World {
            server: ApiServer::new(Options::default()),
            is_cut: Arc::default(),
            delay: Duration::ZERO,
            clock: Arc::new(Paused(Instant::now())),
        }
    }

    fn client(&self) -> Client {
        let (service, is_cut) = (ApiService::new(Arc::clone(&self.server)), &self.is_cut);
        let (is_cut, delay) = (Arc::clone(is_cut), self.delay);
        let cut = tower::service_fn(move |request: http::Request<kube::client::Body>| {
            let delay = match *request.method() {
                http::Method::GET => Duration::ZERO,
                _ => delay,
            };
            let answer = tower::ServiceExt::oneshot(service.clone(), request);
            match is_cut.load(Ordering::Relaxed) {
                true => future::pending().left_future(),
                false => async move {
                    let answer = answer.await;
                    sleep(delay).await;
                    answer
                }
                .right_future(),
            }
        });
        Client::new(cut, "default")
    }

    fn candidate(&self, identity: &str) -> Candidate {
        let clock: Arc<dyn Clock> = Arc::<Paused>::clone(&self.clock);
        Candidate::new(self.client(), terms(identity), clock, 7)
    }

    async fn lease(&self) -> LeaseSpec {
        let leases = Api::<Lease>::namespaced(self.client(), "kube-system");
        leases.get("chain").await.unwrap().spec.unwrap()
    }

    fn seconds(&self) -> u64 {
        self.clock.0.elapsed().as_secs()
    }
}

fn terms(identity: &str) -> Terms {
    Terms {
        namespace: "kube-system".into(),
        name: "chain".into(),
        identity: identity.into(),
        lease_duration: Duration::from_secs(15),
        renew_deadline: Duration::from_secs(10),
        retry_period: Duration::from_secs(2),
    }
}

fn held_by(identity: &str) -> LeaseSpec {
    LeaseSpec {
        holder_identity: Some(identity.into()),
        lease_duration_seconds: Some(15),
        acquire_time: Some(MicroTime(Timestamp::UNIX_EPOCH)),
        renew_time: Some(MicroTime(Timestamp::UNIX_EPOCH)),
        lease_transitions: Some(3),
        ..LeaseSpec::default()
    }
}

#[test]
fn a_lease_is_taken_when_it_is_nobodys_ours_or_over_and_else_left() {
    let later = Timestamp::from_second(60).unwrap();
    let decide = |found: Option<&str>, term| {
        let found = found.map(held_by);
        match terms("a").decide(found.as_ref(), term, later) {
            Decision::Leave(holder) => holder,
            Decision::Write(spec) => {
                assert_eq!(spec.holder_identity.as_deref(), Some("a"));
                let since = spec.acquire_time.unwrap().0.as_second();
                format!("since {since}, change {}", spec.lease_transitions.unwrap())
            }
        }
    };
    let table = [
        (None, Term::Over, "since 60, change 0"),
        (Some("a"), Term::Running, "since 0, change 3"),
        (Some("a"), Term::Over, "since 0, change 3"),
        (Some("b"), Term::Running, "b"),
        (Some("b"), Term::Over, "since 60, change 4"),
        (Some(""), Term::Running, "since 60, change 4"),
    ];
    for (holder, term, decided) in table {
        assert_eq!(decide(holder, term), decided, "{holder:?} {term:?}");
    }
}

#[test]
fn times_that_leave_no_time_to_renew_are_refused() {
    assert!(terms("a").check().is_ok());
    let slow = Terms {
        retry_period: Duration::from_secs(5),
        ..terms("a")
    };
    let late = Terms {
        renew_deadline: Duration::from_secs(15),
        ..terms("a")
    };
    for wrong in [slow, late] {
        assert!(matches!(wrong.check(), Err(Ended::NoTerms)), "{wrong:?}");
    }
}

#[test]
fn a_lease_that_is_not_in_whole_seconds_is_refused() {
    let table = [
        ([1990, 1950, 100], "1.99s", "give 2s"),
        ([10_900, 10_500, 2000], "10.9s", "give 11s"),
        ([900, 700, 300], "900ms", "give 1s"),
        ([0, 0, 0], "0ns", "give 1s"),
    ];
    for (times, given, advice) in table {
        let [lease_duration, renew_deadline, retry_period] = times.map(Duration::from_millis);
        let wrong = Terms {
            lease_duration,
            renew_deadline,
            retry_period,
            ..terms("a")
        };
        let error = wrong.check().unwrap_err();
        let message = error.to_string();
        assert_eq!(error.exit_code(), 2, "{message}");
        let is_clear = message.contains(given) && message.ends_with(advice);
        assert!(is_clear, "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_a_leader_that_died_is_taken_when_it_is_over_and_not_before() {
    let world = World::new();
    world.candidate("a").acquire().await;
    world.candidate("b").acquire().await;
    assert!((15..20).contains(&world.seconds()), "{}", world.seconds());
    let lease = world.lease().await;
    assert_eq!(lease.holder_identity.as_deref(), Some("b"));
    assert_eq!(lease.lease_transitions, Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_renewed_is_never_taken() {
    let world = World::new();
    let mut leader = world.candidate("a");
    leader.acquire().await;
    let mut second = world.candidate("b");
    let minute = sleep(Duration::from_secs(60));
    tokio::select! {
        why = leader.keep() => panic!("lost: {why}"),
        () = second.acquire() => panic!("both lead"),
        () = minute => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_given_back_is_taken_at_the_next_try() {
    let world = World::new();
    let mut leader = world.candidate("a");
    leader.acquire().await;
    leader.release().await;
    assert_eq!(world.lease().await.holder_identity.as_deref(), Some(""));
    world.candidate("b").acquire().await;
    assert!(world.seconds() < 5, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_stops_before_another_one_leads() {
    let world = World::new();
    let mut leader = world.candidate("a");
    leader.acquire().await;
    let cut = async {
        sleep(Duration::from_secs(5)).await;
        world.is_cut.store(true, Ordering::Relaxed);
        future::pending::<()>().await;
    };
    tokio::select! {
        why = leader.keep() => assert_eq!(why, Lost::NotRenewed),
        () = cut => {}
    }
    // The last renewal was at 4 s: the lease is over at 19 s.
    assert!((14..19).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_was_long_in_coming_stops_before_another_one_leads() {
    // The lease begins at once, and nine seconds later its holder hears of it.
    let world = World {
        delay: Duration::from_secs(9),
        ..World::new()
    };
    let mut leader = world.candidate("a");
    leader.acquire().await;
    world.is_cut.store(true, Ordering::Relaxed);
    assert_eq!(leader.keep().await, Lost::NotRenewed);
    assert!(world.seconds() < 15, "{}", world.seconds());
}

/// What a program has done, as it is asked to end and holds its lease.
async fn lived(
    world: &World,
    asks: impl Stream<Item = ()> + Send,
    pass: Duration,
) -> (Result<(), Ended>, Vec<String>) {
    let done = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&done);
    let at = Arc::clone(&world.clock);
    let run = |asked: BoxFuture<'static, ()>| async move {
        let say = |what: &str| {
            let at = at.0.elapsed().as_secs();
            told.lock().unwrap().push(format!("{what} at {at}"));
        };
        say("serves");
        asked.await;
        sleep(pass).await;
        say("finished");
    };
    let (grace, telemetry) = (Duration::from_secs(30), Telemetry::of("test"));
    let life = lead(Some(world.candidate("a")), grace, &telemetry, asks, run);
    let ended = timeout(Duration::from_secs(600), life).await.unwrap();
    let done = done.lock().unwrap().clone();
    (ended, done)
}

fn after(seconds: u64) -> impl Stream<Item = ()> + Send {
    stream::once(sleep(Duration::from_secs(seconds)).boxed()).chain(stream::pending())
}

#[tokio::test(start_paused = true)]
async fn no_pass_is_made_before_the_lease_is_held() {
    let world = World::new();
    let mut other = world.candidate("b");
    other.acquire().await;
    let (ended, done) = lived(&world, after(10), Duration::ZERO).await;
    assert!(ended.is_ok());
    assert_eq!(done, Vec::<String>::new());
    assert_eq!(world.lease().await.holder_identity.as_deref(), Some("b"));
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_to_the_last_pass_and_then_given_back() {
    let world = World::new();
    let (ended, done) = lived(&world, after(10), Duration::from_secs(20)).await;
    assert!(ended.is_ok());
    assert_eq!(done, ["serves at 0", "finished at 30"]);
    let lease = world.lease().await;
    assert_eq!(lease.holder_identity.as_deref(), Some(""));
    assert_eq!(lease.acquire_time.unwrap().0.as_second(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_cuts_what_runs_and_is_an_error_that_says_who_holds_it() {
    let world = World::new();
    let thief = async {
        sleep(Duration::from_secs(5)).await;
        let leases = Api::<Lease>::namespaced(world.client(), "kube-system");
        let mut lease = leases.get("chain").await.unwrap();
        lease.spec = Some(held_by("thief"));
        leases
            .replace("chain", &PostParams::default(), &lease)
            .await
            .unwrap();
    };
    let ((ended, done), ()) =
        future::join(lived(&world, stream::pending(), Duration::ZERO), thief).await;
    let error = ended.unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert_eq!(error.to_string(), "lost the lease: thief holds it");
    assert_eq!(done, ["serves at 0"]);
    assert_eq!(
        world.lease().await.holder_identity.as_deref(),
        Some("thief")
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_passes_were_cut_is_not_given_back() {
    let world = World::new();
    let (ended, done) = lived(&world, after(10), Duration::from_secs(31)).await;
    assert!(matches!(ended, Err(Ended::Busy { .. })));
    assert_eq!(done, ["serves at 0"]);
    assert_eq!(world.lease().await.holder_identity.as_deref(), Some("a"));
}
