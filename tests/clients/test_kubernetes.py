"""A session of the official Python client of Kubernetes. Each test follows on the one before."""

import json
import os
import threading
from pathlib import Path

import pytest
from kubernetes import client, config, dynamic, informer, watch
from kubernetes.client.exceptions import ApiException

NAMESPACE = "default"
GROUP, VERSION, PLURAL = "vmoperator.vmware.com", "v1alpha2", "virtualmachineservices"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

# How many changes the server keeps; `run` told it so.
HISTORY = int(os.environ["HISTORY"])


@pytest.fixture(scope="module")
def core(cluster):
    return client.CoreV1Api(cluster)


@pytest.fixture(scope="module")
def custom(cluster):
    return client.CustomObjectsApi(cluster)


def service(name, port=80, **labels):
    port = client.V1ServicePort(name="http", port=port, target_port=8080)
    return client.V1Service(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1ServiceSpec(type="LoadBalancer", selector={"app": name}, ports=[port]),
    )


def config_map(name, **labels):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels))


def vm_service(name):
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "VirtualMachineService",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 30080}],
        },
    }


def refused(code, reason, call):
    """What the Status says with which the call is refused."""
    with pytest.raises(ApiException) as caught:
        call()
    status = json.loads(caught.value.body)
    assert (caught.value.status, status["kind"], status["reason"]) == (code, "Status", reason)
    assert status["code"] == code
    return status


def names(items):
    return [item.metadata.name for item in items]


def changes(stream):
    return [(event["type"], event["object"].metadata.name) for event in stream]


# --- what a client asks first


def test_the_version_and_the_groups_are_told(cluster):
    assert client.VersionApi(cluster).get_code().major == "1"
    assert client.CoreApi(cluster).get_api_versions().versions == ["v1"]
    groups = {group.name for group in client.ApisApi(cluster).get_api_versions().groups}
    assert {"coordination.k8s.io", "apiextensions.k8s.io"} <= groups
    of_core = {it.name: it for it in client.CoreV1Api(cluster).get_api_resources().resources}
    assert of_core["services"].kind == "Service" and of_core["services"].namespaced
    assert "watch" in of_core["services"].verbs and "services/status" in of_core


# --- Services


def test_a_service_is_created_read_replaced_and_deleted(core):
    created = core.create_namespaced_service(NAMESPACE, service("web", tier="front"))
    assert created.metadata.uid and created.metadata.resource_version
    assert created.spec.cluster_ip.startswith("10.96.")
    assert 30000 <= created.spec.ports[0].node_port <= 32767
    assert created.spec.ports[0].protocol == "TCP" and created.spec.session_affinity == "None"
    assert refused(
        409, "AlreadyExists", lambda: core.create_namespaced_service(NAMESPACE, service("web"))
    )["details"] == {"name": "web", "kind": "services"}

    read = core.read_namespaced_service("web", NAMESPACE)
    assert read == created
    read.spec.ports[0].port = 81
    replaced = core.replace_namespaced_service("web", NAMESPACE, read)
    assert replaced.spec.ports[0].port == 81
    assert replaced.spec.cluster_ip == created.spec.cluster_ip
    stale = refused(
        409, "Conflict", lambda: core.replace_namespaced_service("web", NAMESPACE, read)
    )
    assert "the object has been modified" in stale["message"]

    gone = core.delete_namespaced_service("web", NAMESPACE)
    assert gone.metadata.uid == created.metadata.uid
    lost = refused(404, "NotFound", lambda: core.read_namespaced_service("web", NAMESPACE))
    assert lost["message"] == 'services "web" not found'


def test_a_wrong_service_is_refused_field_by_field(core):
    wrong = service("web", port=0)
    status = refused(422, "Invalid", lambda: core.create_namespaced_service(NAMESPACE, wrong))
    assert status["details"]["causes"][0]["field"] == "spec.ports[0].port"
    unknown = {"metadata": {"name": "web"}, "spec": {"prots": []}}
    strict = dict(field_validation="Strict")
    status = refused(
        400, "BadRequest", lambda: core.create_namespaced_service(NAMESPACE, unknown, **strict)
    )
    assert 'unknown field "spec.prots"' in status["message"]


