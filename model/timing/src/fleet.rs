//! A run: many Services in some clusters, each a copy of the model, until all have come to their end.
//!
//! The copies meet in the poll of their cluster's ccm and in the ticks of the one ncp, and in
//! nothing else: each has a pool of its own, and no call waits for another's.

use crate::agenda::{Agenda, Clocks};
use crate::copy::{self, Copy, Stage, Times};
use crate::delays::{Delays, Timing};
use crate::draw::{Delay, Source};
use crate::measure::{Distribution, Measurements, Requests};
use crate::policy::{Policy, Sharing};
use hopwise_protocol::{Chain, State};
use hopwise_vocab::{Deed, Hop, Object, UserStep, Verb};
use std::time::Duration;

/// How many Services there are, where, and when they are created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// Guest clusters, each with a ccm of its own.
    pub clusters: usize,
    /// Services of all clusters together.
    pub services: usize,
    /// The time in which they are created, each at any moment of it.
    pub window: Duration,
}

/// When the ticks of ccm and ncp come, which matters where their intervals are the same: then they
/// keep their distance as long as they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phases {
    /// Anywhere, each on its own.
    Drawn,
    /// All at once, since the controllers were started together.
    Together,
}

/// Everything about a run but its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// How long things take.
    pub delays: Delays,
    /// When ccm polls.
    pub policy: Policy,
    /// When the ticks come.
    pub phases: Phases,
    /// How much there is.
    pub fleet: Fleet,
    /// When the run ends, whatever has not been reached then.
    pub horizon: Duration,
}

impl Default for Setup {
    /// One cluster with 400 Services, polled in the controllers' default interval.
    fn default() -> Setup {
        Setup {
            delays: Delays::default(),
            policy: Policy::Regular {
                interval: Duration::from_secs(10),
            },
            phases: Phases::Drawn,
            fleet: Fleet {
                clusters: 1,
                services: 400,
                window: Duration::from_secs(300),
            },
            horizon: Duration::from_secs(24 * 3600),
        }
    }
}

/// Runs the model with these delays. The result is a function of its arguments.
///
/// # Panics
/// Where there is no cluster, or an interval is zero.
pub fn run(setup: &Setup, seed: u64) -> Measurements {
    run_while(setup, seed, || true)
}

/// The same, cut before the first step at which it may not go on.
///
/// # Panics
/// Where there is no cluster, or an interval is zero.
pub fn run_while(setup: &Setup, seed: u64, may_go_on: impl Fn() -> bool) -> Measurements {
    let mut run = Run::begin(setup, seed);
    while run.finished < setup.fleet.services && may_go_on() {
        let (now, event) = run.agenda.next().expect("while Services live, ncp ticks");
        if now > setup.horizon {
            run.now = setup.horizon;
            break;
        }
        run.now = now;
        match event {
            Event::Arrive(service) => run.arrive(service),
            Event::OfService(service, deed) => run.step(service, deed),
            Event::OfCluster(cluster, deed) => run.poll(cluster, deed),
        }
    }
    run.measured()
}

/// The purposes of randomness from this number on are clusters'; those below are Services'.
const OF_CLUSTERS: u64 = 1 << 32;

/// What happens, and to whom.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The user creates a Service.
    Arrive(usize),
    /// A step of one Service.
    OfService(usize, Deed),
    /// A step of a cluster's poll, which all of its Services take.
    OfCluster(usize, Deed),
}

/// Moments at equal distances.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    interval: Duration,
    phase: Duration,
}

/// A guest cluster: its ccm as it is before the user creates something.
struct Cluster {
    idle: State,
    ticks: Ticks,
    clocks: Clocks<Deed>,
    source: Source,
}

struct Run<'a> {
    setup: &'a Setup,
    seed: u64,
    chain: Chain,
    now: Duration,
    agenda: Agenda<Event>,
    ncp_ticks: Ticks,
    vmop_ticks: Ticks,
    clusters: Vec<Cluster>,
    /// The Services that have been created and have not come to their end.
    copies: Vec<Option<Copy>>,
    finished: usize,
    times: Vec<Times>,
    requests: Vec<Requests>,
}

