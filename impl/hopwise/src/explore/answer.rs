//! What is answered to a request.

use super::journey::{Journey, digest, trace};
use super::link::{Asked, BadLink, Link};
use super::page::{self, Asides};
use super::respond::{
    Answer, Query, Refusal, bad, checked, finished, html, redirect, refuse, style, text,
};
use super::{ahead, opened, strip};
use crate::exit::Failure;
use crate::selection::{safeguards_named, scenario_named};
use crate::telling::{found, verdict};
use bytes::Bytes;
use hopwise_serve::Transport;
use hopwise_vocab::{Action, Claim, Safeguards, Trace, UnknownName};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

impl From<BadLink> for Refusal {
    fn from(error: BadLink) -> Refusal {
        bad(error.to_string())
    }
}

impl From<UnknownName> for Refusal {
    fn from(error: UnknownName) -> Refusal {
        bad(error.to_string())
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        bad(format!("{:#}", failure.error))
    }
}

/// What answers. It keeps nothing between requests.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// Where it listens, which is what a browser may call it.
    pub listens: SocketAddr,
    /// The path that `/` leads to.
    pub home: String,
}

/// Serves the explorer until `shutdown` is ready.
pub async fn serve(listener: TcpListener, explorer: Explorer, shutdown: impl Future<Output = ()>) {
    let explorer = Arc::new(explorer);
    let service = tower::service_fn(move |request: Request<_>| {
        let explorer = explorer.clone();
        async move {
            let (method, headers) = (request.method(), request.headers());
            Ok::<_, Infallible>(explorer.answer(method, headers, request.uri()))
        }
    });
    hopwise_serve::serve(listener, Transport::Insecure, service, shutdown).await;
}

impl Explorer {
    /// Answers one request.
    pub fn answer(&self, method: &Method, headers: &HeaderMap, uri: &Uri) -> Response<Full<Bytes>> {
        let answered = checked(self.listens, method, headers)
            .and_then(|()| self.page(uri, &base(self.listens, headers)));
        finished(answered, page::refusal)
    }

    fn page(&self, uri: &Uri, base: &str) -> Answer {
        let query = Query::of(uri);
        match uri.path() {
            "/" => redirect(&self.home),
            "/choose" => Ok(html(StatusCode::OK, page::choose())),
            "/start" => start(&query),
            "/explore.css" => Ok(text("text/css", style())),
            "/explore.js" => Ok(text("text/javascript", include_str!("explore.js").into())),
            path => match path.strip_prefix("/kept/") {
                Some(name) => kept(name),
                None if path.starts_with("/s/") => walk(path, &query, base),
                None => Err(refuse(
                    StatusCode::NOT_FOUND,
                    format!("there is no page {path:?}"),
                )),
            },
        }
    }
}

/// The beginning of an address here, as the browser wrote it.
fn base(listens: SocketAddr, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    host.map_or_else(
        || format!("http://{listens}"),
        |host| format!("http://{host}"),
    )
}

/// A beginning that was chosen in a form.
fn start(query: &Query) -> Answer {
    let name = query
        .get("scenario")
        .ok_or_else(|| bad("no scenario is named: add ?scenario=NAME"))?;
    let scenario = scenario_named(name)?;
    let off = safeguards_named(&query.all("without"))?;
    let safeguards = off
        .into_iter()
        .fold(Safeguards::reference(), Safeguards::without);
    redirect(&Link::start(scenario, safeguards).path())
}

/// A kept trace.
fn kept(name: &str) -> Answer {
    let mut all = hopwise_conformance::traces::committed().into_iter();
    let trace = all.find(|it| it.header.name == name);
    let trace = trace.ok_or_else(|| {
        refuse(
            StatusCode::NOT_FOUND,
            format!("no trace {name:?} is kept: /choose lists those that are"),
        )
    })?;
    redirect(&opened(&trace)?.path())
}

