"""What the answers of each job must say, computed from the fleet's own records and never through the server."""

import csv
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fake_xo import FakeXo
from fake_xo.stats import vm_stats
from fake_xo.store import Record

from jobs.runner import Outcome
from jobs.troubled import DAY, FULL, GIB, covered


@dataclass(frozen=True)
class Scene:
    """What a truth is computed from.

    Attributes:
        fake: The XO, after the job.
        cast: Objects the job was about, as they were before.
        outcome: What the calls answered.
    """

    fake: FakeXo
    cast: Mapping[str, Record]
    outcome: Outcome

    def every(self, collection: str) -> list[Record]:
        """All records of a kind."""
        return self.fake.xo.store.every(collection)

    def rows(self, part: str = "", call: int = -1) -> list[dict[str, Any]]:
        """The rows of a table that was answered, as records."""
        answer = self.outcome.answers[call]
        table = answer[part] if part else answer
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]

    def holds(self, part: str, key: str, wanted: set[Any]) -> None:
        """Hold the rows of a part against what must be there: all that is shown is right, and the rest is counted."""
        shown = {row[key] for row in self.rows(part)}
        assert shown <= wanted
        assert shown == wanted or self.outcome.answers[-1][part]["not_shown"]
        assert self.count(part) >= len(wanted)

    def count(self, part: str) -> int:
        """How many rows a part has in all, shown or not."""
        return int(self.outcome.answers[-1][part]["count"])

    @property
    def running(self) -> list[Record]:
        """The VMs that run."""
        return [vm for vm in self.every("vms") if vm["power_state"] == "Running"]


Truth = Callable[[Scene], None]
TRUTHS: dict[int, Truth] = {}


def _job(number: int) -> Callable[[Truth], Truth]:
    def registered(truth: Truth) -> Truth:
        assert number not in TRUTHS
        TRUTHS[number] = truth
        return truth

    return registered


def _good(scene: Scene, since: int) -> set[str]:
    """VMs with a good backup since then, in milliseconds."""
    tasks = [task for log in scene.every("backup-logs") for task in log.get("tasks") or ()]
    logged = {task["data"]["id"] for task in tasks if task["status"] == "success" and task["end"] > since}
    kept = {each["vm"]["uuid"] for each in scene.every("backup-archives") if each["timestamp"] > since}
    return logged | kept


@_job(1)
def _(scene: Scene) -> None:
    uncovered = {vm["id"] for vm in scene.every("vms")} - covered(scene.fake)
    assert len(uncovered) > 300
    shown = scene.rows("vms")
    assert {row["id"] for row in shown if row["why"] == "in no backup job"} <= uncovered
    assert shown[0]["id"] in uncovered
    assert scene.count("vms") == len(uncovered | {vm["id"] for vm in scene.every("vms")} - _good(scene, 0))


@_job(2)
def _(scene: Scene) -> None:
    protected = covered(scene.fake) & _good(scene, scene.fake.options.now - 7 * DAY * 1000)
    assert protected
    assert scene.count("vms") == len(scene.every("vms")) - len(protected)
    assert not {row["id"] for row in scene.rows("vms")} & protected


@_job(3)
def _(scene: Scene) -> None:
    assert scene.cast["stopped"]["name_label"] in str(scene.outcome.answers[-1])
    assert FULL in str(scene.outcome.answers[-1])


@_job(4)
def _(scene: Scene) -> None:
    isos = {sr["id"] for sr in scene.every("srs") if sr["content_type"] == "iso"}
    orphans = [disk for disk in scene.every("vdis") if not disk["$VBDs"] and disk["$SR"] not in isos]
    assert len(orphans) > 8
    scene.holds("disks", "id", {disk["id"] for disk in orphans})
    (total,) = scene.outcome.answers[-1]["total"]
    assert total["size_gib"] == round(sum(disk["size"] for disk in orphans) / GIB, 1)


@_job(5)
def _(scene: Scene) -> None:
    before = scene.fake.options.now // 1000 - 30 * DAY
    old = {each["id"] for each in scene.every("vm-snapshots") if each["snapshot_time"] < before}
    assert len(old) > 5
    scene.holds("snapshots", "id", old)
    assert all(row["used_gib"] is not None for row in scene.rows("snapshots"))


@_job(6)
def _(scene: Scene) -> None:
    busiest = sorted((_iops(scene, vm) for vm in scene.running), reverse=True)[:10]
    shown = [row["average"] for row in scene.rows("vms")]
    assert len(shown) == len(busiest)
    assert all(abs(one - other) <= 0.01 * other + 0.1 for one, other in zip(shown, busiest, strict=True))


def _iops(scene: Scene, vm: Record) -> float:
    stats = vm_stats(vm, "hours", scene.fake.xo.measured)["stats"]["iops"]
    points = [sum(point) for point in zip(*stats["r"].values(), *stats["w"].values(), strict=True) if None not in point]
    return float(sum(points[-24:]) / len(points[-24:]))


