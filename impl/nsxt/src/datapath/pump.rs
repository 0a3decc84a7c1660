//! Moving bytes both ways, with the end of one direction passed on by itself.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::traffic::Session;

const CHUNK: usize = 16 << 10;

/// How often in an idle timeout it is looked whether anything moved: a connection lives at most by
/// this part longer, and no clock is read for each chunk.
const LOOKS: u32 = 8;

/// Moves bytes until both directions have ended, or one breaks, or nothing moved for `idle`.
///
/// # Guarantees
/// A half-close is passed on as a half-close: the other direction goes on.
pub(super) async fn pump_both(
    mut client: TcpStream,
    mut member: TcpStream,
    session: &Session,
    idle: Duration,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    member.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_member, to_member) = member.split();
    let chunks = AtomicU64::new(0);
    let count = || {
        chunks.fetch_add(1, Ordering::Relaxed);
    };
    let both = async {
        tokio::try_join!(
            pump(from_client, to_member, |bytes| {
                count();
                session.received(bytes);
            }),
            pump(from_member, to_client, |bytes| {
                count();
                session.sent(bytes);
            }),
        )
    };
    tokio::select! {
        done = both => done.map(|_| ()),
        () = idleness(&chunks, idle) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Returns when nothing moved for so long.
async fn idleness(chunks: &AtomicU64, idle: Duration) {
    let (mut last, mut still) = (0, 0);
    while still < LOOKS {
        tokio::time::sleep(idle / LOOKS).await;
        let now = chunks.load(Ordering::Relaxed);
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_only_after_nothing_moved_for_the_whole_time() {
        let chunks = AtomicU64::new(0);
        let start = tokio::time::Instant::now();
        let moving = async {
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(73)).await;
                chunks.fetch_add(1, Ordering::Relaxed);
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = idleness(&chunks, Duration::from_secs(80)) => {}
            () = moving => {}
        }
        // What moved at 219 s was noticed at 220 s.
        assert_eq!(start.elapsed().as_secs(), 300);
    }
}
