//! The data path against HAProxy as a plain TCP proxy: one backend, one load generator, one run.
//!
//! `cargo run --release -p hopwise-nsxt --example throughput [ROUNDS]` prints what goes through
//! directly, through ours and through theirs. Ways take turns, so that whatever else the machine
//! does meets all of them alike. Exit code 5: there is no `haproxy` on the path.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hopwise_nsxt::datapath::DataPath;
use hopwise_nsxt::{Credentials, Manager, Options, Protocol, Realization};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

type Boxed = Box<dyn std::error::Error + Send + Sync>;

/// Connections at once.
const LANES: usize = 16;
/// How long each way is measured in each round.
const SLICE: Duration = Duration::from_secs(1);
/// An answer of `GET /large`, in bytes.
const LARGE: usize = 1 << 20;
/// Where ours listens.
const VIP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 100, 200, 1));
/// The exit code where a tool is missing, as that of the program.
const TOOL_MISSING: u8 = 5;

/// What a client does over and over.
#[derive(Clone, Copy)]
enum Load {
    /// Connects, asks for one byte, closes.
    Connections,
    /// Asks for one byte on a connection that stays.
    Requests,
    /// Asks for a large answer on a connection that stays.
    Bytes,
}

impl Load {
    fn size(self) -> usize {
        match self {
            Load::Connections | Load::Requests => 1,
            Load::Bytes => LARGE,
        }
    }

    fn unit(self) -> (&'static str, f64) {
        match self {
            Load::Connections => ("connections/s", 1.0),
            Load::Requests => ("requests/s", 1.0),
            Load::Bytes => ("MB/s", LARGE as f64 / 1e6),
        }
    }
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<ExitCode, Boxed> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(5), |text| text.parse())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let backend = listener.local_addr()?;
    tokio::spawn(answer(listener));
    let ours = serve_ours(backend).await?;
    let Some((theirs, mut proxy)) = serve_theirs(backend).await? else {
        eprintln!("skipped: there is no haproxy on the path (apt-get install haproxy)");
        return Ok(ExitCode::from(TOOL_MISSING));
    };
    let ways = [backend, ours, theirs];
    for load in [Load::Connections, Load::Requests, Load::Bytes] {
        let mut best = [0.0_f64; 3];
        for _ in 0..rounds {
            for (at, best) in ways.iter().zip(&mut best) {
                *best = best.max(measured(*at, load).await?);
            }
        }
        let (unit, each) = load.unit();
        let [direct, ours, theirs] = best.map(|per_second| per_second * each);
        println!(
            "{unit:13}  direct {direct:9.0}  ours {ours:9.0}  HAProxy {theirs:9.0}  \
             ours/HAProxy {:.2}  ours/direct {:.2}",
            ours / theirs,
            ours / direct
        );
    }
    proxy.kill()?;
    proxy.wait()?;
    Ok(ExitCode::SUCCESS)
}

/// Answers four bytes, which say how many are wanted, with so many.
async fn answer(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let full = vec![b'x'; LARGE];
            let _closed = stream.set_nodelay(true);
            while let Ok(size) = stream.read_u32().await {
                let size = usize::try_from(size).map_or(LARGE, |size| size.min(LARGE));
                if stream.write_all(&full[..size]).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// How often a second all lanes together did what the load is.
async fn measured(at: SocketAddr, load: Load) -> Result<f64, Boxed> {
    let start = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        lanes.spawn(lane(at, load, start + SLICE));
    }
    let mut done = 0_u32;
    while let Some(lane) = lanes.join_next().await {
        done += lane??;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

async fn lane(at: SocketAddr, load: Load, until: Instant) -> Result<u32, Boxed> {
    let size = load.size();
    let mut into = vec![0; size];
    let mut kept: Option<TcpStream> = None;
    let mut done = 0;
    while Instant::now() < until {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => TcpStream::connect(at).await?,
        };
        stream.set_nodelay(true)?;
        stream.write_u32(u32::try_from(size)?).await?;
        stream.read_exact(&mut into).await?;
        match load {
            // A reset leaves no port waiting, of which there are only so many.
            Load::Connections => stream.set_zero_linger()?,
            Load::Requests | Load::Bytes => kept = Some(stream),
        }
        done += 1;
    }
    Ok(done)
}

async fn serve_ours(backend: SocketAddr) -> Result<SocketAddr, Boxed> {
    let manager = Manager::new(Options {
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        seed: 1,
        credentials: Credentials {
            username: "admin".into(),
            password: "secret".into(),
        },
        realization: Realization::Immediate,
        purge: Realization::Immediate,
    });
    let data_path = DataPath::new(manager.clone());
    let mut serving = data_path.serving();
    tokio::spawn(data_path.run());
    let member =
        json!({"ip_address": backend.ip().to_string(), "port": backend.port().to_string()});
    write(
        &manager,
        "lb-services/lb",
        &json!({"connectivity_path": "/infra/tier-1s/t"}),
    )?;
    write(&manager, "lb-pools/p", &json!({"members": [member]}))?;
    let server = json!({
        "ip_address": VIP.to_string(), "ports": ["9000"], "pool_path": "/infra/lb-pools/p",
        "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
        "lb_service_path": "/infra/lb-services/lb",
    });
    write(&manager, "lb-virtual-servers/v", &server)?;
    let address = SocketAddr::new(VIP, 9000);
    serving
        .wait_for(|serving| serving.contains(&(Protocol::Tcp, address)))
        .await?;
    Ok(address)
}

fn write(manager: &Manager, path: &str, body: &Value) -> Result<(), Boxed> {
    let request = http::Request::patch(format!("/policy/api/v1/infra/{path}"))
        .header("authorization", "Basic YWRtaW46c2VjcmV0")
        .body(Bytes::from(body.to_string()))?;
    let response = manager.answer(&request);
    match response.status().is_success() {
        true => Ok(()),
        false => Err(format!("{path}: {:?}", response.body()).into()),
    }
}

/// HAProxy before the backend, with what it does by default; nothing where there is none.
async fn serve_theirs(backend: SocketAddr) -> Result<Option<(SocketAddr, Child)>, Boxed> {
    let free = TcpListener::bind("127.0.0.1:0").await?;
    let address = free.local_addr()?;
    drop(free);
    let file = std::env::temp_dir().join(format!("haproxy-{}.cfg", address.port()));
    let text = format!(
        "defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 1m\n  timeout server 1m\n\
         listen plain\n  bind {address}\n  server one {backend}\n"
    );
    std::fs::write(&file, text)?;
    let child = match Command::new("haproxy")
        .arg("-db")
        .arg("-f")
        .arg(&file)
        .spawn()
    {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_ok() {
            std::fs::remove_file(&file)?;
            return Ok(Some((address, child)));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("haproxy does not listen".into())
}