def test_a_dry_run_answers_and_leaves_nothing(core):
    tried = core.create_namespaced_service(NAMESPACE, service("dry"), dry_run="All")
    assert tried.metadata.uid
    refused(404, "NotFound", lambda: core.read_namespaced_service("dry", NAMESPACE))


def test_each_kind_of_patch_changes_what_it_names(core):
    core.create_namespaced_service(NAMESPACE, service("web"))

    def patch(body, content_type, **more):
        return core.patch_namespaced_service(
            "web", NAMESPACE, body, _content_type=content_type, **more
        )

    labelled = patch({"metadata": {"labels": {"a": "1", "b": "2"}}}, MERGE)
    assert labelled.metadata.labels == {"a": "1", "b": "2"}
    assert patch({"metadata": {"labels": {"a": None}}}, MERGE).metadata.labels == {"b": "2"}

    tested = [
        {"op": "test", "path": "/spec/ports/0/port", "value": 80},
        {"op": "replace", "path": "/spec/ports/0/port", "value": 82},
    ]
    assert patch(tested, JSON_PATCH).spec.ports[0].port == 82
    refused(422, "Invalid", lambda: patch(tested, JSON_PATCH))

    second = {"spec": {"ports": [{"port": 443, "name": "https", "targetPort": 8443}]}}
    merged = patch(second, STRATEGIC)
    assert sorted(port.port for port in merged.spec.ports) == [82, 443]
    away = {"spec": {"ports": [{"$patch": "delete", "port": 443}]}}
    assert [port.port for port in patch(away, STRATEGIC).spec.ports] == [82]

    refused(415, "UnsupportedMediaType", lambda: patch({}, "application/json"))


def test_server_side_apply_owns_fields_and_tells_conflicts(core):
    def apply(manager, value, force=None):
        body = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "annotations": {"example.com/owner": value}},
        }
        return core.patch_namespaced_service(
            "web", NAMESPACE, body, field_manager=manager, force=force, _content_type=APPLY
        )

    applied = apply("one", "one")
    owners = [it.manager for it in applied.metadata.managed_fields if it.operation == "Apply"]
    assert owners == ["one"]
    status = refused(409, "Conflict", lambda: apply("two", "two"))
    cause = status["details"]["causes"][0]
    assert cause["reason"] == "FieldManagerConflict"
    assert cause["field"] == ".metadata.annotations.example.com/owner"
    assert 'conflict with "one"' in cause["message"]
    taken = apply("two", "two", force=True)
    assert taken.metadata.annotations["example.com/owner"] == "two"
    nothing = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    left = core.patch_namespaced_service(
        "web", NAMESPACE, nothing, field_manager="two", _content_type=APPLY
    )
    assert "example.com/owner" not in (left.metadata.annotations or {})


def test_a_status_is_written_apart_from_the_spec(core):
    ingress = {
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}},
        "spec": {"sessionAffinity": "ClientIP"},
    }
    shown = core.patch_namespaced_service_status("web", NAMESPACE, ingress, _content_type=MERGE)
    assert shown.status.load_balancer.ingress[0].ip == "192.0.2.7"
    assert shown.spec.session_affinity == "None"
    assert core.read_namespaced_service_status("web", NAMESPACE).status == shown.status
    core.delete_namespaced_service("web", NAMESPACE)


def test_preconditions_guard_a_delete(core):
    made = core.create_namespaced_config_map(NAMESPACE, config_map("guarded"))
    other = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="other"))
    refused(
        409,
        "Conflict",
        lambda: core.delete_namespaced_config_map("guarded", NAMESPACE, body=other),
    )
    right = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=made.metadata.uid))
    status = core.delete_namespaced_config_map("guarded", NAMESPACE, body=right)
    assert (status.status, status.details.name) == ("Success", "guarded")


