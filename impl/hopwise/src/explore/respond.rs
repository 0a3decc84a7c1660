//! The form of every answer: what is refused, and what a browser is told about a page.

use super::checks::check;
use crate::report;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use http_body_util::Full;
use std::net::SocketAddr;

/// No page loads anything but the style and the script from here, or is shown inside another.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a page is answered with, or why there is none.
pub(super) type Answer = Result<Response<Full<Bytes>>, Refusal>;

/// A page that is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

pub(super) fn refuse(status: StatusCode, why: impl Into<String>) -> Refusal {
    let why = why.into();
    Refusal { status, why }
}

pub(super) fn bad(why: impl Into<String>) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, why)
}

/// Whether a request is answered at all.
pub(super) fn checked(
    listens: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    check(listens, method, headers).map_err(|it| refuse(it.status, it.why))
}

/// The response; `refusal` is the page that says why there is no other, from a title and the reason.
pub(super) fn finished(
    answered: Answer,
    refusal: impl FnOnce(&str, &str) -> String,
) -> Response<Full<Bytes>> {
    let mut response = answered.unwrap_or_else(|it| {
        let title = it.status.canonical_reason().unwrap_or("Not answered");
        html(it.status, refusal(title, &it.why))
    });
    let is_refused = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_refused {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// The style sheet of every page here.
pub(super) fn style() -> String {
    report::style() + include_str!("explore.css")
}

/// The words after a question mark.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(uri: &Uri) -> Query {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Query(pairs.into_owned().collect())
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Leads to another page.
pub(super) fn redirect(to: &str) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).map_err(|error| bad(error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, to);
    Ok(response)
}

/// A page.
pub(super) fn html(status: StatusCode, page: String) -> Response<Full<Bytes>> {
    let mut response = text("text/html", page);
    *response.status_mut() = status;
    response
}

/// Anything else that is text.
pub(super) fn text(media_type: &str, content: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(content)));
    let value = HeaderValue::from_str(&format!("{media_type}; charset=utf-8"));
    let value = value.expect("media types are plain text");
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}
