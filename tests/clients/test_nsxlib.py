"""A session of vmware-nsxlib, on which NCP stands. Each test follows on the one before."""

import pytest
from vmware_nsxlib.v3 import config, exceptions, nsx_constants, policy, utils
from vmware_nsxlib.v3.policy import lb_defs, transaction

TCP = "default-tcp-lb-app-profile"
TAGS = [{"scope": "ncp/cluster", "tag": "k8s-1"}, {"scope": "ncp/service_uid", "tag": "u:1/x"}]
# As a search has to write them.
ESCAPED = [{key: utils.escape_tag_data(it[key]) for key in it} for it in TAGS]
RANGE = {"start": "127.91.0.1", "end": "127.91.0.2"}


@pytest.fixture(scope="module")
def nsx(nsx_url, nsx_password, nsx_ca):
    """The library, logged in, with a second of patience where it waits."""
    return policy.NsxPolicyLib(
        config.NsxLibConfig(
            nsx_api_managers=[nsx_url],
            username="admin",
            password=nsx_password,
            insecure=False,
            ca_file=nsx_ca,
            max_attempts=2,
            allow_passthrough=True,
            realization_max_attempts=40,
            realization_wait_sec=0.05,
        )
    )


def refused(kind, code, call):
    """The text with which the manager refuses the call."""
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.error_code == code
    return str(caught.value)


def ids(objects):
    return [it["id"] for it in objects]


def address_of(nsx, allocation):
    info = nsx.ip_pool.get_ip_alloc_realization_info("lib", allocation, wait=True)
    attribute = info["extended_attributes"][0]
    assert attribute["key"] == "allocation_ip"
    return attribute["values"][0]


# --- the manager itself


def test_the_manager_is_known_and_has_what_the_library_looks_for(nsx):
    assert nsx.get_version() == "3.1.3.3.0.18844962"
    assert nsx.feature_supported(nsx_constants.FEATURE_PARTIAL_UPDATES)
    limits = nsx.get_tag_limits()
    assert (limits.scope_length, limits.tag_length, limits.max_tags) == (128, 256, 30)


# --- addresses


def test_a_pool_hands_out_addresses_until_it_is_exhausted(nsx):
    nsx.ip_pool.create_or_overwrite("lib", ip_pool_id="lib", tags=TAGS)
    nsx.ip_pool.create_or_update_static_subnet(
        "lib", "127.91.0.0/29", [RANGE], ip_subnet_id="subnet", name="subnet"
    )
    assert nsx.ip_pool.get("lib")["tags"] == TAGS
    assert ids(nsx.ip_pool.list_static_subnets("lib")) == ["subnet"]
    assert nsx.ip_pool.get_realization_info("lib", entity_type="IpPool")["state"] == "REALIZED"

    for allocation in ["one", "two", "three"]:
        nsx.ip_pool.allocate_ip("lib", ip_allocation_id=allocation)
    assert address_of(nsx, "one") == "127.91.0.1"
    assert address_of(nsx, "two") == "127.91.0.2"
    with pytest.raises(exceptions.RealizationErrorStateError) as caught:
        address_of(nsx, "three")
    assert caught.value.error_code == 5109
    assert "Insufficient free IP addresses." in str(caught.value)
    assert sorted(ids(nsx.ip_pool.list_allocations("lib"))) == ["one", "three", "two"]


def test_the_same_allocation_again_keeps_its_address(nsx):
    nsx.ip_pool.allocate_ip("lib", ip_allocation_id="one")
    assert address_of(nsx, "one") == "127.91.0.1"


def test_what_holds_addresses_cannot_be_deleted(nsx):
    refused(
        exceptions.ResourceInUse, 500030, lambda: nsx.ip_pool.release_static_subnet("lib", "subnet")
    )
    refused(exceptions.ResourceInUse, 500030, lambda: nsx.ip_pool.delete("lib"))


def test_a_released_address_is_given_to_who_asks_later(nsx):
    nsx.ip_pool.release_ip("lib", "three")
    nsx.ip_pool.release_ip("lib", "one")
    with pytest.raises(exceptions.ResourceNotFound):
        nsx.ip_pool.get_allocation("lib", "one")
    nsx.ip_pool.update("lib", name="library")
    assert nsx.ip_pool.get("lib")["display_name"] == "library"


def test_a_certain_address_is_granted_once_and_only_from_the_range(nsx):
    def state(allocation, address):
        nsx.ip_pool.allocate_ip("lib", ip_allocation_id=allocation, ip_address=address)
        with pytest.raises(exceptions.RealizationErrorStateError) as caught:
            address_of(nsx, allocation)
        nsx.ip_pool.release_ip("lib", allocation)
        return caught.value.error_code

    assert state("taken", "127.91.0.2") == 5141
    assert state("outside", "127.91.0.6") == 5110


