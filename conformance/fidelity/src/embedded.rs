//! The embedded server, asked directly.

use crate::server::{Said, Server, json, warnings};
use bytes::Bytes;
use hopwise_apiserver::{Answer, ApiServer, Cursor, Options};
use http::Request;
use serde_json::Value;
use std::sync::Arc;

/// The embedded server.
#[derive(Clone)]
pub struct Embedded(Arc<ApiServer>);

impl Embedded {
    /// A server with the custom resources of the chain and nothing else in it.
    ///
    /// # Panics
    /// When it does not take the definitions, which its own tests exclude.
    pub fn new() -> Embedded {
        let server = ApiServer::new(Options::default());
        for definition in hopwise_api::custom_resources() {
            let body = serde_json::to_vec(&definition).expect("a definition is JSON");
            let request = Request::post(DEFINITIONS)
                .header("content-type", "application/json")
                .body(body.into())
                .expect("its parts are well formed");
            match server.answer(&request) {
                Answer::Whole(answer) if answer.status() == 201 => {}
                Answer::Whole(answer) => panic!("{:?}", answer.body()),
                Answer::Watch(_) => panic!("a POST is no watch"),
            }
        }
        Embedded(server)
    }

    /// Another one with the same in it.
    #[must_use]
    pub fn copy(&self) -> Embedded {
        Embedded(self.0.copy())
    }

    /// The answer, at once.
    pub fn answer(&self, request: &Request<Bytes>) -> Result<Said, Box<Cursor>> {
        match self.0.answer(request) {
            Answer::Whole(answer) => Ok(Said {
                code: answer.status().as_u16(),
                warnings: warnings(answer.headers()),
                body: json(answer.body()),
            }),
            Answer::Watch(cursor) => Err(Box::new(cursor)),
        }
    }
}

impl Default for Embedded {
    fn default() -> Embedded {
        Embedded::new()
    }
}

/// Where definitions are created.
pub(crate) const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

impl Server for Embedded {
    type Watch = Cursor;

    async fn ask(&self, request: Request<Bytes>) -> Said {
        self.answer(&request).unwrap_or_else(|_| Said::default())
    }

    async fn watch(&self, request: Request<Bytes>) -> Result<Cursor, Said> {
        match self.answer(&request) {
            Ok(said) => Err(said),
            Err(cursor) => Ok(*cursor),
        }
    }

    async fn events(&self, mut watch: Cursor, is_last: &dyn Fn(&Value) -> bool) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.0.next_event(&mut watch) {
            let event = json(&event.line());
            let ends = is_last(&event);
            events.push(event);
            if ends {
                break;
            }
        }
        events
    }
}
