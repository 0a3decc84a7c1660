//! Whose requests are answered: those of a browser on this machine that was asked for this page.
//!
//! The server listens on loopback, which keeps other machines away but not other pages: a page of
//! any site can have its name resolve to 127.0.0.1, or make the browser send a request here.

use http::{HeaderMap, Method, StatusCode, header};
use std::net::SocketAddr;

/// A request that is not answered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub status: StatusCode,
    pub why: String,
}

fn refuse(status: StatusCode, why: impl Into<String>) -> Result<(), Refused> {
    let why = why.into();
    Err(Refused { status, why })
}

/// Whether a request to the server that listens here is to be answered.
pub(super) fn check(
    listens: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refused> {
    if method != Method::GET && method != Method::HEAD {
        let why = "nothing here changes anything: ask with GET";
        return refuse(StatusCode::METHOD_NOT_ALLOWED, why);
    }
    let names = names(listens);
    let Some(host) = only(headers, header::HOST) else {
        let why = "the request does not say for which host it is, or says so twice";
        return refuse(StatusCode::BAD_REQUEST, why);
    };
    if !names.iter().any(|name| name.eq_ignore_ascii_case(&host)) {
        let why = format!(
            "the request is for the host {host:?}, and this is {}",
            names[0]
        );
        return refuse(StatusCode::FORBIDDEN, why);
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = only(headers, header::ORIGIN).unwrap_or_default();
        let is_ours = |name: &String| origin.eq_ignore_ascii_case(&format!("http://{name}"));
        if !names.iter().any(is_ours) {
            let why = format!("the request comes from a page of {origin:?}, not from one of here");
            return refuse(StatusCode::FORBIDDEN, why);
        }
    }
    comes_from_here(headers)
}

/// Browsers say whether a page of another site asks. Only to follow a link is for all.
fn comes_from_here(headers: &HeaderMap) -> Result<(), Refused> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-fetch-site") {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_)
            if said("sec-fetch-mode") == Some("navigate")
                && said("sec-fetch-dest") == Some("document") =>
        {
            Ok(())
        }
        Some(site) => refuse(
            StatusCode::FORBIDDEN,
            format!("the request is made by another page ({site}), not by following a link"),
        ),
    }
}

/// What a browser may call this server.
fn names(listens: SocketAddr) -> Vec<String> {
    let port = listens.port();
    let mut names = vec![listens.to_string(), format!("localhost:{port}")];
    if port == 80 {
        names.extend([listens.ip().to_string(), "localhost".into()]);
    }
    names
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.to_owned();
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(named: &[(&'static str, &str)]) -> Result<(), u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in named {
            headers.append(*name, value.parse().unwrap());
        }
        let listens = "127.0.0.1:8123".parse().unwrap();
        check(listens, &Method::GET, &headers).map_err(|it| it.status.as_u16())
    }

    #[test]
    fn only_the_names_of_this_machine_are_answered() {
        for host in ["127.0.0.1:8123", "localhost:8123", "LOCALHOST:8123"] {
            assert_eq!(answered(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example:8123",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1:8123.evil.example",
            "[::1]:8123",
            "",
        ] {
            assert_eq!(answered(&[("host", host)]), Err(403), "{host}");
        }
        assert_eq!(answered(&[]), Err(400));
        let twice = [("host", "localhost:8123"), ("host", "evil.example")];
        assert_eq!(answered(&twice), Err(400));
    }

    #[test]
    fn only_pages_of_here_are_answered() {
        let from = |origin| answered(&[("host", "localhost:8123"), ("origin", origin)]);
        assert_eq!(from("http://localhost:8123"), Ok(()));
        for origin in [
            "null",
            "http://evil.example",
            "https://localhost:8123",
            "http://localhost",
        ] {
            assert_eq!(from(origin), Err(403), "{origin}");
        }
    }

    #[test]
    fn another_site_may_link_here_and_no_more() {
        let host = ("host", "localhost:8123");
        let fetched = |site, mode, dest| {
            let fetch = [
                host,
                ("sec-fetch-site", site),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", dest),
            ];
            answered(&fetch)
        };
        assert_eq!(fetched("same-origin", "cors", "empty"), Ok(()));
        assert_eq!(fetched("none", "navigate", "document"), Ok(()));
        assert_eq!(fetched("cross-site", "navigate", "document"), Ok(()));
        assert_eq!(fetched("cross-site", "navigate", "iframe"), Err(403));
        assert_eq!(fetched("cross-site", "no-cors", "image"), Err(403));
        assert_eq!(fetched("same-site", "cors", "empty"), Err(403));
    }

    #[test]
    fn nothing_is_asked_but_to_read() {
        let headers = HeaderMap::new();
        let listens = "127.0.0.1:1".parse().unwrap();
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let refused = check(listens, &method, &headers).unwrap_err();
            assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
        }
    }
}