@_job(7)
def _(scene: Scene) -> None:
    missing = {vm["name_label"]: "missing" for vm in scene.running if vm["pvDriversDetected"] is False}
    old = {vm["name_label"]: "old" for vm in scene.running if vm.get("pvDriversUpToDate") is False}
    assert missing
    assert old
    wanted = list((old | missing).items())
    shown = [(row["name_label"], row["tools"]) for row in scene.rows()]
    assert set(shown) <= set(wanted)
    assert len(shown) == len(wanted) or scene.outcome.answers[-1]["more"]


@_job(8)
def _(scene: Scene) -> None:
    full = {sr["id"] for sr in scene.every("srs") if sr["size"] and sr["physical_usage"] / sr["size"] > 0.8}
    assert {row["id"] for row in scene.rows("nearly_full")} == full
    promised = {sr["id"]: round(sr["usage"] / GIB, 1) for sr in scene.every("srs")}
    assert all(row["promised"] == promised[row["id"]] for row in scene.rows("storage"))
    biggest = max(disk["usage"] for disk in scene.every("vdis") if disk["VDI_type"] == "user")
    used = {disk["id"]: disk["usage"] for disk in scene.every("vdis")}
    assert used[scene.rows("biggest_disks")[0]["id"]] == biggest


@_job(10)
def _(scene: Scene) -> None:
    hosts = scene.every("hosts")
    assert len(scene.rows("hosts")) == len(hosts)
    for row in scene.rows("hosts"):
        needed = sum(vm["memory"]["size"] for vm in scene.running if vm["$container"] == row["id"])
        free = sum(each["memory"]["size"] - each["memory"]["usage"] for each in hosts if each["id"] != row["id"])
        assert bool(row["fits"]) == (needed <= free)
        assert bool(row["ha"]) == scene.every("pools")[0]["HA_enabled"]


@_job(9)
def _(scene: Scene) -> None:
    answer = scene.outcome.answers[-1]
    for sr in scene.every("srs"):
        disks = [disk["id"] for disk in scene.every("vdis") if disk["$SR"] == sr["id"]]
        if sr["content_type"] != "iso" and disks:  # the fake lets the first disk of each wait, behind one other
            assert answer[sr["id"]]["unhealthyVdis"] == {disks[0]: 2}


@_job(11)
def _(scene: Scene) -> None:
    original = scene.cast["vm"]
    made = scene.fake.record("vms", scene.outcome.answers[-1]["id"]) or {}
    assert made["power_state"] == "Halted"
    assert made["name_label"].startswith(original["name_label"])
    links = [scene.fake.record("vbds", each) or {} for each in made["$VBDs"]]
    disks = [scene.fake.record("vdis", link["VDI"]) or {} for link in links if link.get("VDI")]
    assert disks
    assert {disk["$SR"] for disk in disks} == {scene.cast["shared"]["id"]}
    macs = {(scene.fake.record("vifs", each) or {}).get("MAC") for each in made["VIFs"]}
    assert scene.cast["vif"]["MAC"] not in macs


@_job(12)
def _(scene: Scene) -> None:
    with tarfile.open(scene.outcome.answers[-1]["path"]) as archive:
        assert archive.getnames() == ["hello.txt"]


@_job(13)
def _(scene: Scene) -> None:
    job = scene.fake.record("backup-jobs", scene.outcome.answers[-1]["id"]) or {}
    (schedule,) = [each for each in scene.every("schedules") if each["jobId"] == job["id"]]
    assert (job["vms"], job["remotes"]) == ({"id": scene.cast["vm"]["id"]}, {"id": scene.cast["repository"]["id"]})
    assert (schedule["cron"], schedule["enabled"]) == ("0 3 * * *", True)
    assert job["settings"][schedule["id"]]["exportRetention"] == 7


@_job(14)
def _(scene: Scene) -> None:
    blocked = scene.outcome.answers[0]["blockers"]["count"]
    assert blocked
    assert scene.outcome.questions, "nobody was asked, although VMs block the update"
    asked = [seen.path for seen in scene.fake.requests if seen.path.endswith("/actions/rolling_update")]
    assert asked == [f"/rest/v0/pools/{scene.cast['pool']['id']}/actions/rolling_update"]


@_job(15)
def _(scene: Scene) -> None:
    host, answer = scene.cast["host"]["id"], scene.outcome.answers[-1]
    (question,) = scene.outcome.questions
    needed, others = scene.cast["host"]["residentMemory"], scene.every("hosts")[1:]
    assert f"needs {needed / GIB:,.0f} GiB" in question
    assert f"have {sum(each['memory']['size'] - each['memory']['usage'] for each in others) / GIB:,.0f} GiB" in question
    asked = [seen for seen in scene.fake.requests if seen.path == f"/rest/v0/hosts/{host}/actions/disable"]
    assert len(asked) == 1
    (moved,) = answer["moved"]
    assert moved["from"] == scene.cast["host"]["name_label"]
    assert moved["count"] == scene.cast["host"]["residents"] - sum(vm["$container"] == host for vm in scene.running)