def test_a_finalizer_holds_what_is_deleted(core):
    held = config_map("held")
    held.metadata.finalizers = ["example.com/hold"]
    core.create_namespaced_config_map(NAMESPACE, held)
    core.delete_namespaced_config_map("held", NAMESPACE)
    assert core.read_namespaced_config_map("held", NAMESPACE).metadata.deletion_timestamp
    core.patch_namespaced_config_map(
        "held", NAMESPACE, {"metadata": {"finalizers": None}}, _content_type=MERGE
    )
    refused(404, "NotFound", lambda: core.read_namespaced_config_map("held", NAMESPACE))


# --- custom objects


def test_a_definition_is_established_and_discovered(cluster):
    definitions = json.loads(Path(os.environ["DEFINITIONS"]).read_text())["items"]
    extensions = client.ApiextensionsV1Api(cluster)
    for definition in definitions:
        extensions.create_custom_resource_definition(definition)
    name = f"{PLURAL}.{GROUP}"
    read = extensions.read_custom_resource_definition(name)
    established = {it.type: it.status for it in read.status.conditions}
    assert established["Established"] == "True" and established["NamesAccepted"] == "True"
    found = dynamic.DynamicClient(cluster, cache_file=os.environ["DISCOVERY_CACHE"]).resources.get(
        api_version=f"{GROUP}/{VERSION}", kind="VirtualMachineService"
    )
    assert found.name == PLURAL and found.namespaced


def test_a_custom_object_is_created_patched_listed_and_deleted(custom):
    at = (GROUP, VERSION, NAMESPACE, PLURAL)
    made = custom.create_namespaced_custom_object(*at, vm_service("web"))
    assert made["metadata"]["generation"] == 1

    def patch(body, content_type, **more):
        return custom.patch_namespaced_custom_object(
            *at, "web", body, _content_type=content_type, **more
        )

    changed = patch(
        {"spec": {"ports": [{"name": "http", "port": 81, "protocol": "TCP", "targetPort": 30080}]}},
        MERGE,
    )
    assert changed["metadata"]["generation"] == 2 and changed["spec"]["ports"][0]["port"] == 81
    changed = patch([{"op": "replace", "path": "/spec/ports/0/port", "value": 82}], JSON_PATCH)
    assert changed["spec"]["ports"][0]["port"] == 82
    status = refused(415, "UnsupportedMediaType", lambda: patch({}, STRATEGIC))
    assert "include: application/json-patch+json, application/merge-patch+json" in status["message"]
    owned = {**vm_service("web"), "metadata": {"name": "web", "labels": {"owned": "yes"}}}
    del owned["spec"]["ports"]
    applied = patch(owned, APPLY, field_manager="session", force=True)
    assert applied["metadata"]["labels"] == {"owned": "yes"}

    ingress = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}}
    shown = custom.patch_namespaced_custom_object_status(*at, "web", ingress, _content_type=MERGE)
    assert shown["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.9"}]
    assert shown["metadata"]["generation"] == 3

    listed = custom.list_namespaced_custom_object(*at, label_selector="owned=yes")
    assert [it["metadata"]["name"] for it in listed["items"]] == ["web"]
    everywhere = custom.list_custom_object_for_all_namespaces(GROUP, VERSION, PLURAL)
    assert everywhere["kind"] == "VirtualMachineServiceList" and len(everywhere["items"]) == 1

    wrong = vm_service("wrong")
    wrong["spec"]["ports"][0]["port"] = "eighty"
    status = refused(422, "Invalid", lambda: custom.create_namespaced_custom_object(*at, wrong))
    assert "spec.ports[0].port" in status["message"]
    custom.delete_namespaced_custom_object(*at, "web")
    refused(404, "NotFound", lambda: custom.get_namespaced_custom_object(*at, "web"))


