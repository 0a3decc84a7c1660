//! What must be true of every run, and what can be computed without one.

use hopwise_timing::{
    Delay, Delays, Distribution, Fleet, Measurements, Phases, Policy, Setup, run, run_while,
};
use std::cell::Cell;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn fleet(clusters: usize, services: usize) -> Fleet {
    Fleet {
        clusters,
        services,
        window: SECOND * 100,
    }
}

fn polled_every(interval: Duration) -> Setup {
    Setup {
        policy: Policy::Regular { interval },
        fleet: fleet(1, 300),
        ..Setup::default()
    }
}

#[test]
fn without_latencies_a_service_waits_for_the_rest_of_the_poll_interval() {
    let interval = SECOND * 10;
    let setup = Setup {
        delays: Delays::NONE,
        fleet: fleet(1, 2000),
        ..polled_every(interval)
    };
    let published = run(&setup, 1).published;
    assert!(published.most() <= interval, "{:?}", published.most());
    // Uniform from 0 to the interval: the mean of 2000 is off by more than 3 % once in a million.
    let (mean, half) = (published.mean().as_secs_f64(), interval.as_secs_f64() / 2.0);
    assert!(
        (mean - half).abs() < 0.03 * interval.as_secs_f64(),
        "{mean}"
    );
}

#[test]
fn without_latencies_a_deleted_service_waits_for_the_rest_of_the_poll_interval() {
    let interval = SECOND * 10;
    let setup = Setup {
        delays: Delays {
            think: Delay::Uniform(SECOND, SECOND * 31),
            ..Delays::NONE
        },
        fleet: fleet(1, 2000),
        ..polled_every(interval)
    };
    let measured = run(&setup, 1);
    assert!(measured.gone.most() <= interval);
    let (mean, half) = (measured.gone.mean().as_secs_f64(), 5.0);
    assert!((mean - half).abs() < 0.3, "{mean}");
    assert_eq!(measured.realized.most(), Duration::ZERO);
}

#[test]
fn with_latencies_of_one_length_nothing_takes_longer_than_an_interval_and_its_passes() {
    let (call, interval) = (Duration::from_millis(10), SECOND);
    let setup = Setup {
        delays: Delays {
            api: Delay::Fixed(call),
            nsx: Delay::Fixed(call),
            delivery: Delay::Fixed(call),
            ..Delays::NONE
        },
        ..polled_every(interval)
    };
    let published = run(&setup, 1).published;
    // Hold, create, and hold, create, by the first two hops; hold, read, allocate, read, program,
    // read, publish by ncp; two publishes and a LIST; and deliveries between them.
    assert!(
        published.most() < interval + call * 40,
        "{:?}",
        published.most()
    );
    assert!(published.least() > call * 10, "{:?}", published.least());
}

#[test]
fn the_quarantine_is_the_least_time_until_an_address_is_free() {
    let measured = run(&polled_every(SECOND), 1);
    assert!(measured.free.least() >= SECOND * 120);
    assert!(measured.gone.most() < SECOND * 120);
}

#[test]
fn the_same_seed_measures_the_same_and_another_does_not() {
    let setup = polled_every(SECOND);
    assert_eq!(run(&setup, 1), run(&setup, 1));
    assert_ne!(run(&setup, 1), run(&setup, 2));
}

#[test]
fn the_lists_do_not_grow_with_the_services_but_with_the_clusters() {
    let interval = SECOND * 5;
    let lists = |clusters, services| {
        let setup = Setup {
            fleet: fleet(clusters, services),
            ..polled_every(interval)
        };
        let measured: Measurements = run(&setup, 1);
        measured.per_second(measured.all_requests().polls)
    };
    for (clusters, services) in [(1, 1), (1, 300), (5, 1), (5, 300)] {
        let (seen, expected) = (lists(clusters, services), clusters as f64 / 5.0);
        assert!(
            (seen - expected).abs() < 0.03 * expected,
            "{clusters}, {services}: {seen}"
        );
    }
}

#[test]
fn as_built_a_service_is_published_by_a_poll_of_the_backoff() {
    let delays = Delays {
        allocation: Delay::Fixed(SECOND * 16),
        ..Delays::NONE
    };
    let setup = Setup {
        delays: Delays {
            ncp_tick: SECOND,
            ..delays
        },
        policy: Policy::AS_BUILT,
        fleet: fleet(1, 100),
        ..Setup::default()
    };
    let measured = run(&setup, 1);
    // Polls are at 0, 5, 15 and 35 s after ccm sees the Service.
    assert_eq!(measured.published.least(), SECOND * 35);
    assert_eq!(measured.published.most(), SECOND * 35);
}

#[test]
fn a_service_that_does_not_come_to_its_end_is_counted() {
    let setup = Setup {
        horizon: SECOND * 60,
        ..polled_every(SECOND)
    };
    let measured = run(&setup, 1);
    assert_eq!(measured.unfinished, 300);
    assert_eq!(measured.lasted, SECOND * 60);
}

#[test]
fn what_was_reached_before_the_horizon_is_measured() {
    let setup = Setup {
        horizon: SECOND * 150,
        ..polled_every(SECOND)
    };
    let measured = run(&setup, 1);
    let counts = [&measured.published, &measured.gone, &measured.free].map(Distribution::count);
    assert!(
        counts.is_sorted_by(|more, fewer| more > fewer),
        "{counts:?}"
    );
    assert_eq!(counts[2], 300 - measured.unfinished);
}

#[test]
fn a_run_that_may_not_go_on_measures_what_it_has_seen() {
    let steps = Cell::new(0);
    let measured = run_while(&polled_every(SECOND), 1, || {
        steps.set(steps.get() + 1);
        steps.get() <= 20_000
    });
    assert_eq!(steps.get(), 20_001);
    assert!(measured.unfinished > 0 && measured.published.count() > 0);
    assert!(measured.lasted < run(&polled_every(SECOND), 1).lasted);
}

#[test]
fn ticks_that_begin_together_make_the_poll_miss_what_the_tick_made() {
    let interval = SECOND * 5;
    let milliseconds = |few| Delay::Fixed(Duration::from_millis(few));
    let delays = Delays {
        api: milliseconds(2),
        nsx: milliseconds(2),
        delivery: milliseconds(1),
        allocation: milliseconds(50),
        load_balancer: milliseconds(50),
        ncp_tick: interval,
        ..Delays::NONE
    };
    let setup = Setup {
        delays,
        phases: Phases::Together,
        ..polled_every(interval)
    };
    assert!(run(&setup, 1).published.least() > interval * 2);
}