@_job(16)
def _(scene: Scene) -> None:
    (made,) = [vm for vm in scene.every("vms") if vm["name_label"] == "web-new"]
    assert {"web", "new"} <= set(made["tags"])
    assert made["id"] == scene.outcome.answers[-1]["id"]
    assert any(seen.body and b"#cloud-config" in seen.body for seen in scene.fake.requests)


@_job(17)
def _(scene: Scene) -> None:
    assert scene.fake.record("vms", scene.cast["stopped"]["id"]) is None
    names = {template["name_label"] for template in scene.every("vm-templates")}
    assert scene.cast["stopped"]["name_label"] in names
    assert len(scene.outcome.questions) == 1


@_job(18)
def _(scene: Scene) -> None:
    links = [link for link in scene.every("vbds") if link["VM"] == scene.cast["vm"]["id"] and link["is_cd_drive"]]
    assert [link["VDI"] for link in links] == [scene.cast["iso"]["id"]]


@_job(19)
def _(scene: Scene) -> None:
    made = scene.fake.record("vms", scene.outcome.answers[-1]["id"]) or {}
    assert made["name_label"] == scene.outcome.answers[0]["items"][0]["nameLabel"]
    assert "planted-esxi-password" not in str(scene.outcome.answers)


@_job(20)
def _(scene: Scene) -> None:
    answer = scene.outcome.answers[-1]
    critical = {vm["id"]: vm for vm in scene.every("vms") if "critical" in vm["tags"]}
    failed = {each["id"] for each in answer["results"] if each["status"] == "failed"}
    assert {vm["id"] for vm in critical.values() if vm["power_state"] == "Running"} == failed
    assert all(critical[vm]["pvDriversDetected"] is False for vm in failed)
    assert answer["done"] == answer["targets"] - len(failed) > 10
    assert len(scene.outcome.questions) == 1


@_job(21)
def _(scene: Scene) -> None:
    with (scene.outcome.files / "all-vms.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    vms = {vm["id"]: vm for vm in scene.every("vms")}
    assert len(rows) == len(vms)
    assert all(row["name_label"] == vms[row["id"]]["name_label"] for row in rows)


@_job(22)
def _(scene: Scene) -> None:
    vm = scene.cast["vm"]
    host = scene.fake.record("hosts", vm["$container"]) or {}
    network = scene.fake.record("networks", scene.cast["vif"]["$network"]) or {}
    for call in (0, 1):
        (found,) = [row for row in scene.rows("objects", call) if row["id"] == vm["id"]]
        assert (found["place"], found["networks"]) == (host["name_label"], network["name_label"])


@_job(23)
def _(scene: Scene) -> None:
    counts = Counter(vif["MAC"] for vif in scene.every("vifs") if scene.fake.record("vms", vif["$VM"]))
    scene.holds("macs", "mac", {mac for mac, count in counts.items() if count > 1})


@_job(24)
def _(scene: Scene) -> None:
    (record,) = [each for each in scene.every("audit") if each["data"]["method"] == "vm.stop"]
    (row,) = [row for row in scene.rows("audit") if row["call"] == "vm.stop"]
    assert row["user"] == record["subject"]["userName"]


@_job(25)
def _(scene: Scene) -> None:
    assert scene.outcome.answers[-1]["id"] == scene.cast["vm"]["id"]
    assert scene.outcome.pictures == 1


@_job(26)
def _(scene: Scene) -> None:
    found = {row["problem"]: row["count"] for row in scene.rows("problems")}
    counts = Counter(vif["MAC"] for vif in scene.every("vifs") if scene.fake.record("vms", vif["$VM"]))
    assert found["MAC address used more than once"] == sum(count > 1 for count in counts.values())
    assert found["running VM without guest tools"] == sum(vm["pvDriversDetected"] is False for vm in scene.running)
    assert found["storage above 80 % full"] == 1
    assert found["disk attached to nothing"] > 8
    assert found["snapshot older than 30 days"] > 5


@_job(27)
def _(scene: Scene) -> None:
    vm = scene.cast["vm"]
    (about,) = scene.outcome.answers[-1]["vm"]
    assert (about["id"], about["power_state"]) == (vm["id"], vm["power_state"])
    assert {row["id"] for row in scene.rows("nics")} == set(vm["VIFs"])
    links = [scene.fake.record("vbds", each) or {} for each in vm["$VBDs"]]
    assert {row["id"] for row in scene.rows("disks")} == {link["VDI"] for link in links if link.get("VDI")}
    assert {row["id"] for row in scene.rows("snapshots")} == set(vm["snapshots"])
