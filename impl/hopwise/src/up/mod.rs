//! The whole chain on one machine: servers, controllers, nodes, and the story told with them.

pub mod apiserver;
pub mod assets;
pub mod bound;
pub mod chain;
pub mod control_plane;
pub mod directory;
pub mod nodes;
pub mod nsxt;
pub mod program;
pub mod story;
pub mod tools;

use anyhow::Context;
use hopwise_serve::{Authority, Transport};
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;

/// Whether there is TLS between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// TLS with a generated authority.
    Tls,
    /// Plain HTTP, because somebody asked for it.
    InsecureHttp,
}

/// Returns when the user, or the system, wants the program to end.
pub async fn wait_for_interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be handled");
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c()
        .await
        .expect("Ctrl-C can be handled");
}

/// A client of the API server that a kubeconfig names. It repeats nothing by itself.
///
/// # Errors
/// Says which file cannot be used.
pub async fn connect(kubeconfig: &Path) -> anyhow::Result<kube::Client> {
    let read = Kubeconfig::read_from(kubeconfig)
        .with_context(|| format!("read the kubeconfig {}", kubeconfig.display()))?;
    let mut config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
        .await
        .with_context(|| format!("use the kubeconfig {}", kubeconfig.display()))?;
    config.default_retry = false;
    kube::Client::try_from(config)
        .with_context(|| format!("connect as {} says", kubeconfig.display()))
}

/// Whether an address that a flag names is one of this machine: else nobody could listen on it.
///
/// # Errors
/// Says which is not, and what to do.
pub fn is_here(address: IpAddr, flag: &str) -> anyhow::Result<()> {
    let listening = UdpSocket::bind((address, 0));
    listening.map(drop).with_context(|| {
        format!(
            "{address} is no address of this machine: add it to the loopback interface, or name \
             others with {flag}"
        )
    })
}

/// 128 random bits in hexadecimal, for passwords and tokens.
pub fn secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A seed that nobody can guess, for what must not repeat between runs.
pub fn seed() -> u64 {
    getrandom::u64().expect("the operating system has random numbers")
}

/// The time of day, for servers that live in it.
#[expect(
    clippy::disallowed_methods,
    reason = "a listening server lives in real time"
)]
pub fn wall_clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// TLS with a new authority, or nothing.
///
/// # Errors
/// Says for which name no certificate can be made.
pub fn transport(
    wire: Wire,
    name: &str,
    address: SocketAddr,
) -> anyhow::Result<(Transport, Option<Authority>)> {
    match wire {
        Wire::InsecureHttp => Ok((Transport::Insecure, None)),
        Wire::Tls => {
            let authority = Authority::generate(&format!("hopwise {name}"))?;
            let names = ["localhost".to_owned(), address.ip().to_string()];
            Ok((Transport::Tls(authority.identity(&names)?), Some(authority)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_this_machine_does_not_have_is_named_with_its_flag() {
        is_here(IpAddr::from([127, 0, 0, 1]), "--pool").unwrap();
        // One for documentation (RFC 5737), which no machine has.
        let error = is_here(IpAddr::from([203, 0, 113, 1]), "--pool").unwrap_err();
        let message = error.to_string();
        for part in ["203.0.113.1", "loopback interface", "with --pool"] {
            assert!(message.contains(part), "{message}");
        }
    }
}
