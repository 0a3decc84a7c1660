use super::*;
use crate::process::Process;
use hopwise_vocab::Hop;
use http_body_util::Empty;
use std::collections::VecDeque;
use tower::ServiceExt;

/// Answers every request with the number of requests before it, and a watch with two events.
#[derive(Default)]
struct Counting(Mutex<usize>);

struct Lines(VecDeque<Bytes>);

impl Feed for Lines {
    fn next(&mut self) -> Option<Bytes> {
        self.0.pop_front()
    }
    fn waiting(&self) -> Vec<Bytes> {
        self.0.iter().cloned().collect()
    }
    fn lag(&self) -> usize {
        self.0.len()
    }
}

impl Server for Counting {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        if request
            .uri()
            .query()
            .is_some_and(|query| query.contains("watch=true"))
        {
            return Answer::Watch(Box::new(Lines(["one", "two"].map(Bytes::from).into())));
        }
        let mut count = self.0.lock();
        *count += 1;
        Answer::Whole(Response::new(Bytes::from(format!("{}", *count - 1))))
    }
}

fn get(gate: &Gate, target: &'static str, heard: &Arc<Mutex<Vec<String>>>) -> Process {
    let (service, heard) = (
        gate.service(Hop::Ccm.into(), Place::Guest),
        Arc::clone(heard),
    );
    Process::start(|| {
        Box::pin(async move {
            let request = Request::get(target).body(Empty::<Bytes>::new()).unwrap();
            let mut body = service.oneshot(request).await.unwrap().into_body();
            while let Some(frame) = body.frame().await {
                let bytes = frame.unwrap().into_data().unwrap();
                heard
                    .lock()
                    .push(String::from_utf8(bytes.to_vec()).unwrap());
            }
        })
    })
}

fn only_call(gate: &Gate) -> Id {
    gate.look(|waiting| waiting.calls()[0].0)
}

#[test]
fn a_call_waits_before_the_server_and_again_before_its_client() {
    let (gate, server, heard) = (Gate::default(), Counting::default(), Arc::default());
    let client = get(&gate, "/api/v1/services", &heard);
    assert_eq!(*server.0.lock(), 0);
    let id = only_call(&gate);
    assert!(!gate.hear(id), "there is no answer to hear yet");
    gate.serve(id, &server);
    gate.serve(id, &server);
    client.settle();
    assert_eq!(
        (*server.0.lock(), heard.lock().len()),
        (1, 0),
        "served once, not heard"
    );
    assert!(gate.hear(id));
    client.settle();
    assert_eq!(*heard.lock(), ["0"]);
    assert!(gate.look(|waiting| waiting.calls().is_empty()));
}

#[test]
fn a_watch_delivers_one_event_at_a_time() {
    let (gate, heard) = (Gate::default(), Arc::default());
    let client = get(&gate, "/api/v1/services?watch=true", &heard);
    let id = only_call(&gate);
    gate.serve(id, &Counting::default());
    gate.hear(id);
    assert_eq!(gate.look(|waiting| waiting.watches()[0].1.lag()), 2);
    assert_eq!(gate.deliver(id, |_| true), Some(Bytes::from("one")));
    client.settle();
    assert_eq!(*heard.lock(), ["one"]);
    assert_eq!(
        gate.look(|waiting| waiting.watches()[0].1.waiting()),
        [Bytes::from("two")]
    );
}

#[test]
fn a_watch_that_breaks_says_so_and_delivers_nothing_any_more() {
    let (gate, heard) = (Gate::default(), Arc::default());
    let client = get(&gate, "/api/v1/services?watch=true", &heard);
    let id = only_call(&gate);
    gate.serve(id, &Counting::default());
    gate.hear(id);
    gate.expire(id);
    client.settle();
    let event: serde_json::Value = serde_json::from_str(&heard.lock()[0]).unwrap();
    assert_eq!(
        (&event["type"], &event["object"]["code"]),
        (&"ERROR".into(), &410.into())
    );
    assert_eq!(gate.deliver(id, |_| true), None);
}

#[test]
fn a_watch_whose_client_hung_up_is_forgotten() {
    let gate = Gate::default();
    let client = get(&gate, "/api/v1/services?watch=true", &Arc::default());
    let id = only_call(&gate);
    gate.serve(id, &Counting::default());
    gate.hear(id);
    client.settle();
    drop(client);
    assert!(gate.look(|waiting| waiting.watches().is_empty()));
}

#[test]
fn calls_are_listed_by_content_and_not_by_arrival() {
    let gate = Gate::default();
    let heard = Arc::default();
    let _clients = ["/c", "/a", "/b"].map(|target| get(&gate, target, &heard));
    let lines = gate.look(|waiting| -> Vec<_> {
        waiting
            .calls()
            .iter()
            .map(|(_, call)| call.line())
            .collect()
    });
    assert_eq!(lines, ["GET /a", "GET /b", "GET /c"]);
}
