use super::*;
use bytes::Bytes;
use http_body_util::Full;
use std::sync::Mutex;
use tokio::time::Instant;
use tower::retry::Retry;
use tower::{ServiceExt, service_fn};

/// A manager that gives these answers in turn, the last of them for ever, and when it was asked.
#[derive(Clone)]
struct Script {
    answers: Arc<Vec<(u16, Option<&'static str>)>>,
    asked: Arc<Mutex<Vec<Duration>>>,
    began: Instant,
}

impl Script {
    fn of(answers: &[(u16, Option<&'static str>)]) -> Script {
        Script {
            answers: Arc::new(answers.to_vec()),
            asked: Arc::default(),
            began: Instant::now(),
        }
    }

    fn answer(&self) -> Answer {
        let mut asked = self.asked.lock().unwrap();
        let (status, retry_after) = self.answers[asked.len().min(self.answers.len() - 1)];
        asked.push(self.began.elapsed());
        let mut answer = http::Response::builder().status(status);
        if let Some(value) = retry_after {
            answer = answer.header("retry-after", value);
        }
        answer.body(Bytes::new()).unwrap()
    }

    /// The status that a request ends with, and the seconds after which it was sent each time.
    async fn ask(&self, seed: u64, method: Method) -> (u16, Vec<f64>) {
        let script = self.clone();
        let service = service_fn(move |_: Request| {
            let answer = script.answer();
            async { Ok::<_, Boxed>(answer) }
        });
        let retried = Retry::new(Patience::seeded(seed), service);
        let request = http::Request::builder().method(method).uri("/");
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let answer = retried.oneshot(request).await.unwrap();
        let asked = self.asked.lock().unwrap();
        let seconds = asked.iter().map(Duration::as_secs_f64).collect();
        (answer.status().as_u16(), seconds)
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_pass_is_asked_again_after_growing_delays_with_jitter() {
    let script = Script::of(&[(429, None), (503, None), (200, None)]);
    let (status, asked) = script.ask(7, Method::PUT).await;
    assert_eq!((status, asked.len()), (200, 3));
    let delays = [asked[1] - asked[0], asked[2] - asked[1]];
    assert!((0.2..0.41).contains(&delays[0]), "{delays:?}");
    assert!((0.4..0.81).contains(&delays[1]), "{delays:?}");
    let again = Script::of(&[(429, None), (503, None), (200, None)]);
    assert_eq!(again.ask(7, Method::PUT).await.1, asked, "of the same seed");
    let other = Script::of(&[(429, None), (503, None), (200, None)]);
    assert_ne!(other.ask(8, Method::PUT).await.1, asked, "of another seed");
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_stays_busy_is_asked_five_times() {
    let (status, asked) = Script::of(&[(503, None)]).ask(7, Method::GET).await;
    assert_eq!((status, asked.len()), (503, 1 + TIMES));
    assert!(asked[TIMES] < LONGEST.as_secs_f64(), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for_unless_it_takes_too_long() {
    let script = Script::of(&[(429, Some("3")), (200, None)]);
    let (status, asked) = script.ask(7, Method::GET).await;
    assert_eq!((status, asked.len()), (200, 2));
    assert!((3.0..3.1).contains(&asked[1]), "{asked:?}");
    let script = Script::of(&[(503, Some("60")), (200, None)]);
    let (status, asked) = script.ask(7, Method::GET).await;
    assert_eq!((status, asked.len()), (503, 1));
    let script = Script::of(&[(503, Some("Fri, 31 Dec 1999 23:59:59 GMT")), (200, None)]);
    assert_eq!(script.ask(7, Method::GET).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_the_managers_own_for_a_patch_and_the_writers_for_a_put() {
    for status in [409, 412] {
        let script = Script::of(&[(status, None), (200, None)]);
        assert_eq!(script.ask(7, Method::PATCH).await.0, 200);
        let script = Script::of(&[(status, None), (200, None)]);
        assert_eq!(script.ask(7, Method::PUT).await.0, status);
    }
}

#[tokio::test(start_paused = true)]
async fn other_refusals_are_final() {
    for status in [400, 403, 404, 500, 502, 504] {
        let script = Script::of(&[(status, None), (200, None)]);
        assert_eq!(script.ask(7, Method::PATCH).await.0, status);
    }
}
