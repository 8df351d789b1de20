"""Names beside ids, parts of objects, and no references, on both surfaces."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import ENTRIES, text_of
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, surfaces
from xo_mcp.decisions import CONVENTIONS


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=6, lag=0, task_seconds=0) as fake, surfaces(fake) as found:
        vm = fake.find("vms")
        found.answer("full", "snapshot_vm", {"id": vm["id"], "name_label": "before"})
        yield found


MACHINES = {"vms": "VM", "vm-templates": "template", "vm-snapshots": "snapshot", "vm-controllers": "control domain"}


def name_of(both: Surfaces, identifier: str, kinds: dict[str, str]) -> str:
    """What the fake knows an object by."""
    for collection, kind in kinds.items():
        record = both.fake.record(collection, identifier)
        if record is not None:
            return f"{kind} {record['name_label']}".strip()
    raise AssertionError(identifier)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("tool", "property_"), [("list_vifs", "$VM"), ("list_vbds", "VM")])
def test_what_nics_and_links_belong_to_is_reported(both: Surfaces, surface: str, tool: str, property_: str) -> None:
    items = both.answer(surface, tool, {"limit": 200})["items"]
    expected = [item["of"] for item in items]
    assert expected == [name_of(both, item[property_], MACHINES) for item in items]
    assert {each.split()[0] for each in expected} >= {"VM", "template", "snapshot"}


@pytest.mark.parametrize("surface", SURFACES)
def test_networks_and_disks_have_their_names(both: Surfaces, surface: str) -> None:
    for item in both.answer(surface, "list_vifs", {"fields": "$network"})["items"]:
        assert item["network"] == name_of(both, item["$network"], {"networks": ""})
        assert "of" not in item
    for item in both.answer(surface, "list_vbds", {"limit": 200})["items"]:
        if "VDI" in item:
            assert item["disk"] == name_of(both, item["VDI"], {"vdis": "", "vdi-snapshots": "snapshot"})


@pytest.mark.parametrize("surface", SURFACES)
def test_disks_say_whose_they_are_and_where(both: Surfaces, surface: str) -> None:
    items = both.answer(surface, "list_vdis", {"limit": 200})["items"]
    for item in items:
        sr = both.fake.record("srs", item["$SR"])
        assert sr is not None
        assert item["SR"] == ("ISO library " if sr["content_type"] == "iso" else "") + sr["name_label"]
        links = [both.fake.record("vbds", each) or {} for each in item["$VBDs"]]
        owners = {name_of(both, link["VM"], MACHINES) for link in links}
        assert set(filter(None, item.get("of", "").split(", "))) == owners
    assert any(item["SR"].startswith("ISO library") for item in items)


@pytest.mark.parametrize("surface", SURFACES)
def test_snapshots_alarms_and_messages_name_their_object(both: Surfaces, surface: str) -> None:
    snapshot = both.answer(surface, "list_vm_snapshots", {"filter": "name_label:before"})["items"][0]
    assert snapshot["of"] == name_of(both, snapshot["$snapshot_of"], MACHINES)
    assert both.answer(surface, "get_vm_snapshot", {"id": snapshot["id"]})["of"] == snapshot["of"]
    every = {"vms": "", "hosts": "", "srs": "", "pools": "", "vm-controllers": ""}
    for item in both.answer(surface, "list_alarms", {})["items"]:
        assert item["object"]["name"] == name_of(both, item["object"]["uuid"], every)
        assert "href" not in item["object"]
    both.answer(surface, "start_vm", {"id": both.fake.find("vms", power_state="Halted")["id"]})
    for item in both.answer(surface, "list_messages", {})["items"]:
        name = name_of(both, item["$object"], every)
        assert item.get("of", "").endswith(name) is not (f"'{name}'" in item["body"]), "said once"
    for item in both.answer(surface, "list_messages", {"fields": "name,$object"})["items"]:
        assert item["of"].endswith(name_of(both, item["$object"], every))
    table = text_of(both.call(surface, "list_vm_snapshots", {"format": "markdown"}))
    assert "|of|" in table
    assert snapshot["of"] in table


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("tool", "fields", "picked"),
    [
        ("list_vms", "name_label,memory.size,CPUs.number", lambda vm: pick(vm, "memory.size", "CPUs.number")),
        ("get_vm", "name_label,memory.size,CPUs.number", lambda vm: pick(vm, "memory.size", "CPUs.number")),
        ("list_vms", "name_label,memory.size,memory", lambda vm: {"memory": vm["memory"]}),
        ("get_vm", "name_label,boot.order", lambda vm: pick(vm, "boot.order")),
    ],
)
def test_parts_of_objects_can_be_asked_for(both: Surfaces, surface: str, tool: str, fields: str, picked: Any) -> None:
    vm = both.fake.find("vms")
    arguments = {"id": vm["id"]} if tool == "get_vm" else {"filter": f"id:{vm['id']}"}
    answer = both.answer(surface, tool, {**arguments, "fields": fields})
    shown = answer if tool == "get_vm" else answer["items"][0]
    assert shown == {"id": vm["id"], "name_label": vm["name_label"], **picked(vm)}


def pick(record: dict[str, Any], *paths: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for top, inner in (path.split(".") for path in paths):
        found.setdefault(top, {})[inner] = record[top][inner]
    return found


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("memory.siz", "`memory` has no `siz`. There is `memory.size`"),
        ("tags.0", "`tags` is not an object with parts"),
        ("memory:size", "is written with a dot, `memory.name`, not `memory:size`"),
        ("_xapiRef", "Ask for `id` or `uuid`"),
    ],
)
def test_unknown_fields_are_reported(both: Surfaces, surface: str, fields: str, expected: str) -> None:
    assert expected in both.refusal(surface, "list_vms", {"fields": fields})


@pytest.mark.parametrize("surface", SURFACES)
def test_references_of_xenserver_are_in_no_answer(both: Surfaces, surface: str) -> None:
    for tool, arguments in (("list_hosts", {}), ("get_vm", {"id": both.fake.find("vms")["id"]})):
        answer = both.call(surface, tool, {**arguments, "fields": "*"})
        assert "_xapiRef" not in text_of(answer)
        assert "OpaqueRef" not in text_of(answer)


def below() -> list[tuple[str, str]]:
    """Lists below an object whose records have names beside their ids: tool, and collection of the object."""
    found = []
    for name, entry in ENTRIES.items():
        above, _, own = entry.facts.route.strip("/").partition("/{id}/")
        if own in CONVENTIONS.names_beside and entry.facts.kind == "list":
            found.append((name, above))
    return found


BELOW = below()
WITH_RECORDS = {"list_vm_vdis", "list_vm_template_vdis", "list_vm_snapshot_vdis"}


def test_lists_below_an_object_have_names_too(both: Surfaces) -> None:
    both.answer("full", "pause_vm", {"id": both.fake.find("vms", power_state="Running")["id"]})
    seen = set()
    for tool, above in BELOW:
        for owner in both.fake.xo.store.every(above)[:5]:
            answer = both.answer("full", tool, {"id": owner["id"], "fields": "*"})
            named = {name for item in answer["items"] for name in ("of", "SR") if name in item}
            named |= {"name" for item in answer["items"] if "name" in (item.get("object") or ())}
            if named:
                seen.add(tool)
                table = text_of(both.call("search", tool, {"id": owner["id"], "fields": "*", "format": "markdown"}))
                assert all(f"|{name}|" in table or name == "name" for name in named)
                break
    assert len(BELOW) > len(WITH_RECORDS)
    assert seen >= WITH_RECORDS