fn walk(path: &str, query: &Query, base: &str) -> Answer {
    let (mut link, asked) = Link::read(path)?;
    match asked {
        Asked::Compare => return compare(link),
        Asked::Save => {
            let at = query.get("at").and_then(|it| it.parse().ok());
            let at: usize = at.unwrap_or(link.steps.len());
            link.at = at.min(link.steps.len());
            return save(link, query);
        }
        Asked::At => (),
    }
    let journey = Journey::of(link)?;
    let mut notices = Vec::new();
    let mut status = StatusCode::OK;
    if let Some(stop) = journey.stop() {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        notices.push(format!(
            "This walk does not fit the model: {stop} What is before it is shown."
        ));
    }
    if let Some(action) = query.get("do") {
        match taken(&journey, action)? {
            Ok(next) => return redirect(&next.path()),
            Err(why) => {
                status = StatusCode::UNPROCESSABLE_ENTITY;
                notices.push(why);
            }
        }
    }
    if query
        .get("is")
        .is_some_and(|it| it != digest(journey.state()))
    {
        notices.push(
            "The link was made in another state than this one: the model has changed since, and \
             still takes these steps."
                .into(),
        );
    }
    let answer = query.get("why").map(|asked| answered(&journey, asked));
    let asides = Asides {
        rows: strip::rows(&journey),
        next: ahead::next(&journey),
        refused: ahead::refused(&journey),
        notices,
        answer,
        base: base.into(),
    };
    Ok(html(status, page::walk(&journey, &asides)))
}

/// The walk after an action, or why it cannot be taken.
fn taken(journey: &Journey, action: &str) -> Result<Result<Link, String>, Refusal> {
    let action: Action = action.parse()?;
    let here = Link {
        at: journey.at(),
        ..journey.link.clone()
    };
    let enabled = journey.walked.enabled_in(journey.state());
    if found(enabled, action).is_some() {
        return Ok(Ok(here.then(action)));
    }
    let since = journey.walked.chain.refusal(journey.state(), action);
    let since = since.unwrap_or_else(|| "the model does not offer it".into());
    Ok(Err(format!("{action} is not enabled here, since {since}.")))
}

/// Why an action is not enabled here; and what is no action is said to be none.
fn answered(journey: &Journey, asked: &str) -> (String, String) {
    let asked = asked.trim();
    let answer = match asked.parse::<Action>() {
        Err(error) => error.to_string(),
        Ok(action) => match journey.walked.chain.refusal(journey.state(), action) {
            Some(since) => format!("not enabled here, since {since}."),
            None => "it is enabled here.".into(),
        },
    };
    (asked.into(), answer)
}

fn compare(link: Link) -> Answer {
    let this = Journey::of(link.at_end())?;
    let kept = this.kept()?;
    let (kept, shared) = kept.ok_or_else(|| bad("the link has no second walk to compare with"))?;
    Ok(html(StatusCode::OK, page::compare(&this, &kept, shared)))
}

/// The walk up to a step as a trace. What it is said to break must be broken at its end.
fn save(link: Link, query: &Query) -> Answer {
    let name = query.get("name").unwrap_or_default();
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.is_empty() || name.len() > 80 || !name.chars().all(is_plain) {
        return Err(bad(format!(
            "{name:?} is no name of a trace: take small letters, digits and hyphens, 80 at most"
        )));
    }
    let claim = match query.get("claim") {
        None | Some("") => Claim::Walk,
        Some(id) => Claim::Breaks(id.into()),
    };
    let journey = Journey::of(link)?;
    let header = trace(&journey.link, name, claim).header;
    let saved = Trace {
        header,
        ..journey.so_far()
    };
    let walked = Journey::of(Link {
        steps: saved.steps.clone(),
        ..journey.link.clone()
    });
    let walked = walked?.walked;
    let verdict = verdict(&saved, &walked)?;
    if !verdict.is_true {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("the trace would claim what is not true: {}", verdict.why),
        ));
    }
    let mut response = text("application/x-ndjson", saved.to_text());
    let disposition = format!("attachment; filename=\"{name}.ndjson\"");
    let disposition = HeaderValue::from_str(&disposition).expect("the name is plain");
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
