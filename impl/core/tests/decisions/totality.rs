//! What holds of every decision, whatever was seen and whichever safeguards are on.

use crate::fixtures::{A, B, NODE, port, subset, uid};
use hopwise_core::mirror::{self, Decision, Downstream, ForeignKeys, Ground, Seen};
use hopwise_core::ncp::{self, Allocation, Listener, Nsx, Realization, Server};
use hopwise_core::{
    Clients, Hold, Lifecycle, Live, Protocol, ResourceVersion, Serving, Terms, Told, Uid, Upstream,
    ccm, vmop,
};
use hopwise_vocab::{Safeguard, Safeguards, Verb};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::net::{IpAddr, SocketAddr};

fn lifecycles() -> impl Strategy<Value = Lifecycle> {
    select(vec![Lifecycle::Live, Lifecycle::Deleting])
}

fn clients() -> impl Strategy<Value = Clients> {
    let network = "198.51.100.0/24".parse().expect("it is a network");
    select(vec![
        Clients::All,
        Clients::Of([].into()),
        Clients::Of([network].into()),
    ])
}

fn health_ports() -> impl Strategy<Value = Option<u16>> {
    select(vec![None, Some(30_100)])
}

prop_compose! {
    fn terms()(
        clients in clients(),
        address in addresses(),
        health_port in health_ports(),
    ) -> Terms {
        Terms { clients, address, health_port }
    }
}

fn addresses() -> impl Strategy<Value = Option<IpAddr>> {
    select(vec![None, Some(A), Some(B)])
}

fn tolds() -> impl Strategy<Value = Told> {
    select(vec![
        Told::Nothing,
        Told::Address(A),
        Told::Address(B),
        Told::Exhausted,
    ])
}

fn ports() -> impl Strategy<Value = Vec<hopwise_core::Port>> {
    subsequence(vec![port(80), port(81)], 0..=2)
}

fn owners() -> impl Strategy<Value = Option<Uid>> {
    select(vec![None, Some(uid("us")), Some(uid("other"))])
}

fn safeguards() -> impl Strategy<Value = Safeguards> {
    subsequence(Safeguard::ALL.to_vec(), 0..=Safeguard::ALL.len()).prop_map(|off| {
        off.into_iter()
            .fold(Safeguards::reference(), Safeguards::without)
    })
}

prop_compose! {
    fn upstreams()(
        lifecycle in lifecycles(),
        hold in select(vec![Hold::Held, Hold::NotHeld]),
        serving in select(vec![Serving::Ours, Serving::NotOurs]),
        ports in ports(),
        terms in terms(),
        told in tolds(),
    ) -> Upstream {
        let (uid, resource_version) = (uid("us"), ResourceVersion("7".into()));
        Upstream { uid, resource_version, lifecycle, hold, serving, ports, terms, told }
    }
}

prop_compose! {
    fn downstreams()(
        lifecycle in lifecycles(),
        stands_for in owners(),
        ports in ports(),
        terms in terms(),
        told in tolds(),
        foreign_keys in select(vec![ForeignKeys::Absent, ForeignKeys::Present]),
    ) -> Downstream {
        Downstream { uid: uid("ds"), lifecycle, stands_for, ports, terms, told, foreign_keys }
    }
}

fn seen_downstreams() -> impl Strategy<Value = Seen> {
    prop_oneof![
        Just(Seen::NotPolled),
        Just(Seen::Absent),
        downstreams().prop_map(Seen::Present)
    ]
}

prop_compose! {
    fn mirrors()(
        upstream in proptest::option::of(upstreams()),
        downstream in seen_downstreams(),
        live in proptest::option::of(proptest::option::of(downstreams())),
    ) -> mirror::Observed {
        mirror::Observed { upstream, downstream, live: live.map(Live::answered) }
    }
}

prop_compose! {
    fn vmops()(
        mirror in mirrors(),
        stands_for in owners(),
        exists in any::<bool>(),
        backends in select(vec![None, Some([].into()), Some([NODE].into())]),
    ) -> vmop::Observed {
        let subsets = [subset(80, NODE)].into();
        let endpoints = exists.then_some(vmop::Endpoints { stands_for, subsets });
        vmop::Observed { mirror, endpoints, backends }
    }
}

prop_compose! {
    fn servers()(
        vip in addresses(),
        port in select(vec![80, 81]),
        pooled in any::<bool>(),
        clients in clients(),
        health_port in health_ports(),
        realization in select(vec![
            Realization::Realized, Realization::Unrealized, Realization::Failed,
        ]),
    ) -> (Listener, Server) {
        let members = pooled.then(|| [SocketAddr::new(NODE, 30_080)].into());
        (Listener { protocol: Protocol::Tcp, port }, Server { vip, members, clients, health_port, realization })
    }
}

