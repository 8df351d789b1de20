"""The whole life of backups through tools alone, against a fake XO that has XO's traps."""

import tarfile
from typing import Any

import pytest
from backup_desk import job_arguments, nightly, sent, stored
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.runs import FAILING
from rpc_desk import done

XO_OPTIONS = {"vms": 6, "log_cache": 10}
"""Of the fake XO: enough VMs for tags to tell them apart, and logs that show a run late."""


def test_a_backup_lives_from_its_repository_to_its_end(fake: FakeXo, desk: Desk):
    machine = fake.find("vms")
    repository = done(desk.call("create_backup_repository", name="vault", url="nfs://192.0.2.9:/vault"))["id"]
    made = done(
        desk.call(
            "create_backup_job",
            name="nightly web",
            mode="delta",
            vms=[machine["name_label"]],
            repositories=["vault"],
            schedules=[nightly(timezone="Europe/Paris", name="night", full_interval=7)],
        )
    )
    job = stored(fake, made["id"])
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == made["id"]]
    assert job["vms"] == {"id": machine["id"]}
    assert job["remotes"] == {"id": repository}
    assert job["settings"][schedule["id"]] == {"exportRetention": 2, "fullInterval": 7}
    assert made["schedules"][0]["id"] == schedule["id"]
    assert schedule["enabled"] is True
    assert done(desk.call("get_backup_job", id=made["id"]))["name"] == "nightly web"

    ran = done(desk.call("run_backup_job", id=made["id"]))
    assert ran["status"] == "success"
    assert ran["done"] == 1
    assert done(desk.call("get_backup_log", id=ran["logId"]))["status"] == "success"
    listed = done(desk.call("list_backups", **{"backup-repository": [repository]}))
    (backup,) = listed["items"]

    storage = fake.find("srs", content_type="user")
    restored = done(desk.call("restore_vm_backup", id=backup["id"], sr=storage["name_label"], new_mac_addresses=True))
    twin = fake.record("vms", restored["id"])
    assert twin is not None
    assert restored["name_label"] == twin["name_label"] != machine["name_label"]
    assert restored["power_state"] == "Halted"
    assert done(desk.call("get_vm", id=restored["id"]))["power_state"] == "Halted"

    disk = done(desk.call("get_backup", id=backup["id"]))["disks"][0]["id"]
    where = {"remote": repository, "disk": disk}
    partition = done(desk.call("list_backup_partitions", **where))["items"][0]["id"]
    names = done(desk.call("list_backup_files", **where, partition=partition, path="/"))
    assert "hello.txt" in names
    saved = done(desk.call("download_backup_files", **where, partition=partition, paths=["/hello.txt"]))
    with tarfile.open(saved["path"]) as archive:
        assert archive.getnames() == ["hello.txt"]

    assert done(desk.call("delete_vm_backups", ids=[backup["id"]]))["deleted"] == 1
    assert fake.record("backup-archives", backup["id"]) is None
    done(desk.call("delete_backup_job", id=made["id"]))
    assert fake.record("backup-jobs", made["id"]) is None
    assert fake.record("schedules", schedule["id"]) is None
    done(desk.call("forget_backup_repository", id=repository))


def test_retention_lets_the_oldest_go(fake: FakeXo, desk: Desk):
    made = done(desk.call("create_backup_job", **job_arguments(fake)))["id"]
    for _ in range(3):
        done(desk.call("run_backup_job", id=made))
    assert sum(each["jobId"] == made for each in fake.xo.store.every("backup-archives")) == 2


def test_a_run_that_failed_is_an_error_that_names_the_vms(fake: FakeXo, desk: Desk):
    first, second = fake.xo.store.every("vms")[:2]
    made = done(desk.call("create_backup_job", **job_arguments(fake, vms=[first["id"], second["id"]])))["id"]
    fake.xo.rpc.settings[FAILING] = {second["id"]}
    failed = desk.call("run_backup_job", id=made)
    assert failed.is_error
    assert f"for 1 of 2: {second['name_label']}" in text_of(failed)
    assert "stack" not in text_of(failed)