def test_an_overlapping_subnet_is_refused(nsx):
    # The library tells error code 500105 by this exception alone.
    with pytest.raises(exceptions.NsxOverlapAddresses):
        nsx.ip_pool.create_or_update_static_subnet(
            "lib", "127.91.0.0/24", [{"start": "127.91.0.2", "end": "127.91.0.9"}], "other"
        )


# --- load balancing


def test_a_load_balancer_is_built_and_realized(nsx):
    lb = nsx.load_balancer
    lb.lb_service.create_or_overwrite(
        "lib", lb_service_id="lib", size="SMALL", tags=TAGS, connectivity_path="/infra/tier-1s/t"
    )
    member = lb_defs.LBPoolMemberDef("127.0.0.1", port="9", name="node")
    lb.lb_pool.create_or_overwrite(
        "web", lb_pool_id="web", members=[member], algorithm="LEAST_CONNECTION", tags=TAGS
    )
    lb.virtual_server.create_or_overwrite(
        "web",
        virtual_server_id="web",
        application_profile_id=TCP,
        lb_service_id="lib",
        pool_id="web",
        ip_address="127.91.0.2",
        ports=["18080"],
        tags=TAGS,
    )
    lb.lb_service.wait_until_realized("lib")
    lb.lb_pool.wait_until_realized("web")
    lb.virtual_server.wait_until_realized("web", entity_type="LbVirtualServerDto")
    server = lb.virtual_server.get("web")
    assert server["pool_path"] == "/infra/lb-pools/web"
    assert server["lb_service_path"] == "/infra/lb-services/lib"
    assert lb.lb_pool.get("web")["snat_translation"] == {"type": "LBSnatAutoMap"}


def test_what_is_referred_to_has_to_be_there(nsx):
    text = refused(
        exceptions.NsxInvalidPath,
        500012,
        lambda: nsx.load_balancer.virtual_server.create_or_overwrite(
            "lost",
            application_profile_id=TCP,
            pool_id="nowhere",
            ip_address="127.91.0.2",
            ports=["1"],
        ),
    )
    assert "The path=[/infra/lb-pools/nowhere] is invalid" in text


def test_members_come_change_and_go_while_the_rest_stays(nsx):
    pool = nsx.load_balancer.lb_pool
    pool.create_pool_member_and_add_to_pool("web", "127.0.0.2", port="9", weight=3)
    pool.update_pool_member("web", "127.0.0.1", port=9, admin_state="GRACEFUL_DISABLED")
    read = pool.get("web")
    assert [(it["ip_address"], it["weight"], it["admin_state"]) for it in read["members"]] == [
        ("127.0.0.1", 1, "GRACEFUL_DISABLED"),
        ("127.0.0.2", 3, "ENABLED"),
    ]
    assert read["algorithm"] == "LEAST_CONNECTION" and read["tags"] == TAGS
    pool.remove_pool_member("web", "127.0.0.1", port=9)
    assert [it["ip_address"] for it in pool.get("web")["members"]] == ["127.0.0.2"]


def test_a_virtual_server_is_updated_in_place(nsx):
    servers = nsx.load_balancer.virtual_server
    before = servers.get("web")
    servers.update("web", ports=["18081"], description="moved")
    after = servers.get("web")
    assert (after["ports"], after["description"]) == (["18081"], "moved")
    assert after["_revision"] > before["_revision"] and after["pool_path"] == before["pool_path"]


def test_status_statistics_and_usage_are_told(nsx):
    services = nsx.load_balancer.lb_service
    nsx.load_balancer.virtual_server.wait_until_realized("web", entity_type="LbVirtualServerDto")
    [status] = services.get_status("lib")["results"]
    assert (status["resource_type"], status["service_status"]) == ("LBServiceStatus", "UP")
    [server] = services.get_virtual_server_status("lib", "web")["results"]
    assert server["virtual_server_path"] == "/infra/lb-virtual-servers/web"
    [statistics] = services.get_statistics("lib")["results"]
    assert statistics["statistics"]["l4_total_sessions"] == 0
    [usage] = services.get_usage("lib")["results"]
    assert (usage["current_virtual_server_count"], usage["current_pool_count"]) == (1, 1)


def test_deletion_in_the_wrong_order_is_refused_by_name(nsx):
    lb = nsx.load_balancer
    refused(exceptions.ResourceInUse, 500030, lambda: lb.lb_pool.delete("web"))
    refused(exceptions.ResourceInUse, 500030, lambda: lb.lb_service.delete("lib"))
    # Code 8327, to which the library gives this name whatever it is about.
    with pytest.raises(exceptions.NsxOverlapVlan):
        lb.lb_fast_tcp_profile.delete(TCP)


