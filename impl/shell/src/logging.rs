//! What a program logs, how, and how that changes while it runs.

#[cfg(feature = "otlp")]
use crate::otlp;
use std::io::IsTerminal;
use std::sync::OnceLock;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// The client logs each failed request, which whoever asked reports as well.
const ONCE: &str = "kube_client::client::builder=off";

/// The filter of the process: there is one log, as there is one standard error.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line, with the fields of the pass in `span`.
    Json,
}

/// Starts to log what passes the filter, to stderr. With the feature `otlp` the spans of passes go to
/// an OpenTelemetry collector besides, if the environment names one; the process must be in a Tokio
/// runtime then.
///
/// # Errors
/// When the filter is none, the process logs already, or the collector is none.
pub fn start(filter: &str, format: Format) -> Result<(), String> {
    let passes = parsed(filter).map_err(|reason| format!("--log {reason}"))?;
    let (passes, handle) = reload::Layer::new(passes);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().with_span_list(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(passes).with(lines);
    #[cfg(feature = "otlp")]
    let subscriber = subscriber.with(otlp::layer()?);
    subscriber.try_init().map_err(|error| error.to_string())?;
    FILTER
        .set(handle)
        .map_err(|_| "the process logs already".into())
}

/// Sends to the collector what it has not been sent, before the process ends.
pub(crate) async fn flush() {
    #[cfg(feature = "otlp")]
    let _flushed = tokio::task::spawn_blocking(otlp::flush).await;
}

/// Changes what is logged from now on, and tells it: a filter such as `debug,kube=info`, or a number
/// as klog has it.
///
/// # Errors
/// When the filter is none, or nothing is logged.
pub(crate) fn set(filter: &str) -> Result<String, String> {
    let filter = named(filter);
    let passes = parsed(filter)?;
    let handle = FILTER.get().ok_or("the process does not log")?;
    handle.reload(passes).map_err(|error| error.to_string())?;
    Ok(filter.into())
}

/// The filter that a number stands for, or what is none.
fn named(filter: &str) -> &str {
    match filter.parse::<u32>() {
        Ok(verbosity) => of_klog(verbosity),
        Err(_) => filter,
    }
}

/// Source of the bounds: Kubernetes' logging conventions, where 0 to 3 are what an operator wants to
/// see, 4 is debugging and 6 shows requests.
fn of_klog(verbosity: u32) -> &'static str {
    match verbosity {
        0..=3 => "info",
        4 | 5 => "debug",
        6.. => "trace",
    }
}

fn parsed(filter: &str) -> Result<EnvFilter, String> {
    // The library takes any other word for a target, and then lets only that one through.
    if let Some(word) = filter.split(',').find(|word| !is_directive(word)) {
        return Err(format!(
            "{filter:?}: {word:?} is no level: give off, error, warn, info, debug or trace, or \
             TARGET=LEVEL such as kube=info, with commas between"
        ));
    }
    EnvFilter::try_new(format!("{ONCE},{filter}")).map_err(|error| format!("{filter:?}: {error}"))
}

fn is_directive(word: &str) -> bool {
    let names_spans_or_level = word.contains(['=', '[']);
    names_spans_or_level || (!word.is_empty() && word.parse::<LevelFilter>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_of_levels_and_of_targets_with_levels() {
        for good in [
            "info",
            "OFF",
            "Trace",
            "3",
            "debug,kube=info",
            "kube=info,warn",
            "[pass]=debug",
            "hopwise_shell[pass]",
        ] {
            let passes = parsed(good);
            assert!(passes.is_ok(), "{good}: {passes:?}");
        }
        for (wrong, word) in [
            ("inof", "\"inof\""),
            ("300", "\"300\""),
            ("kube=info,dbug", "\"dbug\""),
            ("info, debug", "\" debug\""),
            ("hopwise_shell", "\"hopwise_shell\""),
            ("", "\"\""),
            (",", "\"\""),
        ] {
            let reason = parsed(wrong).unwrap_err();
            let is_clear = reason.contains(&format!("{word} is no level"))
                && reason.contains("warn, info, debug")
                && reason.contains("TARGET=LEVEL");
            assert!(is_clear, "{reason}");
        }
        assert!(parsed("kube=inof").is_err());
    }

    #[test]
    fn every_number_is_a_verbosity() {
        let table = [
            ("0", "info"),
            ("3", "info"),
            ("4", "debug"),
            ("5", "debug"),
            ("6", "trace"),
            ("300", "trace"),
            ("4294967295", "trace"),
        ];
        for (number, level) in table {
            assert_eq!(named(number), level, "{number}");
        }
        assert_eq!(named("warn"), "warn");
    }
}
