//! What a settled chain goes on to ask, whatever the number of Services.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

#[path = "../examples/load/fleet.rs"]
mod fleet;
#[path = "../examples/load/requests.rs"]
mod requests;
#[path = "../examples/load/users.rs"]
mod users;

use fleet::{Fleet, Plan, Ticks};
use futures::{StreamExt, future};
use hopwise_shell::cli::ticks;
use requests::{Asked, between};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

const CLUSTERS: usize = 2;
/// Everybody looks this often.
const PERIOD: Duration = Duration::from_secs(10);
/// How many periods are watched.
const PERIODS: u32 = 3;

type Count = BTreeMap<Asked, u64>;

/// What is asked of the guest clusters, the Supervisor and NSX-T in some periods, with so many
/// Services in each cluster.
async fn asked_once_settled(services: usize) -> [Count; 3] {
    let plan = Plan {
        clusters: CLUSTERS,
        is_over_http: false,
    };
    let due = Ticks {
        ccm: (0..CLUSTERS).map(|_| ticks(PERIOD).boxed()).collect(),
        vmop: ticks(PERIOD).boxed(),
        ncp: ticks(PERIOD).boxed(),
    };
    let fleet = Fleet::start(&plan, due).await.unwrap();
    let guests = fleet.guests.iter();
    let all = guests.map(|guest| users::create_and_wait(guest, services));
    let published = future::try_join_all(all).await.unwrap().concat();
    assert_eq!(published.len(), CLUSTERS * services);
    // Everybody has looked once more, and the next look is half a period away.
    sleep(PERIOD + PERIOD / 2).await;
    let servers = [&fleet.to_guests, &fleet.to_supervisor, &fleet.to_nsx];
    let before = servers.map(requests::Requests::so_far);
    sleep(PERIOD * PERIODS).await;
    [0, 1, 2].map(|index| between(&before[index], &servers[index].so_far()))
}

#[tokio::test(start_paused = true)]
async fn whatever_the_number_of_services_a_poll_is_one_list_and_ncps_lists_are_two_a_tick() {
    let periods = u64::from(PERIODS);
    let of = |who: &str, verb, what: &str| (who.to_owned(), verb, what.to_owned());
    for services in [1, 5, 20] {
        let [guests, supervisor, nsx] = asked_once_settled(services).await;
        assert_eq!(guests, Count::new());
        let polls = CLUSTERS as u64 * periods;
        let ccm = of(
            "guest-cluster-cloud-provider",
            "get",
            "virtualmachineservices",
        );
        assert_eq!(supervisor, Count::from([(ccm, polls)]));
        // Nobody can watch NSX-T: of each Service its address is read, and how far all has come. What
        // only lists tell is asked by the first for itself, and meanwhile waited for by all others.
        let lists = 2 * periods;
        let looks = (CLUSTERS * services) as u64 * periods;
        let each = Count::from([
            (of("ncp", "get", "ip-allocations/NAME"), looks),
            (of("ncp", "get", "realized-entities"), 3 * looks),
            (of("ncp", "get", "lb-virtual-servers"), lists),
            (of("ncp", "get", "lb-pools"), lists),
            (of("ncp", "get", "search"), periods),
        ]);
        assert_eq!(nsx, each);
    }
}