def test_a_run_that_takes_longer_names_its_log_and_goes_on(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    machines = [each["id"] for each in fake.xo.store.every("vms")[:4]]
    made = done(desk.call("create_backup_job", **job_arguments(fake, vms=machines)))["id"]
    monkeypatch.setattr(fake.options, "task_seconds", 0.5)
    begun = done(desk.call("run_backup_job", id=made, timeout=1.2))
    assert begun["status"] == "pending"
    assert "get_backup_log with id" in " ".join(begun["_notes"])
    again = desk.call("run_backup_job", id=made)
    assert again.is_error
    assert "already running" in text_of(again)


def test_a_run_needs_to_know_by_which_schedule(fake: FakeXo, desk: Desk):
    two = [nightly(name="daily"), nightly(name="weekly", cron="0 4 * * 0", retention=5)]
    made = done(desk.call("create_backup_job", **job_arguments(fake, schedules=two)))["id"]
    refused = desk.call("run_backup_job", id=made)
    assert refused.is_error
    assert "weekly" in text_of(refused)
    assert done(desk.call("run_backup_job", id=made, schedule="weekly"))["status"] == "success"
    assert desk.call("run_backup_job", id=made, schedule="nope").is_error


def test_disks_go_where_they_should(fake: FakeXo, desk: Desk):
    made = done(desk.call("create_backup_job", **job_arguments(fake)))["id"]
    done(desk.call("run_backup_job", id=made))
    backup = next(each for each in fake.xo.store.every("backup-archives") if each["jobId"] == made)
    first, second = [each["id"] for each in fake.xo.store.every("srs") if each["content_type"] == "user"][:2]
    disk = backup["disks"][0]["uuid"]
    restored = done(
        desk.call(
            "restore_vm_backup",
            id=backup["id"],
            sr=first,
            disk_srs=[{"disk": disk, "sr": second}],
            tag="tested",
            differential=True,
        )
    )
    call = next(each for each in fake.xo.rpc.calls if each.method == "backupNg.importVmBackup")
    assert call.params["settings"] == {
        "mapVdisSrs": {disk: second},
        "additionalVmTag": "tested",
        "useDifferentialRestore": True,
    }
    assert "tested" in restored["tags"]
    assert "MAC" in " ".join(restored["_notes"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "nope"}, "no backup"),
        ({"sr": "nope"}, "no SR"),
        ({"disk_srs": [{"disk": "nope", "sr": None}]}, "no single disk"),
    ],
)
def test_a_restore_that_can_not_be_is_refused_before(fake: FakeXo, desk: Desk, changes: dict[str, Any], says: str):
    backup, storage = fake.find("backup-archives")["id"], fake.find("srs", content_type="user")["id"]
    before = len(fake.xo.store.every("vms"))
    refused = desk.call("restore_vm_backup", **{"id": backup, "sr": storage, **changes})
    assert refused.is_error
    assert says in text_of(refused)
    assert sent(fake) == []
    assert len(fake.xo.store.every("vms")) == before


def test_unknown_backups_are_not_deleted_by_halves(fake: FakeXo, desk: Desk):
    first = fake.find("backup-archives")["id"]
    assert desk.call("delete_vm_backups", ids=[first, f"{first}x"]).is_error
    assert fake.record("backup-archives", first) is not None
    assert sent(fake) == []
    assert done(desk.call("check_vm_backup", id=first, sr=fake.find("srs", content_type="user")["id"]))


def test_schedules_have_their_settings_as_long_as_they_live(fake: FakeXo, desk: Desk):
    job = fake.find("backup-jobs", type="backup")
    made = done(desk.call("create_schedule", jobId=job["id"], cron="0 5 * * 1", retention=4))
    assert stored(fake, job["id"])["settings"] == {**job["settings"], made["id"]: {"exportRetention": 4}}
    assert done(desk.call("run_backup_job", id=job["id"], schedule=made["id"]))["status"] == "success"
    done(desk.call("update_schedule", id=made["id"], retention=6, enabled=False))
    assert stored(fake, job["id"])["settings"][made["id"]] == {"exportRetention": 6}
    assert (fake.record("schedules", made["id"]) or {})["enabled"] is False
    done(desk.call("delete_schedule", id=made["id"]))
    assert stored(fake, job["id"])["settings"] == job["settings"]
    assert desk.call("delete_schedule", id=made["id"]).is_error
    both = [each["id"] for each in fake.xo.store.every("schedules")][:2]
    assert done(desk.call("run_schedules_in_order", schedules=both))["status"] == "done"


