//! The explorer beside a running chain: every Service with what it waits for, and one of them hop by
//! hop. It only reads, with the rights of the kubeconfigs that it was given, and keeps nothing.

mod page;
mod picture;

use super::respond::{Answer, Refusal, checked, finished, html, refuse, style, text};
use crate::exit::Failure;
use crate::live::{Access, Unseen, Wanted, look, look_at_all};
use crate::up::wall_clock;
use bytes::Bytes;
use hopwise_serve::Transport;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long the clusters are waited for until a page says that they do not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What answers.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Where it listens, which is what a browser may call it.
    pub listens: SocketAddr,
    /// How the clusters are reached.
    pub access: Access,
}

/// Serves the pages until `shutdown` is ready.
pub async fn serve(listener: TcpListener, watched: Watched, shutdown: impl Future<Output = ()>) {
    let watched = Arc::new(watched);
    let service = tower::service_fn(move |request: Request<_>| {
        let watched = watched.clone();
        async move {
            let (method, headers) = (request.method(), request.headers());
            Ok::<_, Infallible>(watched.answer(method, headers, request.uri()).await)
        }
    });
    hopwise_serve::serve(listener, Transport::Insecure, service, shutdown).await;
}

/// The path of a Service's page.
pub fn path(namespace: &str, name: &str) -> String {
    format!("/svc/{namespace}/{name}")
}

impl Watched {
    /// Answers one request.
    pub async fn answer(
        &self,
        method: &Method,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> Response<Full<Bytes>> {
        let answered = match checked(self.listens, method, headers) {
            Ok(()) => self.page(uri.path()).await,
            Err(refusal) => Err(refusal),
        };
        finished(answered, page::refusal)
    }

    async fn page(&self, path: &str) -> Answer {
        match path {
            "/" => {
                let all = in_time(look_at_all(&self.access)).await?;
                Ok(html(StatusCode::OK, page::all(&all)))
            }
            "/explore.css" => Ok(text("text/css", style())),
            "/live.js" => Ok(text("text/javascript", include_str!("live.js").into())),
            path => {
                let wanted = path.strip_prefix("/svc/").and_then(wanted).ok_or_else(|| {
                    let why =
                        format!("there is no page {path:?}: a Service’s is /svc/NAMESPACE/NAME");
                    refuse(StatusCode::NOT_FOUND, why)
                })?;
                let seen = in_time(look(&wanted, &self.access)).await?;
                Ok(html(StatusCode::OK, page::one(&seen, wall_clock())))
            }
        }
    }
}

fn wanted(path: &str) -> Option<Wanted> {
    let is_plain = |it: &str| {
        let is_known = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        !it.is_empty() && it.chars().all(is_known)
    };
    let (namespace, name) = path.split_once('/')?;
    (is_plain(namespace) && is_plain(name)).then(|| Wanted {
        name: name.into(),
        namespace: Some(namespace.into()),
    })
}

/// What the clusters say, or that they do not.
async fn in_time<T>(asked: impl Future<Output = Result<T, Unseen>>) -> Result<T, Refusal> {
    let gone = |why: String| refuse(StatusCode::BAD_GATEWAY, why);
    let unseen = |unseen| match unseen {
        Unseen::Absent(why) => refuse(StatusCode::NOT_FOUND, why.to_string()),
        Unseen::Unusable(why) | Unseen::Silent(why) => gone(Failure::from(why).to_string()),
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    let seconds = PATIENCE.as_secs();
    answered
        .map_err(|_| gone(format!("the clusters do not answer within {seconds} s")))?
        .map_err(unseen)
}

#[cfg(test)]
mod tests;