# --- lists, selectors and pages


def test_selectors_choose(core):
    for name, labels in [
        ("a", {"app": "x", "tier": "1"}),
        ("b", {"app": "x"}),
        ("c", {"app": "y"}),
    ]:
        core.create_namespaced_service(NAMESPACE, service(name, **labels))

    def chosen(**selector):
        return names(core.list_namespaced_service(NAMESPACE, **selector).items)

    for selector, expected in {
        "app=x": ["a", "b"],
        "app!=x": ["c"],
        "app in (x,y),!tier": ["b", "c"],
        "app notin (y)": ["a", "b"],
        "tier": ["a"],
    }.items():
        assert chosen(label_selector=selector) == expected, selector
    assert chosen(field_selector="metadata.name=b") == ["b"]
    assert chosen(field_selector="metadata.name!=b") == ["a", "c"]
    assert chosen(field_selector="metadata.namespace=default,metadata.name=c") == ["c"]
    assert chosen(field_selector="spec.type=LoadBalancer", label_selector="app=y") == ["c"]
    status = refused(400, "BadRequest", lambda: chosen(field_selector="spec.nonsense=1"))
    assert "field label not supported" in status["message"]
    refused(400, "BadRequest", lambda: chosen(label_selector="app in x"))
    assert "a" in names(core.list_service_for_all_namespaces(label_selector="tier").items)


def test_a_list_comes_in_pages_of_one_version(core):
    first = core.list_namespaced_service(NAMESPACE, limit=2)
    assert names(first.items) == ["a", "b"] and first.metadata.remaining_item_count == 1
    core.create_namespaced_service(NAMESPACE, service("bb"))
    second = core.list_namespaced_service(NAMESPACE, limit=2, _continue=first.metadata._continue)
    assert names(second.items) == ["c"] and not second.metadata._continue
    assert second.metadata.resource_version == first.metadata.resource_version
    refused(
        400,
        "BadRequest",
        lambda: core.list_namespaced_service(NAMESPACE, limit=2, _continue="nonsense"),
    )


def test_a_collection_is_deleted_by_selector(core):
    core.delete_collection_namespaced_service(NAMESPACE, label_selector="app=x")
    assert names(core.list_namespaced_service(NAMESPACE).items) == ["bb", "c"]
    core.delete_collection_namespaced_service(NAMESPACE)
    assert core.list_namespaced_service(NAMESPACE).items == []


# --- watches


def test_a_watch_resumes_where_it_ended(core):
    start = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, config_map("one"))
    watched = watch.Watch()
    follow = dict(func=core.list_namespaced_config_map, namespace=NAMESPACE, timeout_seconds=1)
    assert changes(watched.stream(**follow, resource_version=start)) == [("ADDED", "one")]
    core.patch_namespaced_config_map("one", NAMESPACE, {"data": {"k": "v"}})
    core.delete_namespaced_config_map("one", NAMESPACE)
    resumed = watched.stream(**follow, resource_version=watched.resource_version)
    assert changes(resumed) == [("MODIFIED", "one"), ("DELETED", "one")]


def test_a_watch_with_a_selector_sees_entering_and_leaving(core):
    start = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, config_map("one"))
    for value in ["yes", "no"]:
        label = {"metadata": {"labels": {"on": value}}}
        core.patch_namespaced_config_map("one", NAMESPACE, label)
    stream = watch.Watch().stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        resource_version=start,
        label_selector="on=yes",
        timeout_seconds=1,
    )
    assert changes(stream) == [("ADDED", "one"), ("DELETED", "one")]
    core.delete_namespaced_config_map("one", NAMESPACE)


def test_a_streaming_list_ends_with_a_bookmark(core):
    core.create_namespaced_config_map(NAMESPACE, config_map("one"))
    stream = watch.Watch().stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        send_initial_events=True,
        resource_version_match="NotOlderThan",
        allow_watch_bookmarks=True,
        timeout_seconds=1,
    )
    events = list(stream)
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    annotations = events[1]["raw_object"]["metadata"]["annotations"]
    assert annotations == {"k8s.io/initial-events-end": "true"}
    core.delete_namespaced_config_map("one", NAMESPACE)


