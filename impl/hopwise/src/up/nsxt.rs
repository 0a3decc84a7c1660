//! The embedded NSX-T manager, listening, with its clockwork and its data path.

use super::Wire;
use crate::cli::AddressRange;
use crate::storm::Weather;
use crate::storm::weather::Exposed;
use hopwise_nsxt::datapath::DataPath;
use hopwise_nsxt::{Credentials, Manager, Options, PolicyApi, Realization, keep_time};
use hopwise_serve::{Authority, listen, serve};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The id of the pool that addresses come from.
pub const POOL: &str = "vips";

/// How long NSX-T takes to realize something.
const REALIZATION: Duration = Duration::from_millis(50);
/// How long it takes in bad weather.
const LATE_REALIZATION: Duration = Duration::from_millis(700);

/// What is served, and where.
pub struct NsxPlan {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The administrator's name.
    pub user: String,
    /// The administrator's password.
    pub password: String,
    /// The addresses of the pool.
    pub pool: AddressRange,
    /// How long a released address stays in quarantine.
    pub release_delay: Duration,
    /// TLS or not.
    pub transport: Wire,
    /// Where the state is kept; nowhere if none is named.
    pub state: Option<PathBuf>,
}

/// A listening manager; it ends when it is dropped.
pub struct ServedNsx {
    address: SocketAddr,
    authority: Option<Authority>,
    _tasks: JoinSet<()>,
}

impl ServedNsx {
    /// Starts it.
    ///
    /// # Errors
    /// Says which address is taken, why the pool cannot be made, or what is wrong with the state's
    /// file.
    pub async fn start(plan: NsxPlan) -> anyhow::Result<ServedNsx> {
        ServedNsx::start_in(None, plan).await
    }

    /// The same, with a weather over it, in which it realizes late.
    ///
    /// # Errors
    /// As above.
    pub async fn start_in(weather: Option<Weather>, plan: NsxPlan) -> anyhow::Result<ServedNsx> {
        let delay = weather.as_ref().map_or(REALIZATION, |_| LATE_REALIZATION);
        let options = Options {
            clock: Arc::new(super::wall_clock),
            seed: super::seed(),
            credentials: Credentials {
                username: plan.user,
                password: plan.password,
            },
            realization: Realization::After(delay),
            purge: Realization::Immediate,
        };
        let manager = match &plan.state {
            Some(file) => Manager::open(options, file)?,
            None => Manager::new(options),
        };
        manager.add_pool(POOL, plan.pool.first, plan.pool.last, plan.release_delay)?;
        let listener = listen(plan.listen).await?;
        let address = listener.local_addr()?;
        let (transport, authority) = super::transport(plan.transport, "NSX-T", address)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_time(manager.clone()));
        tasks.spawn(DataPath::new(manager.clone()).run());
        let (service, never) = (PolicyApi(manager), std::future::pending());
        match weather {
            None => tasks.spawn(serve(listener, transport, service, never)),
            Some(weather) => {
                let exposed = Exposed { service, weather };
                tasks.spawn(serve(listener, transport, exposed, never))
            }
        };
        Ok(ServedNsx {
            address,
            authority,
            _tasks: tasks,
        })
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate that clients have to trust, in PEM; none for plain HTTP.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_ref().map(Authority::certificate_pem)
    }
}
