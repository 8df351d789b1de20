"""Tools of XO's tag backup-archives: Backup archives - VM backups stored in backup repositories.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
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
    """Lists stored VM backups with mode, size in bytes, time in ms. One VM: filter vm:uuid:ID. New ones may show
    late. Runs of jobs: list_backup_logs.

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
    """Shows one stored VM backup: disks, VM, job, size in bytes, immutability. Take the id from list_backups as it
    is, slashes included.

    GET /backup-archives/{id}; needs backup-archive:read; since XO 5.112.
    """
    return await xo.get(
        Call("GET", "/backup-archives/{id}", path={"id": id}), record="XoVmBackupArchive", fields=fields
    )


async def download_backup_files(
    xo: Xo,
    *,
    disk: str,
    paths: list[str],
    remote: str,
    format: Literal["tgz", "zip"] | Omit = OMIT,
    partition: str | Omit = OMIT,
    filename: str | Omit = OMIT,
) -> Answer:
    """Saves files and folders of a disk in a delta backup as one archive in the download folder; answers its path,
    size and sha256. Names: list_backup_files.

    CALL backupNg.fetchFiles; needs an XO administrator.
    """
    return await xo.call(
        "backupNg.fetchFiles",
        {"disk": disk, "format": format, "partition": partition, "paths": paths, "remote": remote},
        filename=filename,
        extension="tgz",
    )


async def list_backup_files(xo: Xo, *, disk: str, path: str, remote: str, partition: str | Omit = OMIT) -> Answer:
    """Lists one folder of a disk in a delta backup; names of folders end with /. Get files out:
    download_backup_files.

    CALL backupNg.listFiles; needs an XO administrator.
    """
    return await xo.call("backupNg.listFiles", {"disk": disk, "partition": partition, "path": path, "remote": remote})


async def list_backup_partitions(xo: Xo, *, disk: str, remote: str) -> Answer:
    """Lists the partitions of a disk in a delta backup, for restoring single files: id, name, size in bytes. None
    means that the disk is one file system. Files: list_backup_files.

    CALL backupNg.listPartitions; needs an XO administrator.
    """
    return await xo.call("backupNg.listPartitions", {"disk": disk, "remote": remote})
