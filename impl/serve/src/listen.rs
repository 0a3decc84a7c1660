//! Taking a port.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::Error;

/// Listens on `address`; port 0 takes any free port.
///
/// # Errors
/// [`Error::Taken`] names the address that another program holds.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == ErrorKind::AddrInUse {
            Error::Taken { address }
        } else {
            Error::Listen { address, source }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_together_with_what_to_do() {
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = first.local_addr().unwrap();
        let error = listen(address).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{address} is already taken: stop what listens there, or choose another address"
            )
        );
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_not_called_taken() {
        let error = listen("192.0.2.1:1".parse().unwrap()).await.unwrap_err();
        assert_eq!(error.to_string(), "listen on 192.0.2.1:1");
    }
}