def test_all_is_found_by_its_tags(nsx):
    found = nsx.search_all_by_tags(ESCAPED)
    assert sorted((it["resource_type"], it["id"]) for it in found) == [
        ("IpAddressPool", "lib"),
        ("LBPool", "web"),
        ("LBService", "lib"),
        ("LBVirtualServer", "web"),
    ]
    one = nsx.search_by_tags(ESCAPED, resource_type="LBVirtualServer")
    assert one["results"][0]["id"] == "web" and one["result_count"] == 1
    assert nsx.search_by_tags([{**ESCAPED[0], "tag": "other"}])["results"] == []


def test_a_list_is_read_over_its_pages(nsx):
    for number in range(5):
        nsx.load_balancer.lb_pool.create_or_overwrite(f"p{number}", lb_pool_id=f"p{number}")
    path = "infra/lb-pools?page_size=2"
    listed = nsx.client.list(path)
    assert ids(listed["results"]) == ["p0", "p1", "p2", "p3", "p4", "web"]
    first = nsx.client.get(path)
    assert first["result_count"] == 6 and len(first["results"]) == 2 and first["cursor"]


def test_a_transaction_is_stored_whole_or_not_at_all(nsx):
    lb = nsx.load_balancer
    with transaction.NsxPolicyTransaction():
        lb.lb_pool.create_or_overwrite("together", lb_pool_id="together")
        lb.virtual_server.create_or_overwrite(
            "together",
            virtual_server_id="together",
            application_profile_id=TCP,
            pool_id="together",
            ip_address="127.91.0.2",
            ports=["18082"],
        )
    assert lb.virtual_server.get("together")["pool_path"] == "/infra/lb-pools/together"

    def broken():
        with transaction.NsxPolicyTransaction():
            lb.lb_pool.create_or_overwrite("half", lb_pool_id="half")
            lb.virtual_server.create_or_overwrite(
                "half",
                virtual_server_id="half",
                application_profile_id=TCP,
                pool_id="nowhere",
                ip_address="127.91.0.2",
                ports=["18083"],
            )

    refused(exceptions.NsxInvalidPath, 500012, broken)
    with pytest.raises(exceptions.ResourceNotFound):
        lb.lb_pool.get("half", silent=True)

    with transaction.NsxPolicyTransaction():
        lb.virtual_server.delete("together")
        lb.lb_pool.delete("together")
    with pytest.raises(exceptions.ResourceNotFound):
        lb.virtual_server.get("together", silent=True)


def test_monitors_and_profiles_are_kept_and_used(nsx):
    lb = nsx.load_balancer
    lb.lb_monitor_profile_tcp.create_or_overwrite("alive", name="alive", interval=3)
    monitor = lb.lb_monitor_profile_tcp.get("alive")
    assert (monitor["resource_type"], monitor["interval"]) == ("LBTcpMonitorProfile", 3)
    lb.lb_pool.add_monitor_to_pool("web", [lb.lb_monitor_profile_tcp.get_path("alive")])
    refused(exceptions.ResourceInUse, 500030, lambda: lb.lb_monitor_profile_tcp.delete("alive"))
    lb.lb_pool.remove_monitor_from_pool("web", "/infra/lb-monitor-profiles/alive")
    lb.lb_monitor_profile_tcp.delete("alive")

    lb.lb_source_ip_persistence_profile.create_or_overwrite(
        "sticky", persistence_profile_id="sticky", timeout=60
    )
    lb.virtual_server.update_virtual_server_persistence_profile("web", "sticky")
    assert "sticky" in ids(lb.lb_source_ip_persistence_profile.list())
    refused(
        exceptions.ResourceInUse,
        500030,
        lambda: lb.lb_source_ip_persistence_profile.delete("sticky"),
    )


def test_deletion_in_the_right_order_leaves_nothing(nsx):
    lb = nsx.load_balancer
    lb.virtual_server.delete("web")
    lb.lb_source_ip_persistence_profile.delete("sticky")
    for pool in ["web", "p0", "p1", "p2", "p3", "p4"]:
        lb.lb_pool.delete(pool)
    lb.lb_service.delete("lib")
    nsx.ip_pool.release_ip("lib", "two")
    nsx.ip_pool.release_static_subnet("lib", "subnet")
    nsx.ip_pool.delete("lib")
    assert nsx.search_all_by_tags(ESCAPED) == []
    assert lb.lb_pool.list() == [] and lb.virtual_server.list() == []
