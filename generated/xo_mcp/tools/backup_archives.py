"""Tools of XO's tag backup-archives: Backup archives - VM backups stored in backup repositories.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_backups(
    xo: Xo,
    *,
    backup_repository: list[str] | Omit = OMIT,
    filter: str | Omit = OMIT,
    fields: str = "vm,mode,size,timestamp,backupRepository,jobId,isImmutable",
    limit: int = 30,
    format: str = "json",
) -> Answer:
    """Lists stored VM backups with mode, size in bytes, time in ms.

    GET /backup-archives; needs backup-archive:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/backup-archives", query={"backup-repository": backup_repository}),
        record="XoVmBackupArchive",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def get_backup(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one stored VM backup: disks, VM, job, size in bytes, immutability.

    GET /backup-archives/{id}; needs backup-archive:read; since XO 5.112.
    """
    return await xo.get(
        Call("GET", "/backup-archives/{id}", path={"id": id}), record="XoVmBackupArchive", fields=fields
    )


async def check_vm_backup(xo: Xo, *, id: str, sr: str, timeout: float = 60) -> Answer:
    """Tests a VM backup: restores it, starts it without network, waits up to 10 minutes for its guest tools, and
    deletes it again.

    CALL backupNg.checkBackup; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.checkBackup",
        {"id": id, "sr": sr},
        timeout=timeout,
        effect="write",
        builder="restores",
        reads="/backup-archives/{id}",
    )


async def delete_vm_backups(xo: Xo, *, ids: list[str]) -> Answer:
    """Deletes stored VM backups for good.

    CALL backupNg.deleteVmBackups; needs an XO administrator.
    """
    return await xo.call("backupNg.deleteVmBackups", {"ids": ids}, effect="destructive", builder="backup_deletion")


async def download_backup_files(
    xo: Xo,
    *,
    paths: list[str],
    disk: str | Omit = OMIT,
    format: Literal["tgz", "zip"] | Omit = OMIT,
    partition: str | Omit = OMIT,
    remote: str | Omit = OMIT,
    backup: str | Omit = OMIT,
    filename: str | Omit = OMIT,
) -> Answer:
    """Saves files and folders of a disk in a delta backup as one archive in the download folder; returns its path,
    size and sha256.

    CALL backupNg.fetchFiles; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.fetchFiles",
        {"disk": disk, "format": format, "partition": partition, "paths": paths, "remote": remote, "backup": backup},
        filename=filename,
        builder="backup_files",
        extension="tgz",
    )


async def restore_vm_backup(
    xo: Xo,
    *,
    id: str,
    sr: str,
    new_mac_addresses: bool | Omit = OMIT,
    disk_srs: list[dict[str, Json]] | Omit = OMIT,
    tag: str | Omit = OMIT,
    differential: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Restores a VM backup as a new, halted VM and returns its id; the original stays as it is.

    CALL backupNg.importVmBackup; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.importVmBackup",
        {
            "id": id,
            "sr": sr,
            "new_mac_addresses": new_mac_addresses,
            "disk_srs": disk_srs,
            "tag": tag,
            "differential": differential,
        },
        timeout=timeout,
        effect="write",
        builder="restores",
        reads="/backup-archives/{id}",
        creates="/vms/{id}",
    )


async def list_backup_files(
    xo: Xo,
    *,
    path: str,
    disk: str | Omit = OMIT,
    partition: str | Omit = OMIT,
    remote: str | Omit = OMIT,
    backup: str | Omit = OMIT,
) -> Answer:
    """Lists one folder of a disk in a delta backup; names of folders end with /.

    CALL backupNg.listFiles; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.listFiles",
        {"disk": disk, "partition": partition, "path": path, "remote": remote, "backup": backup},
        builder="backup_files",
    )


async def list_backup_partitions(
    xo: Xo, *, disk: str | Omit = OMIT, remote: str | Omit = OMIT, backup: str | Omit = OMIT
) -> Answer:
    """Lists the partitions of a disk in a delta backup, for restoring single files: id, name, size in bytes.

    CALL backupNg.listPartitions; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.listPartitions", {"disk": disk, "remote": remote, "backup": backup}, builder="backup_files"
    )


async def delete_metadata_backup(xo: Xo, *, id: str) -> Answer:
    """Deletes one backup of XO's configuration or of a pool's database for good.

    CALL metadataBackup.delete; needs an XO administrator.
    """
    return await xo.call("metadataBackup.delete", {"id": id}, effect="destructive", builder="metadata_backups")


async def list_metadata_backups(
    xo: Xo, *, remotes: list[str] | Omit = OMIT, kind: Literal["xo", "pool"] | Omit = OMIT, limit: int = 50
) -> Answer:
    """Lists backups of XO's configuration (kind xo) and of pools' databases (kind pool), the newest first; time in
    ms.

    CALL metadataBackup.list; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.list", {"remotes": remotes, "kind": kind, "limit": limit}, builder="metadata_backups"
    )


async def restore_metadata_backup(xo: Xo, *, id: str, pool: str | Omit = OMIT, timeout: float = 60) -> Answer:
    """Overwrites XO's own configuration, or the database of a pool, with that of a backup.

    CALL metadataBackup.restore; needs an XO administrator.
    """
    return await xo.call(
        "metadataBackup.restore",
        {"id": id, "pool": pool},
        timeout=timeout,
        effect="destructive",
        builder="metadata_backups",
    )
