//! An answer as it goes out.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use jiff::Timestamp;

use crate::routes::Answer;

/// Adds the headers a real manager sends. `Date` is among them because client libraries read it
/// from refusals.
pub(crate) fn in_http(answer: Answer, now: Timestamp) -> Response<Bytes> {
    let body = answer.body.map(|body| body.to_string()).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let fixed = [
        (header::SERVER, "NSX"),
        (header::CONTENT_TYPE, "application/json;charset=UTF-8"),
        (
            header::CACHE_CONTROL,
            "no-cache, no-store, max-age=0, must-revalidate",
        ),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (header::DATE, &date),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
