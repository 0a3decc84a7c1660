//! Spans for an OpenTelemetry collector: each pass, with its object, uid, generation and number.
//!
//! Where they go is said by the variables of OpenTelemetry's specification, and they go nowhere unless
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, or the one for traces, is set. The collector is spoken to by
//! OTLP/HTTP with JSON, in plain text: it is a neighbour.

use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    HttpExporterBuilderSet, Protocol, SpanExporter, SpanExporterBuilder, WithExportConfig,
    WithHttpConfig,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

const PATIENCE: Duration = Duration::from_secs(10);

/// What exports the spans of the process: there is one, as there is one log.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// A layer that exports spans, if the environment says where to.
///
/// # Errors
/// When what the environment says is no place.
pub(crate) fn layer<S>() -> Result<Option<impl Layer<S>>, String>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if ENDPOINTS
        .iter()
        .all(|name| std::env::var_os(name).is_none())
    {
        return Ok(None);
    }
    let provider = provider(|exporter| exporter)?;
    let layer = layer_of(&provider);
    PROVIDER
        .set(provider)
        .map_err(|_| "the process exports spans already".to_owned())?;
    Ok(Some(layer))
}

fn layer_of<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("hopwise"))
}

type Exporter = SpanExporterBuilder<HttpExporterBuilderSet>;

fn provider(place: impl FnOnce(Exporter) -> Exporter) -> Result<SdkTracerProvider, String> {
    let runtime = Handle::try_current().map_err(|error| error.to_string())?;
    let client = OnRuntime {
        runtime,
        client: Arc::new(HyperClient::with_default_connector(PATIENCE, None)),
    };
    let exporter = SpanExporter::builder().with_http().with_http_client(client);
    let exporter = place(exporter)
        .with_protocol(Protocol::HttpJson)
        .build()
        .map_err(|error| format!("{}: {error}", ENDPOINTS[0]))?;
    let provider = SdkTracerProvider::builder();
    Ok(provider.with_batch_exporter(exporter).build())
}

/// Batches are sent from a thread that has no event queue of its own.
#[derive(Debug)]
struct OnRuntime {
    runtime: Handle,
    client: Arc<HyperClient>,
}

impl HttpClient for OnRuntime {
    fn send_bytes<'this, 'answer>(
        &'this self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>
    where
        'this: 'answer,
        Self: 'answer,
    {
        let client = Arc::clone(&self.client);
        let answer = self
            .runtime
            .spawn(async move { client.send_bytes(request).await });
        Box::pin(async move { answer.await? })
    }
}

/// Exports what is left. What is not delivered within five seconds is lost.
pub(crate) fn flush() {
    if let Some(provider) = PROVIDER.get() {
        let _delivered_or_lost = provider.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Telemetry;
    use k8s_openapi::api::core::v1::Service;
    use kube::runtime::controller::Action;
    use serde_json::Value;
    use std::convert::Infallible;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc;
    use tracing_subscriber::layer::SubscriberExt;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
        content-length: 2\r\nconnection: close\r\n\r\n{}";

    /// Takes one request, and says what was asked and what was in it.
    fn collect(listener: &TcpListener) -> (String, Value) {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut taken, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let length = stream.read(&mut chunk).unwrap();
            assert!(length > 0, "the request ends early");
            taken.extend_from_slice(&chunk[..length]);
            let text = String::from_utf8_lossy(&taken).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
            if let Ok(body) = serde_json::from_str(body) {
                stream.write_all(ANSWER).unwrap();
                return (head.lines().next().unwrap_or_default().to_owned(), body);
            }
        }
    }

    #[tokio::test]
    async fn a_pass_is_a_span_with_its_object_and_the_last_are_sent_at_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || tell.send(collect(&listener)));
        let provider = provider(|exporter| exporter.with_endpoint(endpoint)).unwrap();
        let subscriber = tracing_subscriber::registry().with(layer_of(&provider));
        let logged = tracing::subscriber::set_default(subscriber);
        let service: Service = serde_json::from_str(
            r#"{"metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "generation": 7}}"#,
        )
        .unwrap();
        let pass = async { Ok::<_, Infallible>(Action::await_change()) };
        Telemetry::of("test").pass(&service, pass).await.unwrap();
        drop(logged);
        let ended = tokio::task::spawn_blocking(move || provider.shutdown());
        ended.await.unwrap().unwrap();

        let collected = told.recv_timeout(PATIENCE);
        let (request, body) = collected.expect("what is left is sent before the end");
        assert_eq!(request, "POST /v1/traces HTTP/1.1");
        let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "pass");
        let attributes = span["attributes"].to_string();
        for part in ["Service shop/web", "u-1", "7"] {
            assert!(attributes.contains(part), "{part} in {attributes}");
        }
    }
}
