"""Changes that XO makes and does not answer: looked for before their outcome is reported as unknown."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import ENTRIES, text_of
from fake_xo import FakeXo, running_fake_xo
from fake_xo.faults import Fault
from surfaces import SURFACES, Surfaces, notes_of, surfaces
from world import World
from xo_mcp.actions import read_after_write


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Surfaces, World]]:
    with running_fake_xo(vms=4, lag=0.05, task_seconds=0.01) as fake, surfaces(fake) as found:
        yield found, World(fake)


@pytest.fixture
def both(place: tuple[Surfaces, World], monkeypatch: pytest.MonkeyPatch) -> Iterator[Surfaces]:
    monkeypatch.setattr(read_after_write, "PATIENCE", 1.0)  # for what never shows
    found, world = place
    yield found
    world.restore()


def first(fake: FakeXo, collection: str, **wanted: Any) -> str:
    return str(fake.find(collection, **wanted)["id"])


def ids(fake: FakeXo, collection: str) -> set[str]:
    return {str(record["id"]) for record in fake.xo.store.every(collection)}


def creations(fake: FakeXo) -> dict[str, tuple[str, dict[str, Any]]]:
    """Tool to the collection of what it makes, and arguments."""
    vm, sr = first(fake, "vms"), first(fake, "srs", content_type="user")
    return {
        "create_group": ("groups", {"name": 'the "night" shift'}),
        "create_user": ("users", {"name": "new@example.org", "password": "a-long-password"}),
        "create_vdi": ("vdis", {"name_label": "data", "srId": sr, "virtual_size": 1 << 30}),
        "create_vif": ("vifs", {"vmId": vm, "networkId": first(fake, "networks")}),
        "create_acl_role": ("acl-roles", {"name": "night shift", "description": "d"}),
        "add_server": ("servers", {"host": "192.0.2.77", "username": "root", "password": "a-long-password"}),
    }


NAMES = ("create_group", "create_user", "create_vdi", "create_vif", "create_acl_role", "add_server")


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("tool", NAMES)
def test_what_was_made_without_an_answer_is_found(both: Surfaces, surface: str, tool: str) -> None:
    collection, arguments = creations(both.fake)[tool]
    before = ids(both.fake, collection)
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    answer = both.answer(surface, tool, arguments)
    (made,) = ids(both.fake, collection) - before
    assert (answer["status"], answer["id"]) == ("done", made)
    assert "XO did not answer, but made it" in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("body", [{}, {"description": "for the night shift"}])
def test_a_token_whose_answer_was_lost_is_answered(both: Surfaces, surface: str, body: dict[str, str]) -> None:
    before, user = ids(both.fake, "tokens"), first(both.fake, "users", permission="admin")
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    answer = both.answer(surface, "create_auth_token", {"id": user, **body})
    assert ids(both.fake, "tokens") - before == {answer["id"]}


def test_a_restore_whose_answer_was_lost_is_answered(both: Surfaces) -> None:
    before = ids(both.fake, "vms")
    archive, sr = first(both.fake, "backup-archives"), first(both.fake, "srs", content_type="user")
    both.fake.xo.faults.add(Fault("CALL backupNg.importVmBackup", "lost-answer"))
    answer = both.answer("search", "restore_vm_backup", {"id": archive, "sr": sr})
    assert ids(both.fake, "vms") - before == {answer["id"]}
    assert "XO did not answer, but its log of the restore names this VM" in notes_of(answer)


CHANGES: list[dict[str, Any]] = [
    {"memory": 6 << 30, "cpus": 3},
    {"memoryMin": 1 << 30, "memoryStaticMax": 16 << 30, "cpusStaticMax": 8},
    {"hvmBootFirmware": "bios", "nestedVirt": True},
    {"blockedOperations": {"destroy": True, "start": "not today"}, "xenStoreData": {"vm-data/key": "value"}},
    {"blockedOperations": {"destroy": False}, "tags": ["a", "b"], "startDelay": 5, "affinityHost": None},
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("changes", CHANGES)
def test_changed_settings_of_a_vm_are_reported_by_what_reads_show(
    both: Surfaces, surface: str, changes: dict[str, Any]
) -> None:
    both.fake.xo.faults.add(Fault("PATCH *", "lost-answer"))
    answer = both.answer(surface, "update_vm", {"id": first(both.fake, "vms", power_state="Halted"), **changes})
    assert notes_of(answer) == "XO did not answer, but reads show the new values."


@pytest.mark.parametrize("changes", CHANGES[:4:3])
def test_settings_that_did_not_change_are_no_success(both: Surfaces, changes: dict[str, Any]) -> None:
    both.fake.xo.faults.add(Fault("PATCH *", "close"))
    vm = first(both.fake, "vms", power_state="Halted")
    reported = text_of(both.call("full", "update_vm", {"id": vm, **changes}))
    assert "reads do not show the new values" in reported


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("kind", ["close", "status-504"])
def test_what_was_not_made_is_not_found(both: Surfaces, surface: str, kind: str) -> None:
    both.answer(surface, "create_group", {"name": "day shift"})  # of this name, and older
    both.fake.xo.faults.add(Fault("POST /groups", kind))
    result = both.call(surface, "create_group", {"name": "day shift"})
    assert result.is_error
    assert "reads show no new one among the groups called `day shift`" in text_of(result)


@pytest.mark.parametrize("surface", SURFACES)
def test_an_answer_that_cannot_be_read_is_no_failure_of_what_was_done(both: Surfaces, surface: str) -> None:
    both.fake.xo.faults.add(Fault("POST /groups", "cut-short"))
    answer = both.answer(surface, "create_group", {"name": "evening shift"})
    assert answer["status"] == "done"


@pytest.mark.parametrize("surface", SURFACES)
def test_an_action_without_an_answer_is_reported_by_the_object(both: Surfaces, surface: str) -> None:
    vm = first(both.fake, "vms", power_state="Halted")
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    both.fake.xo.faults.add(Fault("GET /tasks", "status-500", times=None))  # no task tells
    answer = both.answer(surface, "start_vm", {"id": vm})
    assert answer["status"] == "success"
    assert "the object shows `power_state` Running" in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_an_action_that_goes_on_without_an_answer_is_followed_by_its_task(both: Surfaces, surface: str) -> None:
    both.fake.xo.options.task_seconds = 0.5
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    arguments = {"id": first(both.fake, "vms"), "name_label": "s"}
    try:
        answer = both.answer(surface, "snapshot_vm", arguments)
        both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
        pending = both.answer(surface, "snapshot_vm", {**arguments, "timeout": 0.1})
    finally:
        both.fake.xo.options.task_seconds = 0.01
    assert answer["status"] == "success"
    assert answer["id"] in ids(both.fake, "vm-snapshots")
    assert "XO did not answer, but began one action on this object since then: `REST API: " in notes_of(answer)
    assert pending["status"] == "pending"
    assert pending["taskId"] in ids(both.fake, "tasks") - {answer["taskId"]}


@pytest.mark.parametrize("surface", SURFACES)
def test_an_action_that_failed_without_an_answer_is_a_failure(both: Surfaces, surface: str) -> None:
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    reported = text_of(both.call(surface, "start_vm", {"id": first(both.fake, "vms", power_state="Running")}))
    assert "failed: " in reported
    assert "Whether XO did it is unknown" not in reported


@pytest.mark.parametrize("surface", SURFACES)
def test_of_several_tasks_none_is_taken_for_the_action(both: Surfaces, surface: str) -> None:
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    vm = first(both.fake, "vms", power_state="Running")
    both.answer(surface, "snapshot_vm", {"id": vm, "name_label": "s"})
    both.fake.xo.faults.add(Fault("POST *", "lost-answer"))
    reported = text_of(both.call(surface, "snapshot_vm", {"id": vm, "name_label": "s"}))
    assert "began one action" not in reported
    assert "XO did not answer, but works on this object" in reported or "XO's newest task of this object is" in reported


def calls(fake: FakeXo) -> dict[str, dict[str, Any]]:
    """Tools over JSON-RPC whose change reads show."""
    local, iso = first(fake, "srs", content_type="user"), first(fake, "srs", content_type="iso")
    default = fake.find("pools")["default_SR"]
    other = next(sr["id"] for sr in fake.xo.store.every("srs") if sr["id"] != default and sr["content_type"] == "user")
    drive = next(vbd for vbd in fake.xo.store.every("vbds") if not vbd.get("bootable"))
    return {
        "set_vm_boot_order": {"vm": first(fake, "vms"), "order": "n"},
        "insert_vm_cd": {"id": first(fake, "vms"), "cd_id": first(fake, "vdis", **{"$SR": iso})},
        "set_vbd_bootable": {"vbd": drive["id"], "bootable": True},
        "set_pool_default_sr": {"sr": other},
        "update_sr": {"id": local, "name_label": "renamed"},
        "delete_message": {"id": first(fake, "messages")},
        "delete_backup_job": {"id": first(fake, "backup-jobs", type="backup")},
    }


RPC = (
    "set_vm_boot_order",
    "insert_vm_cd",
    "set_vbd_bootable",
    "set_pool_default_sr",
    "update_sr",
    "delete_message",
    "delete_backup_job",
)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("tool", RPC)
def test_a_call_without_an_answer_is_reported_by_what_reads_show(both: Surfaces, surface: str, tool: str) -> None:
    arguments = calls(both.fake)[tool]
    both.fake.xo.faults.add(Fault(str(ENTRIES[tool].facts.operation), "lost-answer"))
    result = both.call(surface, tool, arguments)
    assert not result.is_error, text_of(result)
    assert "XO did not answer, but reads show" in text_of(result)
