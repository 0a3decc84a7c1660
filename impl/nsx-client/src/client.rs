//! The client itself: one request, one answer.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::Error;
use crate::access::Shown;
use crate::error::Asked;
use crate::peer::{Answerer, Request};
use crate::realized::{Entities, Entity, Realized};
use crate::request::escaped;

pub(crate) type Boxed = Box<dyn std::error::Error + Send + Sync>;
type Transport = BoxCloneSyncService<Request, http::Response<Bytes>, Boxed>;

/// What URLs begin with before a manager is chosen.
const NOWHERE: &str = "http://nsx-manager";

/// The account of a client of [`NsxClient::new`].
#[derive(Clone)]
pub struct Credentials {
    /// Such as `admin`.
    pub username: String,
    /// Never printed.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A client of NSX-T. Clones share the connections.
#[derive(Clone)]
pub struct NsxClient {
    address: Arc<str>,
    shown: Arc<Shown>,
    transport: Transport,
}

impl fmt::Debug for NsxClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NsxClient")
            .field("address", &self.address)
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

/// What became of a DELETE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The manager accepted it.
    Accepted,
    /// There was nothing to delete.
    Absent,
}

impl NsxClient {
    /// A client whose requests go to `service`, in the same process or held by a test.
    ///
    /// The requests carry absolute URLs below `http://nsx-manager`, and the password. Each call is
    /// one request, or one per page, and a refusal is the caller's: whoever counts the requests of a
    /// pass, holds them or loses them must not meet one that nobody asked for. What
    /// [`NsxClient::connect`] does by itself is therefore not done here.
    pub fn new<S, B>(service: S, credentials: &Credentials) -> NsxClient
    where
        S: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Boxed>,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Boxed>,
    {
        let authorization = basic(&credentials.username, &credentials.password);
        let collected = service
            .map_request(move |mut request: Request| {
                let headers = request.headers_mut();
                headers.insert(header::AUTHORIZATION, authorization.clone());
                request
            })
            .map_err(Into::into)
            .and_then(|response: http::Response<B>| async {
                let (head, body) = response.into_parts();
                let body = body.collect().await.map_err(Into::<Boxed>::into)?;
                Ok(http::Response::from_parts(head, body.to_bytes()))
            });
        let shown = Shown::Password {
            user: credentials.username.clone(),
        };
        NsxClient::over(BoxCloneSyncService::new(collected), NOWHERE, shown)
    }

    pub(crate) fn over(transport: Transport, address: &str, shown: Shown) -> NsxClient {
        NsxClient {
            address: address.into(),
            shown: Arc::new(shown),
            transport,
        }
    }

    /// The managers' addresses, for messages.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks the manager for its version: the cheapest call that needs credentials.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when they are wrong, [`Error::Unreachable`] when nobody answers.
    pub async fn check_credentials(&self) -> Result<String, Error> {
        let node: Option<Value> = self.read("/api/v1/node").await?;
        let version = node.as_ref().and_then(|node| node["node_version"].as_str());
        version.map(str::to_owned).ok_or_else(|| {
            self.unexpected("/api/v1/node", "it does not tell a node_version".to_owned())
        })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        self.read(&policy(path)).await
    }

    /// Replaces or creates; answers the object as it is stored.
    pub(crate) async fn put<T>(&self, path: &str, object: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        let answer = self.send(Method::PUT, &policy(path), Some(object)).await?;
        self.parsed(path, answer.body())
    }

    /// Creates or replaces, whatever the revision.
    pub(crate) async fn patch<T: Serialize>(&self, path: &str, object: &T) -> Result<(), Error> {
        self.send(Method::PATCH, &policy(path), Some(object))
            .await
            .map(drop)
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Deleted, Error> {
        match self.send(Method::DELETE, &policy(path), None::<&()>).await {
            Ok(_) => Ok(Deleted::Accepted),
            Err(Error::Refused {
                status: StatusCode::NOT_FOUND,
                ..
            }) => Ok(Deleted::Absent),
            Err(error) => Err(error),
        }
    }

    /// All pages of a collection, in the manager's order.
    pub(crate) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        let mut url = policy(path);
        loop {
            let page = self.send(Method::GET, &url, None::<&()>).await?;
            let page: Page<T> = self.parsed(path, page.body())?;
            all.extend(page.results);
            // Some managers answer a last page with a cursor of zeros.
            match page.cursor.filter(|cursor| !cursor.starts_with("0000")) {
                Some(cursor) => url = format!("{}?cursor={}", policy(path), escaped(&cursor)),
                None => return Ok(all),
            }
        }
    }

    /// How far an intent has come, and what `found` reads from its entity; nothing there yet
    /// means pending.
    pub(crate) async fn realized<T>(
        &self,
        intent_path: &str,
        entity_type: &str,
        found: impl FnOnce(&Entity) -> Option<T>,
    ) -> Result<Realized<T>, Error> {
        let intent = escaped(intent_path);
        let path = format!("/infra/realized-state/realized-entities?intent_path={intent}");
        let entities: Option<Entities> = self.get(&path).await?;
        Ok(
            match entities
                .as_ref()
                .map(|entities| entities.of_type(entity_type))
            {
                None | Some(Realized::Pending) => Realized::Pending,
                Some(Realized::Failed { code, message }) => Realized::Failed { code, message },
                Some(Realized::Done(entity)) => {
                    found(entity).map_or(Realized::Pending, Realized::Done)
                }
            },
        )
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        match self.send(Method::GET, path, None::<&()>).await {
            Ok(answer) => self.parsed(path, answer.body()).map(Some),
            Err(Error::Refused {
                status: StatusCode::NOT_FOUND,
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send<T: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&T>,
    ) -> Result<http::Response<Bytes>, Error> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|error| self.unexpected(path, error.to_string()))?;
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{NOWHERE}{path}"))
            .header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|error| self.unexpected(path, error.to_string()))?;
        let answer = self.transport.clone().oneshot(request).await;
        let answer = answer.map_err(|source| Error::Unreachable {
            address: self.address.to_string(),
            source,
        })?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let answerer = answer.extensions().get::<Answerer>();
        let asked = Asked {
            address: answerer.map_or(&*self.address, |one| &*one.0),
            shown: &self.shown,
            path: intent_path(path),
        };
        Err(asked.refused(answer.status(), answer.body()))
    }

    fn parsed<T: DeserializeOwned>(&self, path: &str, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body).map_err(|error| self.unexpected(path, error.to_string()))
    }

    fn unexpected(&self, path: &str, why: String) -> Error {
        Error::Unexpected {
            address: self.address.to_string(),
            path: path.to_owned(),
            why,
        }
    }
}

#[derive(serde::Deserialize)]
struct Page<T> {
    results: Vec<T>,
    cursor: Option<String>,
}

/// The header of basic authentication.
pub(crate) fn basic(username: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{username}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}"))
        .expect("base64 is made of header characters");
    value.set_sensitive(true);
    value
}

fn policy(path: &str) -> String {
    format!("/policy/api/v1{path}")
}

fn intent_path(path: &str) -> &str {
    path.strip_prefix("/policy/api/v1").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_client_nor_its_credentials_print_the_password() {
        let credentials = Credentials {
            username: "admin".to_owned(),
            password: "hunter2".to_owned(),
        };
        let service = tower::service_fn(|_: http::Request<Full<Bytes>>| async {
            Ok::<_, Boxed>(http::Response::new(Full::new(Bytes::new())))
        });
        let client = NsxClient::new(service, &credentials);
        let printed = format!("{credentials:?} {client:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("Basic"));
        assert!(printed.contains("admin"));
    }
}
