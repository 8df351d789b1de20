"""Backup jobs: what is refused, what a job selects, and what a change or a failed creation leaves in XO."""

from typing import Any

import pytest
from backup_desk import job_arguments, left_over, nightly, sent, stored
from desk import Desk, text_of
from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.schedules import started_schedules
from rpc_desk import done

XO_OPTIONS = {"vms": 6, "log_cache": 10}
"""Of the fake XO: enough VMs for tags to tell them apart, and logs that show a run late."""
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
    assert says in text_of(refused)
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
    fake.call(fake.xo.store.publish_all)
    arguments = {**job_arguments(fake), **chosen}
    del arguments["vms"]
    made = done(desk.call("create_backup_job", **arguments))
    wanted = {vm["uuid"] for vm in fake.xo.store.every("vms") if fits(vm) and "xo:no-bak" not in vm["tags"]}
    assert f"selects {len(wanted)} VM" in " ".join(made["_notes"])
    done(desk.call("run_backup_job", id=made["id"]))
    backed_up = {each["vm"]["uuid"] for each in fake.xo.store.every("backup-archives") if each["jobId"] == made["id"]}
    assert backed_up == wanted


def test_all_options_arrive_where_xo_reads_them(fake: FakeXo, desk: Desk):
    storage = fake.find("srs", content_type="user")["id"]
    made = done(
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
    done(desk.call("update_backup_job", id=job["id"], concurrency=4))
    changed = stored(fake, job["id"])
    assert changed["settings"] == {**job["settings"], "": {**job["settings"][""], "concurrency": 4}}
    assert {**changed, "settings": 0} == {**job, "settings": 0}
    done(
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
    done(desk.call("update_backup_job", id=job["id"], remove_schedules=["weekly"]))
    assert fake.record("schedules", weekly["id"]) is None
    assert weekly["id"] not in stored(fake, job["id"])["settings"]
    assert desk.call("update_backup_job", id=job["id"]).is_error


def test_fewer_backups_are_reported_before_the_next_run_deletes_them(fake: FakeXo, desk: Desk):
    schedule = fake.find("schedules")
    notes = done(desk.call("update_schedule", id=schedule["id"], retention=1))["_notes"]
    assert "7" in " ".join(notes)
    assert "deletes" in " ".join(notes)
    assert "_notes" not in done(desk.call("update_schedule", id=schedule["id"], retention=9))


def test_new_targets_keep_as_many_as_the_others(fake: FakeXo, desk: Desk):
    job = fake.find("backup-jobs", type="backup")
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    storage = fake.find("srs", content_type="user")["id"]
    answer = done(desk.call("update_backup_job", id=job["id"], srs=[storage]))
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
    assert "as they were" in text_of(refused)
    assert left_over(fake) == before
    assert fake.record("schedules", schedule["id"]) == schedule
    assert stored(fake, job["id"]) == job


def test_what_a_failed_creation_leaves_behind_is_removed(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    # XO's scheduler refuses what ours takes: the job and its schedule are stored all the same.
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.jobs.is_cron", lambda _: False)
    before = left_over(fake)
    refused = desk.call("create_backup_job", **job_arguments(fake))
    assert refused.is_error
    assert "removed" in text_of(refused)
    assert left_over(fake) == before
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.schedules.is_cron", lambda _: False)
    refused = desk.call("create_schedule", jobId=fake.find("backup-jobs")["id"], cron="0 3 * * *", retention=1)
    assert refused.is_error
    assert left_over(fake) == before


def test_a_creation_whose_answer_is_lost_is_found(fake: FakeXo, desk: Desk):
    fake.fault("CALL backupNg.createJob", "lost-answer")
    made = done(desk.call("create_backup_job", **job_arguments(fake)))
    assert stored(fake, made["id"])["name"] == "mine"


def test_every_schedule_still_starts_after_whatever_tools_did(fake: FakeXo, desk: Desk):
    done(desk.call("create_backup_job", **job_arguments(fake)))
    for cron in ("not a cron", "0 3 L * *", "0 25 * * *", "* * * * * * *"):
        assert desk.call("create_schedule", jobId=fake.find("backup-jobs")["id"], cron=cron, retention=1).is_error
        assert desk.call("update_schedule", id=fake.find("schedules")["id"], cron=cron).is_error
        assert desk.call("create_backup_job", **job_arguments(fake, schedules=[nightly(cron=cron)])).is_error
    enabled = {each["id"] for each in fake.xo.store.every("schedules") if each["enabled"]}
    assert set(started_schedules(fake.xo.store)) == enabled


def test_a_job_of_another_type_is_not_changed_by_the_wrong_tool(fake: FakeXo, desk: Desk):
    metadata = fake.find("backup-jobs", type="metadataBackup")["id"]
    assert "metadata backup job" in text_of(desk.call("update_backup_job", id=metadata, name="x"))
    done(desk.call("delete_backup_job", id=metadata))  # does what is meant
    assert fake.record("backup-jobs", metadata) is None