impl<'a> Run<'a> {
    fn begin(setup: &'a Setup, seed: u64) -> Run<'a> {
        let Fleet {
            clusters, services, ..
        } = setup.fleet;
        assert!(clusters > 0, "a Service is in a cluster");
        let chain = copy::chain(setup.policy.safeguards());
        let mut phases = Source::new(seed, 0);
        let mut ticks = |hop| Ticks::every(setup.delays.tick(hop), setup.phases, &mut phases);
        let (ncp_ticks, vmop_ticks) = (ticks(Hop::Ncp), ticks(Hop::Vmop));
        let clusters = (0..clusters).map(|cluster| {
            let mut source = Source::new(seed, OF_CLUSTERS + cluster as u64);
            Cluster {
                idle: chain.beginning(),
                ticks: Ticks::every(setup.policy.longest(), setup.phases, &mut source),
                clocks: Clocks::new(),
                source,
            }
        });
        let mut run = Run {
            setup,
            seed,
            clusters: clusters.collect(),
            chain,
            now: Duration::ZERO,
            agenda: Agenda::new(),
            ncp_ticks,
            vmop_ticks,
            copies: (0..services).map(|_| None).collect(),
            finished: 0,
            times: vec![Times::default(); services],
            requests: vec![Requests::default(); setup.fleet.clusters],
        };
        run.invite();
        run
    }

    /// Enters when each Service is created: after the first poll, since a controller that has just
    /// started is another question.
    fn invite(&mut self) {
        let begin = match self.setup.policy.sharing() {
            Sharing::Cluster => self.setup.policy.longest() * 2,
            Sharing::Nobody => Duration::ZERO,
        };
        let arrival = Delay::Uniform(begin, begin + self.setup.fleet.window);
        for service in 0..self.copies.len() {
            let at = arrival.draw(&mut self.source_of(service));
            self.agenda.enter(at, Event::Arrive(service));
        }
        for cluster in 0..self.clusters.len() {
            self.follow_cluster(cluster);
        }
    }

    fn source_of(&self, service: usize) -> Source {
        Source::new(self.seed, 1 + service as u64)
    }

    fn cluster_of(&self, service: usize) -> usize {
        service % self.clusters.len()
    }

    /// The user creates a Service. Until then its copy is as idle as its cluster.
    fn arrive(&mut self, service: usize) {
        let idle = &self.clusters[self.cluster_of(service)].idle;
        let state = copy::after(&self.chain, idle, Deed::User(UserStep::Create))
            .expect("a Service that there is not can be created");
        let mut source = self.source_of(service);
        // The first draw was the arrival.
        source.unit();
        self.copies[service] = Some(Copy::created(state, self.now, source));
        self.follow(service);
    }

    /// A clock of a Service rings.
    fn step(&mut self, service: usize, deed: Deed) {
        let cluster = self.cluster_of(service);
        self.requests[cluster].count(deed);
        self.take(service, deed);
    }

    /// A clock of a cluster's poll rings: one request, and a step of every Service.
    fn poll(&mut self, cluster: usize, deed: Deed) {
        self.requests[cluster].count(deed);
        let at = &mut self.clusters[cluster];
        at.idle = copy::after(&self.chain, &at.idle, deed).expect("its clock runs");
        at.clocks.rang(deed);
        for service in (cluster..self.copies.len()).step_by(self.clusters.len()) {
            if self.copies[service].is_some() {
                self.take(service, deed);
            }
        }
        self.follow_cluster(cluster);
    }

    fn take(&mut self, service: usize, deed: Deed) {
        let copy = self.copies[service].as_mut().expect("it lives");
        let state = copy::after(&self.chain, &copy.state, deed).expect("its clock runs");
        if deed == Deed::Poll {
            copy.polls += 1;
        }
        copy.step(&self.chain, deed, state, self.now);
        if copy.stage == Stage::Free {
            copy.clocks.stop(&mut self.agenda);
            self.times[service] = copy.times;
            self.copies[service] = None;
            self.finished += 1;
        } else {
            self.follow(service);
        }
    }

    /// Sets the clocks of a Service after its state has changed.
    fn follow(&mut self, service: usize) {
        let delays = &self.setup.delays;
        let copy = self.copies[service].as_mut().expect("it lives");
        let turn = copy.users_turn();
        let shares = self.setup.policy.sharing();
        let enabled = copy::enabled(&self.chain, &copy.state, |deed| {
            if let Deed::User(step) = deed {
                turn == Some(step)
            } else if is_poll(deed) {
                shares == Sharing::Nobody
            } else {
                delays.of(deed) != Timing::Never
            }
        });
        if copy.polls_nothing() && !enabled.contains(&Deed::Poll) {
            copy.polls = 0;
        }
        let Copy {
            clocks,
            source,
            polls,
            ..
        } = copy;
        clocks.follow(&enabled, &mut self.agenda, |deed| {
            let at = match delays.of(deed) {
                Timing::After(delay) => self.now + delay.draw(source),
                Timing::WithTick(Hop::Ncp) => self.ncp_ticks.after(self.now),
                Timing::WithTick(Hop::Ccm | Hop::Vmop) => self.vmop_ticks.after(self.now),
                Timing::ByPolicy => self.now + self.setup.policy.backoff(*polls),
                Timing::Never => unreachable!("{deed} is not followed"),
            };
            (at, Event::OfService(service, deed))
        });
    }

    /// Sets the clocks of a cluster's poll after its state has changed.
    fn follow_cluster(&mut self, cluster: usize) {
        let delays = &self.setup.delays;
        let shares = self.setup.policy.sharing();
        let Cluster {
            idle,
            ticks,
            clocks,
            source,
        } = &mut self.clusters[cluster];
        let enabled = copy::enabled(&self.chain, idle, |deed| {
            is_poll(deed) && shares == Sharing::Cluster
        });
        clocks.follow(&enabled, &mut self.agenda, |deed| {
            let at = match delays.of(deed) {
                Timing::After(delay) => self.now + delay.draw(source),
                Timing::ByPolicy => ticks.after(self.now),
                Timing::WithTick(_) | Timing::Never => unreachable!("{deed} is no poll"),
            };
            (at, Event::OfCluster(cluster, deed))
        });
    }

    /// What was reached until now, also of Services that have not come to their end.
    fn measured(mut self) -> Measurements {
        for (times, copy) in self.times.iter_mut().zip(&self.copies) {
            if let Some(copy) = copy {
                *times = copy.times;
            }
        }
        let of = |time: fn(&Times) -> Option<Duration>| {
            Distribution::of(self.times.iter().filter_map(time))
        };
        Measurements {
            published: of(|times| times.published),
            realized: of(|times| times.realized),
            gone: of(|times| times.gone),
            free: of(|times| times.free),
            unfinished: self.times.len() - self.finished,
            requests: self.requests,
            lasted: self.now,
        }
    }
}

impl Ticks {
    fn every(interval: Duration, phases: Phases, source: &mut Source) -> Ticks {
        assert!(interval > Duration::ZERO, "ticks are some time apart");
        let phase = match phases {
            Phases::Drawn => Delay::Uniform(Duration::ZERO, interval).draw(source),
            Phases::Together => Duration::ZERO,
        };
        Ticks { interval, phase }
    }

    /// The first tick after a moment.
    fn after(self, moment: Duration) -> Duration {
        let Some(since) = moment.checked_sub(self.phase) else {
            return self.phase;
        };
        let ticks = since.as_nanos() / self.interval.as_nanos() + 1;
        let ticks = u32::try_from(ticks).expect("a run has fewer ticks");
        self.phase + self.interval * ticks
    }
}

/// Whether it is part of ccm's LIST.
fn is_poll(deed: Deed) -> bool {
    let list = (Hop::Ccm, Verb::List, Object::VmService);
    let is_list = |hop, verb, object| (hop, verb, object) == list;
    deed == Deed::Poll
        || matches!(deed, Deed::Serve(hop, verb, object) | Deed::Hear(hop, verb, object)
            if is_list(hop, verb, object))
}