def test_what_history_forgot_is_gone(core):
    first = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, config_map("busy"))
    core.create_namespaced_config_map(NAMESPACE, config_map("busy-too"))
    page = core.list_namespaced_config_map(NAMESPACE, limit=1)
    for count in range(HISTORY + 1):
        core.patch_namespaced_config_map("busy", NAMESPACE, {"data": {"count": str(count)}})
    stream = watch.Watch().stream(
        core.list_namespaced_config_map, NAMESPACE, resource_version=first, timeout_seconds=5
    )
    with pytest.raises(ApiException) as caught:
        list(stream)
    assert caught.value.status == 410
    assert caught.value.reason.startswith("Expired: too old resource version")
    status = refused(
        410,
        "Expired",
        lambda: core.list_namespaced_config_map(
            NAMESPACE, limit=1, _continue=page.metadata._continue
        ),
    )
    assert "continue" in status["message"]
    core.delete_collection_namespaced_config_map(NAMESPACE)


def test_an_informer_follows_through_the_end_of_its_watch_and_a_410(core):
    told, seen = [], threading.Condition()

    def tell(word):
        def handler(object_):
            with seen:
                told.append((word, object_.metadata.name))
                seen.notify_all()

        return handler

    def until(*expected):
        with seen:
            assert seen.wait_for(lambda: told[-len(expected) :] == list(expected), 15), told

    core.create_namespaced_config_map(NAMESPACE, config_map("old"))
    follower = informer.SharedInformer(core.list_namespaced_config_map, namespace=NAMESPACE)
    for word in [informer.ADDED, informer.MODIFIED, informer.DELETED]:
        follower.add_event_handler(word, tell(word))
    follower.start()
    until(("ADDED", "old"))
    core.create_namespaced_config_map(NAMESPACE, config_map("new"))
    until(("ADDED", "old"), ("ADDED", "new"))
    follower.stop()

    core.delete_namespaced_config_map("new", NAMESPACE)
    for count in range(HISTORY + 1):
        core.patch_namespaced_config_map("old", NAMESPACE, {"data": {"count": str(count)}})
    follower.start()
    until(("DELETED", "new"), ("MODIFIED", "old"))
    # Its watch is open once an event has come through it; before that it cannot be stopped.
    core.delete_namespaced_config_map("old", NAMESPACE)
    until(("DELETED", "old"))
    assert follower.cache.list_keys() == []
    follower.stop()


# --- leases, reviews and events


def test_a_lease_is_taken_renewed_and_refused_to_the_slower(cluster):
    leases = client.CoordinationV1Api(cluster)
    spec = client.V1LeaseSpec(holder_identity="one", lease_duration_seconds=15)
    lease = client.V1Lease(metadata=client.V1ObjectMeta(name="leader"), spec=spec)
    first = leases.create_namespaced_lease(NAMESPACE, lease)
    slower = leases.read_namespaced_lease("leader", NAMESPACE)
    first.spec.renew_time = "2026-01-01T00:00:00.123456Z"
    renewed = leases.replace_namespaced_lease("leader", NAMESPACE, first)
    assert renewed.spec.renew_time.microsecond == 123456
    slower.spec.holder_identity = "two"
    refused(409, "Conflict", lambda: leases.replace_namespaced_lease("leader", NAMESPACE, slower))
    leases.delete_namespaced_lease("leader", NAMESPACE)


def may(cluster, verb, resource, namespace):
    attributes = client.V1ResourceAttributes(verb=verb, resource=resource, namespace=namespace)
    review = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    )
    answer = client.AuthorizationV1Api(cluster).create_self_subject_access_review(review)
    return answer.status.allowed


