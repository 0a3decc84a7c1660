//! Moving bytes both ways, with the end of one direction passed on by itself.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::traffic::Session;

const CHUNK: usize = 16 << 10;

/// Moves bytes until both directions have ended, or one breaks.
///
/// # Guarantees
/// A half-close is passed on as a half-close: the other direction goes on.
pub(super) async fn pump_both(
    mut client: TcpStream,
    mut member: TcpStream,
    session: &Session,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    member.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_member, to_member) = member.split();
    tokio::try_join!(
        pump(from_client, to_member, |bytes| session.received(bytes)),
        pump(from_member, to_client, |bytes| session.sent(bytes)),
    )?;
    Ok(())
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    count: impl Fn(u64),
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&chunk[..length]).await?;
        count(length as u64);
    }
}