def test_metadata_is_backed_up_listed_restored_and_deleted(fake: FakeXo, desk: Desk):
    made = done(
        desk.call(
            "create_metadata_backup_job",
            name="config",
            xo_config=True,
            pools=[fake.find("pools")["name_label"]],
            repositories=["nas-offsite"],
            schedules=[nightly()],
        )
    )["id"]
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == made]
    kept = {"retentionXoMetadata": 2, "retentionPoolMetadata": 2}
    assert stored(fake, made)["settings"][schedule["id"]] == kept
    done(desk.call("update_metadata_backup_job", id=made, report_when="always"))
    assert stored(fake, made)["settings"] == {"": {"reportWhen": "always"}, schedule["id"]: kept}
    assert done(desk.call("run_metadata_backup_job", id=made))["status"] == "success"
    listed = done(desk.call("list_metadata_backups", remotes=["nas-offsite"]))["items"]
    assert [each["kind"] for each in listed] == ["xo", "pool"]
    assert "cpu_info" not in str(listed)
    done(desk.call("restore_metadata_backup", id=listed[1]["id"]))
    assert fake.xo.rpc.settings["restored"] == [{"id": listed[1]["id"], "pool": fake.find("pools")["id"]}]
    assert desk.call("restore_metadata_backup", id=f"{listed[1]['id']}x").is_error
    done(desk.call("delete_metadata_backup", id=listed[0]["id"]))
    assert len(done(desk.call("list_metadata_backups", remotes=["nas-offsite"]))["items"]) == 1
    empty = desk.call("create_metadata_backup_job", name="x", repositories=["nas-offsite"], schedules=[nightly()])
    assert "back up nothing" in text_of(empty)
    done(desk.call("delete_metadata_backup_job", id=made))
    assert fake.record("backup-jobs", made) is None


def test_mirrors_are_changed_without_saying_everything_again(fake: FakeXo, desk: Desk):
    arguments: dict[str, Any] = {
        "name": "offsite",
        "mode": "delta",
        "source": "nas-primary",
        "schedules": [nightly(retention=5)],
    }
    same = desk.call("create_mirror_backup_job", **arguments, repositories=["nas-primary"])
    assert "itself" in text_of(same)
    made = done(desk.call("create_mirror_backup_job", **arguments, repositories=["nas-offsite"]))["id"]
    before = stored(fake, made)
    done(desk.call("update_mirror_backup_job", id=made, name="renamed", vms=[fake.find("vms")["id"]]))
    wanted = {"vm": {"uuid": {"__or": [fake.find("vms")["id"]]}}}
    assert stored(fake, made) == {**before, "name": "renamed", "filter": wanted}
    assert done(desk.call("run_mirror_backup_job", id=made))["status"] == "success"
    assert any(each["jobId"] == made for each in fake.xo.store.every("backup-archives"))
    done(desk.call("delete_mirror_backup_job", id=made))
    assert fake.record("backup-jobs", made) is None


def test_a_person_reads_which_job_goes(fake: FakeXo):
    person = Person(action="decline")
    job = fake.find("backup-jobs", type="backup")
    with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as desk:
        assert desk.call("delete_backup_job", id=job["id"]).is_error
    assert job["name"] in person.asked[0]
    assert "Nothing backs these VMs up any more" in person.asked[0]


def test_xos_own_log_is_short_and_has_no_stacks(fake: FakeXo, desk: Desk):
    desk.call("eject_vm_cd", id=fake.find("vms")["id"])
    found = done(desk.call("list_xo_logs", namespace="api", limit=1))["items"]
    assert found[0]["method"] == "vm.ejectCd"
    assert "stack" not in str(found)
    done(desk.call("delete_xo_logs", namespace="api", id=[found[0]["id"]]))
    left = done(desk.call("list_xo_logs", namespace="api"))["items"]
    assert found[0]["id"] not in {each["id"] for each in left}
