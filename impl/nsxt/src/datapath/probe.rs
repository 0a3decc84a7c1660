//! One check of one member.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::monitor::{Check, HttpCheck};

/// How much of an answer is looked through.
const LONGEST: usize = 64 << 10;

/// What is wrong with a member, in words.
type Cause = String;

/// Asks a member what its monitor asks. Without a timeout of its own.
pub(super) async fn probe(check: &Check, member: SocketAddr) -> Result<(), Cause> {
    match check {
        Check::Tcp { send, receive } => tcp(member, send, receive).await,
        Check::Udp { send, receive } => udp(member, send, receive).await,
        Check::Http(check) => http(member, check).await,
        Check::None => Ok(()),
    }
}

async fn tcp(member: SocketAddr, send: &str, receive: &str) -> Result<(), Cause> {
    let mut stream = connected(member).await?;
    let broken = |error: std::io::Error| format!("the connection broke: {error}");
    stream.write_all(send.as_bytes()).await.map_err(broken)?;
    let mut answer = Vec::new();
    while !contains(&answer, receive) {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.map_err(broken)?;
        if length == 0 || answer.len() > LONGEST {
            return Err(format!("the answer does not contain {receive:?}"));
        }
        answer.extend_from_slice(&chunk[..length]);
    }
    Ok(())
}

async fn udp(member: SocketAddr, send: &str, receive: &str) -> Result<(), Cause> {
    let any: IpAddr = match member {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let asked = async {
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(member).await?;
        socket.send(send.as_bytes()).await?;
        let mut answer = vec![0; LONGEST];
        let length = socket.recv(&mut answer).await?;
        Ok::<_, std::io::Error>(contains(&answer[..length], receive))
    };
    match asked.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("the answer does not contain {receive:?}")),
        Err(error) => Err(format!("no answer: {error}")),
    }
}

async fn http(member: SocketAddr, check: &HttpCheck) -> Result<(), Cause> {
    let mut request = http::Request::builder()
        .method(&*check.method)
        .uri(&*check.url)
        .version(if check.is_1_0 {
            http::Version::HTTP_10
        } else {
            http::Version::HTTP_11
        });
    let names_host = |(name, _): &(String, String)| name.eq_ignore_ascii_case("host");
    if !check.headers.iter().any(names_host) {
        request = request.header("host", member.to_string());
    }
    for (name, value) in &check.headers {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::from(check.body.clone()));
    let request = request
        .body(body)
        .map_err(|error| format!("the monitor's request cannot be made: {error}"))?;
    let stream = TokioIo::new(connected(member).await?);
    let broken = |error: hyper::Error| format!("no HTTP answer: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
        .await
        .map_err(broken)?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let status = answer.status().as_u16();
        if !check.statuses.contains(&status) {
            return Err(format!("the answer has status {status}"));
        }
        if check.expected.is_empty() {
            return Ok(());
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| format!("the answer broke: {error}"))?;
        match contains(&body.to_bytes(), &check.expected) {
            true => Ok(()),
            false => Err(format!("the answer does not contain {:?}", check.expected)),
        }
    };
    tokio::pin!(asked);
    tokio::select! {
        outcome = &mut asked => outcome,
        // The connection may end with the answer; what was said before is read then.
        _ = connection => asked.await,
    }
}

async fn connected(member: SocketAddr) -> Result<TcpStream, Cause> {
    let stream = TcpStream::connect(member).await;
    stream.map_err(|error| format!("no connection: {error}"))
}

fn contains(answer: &[u8], wanted: &str) -> bool {
    wanted.is_empty()
        || answer
            .windows(wanted.len())
            .any(|window| window == wanted.as_bytes())
}
