"""Tools over XO's JSON-RPC API, through the whole server: what they do, what they answer, when they are offered."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from rpc_desk import done
from xo_mcp.config.config import resolve
from xo_mcp.definitions import load_entries
from xo_mcp.program.doctor import examine
from xo_mcp.releases.capabilities import Capabilities
from xo_mcp.releases.probing import probe
from xo_mcp.safety.policy import offer


def disc_in(own: FakeXo, machine: str) -> str | None:
    links = [own.record("vbds", name) for name in (own.record("vms", machine) or {})["$VBDs"]]
    return next((link.get("VDI") for link in links if link and link["is_cd_drive"]), None)


def test_a_disc_goes_in_and_out(own: FakeXo, own_desk: Desk):
    machine, library = own.find("vms")["id"], own.find("srs", content_type="iso")["id"]
    iso = own.find("vdis", **{"$SR": library})["id"]
    assert done(own_desk.call("insert_vm_cd", id=machine, cd_id=iso))["status"] == "done"
    assert disc_in(own, machine) == iso
    refused = own_desk.call("insert_vm_cd", id=machine, cd_id=iso, force=False)
    assert refused.is_error
    assert "VBD_NOT_EMPTY" in text_of(refused)
    done(own_desk.call("eject_vm_cd", id=machine))
    assert disc_in(own, machine) is None


def test_a_template_that_was_a_machine_is_found_under_its_id(own: FakeXo, own_desk: Desk):
    halted = own.find("vms", power_state="Halted")
    done(own_desk.call("convert_vm_to_template", id=halted["id"]))
    assert own.record("vms", halted["id"]) is None
    assert own.record("vm-templates", halted["id"]) is not None
    assert own_desk.call("convert_vm_to_template", id=own.find("vms", power_state="Running")["id"]).is_error


def test_a_person_is_asked_by_the_name_of_the_object(own: FakeXo):
    halted = own.find("vms", power_state="Halted")
    person = Person(action="decline")
    with Desk(variables(own, XO_MCP_CONFIRM="destructive"), person=person) as own_desk:
        assert own_desk.call("convert_vm_to_template", id=halted["id"]).is_error
    assert halted["name_label"] in person.asked[0]
    assert "can't be started any more" in person.asked[0]
    assert own.record("vms", halted["id"]) is not None


def test_what_is_made_can_be_read_when_the_answer_comes(own: FakeXo, own_desk: Desk):
    job = own.find("backup-jobs")["id"]
    made = done(own_desk.call("create_schedule", jobId=job, cron="0 3 * * *", retention=3))
    assert done(own_desk.call("get_schedule", id=made["id"]))["cron"] == "0 3 * * *"
    done(own_desk.call("update_schedule", id=made["id"], enabled=False))
    assert (own.record("schedules", made["id"]) or {})["enabled"] is False


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"cron": "0 3 * *"}, "4 fields"),
        ({"cron": "61 3 * * *"}, "can't be read"),
        ({"cron": "every night"}, "2 fields"),
        ({"cron": "0 3 * * *", "timezone": "Europe/Atlantis"}, "timezone"),
        ({"cron": "0 3 * * *", "jobId": "no-such-job"}, "no backup job"),
    ],
)
def test_what_would_stop_other_schedules_is_never_sent(
    own: FakeXo, own_desk: Desk, arguments: dict[str, Any], says: str
):
    before = own.xo.store.every("schedules")
    job = own.find("backup-jobs")["id"]
    refused = own_desk.call("create_schedule", **{"jobId": job, "enabled": False, "retention": 1, **arguments})
    assert refused.is_error
    assert says in text_of(refused)
    changed = own_desk.call("update_schedule", id=before[0]["id"], **{"retention": 1, **arguments})
    assert changed.is_error
    assert own.xo.store.every("schedules") == before


def restoring(own: FakeXo) -> dict[str, Any]:
    archive = own.find("backup-archives")
    return {"remote": archive["backupRepository"], "disk": archive["disks"][0]["id"]}


def test_files_of_a_backup_are_saved_and_their_address_is_never_shown(own: FakeXo, own_desk: Desk):
    where = restoring(own)
    assert done(own_desk.call("list_backup_partitions", **where))
    result = own_desk.call("download_backup_files", **where, paths=["/etc/"])
    saved = done(result)
    with tarfile.open(saved["path"]) as archive:
        assert sorted(archive.getnames()) == ["etc/fstab", "etc/hostname"]
    assert Path(saved["path"]).stat().st_size == saved["size"]
    said = str(result) + "".join(own_desk.log.lines)
    assert "/api/" not in said
    assert len(saved["sha256"]) == 64


def test_an_address_that_answers_xos_page_is_an_error_and_leaves_nothing(
    own: FakeXo, own_desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(own.xo.rpc.files, "offer", lambda *_: "/api/" + "x" * 43)
    result = own_desk.call("download_backup_files", **restoring(own), paths=["/etc/"])
    assert result.is_error
    assert "web page" in text_of(result)
    assert list((tmp_path / "files").iterdir()) == []


def test_paths_that_are_not_there_are_refused_before_xo_breaks_the_download(
    own: FakeXo, own_desk: Desk, tmp_path: Path
):
    result = own_desk.call("download_backup_files", **restoring(own), paths=["/etc/fstab", "/nope"])
    assert result.is_error
    assert 'There is no "nope"' in text_of(result)
    assert "backupNg.fetchFiles" not in [call.method for call in own.xo.rpc.calls]
    assert not (tmp_path / "files").exists()


def test_a_long_call_that_takes_longer_says_how_to_follow_it(own: FakeXo, own_desk: Desk):
    own.options.task_seconds = 8
    halted = own.find("vms", power_state="Halted")["id"]
    begun = done(own_desk.call("start_vm_from_cd", id=halted, timeout=1.2))
    assert begun["status"] == "pending"
    task = own.record("tasks", begun["taskId"])
    assert task is not None
    assert task["properties"]["method"] == "vm.recoveryStart"
    assert "Do not call it again" in text_of(own_desk.call("start_vm_from_cd", id=halted, timeout=0))


def test_a_call_whose_socket_breaks_is_looked_for(own: FakeXo, own_desk: Desk):
    own.options.task_seconds = 5
    own.fault("CALL vm.recoveryStart", "lost-answer")
    result = own_desk.call("start_vm_from_cd", id=own.find("vms", power_state="Halted")["id"], timeout=5)
    assert result.is_error
    assert "unknown" in text_of(result)
    assert "still working on it" in text_of(result)


def test_the_switch_keeps_all_of_them_out(own: FakeXo):
    config = resolve({}, variables(own, XO_MCP_NO_JSONRPC="1"))
    offered = offer(load_entries(), config)
    over = {entry.name for entry in load_entries() if entry.facts.is_call}
    assert {"insert_vm_cd", "get_vm_screenshot"} <= over <= offered.hidden.keys()
    assert "--no-jsonrpc" in offered.hidden["insert_vm_cd"]


@pytest.mark.anyio
async def test_auto_hides_methods_that_this_xo_lacks(own: FakeXo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own.xo.rpc.facts = {name: facts for name, facts in own.xo.rpc.facts.items() if name != "vm.ejectCd"}
    config = resolve({}, variables(own, XO_MCP_XO_RELEASE="auto"))
    found = await probe(config, load_entries())
    assert found is not None
    lacking = {entry.name: reason for entry in load_entries() if (reason := found.lacks(entry))}
    assert "JSON-RPC" in lacking["eject_vm_cd"]
    assert not lacking.keys() & {"insert_vm_cd", "get_vm_screenshot", "list_vms"}
    named = Capabilities("6.4")
    assert named.lacks(next(entry for entry in load_entries() if entry.name == "insert_vm_cd")) is None


def test_doctor_tries_the_socket(own: FakeXo):
    reported = {result.check: result for result in examine(resolve({}, variables(own)))}
    assert "WebSocket" in reported["JSON-RPC"].text
    nothing = {result.check: result for result in examine(resolve({}, variables(own, XO_MCP_NO_JSONRPC="1")))}
    assert "--no-jsonrpc" in nothing["JSON-RPC"].text


@pytest.mark.parametrize("tool", ["insert_vm_cd", "get_vm_screenshot", "download_backup_files", "list_unhealthy_vdis"])
def test_xos_administrator_can_switch_all_of_them_off(own: FakeXo, own_desk: Desk, tool: str):
    machine = own.find("vms", power_state="Running")["id"]
    given: dict[str, dict[str, Any]] = {
        "insert_vm_cd": {"id": machine, "cd_id": "x"},
        "get_vm_screenshot": {"id": machine},
        "download_backup_files": {**restoring(own), "paths": ["/etc/"]},
    }
    done(own_desk.call("ping"))
    own.options.mcp_enabled = False
    before = len(own.xo.rpc.calls)
    assert "administrator has switched MCP access off" in text_of(own_desk.call(tool, given.get(tool, {})))
    assert len(own.xo.rpc.calls) == before


def test_a_token_that_expired_is_named_with_what_to_do(own: FakeXo, own_desk: Desk):
    done(own_desk.call("list_unhealthy_vdis"))
    own.call(own.xo.store.update, "tokens", own.admin_token, expiration=0)
    said = text_of(own_desk.call("list_unhealthy_vdis"))
    assert "XO_TOKEN" in said
    assert own.admin_token not in said
