"""500 VMs with what administrators look for: disks nobody has, old snapshots, duplicate MACs, full storage."""

from typing import Any

from fake_xo import FakeXo
from fake_xo.store import Record

DAY = 86_400
GIB = 1 << 30


def troubled_fleet(**options: Any) -> FakeXo:
    """A fake XO, not yet started; the same troubles every time."""
    fake = FakeXo(**({"vms": 500, "lag": 0} | options))
    store = fake.xo.store
    vms = store.every("vms")
    now = fake.options.now // 1000
    store.seed("vms", [vm | _guest_tools(index) for index, vm in enumerate(vms) if index % 7 == 3])
    store.seed("vdis", [disk | {"$VBDs": []} for index, disk in enumerate(store.every("vdis")) if index % 40 == 5])
    snapshots = store.every("vm-snapshots")
    aged = [each | {"snapshot_time": now - 45 * DAY - index} for index, each in enumerate(snapshots)]
    store.seed("vm-snapshots", aged[::3])
    vifs = [vif for vif in store.every("vifs") if fake.record("vms", vif["$VM"])]
    store.seed("vifs", [vif | {"MAC": vifs[index - 1]["MAC"]} for index, vif in enumerate(vifs) if index % 100 == 50])
    shared = fake.find("srs", SR_type="nfs")
    store.seed("srs", [shared | {"physical_usage": int(shared["size"] * 0.87)}])
    job = fake.find("backup-jobs", type="backup")
    store.seed("backup-jobs", [job | {"vms": {"id": {"__or": [vm["id"] for vm in vms[:120]]}}}])
    old = fake.options.now - 20 * DAY * 1000
    archives = store.every("backup-archives")
    store.seed("backup-archives", [
        archive | {"timestamp": old} for archive in archives if archive["vm"]["uuid"] == vms[0]["uuid"]
    ])  # fmt: skip
    _last_night(fake)
    return fake


def cast(fake: FakeXo) -> dict[str, Record]:
    """The objects of that fleet that jobs are about."""
    vm = fake.find("vms", name_label="web-prod-000")
    return {
        "vm": vm,
        "vif": fake.record("vifs", vm["VIFs"][0]) or {},
        "stopped": next(vm for vm in fake.xo.store.every("vms") if vm["power_state"] == "Halted"),
        "pool": fake.xo.store.every("pools")[0],
        "host": _host(fake),
        "shared": fake.find("srs", SR_type="nfs"),
        "network": fake.xo.store.every("networks")[0],
        "repository": fake.xo.store.every("backup-repositories")[0],
        "template": fake.find("vm-templates", isDefaultTemplate=False),
        "iso": next(disk for disk in fake.xo.store.every("vdis") if disk["name_label"].endswith(".iso")),
    }


def covered(fake: FakeXo) -> set[str]:
    """VMs that a job with an enabled schedule backs up."""
    enabled = {schedule["jobId"] for schedule in fake.xo.store.every("schedules") if schedule["enabled"]}
    jobs = [job for job in fake.xo.store.every("backup-jobs") if job["id"] in enabled and job["type"] == "backup"]
    return {vm for job in jobs for vm in job["vms"]["id"]["__or"]}


def _host(fake: FakeXo) -> Record:
    """The first host, and the memory of the VMs that run on it."""
    host = fake.xo.store.every("hosts")[0]
    vms = fake.xo.store.every("vms")
    here = [vm for vm in vms if vm["power_state"] == "Running" and vm["$container"] == host["id"]]
    return host | {"residents": len(here), "residentMemory": sum(vm["memory"]["size"] for vm in here)}


def _last_night(fake: FakeXo) -> None:
    """A backup that failed for one VM of two, and a VM that somebody stopped."""
    store, now = fake.xo.store, fake.options.now
    people = cast(fake)
    log = store.every("backup-logs")[0]
    failed = {
        "id": str(now - 6 * 3_600_000),
        "start": now - 6 * 3_600_000,
        "end": now - 6 * 3_600_000 + 95_000,
        "status": "failure",
        "tasks": [_backed_up(vm, now, error) for vm, error in ((people["vm"], ""), (people["stopped"], FULL))],
    }
    store.seed("backup-logs", [log | failed])
    audit = store.every("audit")[0]
    stop = {"method": "vm.stop", "params": {"id": people["stopped"]["id"]}, "timestamp": now - 3_600_000}
    store.seed("audit", [audit | {"id": "stopped", "time": now - 3_600_000, "data": audit["data"] | stop}])


FULL = "no space left on the repository"


def _backed_up(vm: Record, now: int, error: str) -> Record:
    task = {"start": now - 6 * 3_600_000, "end": now - 6 * 3_600_000 + 90_000, "id": f"task of {vm['id']}"}
    data = {"data": {"type": "VM", "id": vm["id"], "name_label": vm["name_label"]}}
    if not error:
        return task | data | {"status": "success"}
    return task | data | {"status": "failure", "result": {"message": error, "name": "Error"}}


def _guest_tools(index: int) -> Record:
    if index % 2:
        return {"managementAgentDetected": False, "pvDriversDetected": False, "xenTools": False}
    return {"pvDriversUpToDate": False}
