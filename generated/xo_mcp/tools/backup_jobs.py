"""Tools of XO's tag backup-jobs: Backup jobs - what is backed up, how and where to.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_backup_jobs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,type,mode,vms,pools,xoMetadata,sourceRemote,remotes,srs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists backup jobs: type, mode (full or delta), VMs, target repositories and SRs.

    GET /backup-jobs; needs backup-job:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/backup-jobs"), record="AnyXoBackupJob", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_backup_job(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one backup job: VMs or the filter that picks them, targets, report settings, retention per schedule.

    GET /backup-jobs/{id}; needs backup-job:read; since XO 5.111.
    """
    return await xo.get(Call("GET", "/backup-jobs/{id}", path={"id": id}), record="AnyXoBackupJob", fields=fields)


async def list_vm_backup_jobs(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,type,mode,remotes,srs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists backup jobs that cover one VM, also by tag or other filter.

    GET /vms/{id}/backup-jobs; needs backup-job:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/backup-jobs", path={"id": id}),
        record="XoVmBackupJob",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def create_backup_job(
    xo: Xo,
    *,
    mode: Literal["full", "delta"],
    name: str,
    schedules: list[dict[str, Json]],
    compression: Literal["none", "native", "zstd"] | Omit = OMIT,
    proxy: str | Omit = OMIT,
    srs: list[str] | Omit = OMIT,
    vms: list[str] | Omit = OMIT,
    tags: list[str] | Omit = OMIT,
    exclude_tags: list[str] | Omit = OMIT,
    pools: list[str] | Omit = OMIT,
    all_running: bool | Omit = OMIT,
    all_vms: bool | Omit = OMIT,
    repositories: list[str] | Omit = OMIT,
    concurrency: int | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
    long_term_retention: dict[str, Json] | Omit = OMIT,
    retries: int | Omit = OMIT,
    time_limit: float | Omit = OMIT,
    offline_backup: bool | Omit = OMIT,
    offline_snapshot: bool | Omit = OMIT,
    checkpoint_snapshot: bool | Omit = OMIT,
    max_export_rate: float | Omit = OMIT,
    prefer_nbd: bool | Omit = OMIT,
    nbd_concurrency: int | Omit = OMIT,
    merge_synchronously: bool | Omit = OMIT,
) -> Answer:
    """Creates a job that backs VMs up to repositories, replicates them to SRs, or (neither given) keeps snapshots,
    with its schedules.

    CALL backupNg.createJob; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.createJob",
        {
            "compression": compression,
            "mode": mode,
            "name": name,
            "proxy": proxy,
            "schedules": schedules,
            "srs": srs,
            "vms": vms,
            "tags": tags,
            "exclude_tags": exclude_tags,
            "pools": pools,
            "all_running": all_running,
            "all_vms": all_vms,
            "repositories": repositories,
            "concurrency": concurrency,
            "report_when": report_when,
            "long_term_retention": long_term_retention,
            "retries": retries,
            "time_limit": time_limit,
            "offline_backup": offline_backup,
            "offline_snapshot": offline_snapshot,
            "checkpoint_snapshot": checkpoint_snapshot,
            "max_export_rate": max_export_rate,
            "prefer_nbd": prefer_nbd,
            "nbd_concurrency": nbd_concurrency,
            "merge_synchronously": merge_synchronously,
        },
        effect="write",
        builder="backup_jobs",
    )


async def delete_backup_job(xo: Xo, *, id: str) -> Answer:
    """Deletes a VM backup job with its schedules; what it has backed up stays.

    CALL backupNg.deleteJob; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.deleteJob", {"id": id}, effect="destructive", builder="job_deletion", reads="/backup-jobs/{id}"
    )


