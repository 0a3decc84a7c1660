//! Requests, counted on their way to a server by who asked and for what.

use http::{Method, Request, header};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Who asks for what: the sender, the verb, and the kind of thing.
pub type Asked = (String, &'static str, String);

/// The requests that came to one server. Clones count together.
#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<BTreeMap<Asked, u64>>>);

impl Requests {
    /// Counts a request whose sender its user agent names.
    fn count<B>(&self, request: &Request<B>) {
        let agent = request.headers().get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or("ncp");
        let asked = (agent.to_owned(), verb(request), kind(request.uri().path()));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *all.entry(asked).or_default() += 1;
    }

    /// What counts requests and lets them through.
    pub fn counting<B>(
        &self,
    ) -> impl FnMut(Request<B>) -> Request<B> + Clone + Send + Sync + 'static {
        let requests = self.clone();
        move |request| {
            requests.count(&request);
            request
        }
    }

    /// All that came so far.
    pub fn so_far(&self) -> BTreeMap<Asked, u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}

/// What came between two looks.
pub fn between(
    before: &BTreeMap<Asked, u64>,
    after: &BTreeMap<Asked, u64>,
) -> BTreeMap<Asked, u64> {
    let more = after.iter().map(|(asked, count)| {
        let already = before.get(asked).copied().unwrap_or_default();
        (asked.clone(), count - already)
    });
    more.filter(|(_, count)| *count > 0).collect()
}

fn verb<B>(request: &Request<B>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    match *request.method() {
        Method::GET if query.contains("watch=true") => "watch",
        Method::GET => "get",
        Method::POST => "post",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "other",
    }
}

/// The path without the names of objects: what stands behind a plural is one.
fn kind(path: &str) -> String {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let below = match parts.as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => match rest {
            ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
            rest => rest,
        },
        ["policy", "api", "v1", rest @ ..] => match rest {
            ["infra", "ip-pools", _, rest @ ..] | ["infra", rest @ ..] if !rest.is_empty() => rest,
            rest => rest,
        },
        rest => rest,
    };
    match below {
        ["realized-state", rest @ ..] => rest.join("/"),
        ["search", ..] => "search".into(),
        [plural, _] => format!("{plural}/NAME"),
        [plural, _, rest @ ..] => format!("{plural}/NAME/{}", rest.join("/")),
        rest => rest.join("/"),
    }
}