def test_a_caller_asks_what_it_may_and_who_it_is(cluster):
    guest = config.new_client_from_config(os.environ["GUEST_KUBECONFIG"])
    assert may(cluster, "delete", "services", "default")
    assert may(guest, "delete", "services", "guest")
    assert not may(guest, "delete", "services", "default")
    who = client.AuthenticationV1Api(guest).create_self_subject_review({})
    assert who.status.user_info.username == "system:serviceaccount:guest:hopwise"
    status = refused(
        403, "Forbidden", lambda: client.CoreV1Api(guest).list_namespaced_service("default")
    )
    assert 'cannot list resource "services"' in status["message"]


def test_without_a_token_nothing_is_told(cluster):
    configuration = client.Configuration()
    configuration.host = cluster.configuration.host
    configuration.ssl_ca_cert = cluster.configuration.ssl_ca_cert
    stranger = client.CoreV1Api(client.ApiClient(configuration))
    refused(401, "Unauthorized", stranger.list_namespace)


def test_events_are_written_in_both_forms_and_found_by_field(cluster, core):
    regarding = {"kind": "Service", "name": "web", "namespace": NAMESPACE, "apiVersion": "v1"}
    core.create_namespaced_event(
        NAMESPACE,
        client.CoreV1Event(
            metadata=client.V1ObjectMeta(name="web.1"),
            involved_object=client.V1ObjectReference(
                **{"kind": "Service", "name": "web", "namespace": NAMESPACE, "api_version": "v1"}
            ),
            reason="Told",
            message="in the old form",
            type="Normal",
            count=1,
            first_timestamp="2026-01-01T00:00:00Z",
            last_timestamp="2026-01-01T00:00:00Z",
            source=client.V1EventSource(component="session"),
        ),
    )
    newer = client.EventsV1Api(cluster)
    newer.create_namespaced_event(
        NAMESPACE,
        {
            "metadata": {"name": "web.2"},
            "regarding": regarding,
            "reason": "Told",
            "note": "in the new form",
            "type": "Warning",
            "eventTime": "2026-01-01T00:00:00.000001Z",
            "reportingController": "session",
            "reportingInstance": "one",
            "action": "Tell",
            "series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000001Z"},
        },
    )
    found = core.list_namespaced_event(
        NAMESPACE, field_selector="involvedObject.name=web,involvedObject.kind=Service"
    ).items
    assert [(it.metadata.name, it.message) for it in found] == [
        ("web.1", "in the old form"),
        ("web.2", "in the new form"),
    ]
    warnings = core.list_namespaced_event(NAMESPACE, field_selector="type=Warning").items
    assert names(warnings) == ["web.2"]
    # The client cannot read an Event without eventTime, which those of the old form lack.
    [told] = newer.list_namespaced_event(
        NAMESPACE, field_selector="regarding.name=web,type=Warning"
    ).items
    assert (told.note, told.series.count, told.regarding.name) == ("in the new form", 2, "web")


# --- what else the client brings


def test_the_dynamic_client_applies_and_follows(cluster):
    maps = dynamic.DynamicClient(cluster, cache_file=os.environ["DISCOVERY_CACHE"]).resources.get(
        api_version="v1", kind="ConfigMap"
    )
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}, "data": {"k": "v"}}
    applied = maps.server_side_apply(
        body=body, namespace=NAMESPACE, name="d", field_manager="session"
    )
    assert applied.data.k == "v"
    followed = maps.watch(namespace=NAMESPACE, name="d", timeout=1)
    assert [event["type"] for event in followed] == ["ADDED"]
    maps.delete(name="d", namespace=NAMESPACE)


def test_a_namespace_goes_with_what_is_in_it(core):
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="short")))
    core.create_namespaced_config_map("short", config_map("inside"))
    core.delete_namespace("short")
    refused(404, "NotFound", lambda: core.read_namespace("short"))
    refused(404, "NotFound", lambda: core.read_namespaced_config_map("inside", "short"))