async def update_backup_job(
    xo: Xo,
    *,
    id: str,
    compression: Literal["none", "native", "zstd"] | Omit = OMIT,
    mode: Literal["full", "delta"] | Omit = OMIT,
    name: str | Omit = OMIT,
    proxy: str | Omit | None = OMIT,
    srs: list[str] | Omit = OMIT,
    vms: list[str] | Omit = OMIT,
    tags: list[str] | Omit = OMIT,
    exclude_tags: list[str] | Omit = OMIT,
    pools: list[str] | Omit = OMIT,
    all_running: bool | Omit = OMIT,
    all_vms: bool | Omit = OMIT,
    repositories: list[str] | Omit = OMIT,
    schedules: list[dict[str, Json]] | Omit = OMIT,
    remove_schedules: list[str] | Omit = OMIT,
    concurrency: int | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
    long_term_retention: dict[str, Json] | Omit = OMIT,
    retries: int | Omit = OMIT,
    time_limit: float | Omit = OMIT,
    offline_backup: bool | Omit = OMIT,
    offline_snapshot: bool | Omit = OMIT,
    checkpoint_snapshot: bool | Omit = OMIT,
    max_export_rate: float | Omit = OMIT,
    prefer_nbd: bool | Omit = OMIT,
    nbd_concurrency: int | Omit = OMIT,
    merge_synchronously: bool | Omit = OMIT,
) -> Answer:
    """Changes a VM backup job: VMs, targets, options, and its schedules with their retention.

    CALL backupNg.editJob; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.editJob",
        {
            "compression": compression,
            "id": id,
            "mode": mode,
            "name": name,
            "proxy": proxy,
            "srs": srs,
            "vms": vms,
            "tags": tags,
            "exclude_tags": exclude_tags,
            "pools": pools,
            "all_running": all_running,
            "all_vms": all_vms,
            "repositories": repositories,
            "schedules": schedules,
            "remove_schedules": remove_schedules,
            "concurrency": concurrency,
            "report_when": report_when,
            "long_term_retention": long_term_retention,
            "retries": retries,
            "time_limit": time_limit,
            "offline_backup": offline_backup,
            "offline_snapshot": offline_snapshot,
            "checkpoint_snapshot": checkpoint_snapshot,
            "max_export_rate": max_export_rate,
            "prefer_nbd": prefer_nbd,
            "nbd_concurrency": nbd_concurrency,
            "merge_synchronously": merge_synchronously,
        },
        effect="write",
        builder="backup_jobs",
        reads="/backup-jobs/{id}",
    )


async def run_backup_job(
    xo: Xo, *, id: str, schedule: str | Omit = OMIT, vms: list[str] | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Runs a backup job of any type now and says how it went; failed VMs are an error that names them.

    CALL backupNg.runJob; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.runJob",
        {"id": id, "schedule": schedule, "vms": vms},
        timeout=timeout,
        effect="write",
        builder="job_runs",
        reads="/backup-jobs/{id}",
    )


async def create_metadata_backup_job(
    xo: Xo,
    *,
    name: str,
    schedules: list[dict[str, Json]],
    repositories: list[str],
    pools: list[str] | Omit = OMIT,
    proxy: str | Omit = OMIT,
    xo_config: bool | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
) -> Answer:
    """Creates a job that backs up XO's own configuration and the databases of pools, with its schedules.

    CALL metadataBackup.createJob; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.createJob",
        {
            "name": name,
            "pools": pools,
            "proxy": proxy,
            "schedules": schedules,
            "xo_config": xo_config,
            "repositories": repositories,
            "report_when": report_when,
        },
        effect="write",
        builder="metadata_jobs",
    )


async def delete_metadata_backup_job(xo: Xo, *, id: str) -> Answer:
    """Deletes a metadata backup job with its schedules; its backups stay.

    CALL metadataBackup.deleteJob; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.deleteJob", {"id": id}, effect="destructive", builder="job_deletion", reads="/backup-jobs/{id}"
    )


async def update_metadata_backup_job(
    xo: Xo,
    *,
    id: str,
    name: str | Omit = OMIT,
    pools: list[str] | Omit = OMIT,
    proxy: str | Omit | None = OMIT,
    xo_config: bool | Omit = OMIT,
    repositories: list[str] | Omit = OMIT,
    schedules: list[dict[str, Json]] | Omit = OMIT,
    remove_schedules: list[str] | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
) -> Answer:
    """Changes a job that backs up XO's configuration or pools' databases, and its schedules; what is not given
    stays.

    CALL metadataBackup.editJob; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.editJob",
        {
            "id": id,
            "name": name,
            "pools": pools,
            "proxy": proxy,
            "xo_config": xo_config,
            "repositories": repositories,
            "schedules": schedules,
            "remove_schedules": remove_schedules,
            "report_when": report_when,
        },
        effect="write",
        builder="metadata_jobs",
        reads="/backup-jobs/{id}",
    )


