"""A session of vcf-nsx, the vendor's typed SDK. Each test follows on the one before."""

import time

import pytest
import requests
from vcf.nsx import model_client as model
from vcf.nsx.api.v1.node_client import Version
from vcf.nsx.policy.api.v1 import infra_client as infra
from vcf.nsx.policy.api.v1.infra import ip_pools_client as of_pool
from vcf.nsx.policy.api.v1.infra import lb_services_client as of_service
from vcf.nsx.policy.api.v1.infra import realized_state_client as realized_state
from vcf.nsx.policy.api.v1.search_client import Query
from vcf.nsx.policy.api.v1_client import Infra
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.security.user_password import create_user_password_security_context
from vmware.vapi.stdlib.client.factories import StubConfigurationFactory

TCP = "/infra/lb-app-profiles/default-tcp-lb-app-profile"
TAGS = [model.Tag(scope="cluster", tag="typed")]


def configured(url, ca, password):
    session = requests.Session()
    session.verify = ca
    connector = get_requests_connector(session, msg_protocol="rest", url=url)
    context = create_user_password_security_context("admin", password)
    connector.set_security_context(context)
    return StubConfigurationFactory.new_std_configuration(connector)


@pytest.fixture(scope="module")
def nsx(nsx_url, nsx_ca, nsx_password):
    return configured(nsx_url, nsx_ca, nsx_password)


@pytest.fixture(scope="module")
def pools(nsx):
    return infra.LbPools(nsx)


@pytest.fixture(scope="module")
def servers(nsx):
    return infra.LbVirtualServers(nsx)


def refused(status, code, call):
    """The text with which the manager refuses the call."""
    with pytest.raises(model.ApiError) as caught:
        call()
    # The SDK's class leaves the fields of the answer in what it was read from.
    told = caught.value.get_error_value()
    assert told.get_field("error_code").value == code
    if status:
        assert told.get_field("httpStatus").value == status
    return told.get_field("error_message").value


def realized(nsx, path):
    """The realized entity of an intent, once there is more to say than that it is not realized."""
    entities = realized_state.RealizedEntities(nsx)
    for _ in range(100):
        found = entities.policy_lm_list_realized_entities(intent_path=path).results
        if found and found[0].state != "UNREALIZED":
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"{path} is not realized")


def field(untyped, name):
    """A field of an element whose type the SDK leaves open."""
    return untyped.get_struct_value().get_field(name).value


def ids(page):
    return [it.id for it in page.results]


# --- the manager itself


def test_the_version_is_told(nsx):
    assert Version(nsx).node_read_node_version().product_version.startswith("3.1.")


def test_a_wrong_password_is_refused(nsx_url, nsx_ca):
    stranger = infra.LbPools(configured(nsx_url, nsx_ca, "wrong"))
    text = refused(None, 403, stranger.policy_lm_list_lb_pools)
    assert text == "The credentials were incorrect or the account specified has been locked."


# --- addresses


def test_a_pool_and_its_subnet_are_made_and_read_back(nsx):
    pool = model.IpAddressPool(display_name="typed", tags=TAGS, ip_release_delay=200)
    made = infra.IpPools(nsx).policy_lm_create_or_replace_ip_address_pool("typed", pool)
    assert (made.id, made.revision, made.resource_type) == ("typed", 0, "IpAddressPool")
    subnet = model.IpAddressPoolStaticSubnet(
        cidr="127.92.0.0/29",
        allocation_ranges=[model.IpPoolRange(start="127.92.0.1", end="127.92.0.2")],
    )
    subnets = of_pool.IpSubnets(nsx)
    subnets.policy_lm_create_or_replace_ip_address_pool_subnet("typed", "subnet", subnet)
    read = subnets.policy_lm_read_ip_address_pool_subnet("typed", "subnet")
    static = read.convert_to(model.IpAddressPoolStaticSubnet)
    assert (static.cidr, static.allocation_ranges[0].end) == ("127.92.0.0/29", "127.92.0.2")


def allocate(nsx, name, address=None):
    of_pool.IpAllocations(nsx).policy_lm_create_or_patch_ip_address_pool_allocation(
        "typed", name, model.IpAddressAllocation(allocation_ip=address)
    )
    return realized(nsx, f"/infra/ip-pools/typed/ip-allocations/{name}")


def release(nsx, name):
    of_pool.IpAllocations(nsx).policy_lm_delete_ip_address_pool_allocation("typed", name)


