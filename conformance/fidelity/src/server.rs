//! A server that a sequence is sent to.

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a server said to one request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The HTTP status.
    pub code: u16,
    /// The texts of its `Warning` headers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The body, as JSON; of a watch, its events.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// Something that answers.
pub trait Server {
    /// A watch that is open.
    type Watch;

    /// Answers a request that is no watch.
    fn ask(&self, request: Request<Bytes>) -> impl Future<Output = Said>;

    /// Opens a watch, or says why not.
    fn watch(&self, request: Request<Bytes>) -> impl Future<Output = Result<Self::Watch, Said>>;

    /// The events of a watch up to the one that `is_last`.
    fn events(
        &self,
        watch: Self::Watch,
        is_last: &dyn Fn(&Value) -> bool,
    ) -> impl Future<Output = Vec<Value>>;
}

/// The texts of the `Warning` headers.
pub(crate) fn warnings(headers: &http::HeaderMap) -> Vec<String> {
    let texts = headers.get_all(http::header::WARNING).iter();
    texts
        .map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
        .collect()
}

/// A body as JSON, or as the text that it is.
pub(crate) fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}
