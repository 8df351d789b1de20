"""Where a tool takes the id of an object, an exact name does too: which object it means, and what it costs."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from xo_mcp.definitions import load_entries

ENTRIES = load_entries()
UUID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0, task_seconds=0) as running:
        yield running


@pytest.fixture
def desk(fake: FakeXo) -> Iterator[Desk]:
    with Desk(variables(fake)) as desk:
        yield desk


def asked(fake: FakeXo) -> list[str]:
    return [f"{seen.method} {seen.path}" for seen in fake.requests]


def data_of(result: Any) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return dict(result.structured_content)


def test_an_exact_name_is_taken_for_the_id_and_the_answer_says_so(fake: FakeXo, desk: Desk):
    vm = fake.xo.store.every("vms")[3]
    answer = desk.call("get_vm", id=vm["name_label"])
    assert data_of(answer)["id"] == vm["id"]
    assert f'"{vm["name_label"]}" was taken for the VM {vm["id"]}.' in data_of(answer)["_notes"]


def test_a_name_costs_one_request_and_an_id_none(fake: FakeXo, desk: Desk):
    vm = fake.xo.store.every("vms")[3]
    desk.look()
    desk.call("get_vm", id=vm["id"])  # the first one also asks what others are called
    before = len(fake.requests)
    desk.call("get_vm", id=vm["id"])
    by_id = len(fake.requests) - before
    desk.call("get_vm", id=vm["name_label"])
    assert len(fake.requests) - before - by_id == by_id + 1


def test_names_stand_inside_bodies_too(fake: FakeXo, desk: Desk):
    template = next(each for each in fake.xo.store.every("vm-templates") if not each["isDefaultTemplate"])
    network, sr = fake.xo.store.every("networks")[1], fake.find("srs", SR_type="nfs")
    answer = desk.call(
        "create_vm",
        id=fake.xo.store.every("pools")[0]["name_label"],
        name_label="named",
        template=template["name_label"],
        vdis=[{"name_label": "data", "size": 1 << 30, "sr": sr["name_label"]}],
        vifs=[{"network": network["name_label"]}],
    )
    assert not answer.is_error, text_of(answer)
    (sent,) = [seen for seen in fake.requests if seen.path.endswith("/actions/create_vm")]
    body = sent.json
    assert body["template"] in {template["id"], template["uuid"]}
    assert body["vifs"][0]["network"] == network["id"]
    assert body["vdis"][0]["sr"] == sr["id"]


TEXTS = {
    "create_cloud_config": {"name": "web", "template": "#cloud-config\n"},
    "create_network_config": {"name": "web", "template": "version: 2"},
    "update_server": {"host": "192.0.2.9", "httpProxy": "http://proxy.example.org:3128"},
}


@pytest.mark.parametrize("tool", TEXTS)
def test_texts_and_addresses_are_no_names_of_objects(fake: FakeXo, desk: Desk, tool: str):
    given = TEXTS[tool]
    by_id = {"id": fake.find("servers")["id"]} if tool == "update_server" else {}
    answer = desk.call(tool, {**by_id, **given})
    assert not answer.is_error, text_of(answer)
    assert fake.xo.rpc.calls[-1].params.items() >= given.items()


def test_names_stand_as_keys_too(fake: FakeXo, desk: Desk):
    store = fake.xo.store
    vm = next(each for each in store.every("vms") if each["power_state"] == "Running" and each["$VBDs"])
    disk = next(d for d in store.every("vdis") if set(d["$VBDs"]) & set(vm["$VBDs"]))
    fake.change("vdis", disk["id"], name_label="the disk to move")
    sr = next(each for each in store.every("srs") if each["id"] != disk["$SR"] and each["content_type"] == "user")
    host = next(each for each in store.every("hosts") if each["id"] != vm["$container"])
    moved = {"the disk to move": sr["name_label"]}
    answer = desk.call("migrate_vm", id=vm["id"], hostId=host["id"], srIdByVdiId=moved)
    assert "the disk to move" in text_of(answer)
    sent = [seen for seen in fake.requests if seen.path.endswith("/actions/migrate")]
    assert sent[-1].json["srIdByVdiId"] == {disk["id"]: sr["id"]}


def test_several_of_one_name_are_distinguished_and_nothing_is_done(fake: FakeXo, desk: Desk):
    first, second = fake.xo.store.every("vms")[:2]
    fake.change("vms", second["id"], name_label=first["name_label"], power_state="Suspended")
    answer = desk.call("add_vm_tag", id=first["name_label"], tag="x")
    assert answer.is_error
    assert first["id"] in text_of(answer)
    assert second["id"] in text_of(answer)
    assert "Suspended" in text_of(answer)
    assert not [line for line in asked(fake) if line.startswith("PUT")]


def test_an_unknown_name_is_answered_with_the_nearest(fake: FakeXo, desk: Desk):
    name = fake.xo.store.every("vms")[3]["name_label"]
    answer = desk.call("start_vm", id=name[:-1] + "x")
    assert answer.is_error
    assert f'"{name}"' in text_of(answer)
    assert not [line for line in asked(fake) if line.startswith("POST")]


def test_what_looks_like_a_uuid_is_never_looked_up(fake: FakeXo, desk: Desk):
    vm = fake.xo.store.every("vms")[0]
    fake.change("vms", vm["id"], name_label=UUID)
    answer = desk.call("get_vm", id=UUID)
    assert answer.is_error
    assert not [line for line in asked(fake) if line.endswith("/vms")]


def test_the_pool_that_the_call_is_about_decides_between_two(fake: FakeXo, desk: Desk):
    network = fake.xo.store.every("networks")[1]
    fake.xo.store.seed("networks", [network | {"id": UUID, "uuid": UUID, "$pool": UUID, "$poolId": UUID}])
    vm = fake.xo.store.every("vms")[0]
    answer = desk.call("create_vif", vmId=vm["id"], networkId=network["name_label"])
    assert not answer.is_error, text_of(answer)
    (sent,) = [seen for seen in fake.requests if seen.method == "POST"]
    assert sent.json["networkId"] == network["id"]


def test_storage_on_the_host_of_the_call_decides_between_two(fake: FakeXo, desk: Desk):
    local, hosts = fake.find("srs", SR_type="ext"), fake.xo.store.every("hosts")
    fake.xo.store.seed("srs", [local | {"id": UUID, "uuid": UUID, "$container": hosts[1]["id"]}])
    vm = fake.find("vms", power_state="Running")
    desk.call("migrate_vm", id=vm["id"], hostId=hosts[1]["name_label"], srId=local["name_label"])
    (sent,) = [seen for seen in fake.requests if seen.method == "POST"]
    assert sent.json["hostId"] == hosts[1]["id"]
    assert sent.json["srId"] == UUID


def test_the_filter_of_xo_finds_parts_of_names_and_only_the_whole_counts(fake: FakeXo, desk: Desk):
    first, second = fake.xo.store.every("vms")[:2]
    fake.change("vms", first["id"], name_label='a "quoted" \\ name')
    fake.change("vms", second["id"], name_label='a "quoted" \\ name, longer')
    assert data_of(desk.call("get_vm", id='a "quoted" \\ name'))["id"] == first["id"]


def test_who_destroys_by_name_is_asked_with_the_id(fake: FakeXo):
    vm = fake.find("vms", power_state="Halted")
    person = Person(action="decline")
    with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as desk:
        desk.call("delete_vm", id=vm["name_label"])
    assert vm["id"] in person.asked[0]
    assert fake.record("vms", vm["id"]) is not None


def test_every_argument_that_takes_an_id_is_of_a_known_kind():
    """What nobody decided about stops `generator check`; here the paths of REST are held against the kinds."""
    for entry in ENTRIES:
        parts = entry.facts.route.split("/")
        if entry.facts.operation and len(parts) > 2 and parts[2].startswith("{id}"):
            expected = None if parts[1] == "events" else parts[1]
            assert entry.facts.kinds.get("id") == expected, entry.name