def test_addresses_run_out_and_come_back_after_the_release_delay(nsx):
    for name, address in [("one", "127.92.0.1"), ("two", "127.92.0.2")]:
        entity = allocate(nsx, name)
        assert entity.state == "REALIZED" and entity.entity_type == "AllocationIpAddress"
        assert entity.extended_attributes[0].key == "allocation_ip"
        assert entity.extended_attributes[0].values == [address]
    exhausted = allocate(nsx, "three")
    assert exhausted.state == "ERROR"
    details = exhausted.alarms[0].error_details
    assert (details.error_code, details.error_message) == (5109, "Insufficient free IP addresses.")

    release(nsx, "three")
    release(nsx, "one")
    assert allocate(nsx, "early").state == "ERROR"
    release(nsx, "early")
    time.sleep(0.4)
    assert allocate(nsx, "late").extended_attributes[0].values == ["127.92.0.1"]


def test_pool_and_subnet_stay_while_addresses_are_out(nsx):
    text = refused(
        "BAD_REQUEST",
        500030,
        lambda: of_pool.IpSubnets(nsx).policy_lm_delete_ip_address_pool_subnet("typed", "subnet"),
    )
    assert text == (
        "The object path=[/infra/ip-pools/typed/ip-subnets/subnet] cannot be deleted as either it "
        "has children or it is being referenced by other objects "
        "path=[/infra/ip-pools/typed/ip-allocations/late,/infra/ip-pools/typed/ip-allocations/two]."
    )
    delete = infra.IpPools(nsx).policy_lm_delete_ip_address_pool
    refused("BAD_REQUEST", 500030, lambda: delete("typed"))


# --- load balancing


def virtual_server(**more):
    return model.LBVirtualServer(
        ip_address="127.92.0.2",
        ports=["18090"],
        application_profile_path=TCP,
        pool_path="/infra/lb-pools/typed",
        **more,
    )


def test_references_are_checked_before_anything_is_stored(servers):
    update = servers.policy_lm_update_lb_virtual_server
    text = refused("BAD_REQUEST", 500012, lambda: update("typed", virtual_server()))
    assert text == "The path=[/infra/lb-pools/typed] is invalid"
    read = servers.policy_lm_read_lb_virtual_server
    text = refused("NOT_FOUND", 600, lambda: read("typed"))
    assert "/infra/lb-virtual-servers/typed could not be found" in text


def test_wrong_values_are_refused_all_at_once(pools):
    wrong = model.LBPool(algorithm="BEST", min_active_members=0)
    text = refused("BAD_REQUEST", 255, lambda: pools.policy_lm_update_lb_pool("typed", wrong))
    assert "algorithm" in text and "min_active_members" in text


def test_a_load_balancer_is_built_with_defaults_filled(nsx, pools, servers):
    service = model.LBService(connectivity_path="/infra/tier-1s/t", tags=TAGS)
    made = infra.LbServices(nsx).policy_lm_update_lb_service("typed", service)
    assert (made.size, made.enabled, made.error_log_level) == ("SMALL", True, "INFO")
    member = model.LBPoolMember(ip_address="127.0.0.1", port="9")
    made = pools.policy_lm_update_lb_pool("typed", model.LBPool(members=[member], tags=TAGS))
    assert (made.algorithm, made.members[0].weight, made.revision) == ("ROUND_ROBIN", 1, 0)
    made = servers.policy_lm_update_lb_virtual_server(
        "typed", virtual_server(lb_service_path="/infra/lb-services/typed", tags=TAGS)
    )
    assert (made.path, made.enabled) == ("/infra/lb-virtual-servers/typed", True)
    for path, kind in [
        ("/infra/lb-services/typed", "LbServiceDto"),
        ("/infra/lb-pools/typed", "LbPoolDto"),
        ("/infra/lb-virtual-servers/typed", "LbVirtualServerDto"),
    ]:
        entity = realized(nsx, path)
        assert (entity.entity_type, entity.state) == (kind, "REALIZED")
        status = realized_state.Status(nsx).policy_lm_read_intent_status(intent_path=path)
        assert status.publish_status == "REALIZED"
        assert status.consolidated_status.consolidated_status == "SUCCESS"


def test_an_update_names_the_revision_it_was_read_at(pools):
    read = pools.policy_lm_read_lb_pool("typed")
    read.algorithm = "LEAST_CONNECTION"
    updated = pools.policy_lm_update_lb_pool("typed", read)
    assert (updated.algorithm, updated.revision) == ("LEAST_CONNECTION", read.revision + 1)
    refused("PRECONDITION_FAILED", 206, lambda: pools.policy_lm_update_lb_pool("typed", read))
    fresh = model.LBPool(display_name="again")
    text = refused("BAD_REQUEST", 500127, lambda: pools.policy_lm_update_lb_pool("typed", fresh))
    assert text == "Cannot create an object with path=[/infra/lb-pools/typed] as it already exists."