async def run_metadata_backup_job(xo: Xo, *, id: str, schedule: str | Omit = OMIT, timeout: float = 60) -> Answer:
    """Backs up XO's configuration and pools' databases now, as a metadata backup job says.

    CALL metadataBackup.runJob; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.runJob",
        {"id": id, "schedule": schedule},
        timeout=timeout,
        effect="write",
        builder="job_runs",
        reads="/backup-jobs/{id}",
    )


async def create_mirror_backup_job(
    xo: Xo,
    *,
    mode: Literal["full", "delta"],
    name: str,
    schedules: list[dict[str, Json]],
    source: str,
    repositories: list[str],
    proxy: str | Omit = OMIT,
    vms: list[str] | Omit = OMIT,
    concurrency: int | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
    max_export_rate: float | Omit = OMIT,
) -> Answer:
    """Creates a job that copies VM backups from one repository to others, with its schedules.

    CALL mirrorBackup.createJob; needs an XO administrator.
    """
    return await xo.call(
        "mirrorBackup.createJob",
        {
            "mode": mode,
            "name": name,
            "proxy": proxy,
            "schedules": schedules,
            "source": source,
            "repositories": repositories,
            "vms": vms,
            "concurrency": concurrency,
            "report_when": report_when,
            "max_export_rate": max_export_rate,
        },
        effect="write",
        builder="mirror_jobs",
    )


async def delete_mirror_backup_job(xo: Xo, *, id: str) -> Answer:
    """Deletes a mirror backup job with its schedules; what it has copied stays.

    CALL mirrorBackup.deleteJob; needs an XO administrator.
    """
    return await xo.call(
        "mirrorBackup.deleteJob", {"id": id}, effect="destructive", builder="job_deletion", reads="/backup-jobs/{id}"
    )


async def update_mirror_backup_job(
    xo: Xo,
    *,
    id: str,
    mode: Literal["full", "delta"] | Omit = OMIT,
    name: str | Omit = OMIT,
    proxy: str | Omit = OMIT,
    source: str | Omit = OMIT,
    repositories: list[str] | Omit = OMIT,
    vms: list[str] | Omit = OMIT,
    schedules: list[dict[str, Json]] | Omit = OMIT,
    remove_schedules: list[str] | Omit = OMIT,
    concurrency: int | Omit = OMIT,
    report_when: Literal["failure", "always", "never"] | Omit = OMIT,
    max_export_rate: float | Omit = OMIT,
) -> Answer:
    """Changes a job that copies backups between repositories, and its schedules; what is not given stays.

    CALL mirrorBackup.editJob; needs an XO administrator.
    """
    return await xo.call(
        "mirrorBackup.editJob",
        {
            "id": id,
            "mode": mode,
            "name": name,
            "proxy": proxy,
            "source": source,
            "repositories": repositories,
            "vms": vms,
            "schedules": schedules,
            "remove_schedules": remove_schedules,
            "concurrency": concurrency,
            "report_when": report_when,
            "max_export_rate": max_export_rate,
        },
        effect="write",
        builder="mirror_jobs",
        reads="/backup-jobs/{id}",
    )


async def run_mirror_backup_job(
    xo: Xo, *, id: str, schedule: str | Omit = OMIT, vms: list[str] | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Copies backups now, as a mirror backup job says, and reports how it went.

    CALL mirrorBackup.runJob; needs an XO administrator.
    """
    return await xo.call(
        "mirrorBackup.runJob",
        {"id": id, "schedule": schedule, "vms": vms},
        timeout=timeout,
        effect="write",
        builder="job_runs",
        reads="/backup-jobs/{id}",
    )
