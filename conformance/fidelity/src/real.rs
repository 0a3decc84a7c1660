//! A kube-apiserver, asked over HTTP.

use crate::embedded::DEFINITIONS;
use crate::server::{Said, Server, json, warnings};
use bytes::{Bytes, BytesMut};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use std::time::Duration;

/// How long an event may take that is sure to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long reading what is there may take, where nothing tells that it was read.
const READING: Duration = Duration::from_millis(150);
/// How often a definition is looked for that was just made.
const GLANCE: Duration = Duration::from_millis(100);

/// A kube-apiserver.
#[derive(Clone)]
pub struct Real(Client);

/// Why a kube-apiserver cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not answer.
    #[error("ask kube-apiserver")]
    Ask(#[from] kube::Error),
    /// It does not take what the sequences are about.
    #[error("kube-apiserver does not take a definition: {0}")]
    Define(String),
    /// What it took is not served.
    #[error("kube-apiserver does not serve {0}")]
    Serve(String),
}

impl Real {
    /// A server that gets the custom resources of the chain, if it has not got them. The client
    /// must not repeat requests by itself.
    ///
    /// # Errors
    /// When it does not answer, or does not take them.
    pub async fn prepare(client: Client) -> Result<Real, Error> {
        let real = Real(client);
        for definition in hopwise_api::custom_resources() {
            let body = serde_json::to_vec(&definition).expect("a definition is JSON");
            let request = Request::post(DEFINITIONS)
                .header("content-type", "application/json")
                .body(body.into())
                .expect("its parts are well formed");
            let said = real.try_ask(request).await?;
            if said.code != StatusCode::CREATED && said.code != StatusCode::CONFLICT {
                return Err(Error::Define(said.body.to_string()));
            }
            let version = &definition.spec.versions[0].name;
            let group = &definition.spec.group;
            let plural = &definition.spec.names.plural;
            real.served(&format!("/apis/{group}/{version}/{plural}"))
                .await?;
        }
        Ok(real)
    }

    /// What the server says its version is.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, Error> {
        let request = Request::get("/version")
            .body(Bytes::new())
            .expect("it is a path");
        let said = self.try_ask(request).await?;
        Ok(said.body["gitVersion"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    async fn served(&self, path: &str) -> Result<(), Error> {
        let asking = async {
            loop {
                let request = Request::get(path).body(Bytes::new()).expect("it is a path");
                if self.try_ask(request).await?.code == StatusCode::OK {
                    return Ok(());
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| Err(Error::Serve(path.into())))
    }

    async fn try_ask(&self, request: Request<Bytes>) -> Result<Said, kube::Error> {
        let answer = self.0.send(request.map(Body::from)).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Said {
            code: parts.status.as_u16(),
            warnings: warnings(&parts.headers),
            body: json(&body),
        })
    }
}

/// A transport that fails is no answer, and no code of HTTP.
fn failed(error: &kube::Error) -> Said {
    Said {
        body: Value::from(format!("{error:?}")),
        ..Said::default()
    }
}

impl Server for Real {
    type Watch = Body;

    async fn ask(&self, request: Request<Bytes>) -> Said {
        self.try_ask(request).await.unwrap_or_else(|it| failed(&it))
    }

    async fn watch(&self, request: Request<Bytes>) -> Result<Body, Said> {
        let is_uncached = request.uri().path().ends_with("/events");
        let answer = self.0.send(request.map(Body::from)).await;
        let answer = answer.map_err(|it| failed(&it))?;
        if answer.status() == StatusCode::OK {
            if is_uncached {
                // Of Events it is read after the answer what is there already.
                tokio::time::sleep(READING).await;
            }
            return Ok(answer.into_body());
        }
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|it| failed(&it))?.to_bytes();
        Err(Said {
            code: parts.status.as_u16(),
            warnings: warnings(&parts.headers),
            body: json(&body),
        })
    }

    async fn events(&self, mut watch: Body, is_last: &dyn Fn(&Value) -> bool) -> Vec<Value> {
        let mut events = Vec::new();
        let mut waiting = BytesMut::new();
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(PATIENCE, watch.frame()).await {
            waiting.extend_from_slice(frame.data_ref().map_or(&[][..], |it| it));
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line = waiting.split_to(end + 1);
                let event = json(&line);
                let ends = is_last(&event) || event["type"] == "ERROR";
                events.push(event);
                if ends {
                    return events;
                }
            }
        }
        events
    }
}
