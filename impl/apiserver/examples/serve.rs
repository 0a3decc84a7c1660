//! Serves an empty cluster over plain HTTP, for trying kubectl on it:
//! `cargo run -p hopwise-apiserver --example serve -- 127.0.0.1:8001`, then
//! `kubectl --server http://127.0.0.1:8001 get services -A`.
use std::sync::Arc;

use hopwise_apiserver::{ApiServer, ApiService, Options};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

#[expect(
    clippy::disallowed_methods,
    reason = "a cluster for people runs on the wall clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:0".into());
    let server = ApiServer::new(Options {
        clock: Arc::new(now),
        ..Options::default()
    });
    let listener = TcpListener::bind(&address).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(ApiService::new(server.clone()));
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("connection: {error}");
            }
        });
    }
}
