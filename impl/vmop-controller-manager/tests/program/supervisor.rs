//! A Supervisor that listens on a port, whose creates of Services can be held or refused, and the
//! program beside it.

use hopwise_api::strings::lease::VMOP;
use hopwise_api::{VirtualMachineService, VirtualMachineServicePort, VirtualMachineServiceSpec};
use hopwise_apiserver::{ApiServer, ApiService, Options};
use hopwise_serve::{Transport, listen, serve};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Service};
use kube::api::{ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What becomes of a create of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Creates {
    Answered,
    Held,
    Refused,
}

pub struct Supervisor {
    server: Arc<ApiServer>,
    pub kubeconfig: PathBuf,
    creates: watch::Sender<Creates>,
    met: Arc<AtomicUsize>,
}

type Body = UnsyncBoxBody<bytes::Bytes, Box<dyn std::error::Error + Send + Sync>>;

impl Supervisor {
    pub async fn start() -> Supervisor {
        let server = ApiServer::new(Options::default());
        let (creates, _) = watch::channel(Creates::Answered);
        let met = Arc::new(AtomicUsize::new(0));
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (api, gate) = (ApiService::new(Arc::clone(&server)), creates.subscribe());
        let counted = Arc::clone(&met);
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let (api, mut gate, met) = (api.clone(), gate.clone(), Arc::clone(&counted));
            async move {
                let is_create =
                    request.method() == Method::POST && request.uri().path().ends_with("/services");
                if is_create {
                    met.fetch_add(1, Ordering::SeqCst);
                    let gate = gate.wait_for(|creates| *creates != Creates::Held).await;
                    if *gate.unwrap() == Creates::Refused {
                        return Ok(refusal());
                    }
                }
                let answer = api.oneshot(request).await;
                answer.map(|answer| answer.map(|body| body.map_err(Into::into).boxed_unsync()))
            }
        });
        tokio::spawn(serve(
            listener,
            Transport::Insecure,
            service,
            std::future::pending(),
        ));
        let supervisor = Supervisor {
            kubeconfig: kubeconfig(address),
            server,
            creates,
            met,
        };
        supervisor.prepare().await;
        supervisor
    }

    async fn prepare(&self) {
        let params = PostParams::default();
        let definitions = Api::all(self.client());
        for definition in hopwise_api::custom_resources() {
            definitions.create(&params, &definition).await.unwrap();
        }
        let namespaces = Api::<Namespace>::all(self.client());
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(VMOP.namespace.into()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        namespaces.create(&params, &namespace).await.unwrap();
    }

    pub fn client(&self) -> Client {
        Client::new(ApiService::new(Arc::clone(&self.server)), "default")
    }

    pub fn hold_creates(&self) {
        self.creates.send_replace(Creates::Held);
    }

    pub fn let_creates_go(&self) {
        self.creates.send_replace(Creates::Answered);
    }

    pub fn refuse_creates(&self) {
        self.creates.send_replace(Creates::Refused);
    }

    pub async fn a_create_is_held(&self) {
        self.creates_were_refused(1).await;
    }

    pub async fn creates_were_refused(&self, times: usize) {
        let met = || async { self.met.load(Ordering::SeqCst) >= times };
        eventually("a create of a Service arrives", met).await;
    }

    pub async fn ask_for_a_service(&self, name: &str) -> String {
        let port = VirtualMachineServicePort {
            name: "http".into(),
            protocol: "TCP".into(),
            port: 80,
            target_port: 30_080,
        };
        let spec = VirtualMachineServiceSpec {
            type_: "LoadBalancer".into(),
            ports: vec![port],
            ..VirtualMachineServiceSpec::default()
        };
        let asked = VirtualMachineService::new(name, spec);
        let api = Api::default_namespaced(self.client());
        let made = api.create(&PostParams::default(), &asked).await.unwrap();
        made.metadata.uid.unwrap()
    }

    pub async fn has_service(&self, name: &str) -> bool {
        let services = Api::<Service>::default_namespaced(self.client());
        services.get_opt(name).await.unwrap().is_some()
    }

    /// NSX-T serves the Service at this address, or no more.
    pub async fn nsx_serves(&self, name: &str, address: Option<&str>) {
        let services = Api::<Service>::default_namespaced(self.client());
        let ingress = address.map(|ip| serde_json::json!([{ "ip": ip }]));
        let status = serde_json::json!({ "status": { "loadBalancer": { "ingress": ingress } } });
        let params = PatchParams::default();
        let patch = Patch::Merge(status);
        services.patch_status(name, &params, &patch).await.unwrap();
    }

    /// Who holds the lease; empty for nobody, nothing if there is none.
    pub async fn holder(&self) -> Option<String> {
        let leases = Api::<Lease>::namespaced(self.client(), VMOP.namespace);
        let lease = leases.get_opt(VMOP.name).await.unwrap();
        lease.and_then(|lease| lease.spec?.holder_identity)
    }

    pub async fn holder_is(&self, wanted: impl Fn(&str) -> bool) {
        let wanted = &wanted;
        let is_so = || async move { self.holder().await.is_some_and(|holder| wanted(&holder)) };
        eventually("the lease has such a holder", is_so).await;
    }
}

async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("not in time: {what}"));
}

fn refusal() -> Response<Body> {
    let status = r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 500,
        "reason": "InternalError", "message": "no"}"#;
    let body = Full::new(bytes::Bytes::from_static(status.as_bytes()));
    let body = body.map_err(|never| match never {}).boxed_unsync();
    let mut refusal = Response::new(body);
    *refusal.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    refusal
}

fn kubeconfig(address: SocketAddr) -> PathBuf {
    let file = format!("supervisor-{}.kubeconfig", address.port());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
    let text = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": format!("http://{address}")}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
    });
    std::fs::write(&path, text.to_string()).unwrap();
    path
}

pub struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Program {
    pub fn start(supervisor: &Supervisor, flags: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vmop-controller-manager"))
            .arg("--kubeconfig")
            .arg(&supervisor.kubeconfig)
            .args(["--metrics-bind-address", "127.0.0.1:0"])
            .args(flags)
            .env_clear()
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Program { child, log }
    }

    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let kill = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(kill.unwrap().success());
    }

    /// How it ended, if it does within this time.
    pub async fn exit_code(&mut self, within: Duration) -> Option<i32> {
        let ended = timeout(within, self.child.wait()).await.ok()?;
        ended.unwrap().code()
    }

    /// Where it listens, as its log says.
    pub async fn address(&mut self) -> SocketAddr {
        let line = self.says("serves /healthz").await;
        let line: String = line.chars().filter(|c| c.is_ascii_graphic()).collect();
        let digits = line.split("127.0.0.1:").nth(1).unwrap();
        let port: String = digits.chars().take_while(char::is_ascii_digit).collect();
        SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
    }

    /// Reads its log up to a line that has these words.
    pub async fn says(&mut self, words: &str) -> String {
        let reading = async {
            loop {
                let mut line = String::new();
                assert_ne!(self.log.read_line(&mut line).await.unwrap(), 0, "it ended");
                if line.contains(words) {
                    return line;
                }
            }
        };
        let line = timeout(PATIENCE, reading).await;
        line.unwrap_or_else(|_| panic!("it does not say: {words}"))
    }

    /// The rest of its log, after its end.
    pub async fn said(&mut self) -> String {
        let mut text = String::new();
        self.log.read_to_string(&mut text).await.unwrap();
        text
    }
}

/// One answer, head and body.
pub async fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
