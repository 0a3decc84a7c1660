//! What a program answers to whoever watches over it: /healthz, /livez, /readyz, /metrics, and
//! /debug/flags/v, which changes what is logged, as in Kubernetes' own components.

use crate::logging;
use crate::telemetry::{Check, Telemetry};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use std::fmt::Write;
use std::net::SocketAddr;

/// The media type of the metrics. Source: the OpenMetrics specification, version 1.0.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// No filter is longer, in bytes.
const LONGEST: usize = 4096;

/// Answers one request to a program that listens here. Whoever is not on the same machine may read and
/// change nothing.
pub(crate) async fn answer<B>(
    telemetry: &Telemetry,
    listens: SocketAddr,
    request: Request<B>,
) -> Response<Full<Bytes>>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = request.uri().path();
    let allowed = match path {
        "/debug/flags/v" => Method::PUT,
        "/healthz" | "/livez" | "/readyz" | "/metrics" => Method::GET,
        _ if path.starts_with("/readyz/") => Method::GET,
        _ => return text(StatusCode::NOT_FOUND, "404 page not found\n"),
    };
    if request.method() != allowed {
        let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        let value = header::HeaderValue::from_str(allowed.as_str());
        refusal
            .headers_mut()
            .extend(value.map(|value| (header::ALLOW, value)));
        return refusal;
    }
    match path {
        "/healthz" | "/livez" => text(StatusCode::OK, "ok"),
        "/metrics" => metrics(telemetry),
        "/debug/flags/v" if listens.ip().is_loopback() => set_level(request.into_body()).await,
        "/debug/flags/v" => text(
            StatusCode::FORBIDDEN,
            "listen on a loopback address to change what is logged\n",
        ),
        _ => {
            let is_verbose = request.uri().query().is_some_and(|query| {
                query
                    .split('&')
                    .any(|word| word.split('=').next() == Some("verbose"))
            });
            let detail = if is_verbose {
                Detail::All
            } else {
                Detail::Failures
            };
            readiness(
                path.trim_start_matches("/readyz"),
                &telemetry.checks(),
                detail,
            )
        }
    }
}

/// How much an answer to /readyz says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Failures,
    All,
}

/// As a Kubernetes API server answers: `ok`, or each check by name. A path below names one check.
fn readiness(one: &str, checks: &[Check], detail: Detail) -> Response<Full<Bytes>> {
    let one = one.trim_start_matches('/');
    let asked: Vec<_> = checks
        .iter()
        .filter(|check| one.is_empty() || check.name == one)
        .collect();
    if asked.is_empty() {
        return text(StatusCode::NOT_FOUND, "404 page not found\n");
    }
    let is_ready = asked.iter().all(|check| check.holds);
    if is_ready && detail == Detail::Failures {
        return text(StatusCode::OK, "ok");
    }
    let mut said = String::new();
    for check in asked {
        let (sign, state) = if check.holds {
            ('+', "ok")
        } else {
            ('-', "failed: not listed yet")
        };
        let _ = writeln!(said, "[{sign}]{} {state}", check.name);
    }
    let (status, verdict) = match is_ready {
        true => (StatusCode::OK, "passed"),
        false => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
    };
    text(status, said + "readyz check " + verdict + "\n")
}

fn metrics(telemetry: &Telemetry) -> Response<Full<Bytes>> {
    let mut answer = text(StatusCode::OK, telemetry.metrics());
    let media_type = header::HeaderValue::from_static(OPEN_METRICS);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    answer
}

async fn set_level<B>(body: B) -> Response<Full<Bytes>>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Ok(body) = Limited::new(body, LONGEST).collect().await else {
        return text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "a filter has at most 4096 bytes\n",
        );
    };
    let body = body.to_bytes();
    let level = String::from_utf8_lossy(&body);
    match logging::set(level.trim()) {
        Ok(filter) => text(
            StatusCode::OK,
            format!("successfully set the log filter to {filter}\n"),
        ),
        Err(reason) => text(StatusCode::BAD_REQUEST, reason + "\n"),
    }
}

fn text(status: StatusCode, body: impl Into<String>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body.into())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let media_type = header::HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    let no_sniff = header::HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, no_sniff);
    answer
}

#[cfg(test)]
mod tests;
