"""Every operation XO offers is reached by a tool and answers it: counted from the fake's own log of requests."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from desk import ENTRIES, Desk, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from oracle import Oracle
from values import KINDS, collection_of
from world import World
from xo_mcp.definitions import Entry

if TYPE_CHECKING:
    from fake_xo.requests import Seen

DROPPED = {"GET /docs/swagger.json"}
"""No tool wants the contract itself."""
UNDONE = {"add_host_to_pool"}
"""The fake has one pool, and all its hosts are in it: XO's refusal is what is tested there."""
RULE = {"allow": True, "direction": "to", "ipRange": "192.0.2.0/24", "protocol": "TCP", "port": 80}
PLAIN: Mapping[str, Any] = {
    **RULE,
    "oldRule": RULE,
    "newRule": {"port": 443},
    "action": "read",
    "effect": "allow",
    "resource": "vm",
    "bondMode": "lacp",
    "vlan": 7,
    "format": "raw",
    "tag": "contract",
    "data_source": "cpu0",
    "file": "disk.vhd",
    "collection": "VM",
    "virtual_size": 1 << 20,
    "SR_type": "nfs",
    "device_config": {"server": "192.0.2.1", "serverpath": "/exports"},
    "host": "192.0.2.77",
    "subscriptionId": "VM",
}
"""What required arguments are, where text will not do."""
FIRST: Mapping[str, tuple[str, dict[str, Any]]] = {
    "unpause_vm": ("pause_vm", {}),
    "resume_vm": ("suspend_vm", {}),
    "connect_server": ("disconnect_server", {}),
    "connect_vif": ("disconnect_vif", {}),
    "forget_host": ("clean_shutdown_host", {"bypassEvacuate": True}),
    "update_network_traffic_rule": ("add_network_traffic_rule", RULE),
    "update_vif_traffic_rule": ("add_vif_traffic_rule", RULE),
}
"""What must be done to an object before a tool can do its own."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=8, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=5000) as running:
        yield running


def aimed(fake: FakeXo, entry: Entry, object_id: str) -> dict[str, Any]:
    """The smallest call of a tool that can succeed."""
    given: dict[str, Any] = {}
    for name in entry.schema.get("required", ()):
        schema = entry.schema["properties"][name]
        collection = "" if name == "host" and entry.name == "add_server" else KINDS.get(name, "")
        if name == "id":
            given[name] = object_id
        elif name == "template":
            given[name] = fake.find("vm-templates")["uuid"]
        elif collection:
            # The first SR is no ISO library; the first PIF and network carry the management.
            first = collection in {"srs", "pifs", "networks"}
            found = fake.xo.store.every(collection)[0 if first else -1]["id"]
            given[name] = [found] if schema.get("type") == "array" else found
        elif entry.facts.module == "vms" and name in {"format", "file"}:
            given[name] = {"format": "xva", "file": "machine.xva"}[name]
        elif "enum" in schema:
            given[name] = schema["enum"][0]
        else:
            given[name] = PLAIN.get(name, "text")
    if "timeout" in entry.schema["properties"]:
        given["timeout"] = 0.3
    return given


def candidates(fake: FakeXo, entry: Entry) -> list[str]:
    """Objects to try a tool on."""
    if "id" not in entry.schema.get("required", ()):
        return ["none"]
    if "authentication_tokens" in entry.facts.route:
        return [fake.xo.people.admin]
    records = fake.xo.store._actual.get(collection_of(entry), {})
    return list(records)[-12:] or ["none"]


def prepare(fake: FakeXo, desk: Desk, entry: Entry, object_id: str) -> None:
    """Bring an object into the state a tool needs."""
    if entry.name == "start_host":
        fake.change("hosts", object_id, powerOnMode="wake-on-lan")
    if entry.name in FIRST:
        name, arguments = FIRST[entry.name]
        desk.call(name, {"id": object_id, **arguments})


def call_events(desk: Desk) -> None:
    """The tools around event streams, in the order that makes sense."""
    stream = (desk.call("open_events_stream").structured_content or {})["id"]
    added = desk.call("add_event_subscription", id=stream, collection="VM")
    assert not added.is_error, text_of(added)
    assert not desk.call("read_events", id=stream, timeout=0).is_error
    removed = desk.call("remove_event_subscription", id=stream, subscriptionId="VM")
    assert not removed.is_error, text_of(removed)
    assert not desk.call("close_events_stream", id=stream).is_error


def test_every_operation_is_requested_and_every_tool_succeeds(
    fake: FakeXo, oracle: Oracle, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
):
    world = World(fake)
    whole: list[Seen] = []
    undone: dict[str, str] = {}
    with Desk(variables(fake, **folders(tmp_path_factory.mktemp("files")))) as desk:
        call_events(desk)
        whole += world.log()
        for entry in ENTRIES.values():
            if entry.facts.module == "events":
                continue
            world.restore()
            for object_id in candidates(fake, entry):
                world.restore()
                prepare(fake, desk, entry, object_id)
                result = desk.call(entry.name, aimed(fake, entry, object_id))
                whole += world.log()
                if not result.is_error:
                    undone.pop(entry.name, None)
                    break
                undone[entry.name] = text_of(result)
        assert desk.log.faults == []
    assert oracle.complaints(whole) == []
    wanted = {key for key, each in oracle.operations.items() if not each.get("deprecated")} - DROPPED
    requested, successful = oracle.asked(whole)
    share = 100 * len(requested.keys() & wanted) / len(wanted)
    figures = f"{len(requested.keys() & wanted)} of {len(wanted)} operations requested ({share:.0f} %), "
    figures += f"{len(successful.keys() & wanted)} with success; {len(ENTRIES) - len(undone)} of {len(ENTRIES)} tools"
    with capsys.disabled():
        print(f"\n{figures} succeeded, in {len(whole)} requests")
    assert requested.keys() == wanted
    assert successful.keys() == wanted
    assert undone.keys() == UNDONE, undone