def test_a_patch_without_the_partial_header_replaces_the_whole(pools):
    before = pools.policy_lm_read_lb_pool("typed")
    pools.policy_lm_patch_lb_pool("typed", model.LBPool(members=before.members, tags=TAGS))
    after = pools.policy_lm_read_lb_pool("typed")
    assert (after.algorithm, len(after.members)) == ("ROUND_ROBIN", 1)


def test_status_statistics_and_usage_have_their_types(nsx):
    [status] = of_service.DetailedStatus(nsx).policy_lm_get_lb_service_status("typed").results
    status = status.convert_to(model.LBServiceStatus)
    assert status.service_status == "UP"
    assert status.virtual_servers[0].virtual_server_path == "/infra/lb-virtual-servers/typed"
    [told] = of_service.Statistics(nsx).policy_lm_get_lb_service_statistics("typed").results
    assert told.convert_to(model.LBServiceStatistics).statistics.l4_total_sessions == 0
    [usage] = of_service.ServiceUsage(nsx).policy_lm_get_lb_service_usage("typed").results
    usage = usage.convert_to(model.LBServiceUsage)
    assert (usage.current_virtual_server_count, usage.current_pool_member_count) == (1, 1)


def test_deletion_in_the_wrong_order_is_refused_by_name(nsx, pools):
    text = refused("BAD_REQUEST", 500030, lambda: pools.policy_lm_delete_lb_pool("typed"))
    assert text.endswith("other objects path=[/infra/lb-virtual-servers/typed].")
    services = infra.LbServices(nsx)
    refused("BAD_REQUEST", 500030, lambda: services.policy_lm_delete_lb_service("typed"))
    profiles = infra.LbAppProfiles(nsx)
    built_in = "default-tcp-lb-app-profile"
    refused("BAD_REQUEST", 8327, lambda: profiles.policy_lm_delete_lb_app_profile(built_in))


def test_lists_come_in_pages_and_with_their_types(nsx, pools):
    for number in range(5):
        pools.policy_lm_patch_lb_pool(f"p{number}", model.LBPool())
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = pools.policy_lm_list_lb_pools(page_size=4, cursor=cursor)
        seen, cursor, pages = seen + ids(page), page.cursor, pages + 1
    assert (seen, pages) == (["p0", "p1", "p2", "p3", "p4", "typed"], 2)
    assert pools.policy_lm_list_lb_pools(page_size=1).result_count == 6
    backwards = pools.policy_lm_list_lb_pools(sort_by="id", sort_ascending=False)
    assert ids(backwards)[0] == "typed"
    refused("BAD_REQUEST", 255, lambda: pools.policy_lm_list_lb_pools(cursor="nonsense"))

    profiles = infra.LbAppProfiles(nsx).policy_lm_list_lb_app_profiles().results
    [tcp] = [it for it in profiles if field(it, "id") == "default-tcp-lb-app-profile"]
    assert tcp.convert_to(model.LBFastTcpProfile).idle_timeout == 1800


def test_a_search_finds_by_type_and_tag(nsx):
    query = "resource_type:(LBPool OR LBVirtualServer) AND tags.tag:typed"
    found = Query(nsx).lm_policy_query_search(query=query)
    kinds = sorted(field(it, "resource_type") for it in found.results)
    assert (kinds, found.result_count) == (["LBPool", "LBVirtualServer"], 2)


def test_a_tree_is_written_in_one_patch(nsx, pools):
    child = model.ChildLBPool(lb_pool=model.LBPool(id="tree", display_name="tree"))
    Infra(nsx).policy_patch_infra(model.Infra(children=[child]))
    assert pools.policy_lm_read_lb_pool("tree").display_name == "tree"
    gone = model.ChildLBPool(lb_pool=model.LBPool(id="tree"), marked_for_delete=True)
    Infra(nsx).policy_patch_infra(model.Infra(children=[gone]))
    refused("NOT_FOUND", 600, lambda: pools.policy_lm_read_lb_pool("tree"))


def test_deletion_in_the_right_order_leaves_nothing(nsx, pools, servers):
    servers.policy_lm_delete_lb_virtual_server("typed")
    for pool in ["typed", "p0", "p1", "p2", "p3", "p4"]:
        pools.policy_lm_delete_lb_pool(pool)
    infra.LbServices(nsx).policy_lm_delete_lb_service("typed")
    for name in ["two", "late"]:
        release(nsx, name)
    of_pool.IpSubnets(nsx).policy_lm_delete_ip_address_pool_subnet("typed", "subnet")
    infra.IpPools(nsx).policy_lm_delete_ip_address_pool("typed")
    assert pools.policy_lm_list_lb_pools().results == []
    assert servers.policy_lm_list_lb_virtual_servers().results == []
