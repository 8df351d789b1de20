"""The whole life of backups through tools alone, against a fake XO that has XO's traps."""

import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk, Person
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.handlers.runs import FAILING
from fake_xo.jsonrpc.handlers.schedules import started_schedules
from mcp.types import CallToolResult
from world import World

EVERYTHING = {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all", "XO_MCP_CONFIRM": "none"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeXo, Desk]]:
    """A fake XO that shows logs late, and a server in front of it."""
    more = {"XO_MCP_DOWNLOAD_DIR": str(tmp_path_factory.mktemp("files"))}
    with (
        running_fake_xo(vms=6, lag=0.05, task_seconds=0.01, log_cache=10) as running,
        Desk({"XO_URL": running.url, "XO_TOKEN": running.admin_token, **EVERYTHING, **more}) as opened,
    ):
        yield running, opened


@pytest.fixture
def fake(place: tuple[FakeXo, Desk]) -> Iterator[FakeXo]:
    """As it was when it started."""
    running = place[0]
    world = World(running)
    running.xo.rpc.calls.clear()
    yield running
    running.options.task_seconds = 0.01
    world.restore()


@pytest.fixture
def desk(place: tuple[FakeXo, Desk]) -> Desk:
    return place[1]


def content(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


def text(result: CallToolResult) -> str:
    return " ".join(getattr(part, "text", "") for part in result.content)


def nightly(**more: Any) -> dict[str, Any]:
    return {"cron": "0 3 * * *", "retention": 2, **more}


def job_arguments(fake: FakeXo, **more: Any) -> dict[str, Any]:
    """Valid arguments of a new job: one VM, one repository, every night."""
    chosen = {"vms": [fake.find("vms")["id"]], "repositories": ["nas-primary"], "schedules": [nightly()]}
    return {"name": "mine", "mode": "delta", **chosen, **more}


def stored(fake: FakeXo, job: str) -> dict[str, Any]:
    found = fake.record("backup-jobs", job)
    assert found is not None
    return found


def left_over(fake: FakeXo) -> tuple[set[str], set[str]]:
    return tuple({each["id"] for each in fake.xo.store.every(name)} for name in ("backup-jobs", "schedules"))  # type: ignore[return-value]


def sent(fake: FakeXo) -> list[str]:
    """Methods that change something, in the order in which they were called."""
    reads = {"backupNg.getLogs", "metadataBackup.list", "session.signIn"}
    return [call.method for call in fake.xo.rpc.calls if call.method not in reads]


def test_a_backup_lives_from_its_repository_to_its_end(fake: FakeXo, desk: Desk):
    machine = fake.find("vms")
    repository = content(desk.call("create_backup_repository", name="vault", url="nfs://192.0.2.9:/vault"))["id"]
    made = content(
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
    assert content(desk.call("get_backup_job", id=made["id"]))["name"] == "nightly web"

    ran = content(desk.call("run_backup_job", id=made["id"]))
    assert ran["status"] == "success"
    assert ran["done"] == 1
    assert content(desk.call("get_backup_log", id=ran["logId"]))["status"] == "success"
    listed = content(desk.call("list_backups", **{"backup-repository": [repository]}))
    (backup,) = listed["items"]

    storage = fake.find("srs", content_type="user")
    restored = content(
        desk.call("restore_vm_backup", id=backup["id"], sr=storage["name_label"], new_mac_addresses=True)
    )
    twin = fake.record("vms", restored["id"])
    assert twin is not None
    assert restored["name_label"] == twin["name_label"] != machine["name_label"]
    assert restored["power_state"] == "Halted"
    assert content(desk.call("get_vm", id=restored["id"]))["power_state"] == "Halted"

    disk = content(desk.call("get_backup", id=backup["id"]))["disks"][0]["id"]
    where = {"remote": repository, "disk": disk}
    partition = content(desk.call("list_backup_partitions", **where))["items"][0]["id"]
    names = content(desk.call("list_backup_files", **where, partition=partition, path="/"))
    assert "hello.txt" in names
    saved = content(desk.call("download_backup_files", **where, partition=partition, paths=["/hello.txt"]))
    with tarfile.open(saved["path"]) as archive:
        assert archive.getnames() == ["hello.txt"]

    assert content(desk.call("delete_vm_backups", ids=[backup["id"]]))["deleted"] == 1
    assert fake.record("backup-archives", backup["id"]) is None
    content(desk.call("delete_backup_job", id=made["id"]))
    assert fake.record("backup-jobs", made["id"]) is None
    assert fake.record("schedules", schedule["id"]) is None
    content(desk.call("forget_backup_repository", id=repository))


def test_retention_lets_the_oldest_go(fake: FakeXo, desk: Desk):
    made = content(desk.call("create_backup_job", **job_arguments(fake)))["id"]
    for _ in range(3):
        content(desk.call("run_backup_job", id=made))
    assert sum(each["jobId"] == made for each in fake.xo.store.every("backup-archives")) == 2


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no retention": ({"schedules": [{"cron": "0 3 * * *"}]}, "retention"),
    "retention 0": ({"schedules": [nightly(retention=0)]}, "retention"),
    "bad cron": ({"schedules": [nightly(cron="61 3 * * *")]}, "can't be read"),
    "bad cron, disabled": ({"schedules": [nightly(cron="every night", enabled=False)]}, "2 fields"),
    "cron of another scheduler": ({"schedules": [nightly(cron="0 3 L * *")]}, "can't read `L`"),
    "bad cron in the second": ({"schedules": [nightly(), nightly(cron="* * *")]}, "3 fields"),
    "unknown timezone": ({"schedules": [nightly(timezone="Europe/Atlantis")]}, "timezone"),
    "unknown VM": ({"vms": ["nope"]}, "nope"),
    "unknown repository": ({"repositories": ["nas-primry"]}, 'Nearest: "nas-primary"'),
    "unknown SR": ({"srs": ["nope"]}, "nope"),
    "ISO library": ({"srs": ["iso"]}, "ISO"),
    "unknown health check": ({"schedules": [nightly(health_check_sr="nope")]}, "nope"),
    "unknown tag": ({"vms": None, "tags": ["no-such-tag"]}, "back up nothing"),
    "two ways": ({"tags": ["web"]}, "not both"),
    "no way": ({"vms": None}, "Say which VMs"),
    "only excluded": ({"vms": None, "exclude_tags": ["web"]}, "alone selects nothing"),
    "compressed deltas": ({"compression": "zstd"}, "mode full"),
    "copies to nowhere": ({"schedules": [nightly(copy_retention=3)]}, "`srs`"),
    "tags without health check": ({"schedules": [nightly(health_check_tags=["web"])]}, "health_check_sr"),
    "no schedules": ({"schedules": []}, "schedules"),
    "unknown proxy": ({"proxy": "nope"}, "nope"),
    "full interval of full jobs": ({"mode": "full", "schedules": [nightly(full_interval=3)]}, "delta"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_keep_nothing_or_stop_others_is_refused_before_anything_is_sent(fake: FakeXo, desk: Desk, case: str):
    changes, says = REFUSED[case]
    if changes.get("srs") == ["iso"]:
        changes = {"srs": [fake.find("srs", content_type="iso")["id"]]}
    before = left_over(fake)
    arguments = {name: value for name, value in job_arguments(fake, **changes).items() if value is not None}
    refused = desk.call("create_backup_job", **arguments)
    assert refused.is_error
    assert says in text(refused)
    assert sent(fake) == []
    assert left_over(fake) == before


PATTERNS: dict[str, tuple[dict[str, Any], Any]] = {
    "one tag": ({"tags": ["gold"]}, lambda vm: "gold" in vm["tags"]),
    "either tag": ({"tags": ["gold", "silver"]}, lambda vm: {"gold", "silver"} & set(vm["tags"])),
    "a tag but not another": (
        {"tags": ["gold"], "exclude_tags": ["silver"]},
        lambda vm: "gold" in vm["tags"] and "silver" not in vm["tags"],
    ),
    "all but a tag": ({"all_vms": True, "exclude_tags": ["gold"]}, lambda vm: "gold" not in vm["tags"]),
    "running": ({"all_running": True}, lambda vm: vm["power_state"] == "Running"),
    "running with a tag": (
        {"all_running": True, "tags": ["gold"]},
        lambda vm: vm["power_state"] == "Running" and "gold" in vm["tags"],
    ),
    "all": ({"all_vms": True}, lambda _: True),
}


@pytest.mark.parametrize("case", PATTERNS)
def test_a_pattern_backs_up_the_vms_it_says(fake: FakeXo, desk: Desk, case: str):
    chosen, fits = PATTERNS[case]
    for number, machine in enumerate(fake.xo.store.every("vms")):
        tags = [*(["gold"] if number % 2 == 0 else []), *(["silver"] if number % 3 == 0 else [])]
        fake.call(fake.xo.store.update, "vms", machine["id"], tags=[*tags, *(["xo:no-bak"] if number == 5 else [])])
    fake.call(fake.xo.store.settle_all)
    arguments = {**job_arguments(fake), **chosen}
    del arguments["vms"]
    made = content(desk.call("create_backup_job", **arguments))
    wanted = {vm["uuid"] for vm in fake.xo.store.every("vms") if fits(vm) and "xo:no-bak" not in vm["tags"]}
    assert f"selects {len(wanted)} VM" in " ".join(made["_notes"])
    content(desk.call("run_backup_job", id=made["id"]))
    backed_up = {each["vm"]["uuid"] for each in fake.xo.store.every("backup-archives") if each["jobId"] == made["id"]}
    assert backed_up == wanted


def test_all_options_arrive_where_xo_reads_them(fake: FakeXo, desk: Desk):
    storage = fake.find("srs", content_type="user")["id"]
    made = content(
        desk.call(
            "create_backup_job",
            **job_arguments(
                fake,
                mode="full",
                compression="zstd",
                srs=[storage],
                concurrency=3,
                report_when="always",
                retries=2,
                time_limit=3600,
                offline_snapshot=True,
                max_export_rate=1000,
                prefer_nbd=True,
                nbd_concurrency=2,
                merge_synchronously=True,
                long_term_retention={"weekly": 4},
                schedules=[
                    nightly(timezone="Europe/Paris", copy_retention=1, snapshot_retention=1, health_check_sr=storage)
                ],
            ),
        )
    )
    job = stored(fake, made["id"])
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == made["id"]]
    assert job["compression"] == "zstd"
    assert job["srs"] == {"id": storage}
    assert job["settings"][""] == {
        "concurrency": 3,
        "reportWhen": "always",
        "nRetriesVmBackupFailures": 2,
        "timeout": 3_600_000,
        "offlineSnapshot": True,
        "maxExportRate": 1000,
        "preferNbd": True,
        "nbdConcurrency": 2,
        "mergeBackupsSynchronously": True,
        "longTermRetention": {"weekly": {"retention": 4}},
        "timezone": "Europe/Paris",
    }
    assert job["settings"][schedule["id"]] == {
        "exportRetention": 2,
        "copyRetention": 1,
        "snapshotRetention": 1,
        "healthCheckSr": storage,
        "healthCheckVmsWithTags": [],
    }


def test_a_job_that_is_changed_keeps_what_is_not_named(fake: FakeXo, desk: Desk):
    job = fake.find("backup-jobs", type="backup")
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    content(desk.call("update_backup_job", id=job["id"], concurrency=4))
    changed = stored(fake, job["id"])
    assert changed["settings"] == {**job["settings"], "": {**job["settings"][""], "concurrency": 4}}
    assert {**changed, "settings": 0} == {**job, "settings": 0}
    content(
        desk.call(
            "update_backup_job",
            id=job["id"],
            name="renamed",
            schedules=[{"id": schedule["id"], "retention": 9}, nightly(cron="0 5 * * 0", name="weekly")],
        )
    )
    changed = stored(fake, job["id"])
    (weekly,) = [each for each in fake.xo.store.every("schedules") if each["name"] == "weekly"]
    assert changed["name"] == "renamed"
    assert changed["settings"][schedule["id"]]["exportRetention"] == 9
    assert changed["settings"][weekly["id"]] == {"exportRetention": 2}
    content(desk.call("update_backup_job", id=job["id"], remove_schedules=["weekly"]))
    assert fake.record("schedules", weekly["id"]) is None
    assert weekly["id"] not in stored(fake, job["id"])["settings"]
    assert desk.call("update_backup_job", id=job["id"]).is_error


def test_fewer_backups_are_reported_before_the_next_run_deletes_them(fake: FakeXo, desk: Desk):
    schedule = fake.find("schedules")
    notes = content(desk.call("update_schedule", id=schedule["id"], retention=1))["_notes"]
    assert "7" in " ".join(notes)
    assert "deletes" in " ".join(notes)
    assert "_notes" not in content(desk.call("update_schedule", id=schedule["id"], retention=9))


def test_new_targets_keep_as_many_as_the_others(fake: FakeXo, desk: Desk):
    job = fake.find("backup-jobs", type="backup")
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    storage = fake.find("srs", content_type="user")["id"]
    answer = content(desk.call("update_backup_job", id=job["id"], srs=[storage]))
    assert stored(fake, job["id"])["settings"][schedule["id"]] == {"exportRetention": 7, "copyRetention": 7}
    assert "copyRetention" in " ".join(answer["_notes"])


@pytest.mark.parametrize("change", ["schedules", "options"])
def test_a_change_that_fails_in_the_middle_is_taken_back(
    fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch, change: str
):
    from fake_xo.jsonrpc.call import METHODS
    from fake_xo.jsonrpc.errors import slip

    job = fake.find("backup-jobs", type="backup")
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]

    async def fail(_: Any) -> None:
        raise slip("Cannot read properties of undefined (reading 'x')")

    monkeypatch.setitem(METHODS, "backupNg.editJob", fail)
    before = left_over(fake)
    changes = [{"id": schedule["id"], "cron": "0 4 * * *", "retention": 3}, nightly(name="new")]
    more = {"schedules": changes} if change == "schedules" else {"concurrency": 9}
    refused = desk.call("update_backup_job", id=job["id"], **more)
    assert refused.is_error
    assert "as they were" in text(refused)
    assert left_over(fake) == before
    assert fake.record("schedules", schedule["id"]) == schedule
    assert stored(fake, job["id"]) == job


def test_what_a_failed_creation_leaves_behind_is_removed(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    # XO's scheduler refuses what ours takes: the job and its schedule are stored all the same.
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.jobs.is_cron", lambda _: False)
    before = left_over(fake)
    refused = desk.call("create_backup_job", **job_arguments(fake))
    assert refused.is_error
    assert "removed" in text(refused)
    assert left_over(fake) == before
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.schedules.is_cron", lambda _: False)
    refused = desk.call("create_schedule", jobId=fake.find("backup-jobs")["id"], cron="0 3 * * *", retention=1)
    assert refused.is_error
    assert left_over(fake) == before


def test_a_creation_whose_answer_is_lost_is_found(fake: FakeXo, desk: Desk):
    fake.fault("CALL backupNg.createJob", "lost-answer")
    made = content(desk.call("create_backup_job", **job_arguments(fake)))
    assert stored(fake, made["id"])["name"] == "mine"


def test_every_schedule_still_starts_after_whatever_tools_did(fake: FakeXo, desk: Desk):
    content(desk.call("create_backup_job", **job_arguments(fake)))
    for cron in ("not a cron", "0 3 L * *", "0 25 * * *", "* * * * * * *"):
        assert desk.call("create_schedule", jobId=fake.find("backup-jobs")["id"], cron=cron, retention=1).is_error
        assert desk.call("update_schedule", id=fake.find("schedules")["id"], cron=cron).is_error
        assert desk.call("create_backup_job", **job_arguments(fake, schedules=[nightly(cron=cron)])).is_error
    enabled = {each["id"] for each in fake.xo.store.every("schedules") if each["enabled"]}
    assert set(started_schedules(fake.xo.store)) == enabled


def test_a_run_that_failed_is_an_error_that_names_the_vms(fake: FakeXo, desk: Desk):
    first, second = fake.xo.store.every("vms")[:2]
    made = content(desk.call("create_backup_job", **job_arguments(fake, vms=[first["id"], second["id"]])))["id"]
    fake.xo.rpc.settings[FAILING] = {second["id"]}
    failed = desk.call("run_backup_job", id=made)
    assert failed.is_error
    assert f"for 1 of 2: {second['name_label']}" in text(failed)
    assert "stack" not in text(failed)


def test_a_run_that_takes_longer_names_its_log_and_goes_on(fake: FakeXo, desk: Desk):
    machines = [each["id"] for each in fake.xo.store.every("vms")[:4]]
    made = content(desk.call("create_backup_job", **job_arguments(fake, vms=machines)))["id"]
    fake.options.task_seconds = 0.5
    begun = content(desk.call("run_backup_job", id=made, timeout=1.2))
    assert begun["status"] == "pending"
    assert "get_backup_log with id" in " ".join(begun["_notes"])
    again = desk.call("run_backup_job", id=made)
    assert again.is_error
    assert "already running" in text(again)


def test_a_run_needs_to_know_by_which_schedule(fake: FakeXo, desk: Desk):
    two = [nightly(name="daily"), nightly(name="weekly", cron="0 4 * * 0", retention=5)]
    made = content(desk.call("create_backup_job", **job_arguments(fake, schedules=two)))["id"]
    refused = desk.call("run_backup_job", id=made)
    assert refused.is_error
    assert "weekly" in text(refused)
    assert content(desk.call("run_backup_job", id=made, schedule="weekly"))["status"] == "success"
    assert desk.call("run_backup_job", id=made, schedule="nope").is_error


def test_disks_go_where_they_should(fake: FakeXo, desk: Desk):
    made = content(desk.call("create_backup_job", **job_arguments(fake)))["id"]
    content(desk.call("run_backup_job", id=made))
    backup = next(each for each in fake.xo.store.every("backup-archives") if each["jobId"] == made)
    first, second = [each["id"] for each in fake.xo.store.every("srs") if each["content_type"] == "user"][:2]
    disk = backup["disks"][0]["uuid"]
    restored = content(
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
    assert says in text(refused)
    assert sent(fake) == []
    assert len(fake.xo.store.every("vms")) == before


def test_unknown_backups_are_not_deleted_by_halves(fake: FakeXo, desk: Desk):
    first = fake.find("backup-archives")["id"]
    assert desk.call("delete_vm_backups", ids=[first, f"{first}x"]).is_error
    assert fake.record("backup-archives", first) is not None
    assert sent(fake) == []
    assert content(desk.call("check_vm_backup", id=first, sr=fake.find("srs", content_type="user")["id"]))


def test_schedules_have_their_settings_as_long_as_they_live(fake: FakeXo, desk: Desk):
    job = fake.find("backup-jobs", type="backup")
    made = content(desk.call("create_schedule", jobId=job["id"], cron="0 5 * * 1", retention=4))
    assert stored(fake, job["id"])["settings"] == {**job["settings"], made["id"]: {"exportRetention": 4}}
    assert content(desk.call("run_backup_job", id=job["id"], schedule=made["id"]))["status"] == "success"
    content(desk.call("update_schedule", id=made["id"], retention=6, enabled=False))
    assert stored(fake, job["id"])["settings"][made["id"]] == {"exportRetention": 6}
    assert (fake.record("schedules", made["id"]) or {})["enabled"] is False
    content(desk.call("delete_schedule", id=made["id"]))
    assert stored(fake, job["id"])["settings"] == job["settings"]
    assert desk.call("delete_schedule", id=made["id"]).is_error
    both = [each["id"] for each in fake.xo.store.every("schedules")][:2]
    assert content(desk.call("run_schedules_in_order", schedules=both))["status"] == "done"


def test_metadata_is_backed_up_listed_restored_and_deleted(fake: FakeXo, desk: Desk):
    made = content(
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
    content(desk.call("update_metadata_backup_job", id=made, report_when="always"))
    assert stored(fake, made)["settings"] == {"": {"reportWhen": "always"}, schedule["id"]: kept}
    assert content(desk.call("run_metadata_backup_job", id=made))["status"] == "success"
    listed = content(desk.call("list_metadata_backups", remotes=["nas-offsite"]))["items"]
    assert [each["kind"] for each in listed] == ["xo", "pool"]
    assert "cpu_info" not in str(listed)
    content(desk.call("restore_metadata_backup", id=listed[1]["id"]))
    assert fake.xo.rpc.settings["restored"] == [{"id": listed[1]["id"], "pool": fake.find("pools")["id"]}]
    assert desk.call("restore_metadata_backup", id=f"{listed[1]['id']}x").is_error
    content(desk.call("delete_metadata_backup", id=listed[0]["id"]))
    assert len(content(desk.call("list_metadata_backups", remotes=["nas-offsite"]))["items"]) == 1
    empty = desk.call("create_metadata_backup_job", name="x", repositories=["nas-offsite"], schedules=[nightly()])
    assert "back up nothing" in text(empty)
    content(desk.call("delete_metadata_backup_job", id=made))
    assert fake.record("backup-jobs", made) is None


def test_mirrors_are_changed_without_saying_everything_again(fake: FakeXo, desk: Desk):
    arguments: dict[str, Any] = {
        "name": "offsite",
        "mode": "delta",
        "source": "nas-primary",
        "schedules": [nightly(retention=5)],
    }
    same = desk.call("create_mirror_backup_job", **arguments, repositories=["nas-primary"])
    assert "itself" in text(same)
    made = content(desk.call("create_mirror_backup_job", **arguments, repositories=["nas-offsite"]))["id"]
    before = stored(fake, made)
    content(desk.call("update_mirror_backup_job", id=made, name="renamed", vms=[fake.find("vms")["id"]]))
    wanted = {"vm": {"uuid": {"__or": [fake.find("vms")["id"]]}}}
    assert stored(fake, made) == {**before, "name": "renamed", "filter": wanted}
    assert content(desk.call("run_mirror_backup_job", id=made))["status"] == "success"
    assert any(each["jobId"] == made for each in fake.xo.store.every("backup-archives"))
    content(desk.call("delete_mirror_backup_job", id=made))
    assert fake.record("backup-jobs", made) is None


def test_a_job_of_another_type_is_not_changed_by_the_wrong_tool(fake: FakeXo, desk: Desk):
    metadata = fake.find("backup-jobs", type="metadataBackup")["id"]
    assert "metadata backup job" in text(desk.call("update_backup_job", id=metadata, name="x"))
    content(desk.call("delete_backup_job", id=metadata))  # does what is meant
    assert fake.record("backup-jobs", metadata) is None


def test_a_person_reads_which_job_goes(fake: FakeXo):
    person = Person(action="decline")
    job = fake.find("backup-jobs", type="backup")
    environment = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, **EVERYTHING, "XO_MCP_CONFIRM": "destructive"}
    with Desk(environment, person=person) as desk:
        assert desk.call("delete_backup_job", id=job["id"]).is_error
    assert job["name"] in person.asked[0]
    assert "Nothing backs these VMs up any more" in person.asked[0]


def test_xos_own_log_is_short_and_has_no_stacks(fake: FakeXo, desk: Desk):
    desk.call("eject_vm_cd", id=fake.find("vms")["id"])
    found = content(desk.call("list_xo_logs", namespace="api", limit=1))["items"]
    assert found[0]["method"] == "vm.ejectCd"
    assert "stack" not in str(found)
    content(desk.call("delete_xo_logs", namespace="api", id=[found[0]["id"]]))
    left = content(desk.call("list_xo_logs", namespace="api"))["items"]
    assert found[0]["id"] not in {each["id"] for each in left}
