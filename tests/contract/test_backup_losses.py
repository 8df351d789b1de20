"""A change after which backups go, or a restore that does not fit, is asked about, with how many and how much."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from desk import Desk, Person, variables
from fake_xo import FakeXo, running_fake_xo
from rpc_desk import done
from world import World

GIB = 1 << 30
NIGHTLY = {"cron": "0 3 * * *", "retention": 3}


@dataclass
class Site:
    """One XO, a server that asks nobody, and one that asks a person.

    Attributes:
        person: Who is asked.
    """

    fake: FakeXo
    desk: Desk
    asking: Desk
    person: Person

    def asked(self, tool: str, **arguments: Any) -> list[str]:
        """The questions a call puts to a person, who agrees; the call must then succeed."""
        self.person.action = "accept"
        self.person.asked.clear()
        done(self.asking.call(tool, arguments))
        return [*self.person.asked]

    def declined(self, tool: str, **arguments: Any) -> str:
        """The one question a call puts to a person, who declines; nothing must have been done."""
        self.person.action = "decline"
        self.person.asked.clear()
        calls = len(self.fake.xo.rpc.calls)
        assert self.asking.call(tool, arguments).is_error
        assert len(self.fake.xo.rpc.calls) == calls
        (question,) = self.person.asked
        return question

    def job(self, more: dict[str, Any], *, runs: int) -> tuple[str, str]:
        """A new job for two VMs that ran some times, and its schedule."""
        vms = [vm["id"] for vm in self.fake.xo.store.every("vms")[:2]]
        given = {"name": "mine", "mode": "delta", "vms": vms, "schedules": [NIGHTLY], **more}
        made = done(self.desk.call("create_backup_job", given))
        for _ in range(runs):
            self.run(made["id"])
        return made["id"], made["schedules"][0]["id"]

    def run(self, job: str) -> None:
        """Run a job now."""
        done(self.desk.call("run_backup_job", id=job))


@pytest.fixture(scope="module")
def whole() -> Iterator[Site]:
    person = Person()
    with (
        running_fake_xo(vms=6, lag=0, task_seconds=0) as fake,
        Desk(variables(fake)) as desk,
        Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as asking,
    ):
        yield Site(fake, desk, asking, person)


@pytest.fixture
def site(whole: Site) -> Iterator[Site]:
    """As it was at first."""
    world = World(whole.fake)
    yield whole
    world.restore()


def going(question: str) -> int:
    """How many go, as the question says."""
    (count,) = re.findall(r"delete up to (\d+)", question)
    return int(count)


def counted(fake: FakeXo, schedule: str) -> int:
    """Everything that XO keeps of a schedule."""
    made = [*fake.xo.store.every("vms"), *fake.xo.store.every("vm-snapshots")]
    marked = sum(each.get("other", {}).get("xo:backup:schedule") == schedule for each in made)
    return marked + sum(each["scheduleId"] == schedule for each in fake.xo.store.every("backup-archives"))


TARGETS: dict[str, tuple[str, ...]] = {
    "repository": ("repositories",),
    "both": ("repositories", "srs"),
    "replicas": ("srs",),
    "snapshots": (),
}


@pytest.mark.parametrize("tool", ["update_backup_job", "update_schedule"])
@pytest.mark.parametrize("targets", TARGETS)
def test_keeping_fewer_says_how_many_go_at_the_next_run(site: Site, tool: str, targets: str):
    places = {"repositories": ["nas-primary"], "srs": [site.fake.find("srs", content_type="user")["id"]]}
    job, schedule = site.job({name: places[name] for name in TARGETS[targets]}, runs=3)
    before = counted(site.fake, schedule)
    entry = {"id": schedule, "retention": 1}
    (question,) = site.asked(tool, **({"id": job, "schedules": [entry]} if tool == "update_backup_job" else entry))
    site.run(job)
    made = 2 * max(len(TARGETS[targets]), 1)  # two VMs, in each place
    assert going(question) == before + made - counted(site.fake, schedule) > 0


def test_what_lets_nothing_go_is_not_asked_about(site: Site):
    job, schedule = site.job({"repositories": ["nas-primary"]}, runs=1)
    for entry in ({"retention": 9}, {"retention": 3}, {"cron": "0 4 * * *"}, {"retention": 2}):
        assert site.asked("update_backup_job", id=job, schedules=[{"id": schedule, **entry}]) == []
    assert site.asked("update_schedule", id=schedule, enabled=False) == []
    assert site.asked("update_schedule", id=schedule, retention=2, enabled=False) == []


def test_who_declines_keeps_all(site: Site):
    job, schedule = site.job({"repositories": ["nas-primary"]}, runs=3)
    name = (site.fake.record("schedules", schedule) or {})["name"] or schedule
    question = site.declined("update_backup_job", id=job, schedules=[{"id": name, "retention": 1}])
    machine = site.fake.xo.store.every("vms")[0]["name_label"]
    assert f'"{machine}" (3 backups, 2.2 GiB)' in question
    assert going(site.declined("update_schedule", id=schedule, retention=2)) == 4


def test_dropping_a_schedule_names_it_and_what_it_leaves(site: Site):
    job, schedule = site.job({"repositories": ["nas-primary"]}, runs=2)
    question = site.declined("update_backup_job", id=job, remove_schedules=[schedule])
    assert "run nothing any more (1)" in question
    assert "Their 4 backups stay" in question
    assert site.fake.record("schedules", schedule) is not None


def test_less_long_term_retention_is_asked_about(site: Site):
    job, _ = site.job({"repositories": ["nas-primary"], "long_term_retention": {"weekly": 4}}, runs=3)
    assert site.asked("update_backup_job", id=job, long_term_retention={"weekly": 5}) == []
    assert "Long-term retention keeps less" in site.declined(
        "update_backup_job", id=job, long_term_retention={"weekly": 1}
    )
    (question,) = site.asked("update_backup_job", id=job, long_term_retention={})
    assert going(question) == 2  # those that only the long term keeps: of each VM the third
    assert "longTermRetention" not in (site.fake.record("backup-jobs", job) or {})["settings"][""]


@pytest.mark.parametrize("kind", ["metadata", "mirror"])
def test_other_types_of_jobs_ask_too(site: Site, kind: str):
    job = site.fake.find("backup-jobs", type={"metadata": "metadataBackup", "mirror": "mirrorBackup"}[kind])
    (schedule,) = [each for each in site.fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    done(site.desk.call(f"run_{kind}_backup_job", id=job["id"]))
    changes = [{"id": schedule["id"], "retention": 1}]
    assert "Fewer are kept" in site.declined(f"update_{kind}_backup_job", id=job["id"], schedules=changes)
    assert "Fewer are kept" in site.declined("update_schedule", id=schedule["id"], retention=1)
    dropped = site.declined(f"update_{kind}_backup_job", id=job["id"], remove_schedules=[schedule["id"]])
    assert schedule["name"] in dropped


def filled(fake: FakeXo, sr: str, *, free: int) -> None:
    size = (fake.record("srs", sr) or {})["size"]
    fake.change("srs", sr, physical_usage=size - free)


def original_disks(fake: FakeXo, archive: dict[str, Any]) -> list[dict[str, Any]]:
    """The disks of the VM that was backed up, which the archive names."""
    vm = fake.find("vms", uuid=archive["vm"]["uuid"])
    links = [fake.record("vbds", name) or {} for name in vm["$VBDs"]]
    return [fake.record("vdis", link["VDI"]) or {} for link in links if not link["is_cd_drive"] and "VDI" in link]


@pytest.mark.parametrize("tool", ["restore_vm_backup", "check_vm_backup"])
def test_a_restore_that_does_not_fit_is_asked_about(site: Site, tool: str):
    site.job({"repositories": ["nas-primary"]}, runs=1)
    archive = max(site.fake.xo.store.every("backup-archives"), key=lambda each: each["timestamp"])
    needed = sum(disk["usage"] for disk in original_disks(site.fake, archive))
    sr = site.fake.find("srs", content_type="user", shared=True)
    filled(site.fake, sr["id"], free=max(needed, archive["size"]) - 1)
    question = site.declined(tool, id=archive["id"], sr=sr["name_label"])
    assert f'Too little room: "{sr["name_label"]}"' in question
    assert f"about {max(needed, archive['size']) / GIB:.1f} GiB needed" in question
    filled(site.fake, sr["id"], free=max(needed, archive["size"]))
    assert site.asked(tool, id=archive["id"], sr=sr["id"]) == []


def test_each_disk_counts_where_it_goes(site: Site):
    site.job({"repositories": ["nas-primary"]}, runs=1)
    archive = max(site.fake.xo.store.every("backup-archives"), key=lambda each: each["timestamp"])
    disk = original_disks(site.fake, archive)[0]
    first, second = [each for each in site.fake.xo.store.every("srs") if each["content_type"] == "user"][:2]
    filled(site.fake, first["id"], free=0)
    elsewhere = [{"disk": each["uuid"], "sr": second["name_label"]} for each in archive["disks"]]
    assert site.asked("restore_vm_backup", id=archive["id"], sr=first["id"], disk_srs=elsewhere) == []
    filled(site.fake, second["id"], free=disk["usage"] // 2)
    question = site.declined("restore_vm_backup", id=archive["id"], sr=first["id"], disk_srs=elsewhere)
    assert second["name_label"] in question
    assert first["name_label"] not in question.partition("Too little room")[2]
    without = [{"disk": each["uuid"], "sr": None} for each in archive["disks"][1:]]
    kept = [{"disk": archive["disks"][0]["uuid"], "sr": first["id"]}, *without]
    assert first["name_label"] in site.declined("restore_vm_backup", id=archive["id"], sr=second["id"], disk_srs=kept)


def test_a_full_backup_is_measured_by_itself_or_by_its_vm(site: Site):
    site.job({"repositories": ["nas-primary"], "mode": "full"}, runs=1)
    archive = max(site.fake.xo.store.every("backup-archives"), key=lambda each: each["timestamp"])
    assert archive["disks"] == []
    sr = site.fake.find("srs", content_type="user", shared=True)
    filled(site.fake, sr["id"], free=archive["size"] // 2)
    assert "Too little room" in site.declined("restore_vm_backup", id=archive["id"], sr=sr["id"])


def test_a_warm_migration_into_too_little_room_says_so(site: Site):
    vm, sr = site.fake.find("vms"), site.fake.find("srs", content_type="user", shared=True)
    filled(site.fake, sr["id"], free=0)
    assert "has 0 GiB free" in site.declined("warm_migrate_vm", vm=vm["id"], sr=sr["id"])
