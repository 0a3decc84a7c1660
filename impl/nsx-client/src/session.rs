//! A session at one manager: a cookie and a token in place of the password.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::Full;
use tokio::sync::Mutex;

use crate::error::is_of_credentials;
use crate::peer::{Answer, Lost, Peer, Request, Sent};

const CREATE: &str = "http://nsx-manager/api/session/create";
const TOKEN: &str = "x-xsrf-token";

/// Opens a session when one is needed, and another one when it is refused: after half an hour of
/// idleness, a restart of the manager, a fail-over.
pub(crate) struct Keeper {
    /// User and password, as the request that opens a session has them.
    form: Bytes,
    current: Mutex<Option<Arc<Session>>>,
}

struct Session {
    cookie: HeaderValue,
    token: HeaderValue,
}

impl Keeper {
    pub(crate) fn new(username: &str, password: &str) -> Keeper {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("j_username", username);
        form.append_pair("j_password", password);
        Keeper {
            form: Bytes::from(form.finish()),
            current: Mutex::new(None),
        }
    }

    /// Sends a request in the session. One that the manager refuses for its session was not carried
    /// out, so that it is sent once more, in a new session; if none is to be had, that refusal is the
    /// answer.
    pub(crate) async fn ask(&self, peer: &Peer, request: Request) -> Result<Answer, Lost> {
        let session = match self.session(peer, None).await? {
            Ok(session) => session,
            Err(refusal) => return Ok(refusal),
        };
        let answer = peer.ask(session.sign(request.clone())).await?;
        if !is_of_credentials(answer.status(), answer.body()) {
            return Ok(answer);
        }
        match self.session(peer, Some(&session)).await? {
            Ok(session) => peer.ask(session.sign(request)).await,
            Err(refusal) => Ok(refusal),
        }
    }

    /// The session of the moment, or a new one if there is none but the one that was `refused`. Who
    /// asks meanwhile waits for it: one session is enough for all.
    async fn session(
        &self,
        peer: &Peer,
        refused: Option<&Arc<Session>>,
    ) -> Result<Result<Arc<Session>, Answer>, Lost> {
        let mut current = self.current.lock().await;
        let was_refused = |one: &Arc<Session>| refused.is_some_and(|it| Arc::ptr_eq(it, one));
        if let Some(session) = current.as_ref().filter(|one| !was_refused(one)) {
            return Ok(Ok(session.clone()));
        }
        *current = None;
        let answer = peer.ask(self.opening()).await?;
        // Clients of NSX-T take both.
        if !matches!(answer.status(), StatusCode::OK | StatusCode::CREATED) {
            return Ok(Err(answer));
        }
        let session = Session::read(answer.headers()).ok_or_else(|| Lost {
            source: "it opened a session without the cookie JSESSIONID and an X-XSRF-TOKEN".into(),
            sent: Sent::Never,
        })?;
        let session = Arc::new(session);
        *current = Some(session.clone());
        Ok(Ok(session))
    }

    fn opening(&self) -> Request {
        let request = http::Request::post(CREATE)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        let request = request.body(Full::new(self.form.clone()));
        request.expect("path and headers are fixed")
    }
}

impl Session {
    fn read(headers: &HeaderMap) -> Option<Session> {
        let cookies = headers.get_all(header::SET_COOKIE).iter();
        let cookie = cookies
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .find(|pair| pair.trim_start().starts_with("JSESSIONID="))?;
        let mut cookie = HeaderValue::from_str(cookie.trim()).ok()?;
        let mut token = headers.get(TOKEN)?.clone();
        cookie.set_sensitive(true);
        token.set_sensitive(true);
        Some(Session { cookie, token })
    }

    fn sign(&self, mut request: Request) -> Request {
        let headers = request.headers_mut();
        headers.insert(header::COOKIE, self.cookie.clone());
        headers.insert(TOKEN, self.token.clone());
        request
    }
}