prop_compose! {
    fn ncps()(
        upstream in proptest::option::of(upstreams()),
        allocation in select(vec![
            None,
            Some(Allocation::Pending),
            Some(Allocation::Failed),
            Some(Allocation::Realized(A)),
        ]),
        servers in proptest::collection::btree_map(
            select(vec![80u16, 81]), servers(), 0..3
        ),
        was_read in any::<bool>(),
    ) -> ncp::Observed {
        let live = Nsx::answered(allocation, servers.into_values().collect());
        let backends = [subset(80, NODE)].into();
        ncp::Observed { upstream, backends, live: was_read.then_some(live) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_decision_never_reads_again(
        mut seen in mirrors(), found in proptest::option::of(downstreams()), off in safeguards(),
    ) {
        seen.live = Some(Live::answered(found));
        prop_assert_ne!(ccm::decide(&seen, &off), Decision::Read);
    }

    #[test]
    fn nothing_is_released_on_what_was_only_seen(seen in mirrors(), off in safeguards()) {
        if let Decision::Release { ground, .. } = ccm::decide(&seen, &off) {
            let was_read = seen.live.is_some();
            let is_waived = !off.has(Safeguard::HoldUntilGone);
            prop_assert_eq!(matches!(ground, Ground::Waived(_)), is_waived);
            prop_assert!(was_read || is_waived);
        }
    }

    #[test]
    fn ccm_and_vmop_agree_but_for_endpoints(seen in vmops(), off in safeguards()) {
        // Without it ccm compares annotations, which vmop never does.
        prop_assume!(off.has(Safeguard::OwnKeysOnly));
        match vmop::decide(&seen, &off) {
            vmop::Decision::Mirror(decision) => {
                prop_assert_eq!(decision, ccm::decide(&seen.mirror, &off));
            }
            vmop::Decision::WriteEndpoints(wanted) => {
                prop_assert_ne!(Some(wanted), seen.endpoints);
                let next = ccm::decide(&seen.mirror, &off);
                let is_report = matches!(next, Decision::Publish { .. } | Decision::Settled);
                prop_assert!(is_report);
            }
        }
    }

    #[test]
    fn every_delete_names_a_uid_unless_delete_by_uid_is_off(
        seen in mirrors(), off in safeguards(),
    ) {
        if let Decision::Delete { uid } = ccm::decide(&seen, &off) {
            prop_assert_eq!(uid.is_some(), off.has(Safeguard::DeleteByUid));
        }
    }

    #[test]
    fn in_the_reference_nothing_foreign_is_written(seen in mirrors()) {
        let reference = Safeguards::reference();
        let decision = ccm::decide(&seen, &reference);
        let touches = matches!(decision, Decision::Update { .. } | Decision::Delete { .. });
        let ours = |found: &Downstream| found.stands_for == Some(uid("us"));
        let seen_ours = matches!(&seen.downstream, Seen::Present(found) if ours(found));
        let found_ours = seen.live.as_ref().and_then(Live::found).is_some_and(ours);
        prop_assert!(!touches || seen_ours || found_ours);
    }

    #[test]
    fn no_hop_writes_a_status_that_says_so_already(
        seen in mirrors(), nsx in ncps(), off in safeguards(),
    ) {
        if let Decision::Publish { told, .. } = ccm::decide(&seen, &off) {
            prop_assert_ne!(Some(told), seen.upstream.map(|upstream| upstream.told));
        }
        if let ncp::Decision::Publish { told, .. } = ncp::decide(&nsx, &off) {
            prop_assert_ne!(Some(told), nsx.upstream.map(|upstream| upstream.told));
        }
    }

    #[test]
    fn without_surface_exhaustion_nobody_is_told_of_it(
        seen in mirrors(), nsx in ncps(), off in safeguards(),
    ) {
        let off = off.without(Safeguard::SurfaceExhaustion);
        let by_ccm = ccm::decide(&seen, &off);
        let is_telling = matches!(by_ccm, Decision::Publish { told: Told::Exhausted, .. });
        prop_assert!(!is_telling);
        let by_ncp = ncp::decide(&nsx, &off);
        let is_telling = matches!(by_ncp, ncp::Decision::Publish { told: Told::Exhausted, .. });
        prop_assert!(!is_telling);
    }

    #[test]
    fn ncp_writes_nsx_only_after_it_read_it(seen in ncps(), off in safeguards()) {
        let is_nsx_write = matches!(
            ncp::decide(&seen, &off).request(),
            Some((Verb::Allocate | Verb::Withdraw | Verb::Program | Verb::Unprogram, _))
        );
        prop_assert!(!is_nsx_write || seen.live.is_some());
    }

    #[test]
    fn ncp_reads_at_most_once(seen in ncps(), off in safeguards()) {
        let reads = ncp::decide(&seen, &off) == ncp::Decision::Read;
        prop_assert!(!reads || seen.live.is_none());
    }

    #[test]
    fn ncp_releases_only_what_nsx_has_nothing_of(seen in ncps(), off in safeguards()) {
        if let ncp::Decision::Release { .. } = ncp::decide(&seen, &off) {
            prop_assert_eq!(seen.live.as_ref().and_then(Live::found), None);
        }
    }
}
