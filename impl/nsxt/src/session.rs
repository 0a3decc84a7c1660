//! Who is asking: basic authentication, sessions of a cookie with a token, and client certificates.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::principal::Principals;
use crate::refusal::Refusal;
use crate::serial::Serial;
use crate::state::later;

/// How long a session lives without being used; NSX-T's default.
const IDLE: Duration = Duration::from_secs(1800);

/// The one account of the manager.
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

/// Who may ask: the account, the principals, and the sessions that are open, by their cookie.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    account: Credentials,
    pub(crate) principals: Principals,
    open: BTreeMap<String, Session>,
}

/// What a request shows of who sends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    /// The client's certificate, whose key the TLS handshake has proved.
    pub(crate) certificate: Option<&'a CertificateDer<'static>>,
}

#[derive(Debug, Clone)]
struct Session {
    token: String,
    until: Timestamp,
}

/// What a client gets for a session of its own.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) cookie: String,
    pub(crate) token: String,
}

impl Sessions {
    pub(crate) fn of(account: Credentials) -> Sessions {
        Sessions {
            account,
            principals: Principals::default(),
            open: BTreeMap::new(),
        }
    }

    /// From now on the account has another password. Sessions that are open go on (ours: no source
    /// tells).
    pub(crate) fn set_password(&mut self, password: String) {
        self.account.password = password;
    }

    /// Opens a session for the form `j_username=…&j_password=…`.
    pub(crate) fn open(
        &mut self,
        form: &[u8],
        serial: &mut Serial,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        let form = String::from_utf8_lossy(form);
        let field = |name: &str| {
            form.split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| crate::uri::form_decoded(value))
        };
        let accepted = field("j_username").as_deref() == Some(&*self.account.username)
            && field("j_password").as_deref() == Some(&*self.account.password);
        if !accepted {
            return Err(Refusal::Credentials);
        }
        self.open.retain(|_, session| session.until > now);
        let opened = Opened {
            cookie: serial.session(),
            token: serial.uuid(),
        };
        let session = Session {
            token: opened.token.clone(),
            until: later(now, IDLE),
        };
        self.open.insert(opened.cookie.clone(), session);
        Ok(opened)
    }

    /// Closes the session that the request belongs to.
    pub(crate) fn close(&mut self, headers: &HeaderMap) {
        if let Some(cookie) = cookie(headers) {
            self.open.remove(&cookie);
        }
    }

    /// Ends all sessions, as a restart or a fail-over does.
    pub(crate) fn expire(&mut self) {
        self.open.clear();
    }

    /// Finds out who asks, by password, by certificate or by session.
    ///
    /// A client may show several; a right password or a registered certificate is enough. With a
    /// session alone, a write needs the token too, and a wrong token is refused on reads as well.
    pub(crate) fn caller(&mut self, shown: Shown<'_>, now: Timestamp) -> Result<Arc<str>, Refusal> {
        if is_basic(shown.headers, &self.account) {
            return Ok(Arc::from(&*self.account.username));
        }
        let principal = shown.certificate.map(|it| self.principals.named_by(it));
        if let Some(Some(name)) = principal {
            return Ok(name);
        }
        let session = cookie(shown.headers).and_then(|cookie| self.open.get_mut(&cookie));
        let session = session.filter(|session| session.until > now);
        let session = session.ok_or(match principal {
            Some(_) => Refusal::Certificate,
            None => Refusal::Credentials,
        })?;
        let token = shown
            .headers
            .get("x-xsrf-token")
            .map(|token| token.to_str().unwrap_or_default());
        match token {
            Some(token) if token != session.token => return Err(Refusal::XsrfToken),
            None if *shown.method != Method::GET => return Err(Refusal::XsrfToken),
            Some(_) | None => {}
        }
        session.until = later(now, IDLE);
        Ok(Arc::from(&*self.account.username))
    }
}

fn is_basic(headers: &HeaderMap, account: &Credentials) -> bool {
    let decoded = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    let wanted = format!("{}:{}", account.username, account.password);
    decoded.is_some_and(|decoded| decoded == wanted.as_bytes())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("JSESSIONID="))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn credentials() -> Credentials {
        Credentials {
            username: "admin".to_owned(),
            password: "a+b &%".to_owned(),
        }
    }

    fn open(sessions: &mut Sessions) -> Opened {
        let form = b"j_username=admin&j_password=a%2Bb+%26%25";
        sessions
            .open(form, &mut Serial::new(1), Timestamp::UNIX_EPOCH)
            .unwrap()
    }

    fn shown<'a>(method: &'a Method, headers: &'a HeaderMap) -> Shown<'a> {
        Shown {
            method,
            headers,
            certificate: None,
        }
    }

    fn headers(opened: &Opened, token: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let cookie = format!("a=b; JSESSIONID={}", opened.cookie);
        headers.insert(header::COOKIE, HeaderValue::from_str(&cookie).unwrap());
        if let Some(token) = token {
            headers.insert("x-xsrf-token", HeaderValue::from_str(token).unwrap());
        }
        headers
    }

    #[test]
    fn the_password_is_never_printed() {
        assert_eq!(
            format!("{:?}", credentials()),
            "Credentials { username: \"admin\", .. }"
        );
    }

    #[test]
    fn a_session_is_opened_by_a_form_with_escapes_and_carries_reads_and_writes() {
        let mut sessions = Sessions::of(credentials());
        let opened = open(&mut sessions);
        let headers = headers(&opened, Some(&opened.token));
        let user = sessions
            .caller(shown(&Method::PUT, &headers), Timestamp::UNIX_EPOCH)
            .unwrap();
        assert_eq!(&*user, "admin");
    }

    #[test]
    fn a_write_without_the_token_and_a_read_with_a_wrong_one_are_refused() {
        let mut sessions = Sessions::of(credentials());
        let opened = open(&mut sessions);
        for (method, token, said) in [
            (Method::PUT, None, Some(Refusal::XsrfToken)),
            (Method::GET, Some("other"), Some(Refusal::XsrfToken)),
            (Method::GET, None, None),
        ] {
            let headers = headers(&opened, token);
            let now = Timestamp::UNIX_EPOCH;
            let caller = sessions.caller(shown(&method, &headers), now);
            assert_eq!(caller.err(), said, "{method} {token:?}");
        }
    }

    #[test]
    fn a_session_dies_by_half_an_hour_of_idleness_and_lives_by_use() {
        let mut sessions = Sessions::of(credentials());
        let opened = open(&mut sessions);
        let headers = headers(&opened, Some(&opened.token));
        let mut at = |second| {
            let now = Timestamp::from_second(second).unwrap();
            sessions.caller(shown(&Method::GET, &headers), now).is_ok()
        };
        assert_eq!([at(1799), at(3598), at(5398)], [true, true, false]);
    }
}
