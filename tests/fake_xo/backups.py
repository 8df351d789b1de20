"""Backup jobs, what they left behind, and what was restored."""

from typing import TYPE_CHECKING, Any

from fake_xo.identity import Identity
from fake_xo.store import Record, Store

if TYPE_CHECKING:
    from fake_xo.world import Infrastructure

HOUR = 3_600_000
MIB = 1 << 20


def seed_backups(store: Store, site: "Infrastructure", identity: Identity) -> None:
    """Put two repositories, three jobs with schedules, their logs, archives and one restore."""
    repositories = [_repository(identity, name) for name in ("nas-primary", "nas-offsite")]
    vms = store.every("vms")[:3]
    nightly, metadata, mirror = (identity.uuid("backup-job", name) for name in ("nightly", "metadata", "mirror"))
    first, second = (each["id"] for each in repositories)
    schedules: list[Record] = [
        {
            "cron": cron,
            "enabled": job != mirror,
            "id": identity.uuid("schedule", job),
            "jobId": job,
            "name": f"every night at {hour}",
            "timezone": "Europe/Paris",
        }
        for job, cron, hour in ((nightly, "0 2 * * *", 2), (metadata, "0 3 * * *", 3), (mirror, "0 4 * * *", 4))
    ]
    store.seed("backup-repositories", repositories)
    store.seed("schedules", schedules)
    store.seed("backup-jobs", [
        _vm_job(nightly, first, vms, schedules[0]["id"]),
        _metadata_job(metadata, site.pool, first, schedules[1]["id"]),
        _mirror_job(mirror, first, second, schedules[2]["id"]),
    ])  # fmt: skip
    store.seed("backup-logs", [_log(identity, nightly, vm, site.now - HOUR * (n + 8)) for n, vm in enumerate(vms)])
    archives = [
        _archive(identity, repository["id"], vm, (nightly, schedules[0]["id"]), site.now - HOUR * (8 + 24 * age))
        for repository in repositories
        for vm in vms
        for age in range(2)
    ]
    store.seed("backup-archives", archives)
    if archives:
        store.seed("restore-logs", [_restore(identity, archives[0], site)])


def _repository(identity: Identity, name: str) -> Record:
    return {
        "id": identity.uuid("backup-repository", name),
        "name": name,
        "enabled": True,
        "url": f"nfs://192.0.2.60:/exports/{name}",
        "options": "vers=4",
        "benchmarks": [{"writeRate": 210 * MIB, "readRate": 340 * MIB, "timestamp": 1_795_100_000_000}],
    }


def _vm_job(job: str, repository: str, vms: list[Record], schedule: str) -> Record:
    return {
        "id": job,
        "type": "backup",
        "name": "nightly VMs",
        "compression": "zstd",
        "mode": "delta",
        "remotes": {"id": repository},
        "vms": {"id": {"__or": [vm["id"] for vm in vms]}},
        "srs": {},
        "settings": {"": {"concurrency": 2, "reportWhen": "failure"}, schedule: {"exportRetention": 7}},
    }


def _metadata_job(job: str, pool: str, repository: str, schedule: str) -> Record:
    return {
        "id": job,
        "type": "metadataBackup",
        "name": "pool metadata",
        "xoMetadata": True,
        "userId": "",
        "pools": {"id": pool},
        "remotes": {"id": repository},
        "settings": {schedule: {"retentionPoolMetadata": 7, "retentionXoMetadata": 7}},
    }


def _mirror_job(job: str, source: str, target: str, schedule: str) -> Record:
    return {
        "id": job,
        "type": "mirrorBackup",
        "name": "offsite mirror",
        "mode": "delta",
        "sourceRemote": source,
        "remotes": {"id": target},
        "settings": {"": {"concurrency": 1, "reportWhen": "failure"}, schedule: {"exportRetention": 30}},
    }


def _log(identity: Identity, job: str, vm: Record, start: int) -> Record:
    return {
        "id": str(start),
        "jobId": job,
        "jobName": "nightly VMs",
        "message": "backup",
        "start": start,
        "end": start + 95_000,
        "status": "success",
        "tasks": [
            {
                "id": identity.uuid("backup task", start)[:11],
                "start": start + 500,
                "end": start + 94_000,
                "status": "success",
                "properties": {"name": "backup VM", "type": "VM", "objectId": vm["id"]},
                "data": {"type": "VM", "id": vm["id"], "name_label": vm["name_label"]},
            }
        ],
    }


def _archive(identity: Identity, repository: str, vm: Record, job: tuple[str, str], timestamp: int) -> Record:
    """An archive; its id is a path, slashes and all."""
    disk = identity.uuid("archive disk", vm["id"])
    own: dict[str, Any] = {
        "id": f"{repository}//xo-vm-backups/{vm['uuid']}/{timestamp}.json",
        "type": "xo-vm-backup",
        "backupRepository": repository,
        "disks": [{"id": f"vdis/{disk}/{timestamp}.vhd", "name": f"{vm['name_label']}_root", "uuid": disk}],
        "isImmutable": False,
        "jobId": job[0],
        "mode": "delta",
        "scheduleId": job[1],
        "size": 750 * MIB,
        "timestamp": timestamp,
        "vm": {key: vm[key] for key in ("uuid", "name_label", "name_description", "tags")},
        "differencingVhds": 0,
        "dynamicVhds": 1,
        "withMemory": False,
    }
    return own


def _restore(identity: Identity, archive: Record, site: "Infrastructure") -> Record:
    start = site.now - 2 * HOUR
    return {
        "id": str(start),
        "message": "restore",
        "start": start,
        "end": start + 60_000,
        "status": "success",
        "data": {"backupId": archive["id"], "srId": site.shared, "time": archive["timestamp"]},
        "result": {"id": identity.uuid("VM", "restored")},
        "tasks": [],
        "infos": [],
    }
