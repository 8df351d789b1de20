"""Jobs of administrators that REST lacks, each in at most two calls and 4,000 bytes, beside the fake XO's own state."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from fake_xo import FakeXo, running_fake_xo

MOST = 4_000
"""Bytes of answers that a model must read for one job."""
CALLS = 2
SETTINGS = {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all", "XO_MCP_CONFIRM": "none"}


class Counted:
    """A desk that counts calls and bytes of one job."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._calls = self._bytes = 0

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds."""
        result = self._desk.call(tool, arguments)
        text = result.content[0].text  # type: ignore[union-attr]
        assert not result.is_error, text
        self._calls += 1
        self._bytes += len(text.encode())
        assert self._calls <= CALLS
        assert self._bytes <= MOST
        return dict(json.loads(text))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=8, lag=0.05, task_seconds=0.01) as running:
        yield running


@pytest.fixture
def job(fake: FakeXo, tmp_path: Path) -> Iterator[Counted]:
    with Desk(
        {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, "XO_MCP_DOWNLOAD_DIR": str(tmp_path), **SETTINGS}
    ) as desk:
        yield Counted(desk)


def newest_of(fake: FakeXo, machine: dict[str, Any]) -> str:
    own = [each for each in fake.xo.store.every("backup-archives") if each["vm"]["uuid"] == machine["uuid"]]
    return str(max(own, key=lambda each: each["timestamp"])["id"])


def backups_of(job: Counted, machine: dict[str, Any]) -> str:
    listed = job.call("list_backups", filter=f"vm:uuid:{machine['uuid']}", fields="id,timestamp", limit=5)["items"]
    return str(max(listed, key=lambda each: str(each["timestamp"]))["id"])


def test_11_restore_a_vm(fake: FakeXo, job: Counted):
    machine = fake.find("vms")
    backup = backups_of(job, machine)
    storage = fake.find("srs", content_type="user")["name_label"]
    made = job.call("restore_vm_backup", id=backup, sr=storage, new_mac_addresses=True)
    twin = fake.record("vms", made["id"])
    assert twin is not None
    assert twin["name_label"].startswith(machine["name_label"])
    called = next(each for each in fake.xo.rpc.calls if each.method == "backupNg.importVmBackup")
    assert called.params["id"].split("/")[-1] == newest_of(fake, machine).split("/")[-1]


def test_11_test_a_restore(fake: FakeXo, job: Counted):
    before = len(fake.xo.store.every("vms"))
    backup = backups_of(job, fake.find("vms"))
    assert job.call("check_vm_backup", id=backup, sr=fake.find("srs", content_type="user")["name_label"])
    assert len(fake.xo.store.every("vms")) == before


def test_12_restore_single_files(fake: FakeXo, job: Counted):
    backup = backups_of(job, fake.find("vms"))
    saved = job.call("download_backup_files", backup=backup, paths=["/etc/fstab"])
    with tarfile.open(saved["path"]) as archive:
        assert archive.getnames() == ["etc/fstab"]


def test_13_make_change_and_delete_a_backup_job(fake: FakeXo, job: Counted):
    made = job.call(
        "create_backup_job",
        name="all that runs",
        mode="delta",
        all_running=True,
        repositories=["nas-primary"],
        schedules=[{"cron": "0 3 * * *", "retention": 7, "timezone": "Europe/Paris"}],
    )
    stored = fake.record("backup-jobs", made["id"])
    assert stored is not None
    assert stored["vms"] == {"type": "VM", "power_state": "Running"}
    assert job.call("delete_backup_job", id=made["id"])
    assert fake.record("backup-jobs", made["id"]) is None


def test_17_make_a_vm_a_template(fake: FakeXo, job: Counted):
    machine = fake.find("vms", power_state="Halted")
    assert job.call("convert_vm_to_template", id=machine["id"])
    assert fake.record("vm-templates", machine["id"]) is not None


def test_18_insert_and_eject_an_iso(fake: FakeXo, job: Counted):
    library = fake.find("srs", content_type="iso")["id"]
    iso, machine = fake.find("vdis", **{"$SR": library}), fake.find("vms")
    job.call("insert_vm_cd", id=machine["id"], cd_id=iso["id"])
    drives = [fake.record("vbds", name) or {} for name in (fake.record("vms", machine["id"]) or {})["$VBDs"]]
    assert [each.get("VDI") for each in drives if each["is_cd_drive"]] == [iso["id"]]
    job.call("eject_vm_cd", id=machine["id"])


def test_9_which_disks_must_be_coalesced(fake: FakeXo, job: Counted):
    storage = fake.find("srs", content_type="user")["id"]
    assert "nUnhealthyVdis" in json.dumps(job.call("list_sr_unhealthy_vdis", id=storage))
