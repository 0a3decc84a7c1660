//! The server as a `tower` service with watches that push: for `kube::Client` and for HTTP.
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use tokio::time::{Instant, sleep_until};

use crate::failure::Failure;
use crate::server::{Answer, ApiServer};
use crate::watch::{Cursor, Event};

/// What went wrong with a body. Nothing does: the type is what HTTP servers and clients expect.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// Bodies of answers.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// Kubernetes sends a bookmark about once a minute to a watch that wants them.
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(60);

/// How long a watch lasts that names no time; Kubernetes draws 30 to 60 minutes.
const WATCH_SECONDS: u64 = 1800;

/// What a watch that asks for more gets; the clock cannot count for ever.
const LONGEST_WATCH_SECONDS: u64 = 30 * 24 * 3600;

/// The largest body that is read: `MaxRequestBodyBytes` of the Kubernetes API server.
const LARGEST_BODY: usize = 3 << 20;

/// The front end of one server. Clones share it.
///
/// # Guarantees
/// Background work is done before a write is answered, so that a client that saw its delete
/// succeed sees the cascade too.
#[derive(Clone)]
pub struct ApiService {
    server: Arc<ApiServer>,
}

impl ApiService {
    /// A front end of `server`.
    pub fn new(server: Arc<ApiServer>) -> ApiService {
        ApiService { server }
    }
}

impl<B> tower::Service<Request<B>> for ApiService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BodyError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.server.clone();
        Box::pin(async move { Ok(answer(server, request).await) })
    }
}

async fn answer<B>(server: Arc<ApiServer>, request: Request<B>) -> Response<Body>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BodyError>,
{
    let (parts, body) = request.into_parts();
    let bytes = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return whole(Failure::too_large_body(LARGEST_BODY).response());
        }
        Err(error) => {
            let failure = Failure::bad_request(format!("unable to read the body: {error}"));
            return whole(failure.response());
        }
    };
    let request = Request::from_parts(parts, bytes);
    let answer = server.answer(&request);
    if request.method() != http::Method::GET {
        while server.collect_garbage() > 0 {}
    }
    match answer {
        Answer::Whole(response) => {
            tracing::debug!(
                method = %request.method(),
                uri = %request.uri(),
                status = response.status().as_u16(),
                "answered"
            );
            whole(response)
        }
        Answer::Watch(cursor) => {
            tracing::debug!(uri = %request.uri(), "watching");
            watch(server, cursor)
        }
    }
}

fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(|body| {
        Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync()
    })
}

fn watch(server: Arc<ApiServer>, cursor: Cursor) -> Response<Body> {
    let asked = cursor.timeout_seconds().filter(|seconds| *seconds > 0);
    let seconds = asked.unwrap_or(WATCH_SECONDS).min(LONGEST_WATCH_SECONDS);
    let now = Instant::now();
    let stream = WatchStream {
        changed: server.changed(),
        server,
        cursor,
        end: now + Duration::from_secs(seconds),
        next_bookmark: now + BOOKMARK_INTERVAL,
    };
    let lines = futures::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok(Frame::data(event.line())), stream))
    });
    let mut response = Response::new(StreamBody::new(lines).boxed_unsync());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// A watch that moves its own cursor.
struct WatchStream {
    server: Arc<ApiServer>,
    cursor: Cursor,
    changed: tokio::sync::watch::Receiver<u64>,
    end: Instant,
    next_bookmark: Instant,
}

impl WatchStream {
    async fn next(&mut self) -> Option<Event> {
        loop {
            // Marked before looking, so that a write between looking and waiting wakes the wait.
            self.changed.mark_unchanged();
            if let Some(event) = self.server.next_event(&mut self.cursor) {
                return Some(event);
            }
            if self.cursor.has_ended() {
                return None;
            }
            tokio::select! {
                changed = self.changed.changed() => changed.ok()?,
                () = sleep_until(self.end) => return None,
                () = sleep_until(self.next_bookmark), if self.cursor.wants_bookmarks() => {
                    self.next_bookmark += BOOKMARK_INTERVAL;
                    return self.server.bookmark(&mut self.cursor);
                }
            }
        }
    }
}
