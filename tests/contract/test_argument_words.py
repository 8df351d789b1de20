"""Arguments as clients really send them: put right where one meaning is left, else refused with what was meant."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from desk import ENTRIES
from fake_xo import running_fake_xo
from hypothesis import given
from hypothesis import strategies as st
from surfaces import SURFACES, Surfaces, surfaces
from xo_mcp.errors import ArgumentError
from xo_mcp.safety.validation import Validator

GIB = 1 << 30


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=12, lag=0, task_seconds=0) as fake, surfaces(fake) as found:
        yield found


def checked(tool: str, **arguments: Any) -> dict[str, Any]:
    entry = ENTRIES[tool]
    return Validator(tool, entry.schema, facts=entry.facts).check(arguments)


def refused(tool: str, **arguments: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        checked(tool, **arguments)
    return str(caught.value)


V = "0a1b2c3d-0000-4000-8000-0123456789ab"
NEW = {"id": "p", "name_label": "a", "template": "t"}
TAKEN = [
    # Scalars as text, at any depth.
    ("list_vms", {"limit": "3"}, {"limit": 3}),
    ("list_vms", {"limit": " 3 "}, {"limit": 3}),
    ("get_task", {"id": "t", "wait": "true"}, {"wait": True}),
    ("create_vm", {**NEW, "boot": "True"}, {"boot": True}),
    ("create_vm", {**NEW, "memory": "4294967296"}, {"memory": 4 * GIB}),
    ("create_vm", {**NEW, "vifs": [{"network": "n", "mtu": "1500"}]}, {"vifs": [{"network": "n", "mtu": 1500}]}),
    # Amounts with a unit.
    ("create_vm", {**NEW, "memory": "4GiB"}, {"memory": 4 * GIB}),
    ("create_vm", {**NEW, "vdis": [{"size": "10 GB"}]}, {"vdis": [{"size": 10**10}]}),
    ("update_vm", {"id": "v", "memory": "2 GiB"}, {"memory": 2 * GIB}),
    ("create_vdi", {"srId": "s", "virtual_size": "1.5 TiB", "name_label": "d"}, {"virtual_size": 1536 * GIB}),
    # No id.
    ("start_vm", {"id": "v", "hostId": ""}, {}),
    ("start_vm", {"id": "v", "hostId": " null "}, {}),
    ("update_vm", {"id": "v", "affinityHost": "null"}, {"affinityHost": None}),
    ("update_vm", {"id": "v", "cpuCap": "null"}, {"cpuCap": None}),
    # A list of one for a value; ids with what some write around them.
    ("get_vm", {"id": [V]}, {"id": V}),
    ("list_vms", {"limit": ["3"]}, {"limit": 3}),
    ("get_vm", {"id": f"{{{V.upper()}}}"}, {"id": V}),
    ("get_vm", {"id": f"id: {V}"}, {"id": V}),
    ("get_vm", {"id": f'["{V}"]'}, {"id": V}),
    ("get_vm", {"id": "web (old)"}, {"id": "web (old)"}),
    # A number where XO wants text.
    ("create_vbd", {"VM": "v", "VDI": "d", "userdevice": 1}, {"userdevice": "1"}),
    # One value for a list, and the other way round.
    ("disable_host", {"id": "h", "evacuate": True, "vmIdsToForceMigrate": V}, {"vmIdsToForceMigrate": [V]}),
    (
        "disable_host",
        {"id": "h", "evacuate": True, "vmIdsToForceMigrate": f"{V}, {V}"},
        {"vmIdsToForceMigrate": [V, V]},
    ),
    ("update_vm", {"id": "v", "tags": "prod"}, {"tags": ["prod"]}),
    ("create_vm", {**NEW, "vdis": {"size": GIB}}, {"vdis": [{"size": GIB}]}),
    ("create_vm", {**NEW, "vdis": json.dumps([{"size": "1GiB"}])}, {"vdis": [{"size": GIB}]}),
    ("list_vms", {"fields": ["name_label", "tags"]}, {"fields": "name_label,tags"}),
    ("list_vms", {"fields": '["name_label", "tags"]'}, {"fields": "name_label,tags"}),
    ("get_vm_stats", {"id": "v", "series": ["cpus", "memory"]}, {"series": "cpus,memory"}),
    # Enumerations in another case.
    ("list_vms", {"format": "Markdown"}, {"format": "markdown"}),
    ("create_vm", {**NEW, "hvmBootFirmware": "UEFI"}, {"hvmBootFirmware": "uefi"}),
    # Nothing, in words.
    ("list_vms", {"limit": "null"}, {}),
    ("list_vms", {"limit": ""}, {}),
    ("list_vms", {"format": "", "fields": "null"}, {}),
    ("create_vm", {**NEW, "boot": "", "vdis": None}, {}),
    # Ids.
    ("get_vm", {"id": f" {V}\n"}, {"id": V}),
    ("get_vm", {"id": f'"{V.upper()}"'}, {"id": V}),
    ("get_vm", {"id": f"/rest/v0/vms/{V}"}, {"id": V}),
    ("get_vm", {"id": f"https://xo.example.org/rest/v0/vms/{V}"}, {"id": V}),
    ("get_vm", {"id": f"xo://vms/{V}"}, {"id": V}),
    ("get_vm", {"id": f"vms/{V}"}, {"id": V}),
    ("get_vm", {"id": f"\u200b\u201c{V}\u201d"}, {"id": V}),
    ("migrate_vm", {"id": V, "hostId": f"`{V.upper()}`"}, {"hostId": V}),
    ("enable_sr_maintenance", {"id": V, "vmsToShutdown": [f" {V.upper()}"]}, {"vmsToShutdown": [V]}),
    ("create_vm", {**NEW, "vdis": [{"size": GIB, "sr": f" {V} "}]}, {"vdis": [{"size": GIB, "sr": V}]}),
    ("add_event_subscription", {"id": "e", "collection": "VM", "fields": "id,tags"}, {"fields": ["id", "tags"]}),
]


@pytest.mark.parametrize(("tool", "given_as", "means"), TAKEN)
def test_what_has_one_meaning_is_taken(tool: str, given_as: dict[str, Any], means: dict[str, Any]) -> None:
    found = checked(tool, **given_as)
    base = {name: value for name, value in NEW.items() if name in given_as}
    assert {name: found.get(name) for name in means} == means
    assert all(isinstance(found[name], type(value)) for name, value in means.items())
    assert set(found) == {name for name, value in given_as.items() if name in means or name in base or name in found}


REFUSED = [
    # Keys inside.
    ("create_vm", {**NEW, "vdis": [{"size": GIB, "srId": V}]}, "'srId' is not among them; did you mean sr?"),
    ("create_vm", {**NEW, "vifs": [{"networkId": V}]}, "did you mean network?"),
    ("create_vm", {**NEW, "install": {"method": "network", "repository": "", "iso": 1}}, "'iso' is not among them"),
    ("update_vm", {"id": "v", "blockedOperations": {"destory": True}}, "'destory'; did you mean destroy?"),
    # Amounts.
    ("create_vm", {**NEW, "memory": 4}, 'Did you mean "4GiB" (4294967296)?'),
    ("create_vm", {**NEW, "memory": 4096}, 'Did you mean "4096MiB" (4294967296)?'),
    ("update_vm", {"id": "v", "tags": "prod,web"}, "tags must be a list"),
    ("create_vm", {**NEW, "memory": "4G"}, "4 GB (4000000000) or 4 GiB (4294967296)"),
    ("create_vm", {**NEW, "memory": 4294967296.5}, "memory must be a whole number of bytes"),
    ("create_vm", {**NEW, "memory": -1}, "memory must be at least 16 MiB"),
    ("create_vm", {**NEW, "cpus": 1.5}, "cpus must be a whole number, not 1.5"),
    ("create_vm", {**NEW, "cpus": 0}, "cpus must be at least 1"),
    (
        "create_vm",
        {**NEW, "vdis": [{"size": 20}]},
        'vdis[0].size must be at least 1 MiB, not 20 bytes. Did you mean "20GiB"',
    ),
    ("create_vdi", {"srId": "s", "virtual_size": 10, "name_label": "d"}, 'Did you mean "10GiB"'),
    ("create_vdi", {"srId": "s", "virtual_size": -1, "name_label": "d"}, "must be at least 1 MiB"),
    ("create_pool_network", {"id": "p", "name": "n", "pif": "f", "vlan": 5000}, "vlan must be at most 4094"),
    # Alternatives.
    ("disable_host", {"id": "h", "force": True}, "evacuate must be true"),
    ("clone_vm", {"id": "v", "srId": "s", "fast": False}, "fast can't be given"),
    ("disable_host", {"id": "h", "evacuate": False, "force": True}, "With evacuate false: force can't be given"),
    (
        "create_acl_privilege",
        {"action": "start", "effect": "allow", "resource": "sr", "roleId": "r"},
        "With resource sr: action must be",
    ),
    # What can mean two things.
    ("list_vms", {"limit": "three"}, "limit must be a whole number"),
    ("create_vm", {**NEW, "boot": "yes"}, "boot must be true or false"),
    ("list_vms", {"format": "html"}, "json, markdown"),
]


@pytest.mark.parametrize(("tool", "given_as", "expected"), REFUSED)
@pytest.mark.parametrize("surface", SURFACES)
def test_what_can_not_be_meant_is_refused_before_anything_is_sent(
    both: Surfaces, surface: str, tool: str, given_as: dict[str, Any], expected: str
) -> None:
    assert expected in both.refusal(surface, tool, given_as)


def spellings() -> Iterator[Callable[[str], str]]:
    yield from (
        lambda name: f"  {name}\n",
        lambda name: f"'{name.upper()}'",
        lambda name: f"/rest/v0/vms/{name}",
        lambda name: f"xo://vms/{name}",
    )


@pytest.mark.parametrize("surface", SURFACES)
def test_an_object_is_found_however_its_id_is_written(both: Surfaces, surface: str) -> None:
    vm = both.fake.find("vms")
    for write in spellings():
        assert both.answer(surface, "get_vm", {"id": write(vm["id"])})["name_label"] == vm["name_label"]


@pytest.mark.parametrize("surface", SURFACES)
def test_texts_of_people_stay_as_they_are(both: Surfaces, surface: str) -> None:
    vm, name = both.fake.find("vms"), f' "{V.upper()}" '
    both.answer(surface, "update_vm", {"id": vm["id"], "nameLabel": name, "memory": None, "secureBoot": "false"})
    changed = both.fake.record("vms", vm["id"]) or {}
    assert (changed["name_label"], changed["secureBoot"]) == (name, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("4GiB"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
WRITES = ("create_vm", "update_vm", "create_vdi", "disable_host", "create_acl_privilege", "add_event_subscription")


@given(st.data())
def test_putting_right_twice_changes_nothing(data: st.DataObject) -> None:
    entry = ENTRIES[data.draw(st.sampled_from(WRITES))]
    names = st.sampled_from(sorted(entry.schema["properties"]))
    arguments = data.draw(st.dictionaries(names, JSON, max_size=5))
    validator = Validator(entry.name, entry.schema, facts=entry.facts)
    with contextlib.suppress(ArgumentError):
        once = validator.check(arguments)
        assert validator.check(once) == once


BACKUP = f"{V}//xo-vm-backups/{V}/20261127T020000Z-{'x' * 90}.json"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("tool", "arguments", "quoted"),
    [
        ("list_vms", {"filter": "name_label:(  a  b  c"}, "`name_label:(  a  b  c`"),
        ("list_vms", {"filter": f"name_label:({'long ' * 60}"}, ("long " * 60).strip()),
        ("get_vm_stats", {"id": "00000000-0000-4000-8000-000000000000", "last": " a  week "}, "` a  week `"),
        ("get_backup", {"id": BACKUP}, BACKUP),
    ],
)
def test_what_was_sent_is_quoted_as_it_was(
    both: Surfaces, surface: str, tool: str, arguments: dict[str, Any], quoted: str
) -> None:
    assert quoted in both.refusal(surface, tool, arguments)
