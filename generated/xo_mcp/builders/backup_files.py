"""Single files of a VM backup: finds the disk and the partition, and checks that the files exist.

XO wants repository, disk and partition for each call, mounts the whole disk when no partition is given, and drops the
download without a word when a path does not exist (XO 6.7.1).
"""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import id_argument, list_argument
from xo_mcp.builders.collections import REPOSITORIES
from xo_mcp.builders.restores import read_backup
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import first_few, quoted
from xo_mcp.parsing import objects_in
from xo_mcp.reads.records import plain
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line

PARTITIONS: Final = "backupNg.listPartitions"
FILES: Final = "backupNg.listFiles"
_FOLDERS: Final = 10
"""Folders that are looked into before a download; what is in further ones is not checked."""
_SHOWN: Final = 12


async def run(work: Work) -> Answer:
    """List partitions, or one folder.

    Raises:
        ArgumentError: There is no such backup or disk, or it is not clear which one is meant.
        CallError: XO refused or did not answer.
    """
    disk = await _disk(work)
    if work.method == PARTITIONS:
        found = plain(await work.ask(PARTITIONS, disk))
        return replace(found, notes=(*found.notes, *_about(await _partitions(work, disk))))
    where = disk | await _partition(work, disk)
    return plain(await work.ask(FILES, {**where, "path": work.arguments["path"]}))


async def prepare(work: Work) -> Work:
    """The call that fetches files, after it is known that they are there.

    Raises:
        ArgumentError: As `run`, or a path does not exist.
        CallError: XO refused or did not answer.
    """
    disk = await _disk(work)
    where = disk | await _partition(work, disk)
    paths = [str(path) for path in list_argument(work.arguments, "paths")]
    await _require_paths(work, where, paths)
    arguments: dict[str, Any] = {**where, "paths": paths}
    if "format" in work.arguments:
        arguments["format"] = work.arguments["format"]
    return replace(work, arguments=arguments)


async def _disk(work: Work) -> dict[str, str]:
    """Repository and disk, of a backup or as they are given."""
    given = work.arguments
    if given.get("backup") is None:
        if given.get("remote") is None or given.get("disk") is None:
            raise ArgumentError("Give the `backup` (list_backups), or both `remote` and `disk`.")
        repository = await id_argument(work, REPOSITORIES, given["remote"])
        return {"remote": repository, "disk": str(given["disk"])}
    backup = await read_backup(work, str(given["backup"]))
    disks = objects_in(backup.get("disks"))
    if not disks:
        raise ArgumentError(
            "Single files can be restored from delta backups only, and this one is full: restore_vm_backup."
        )
    wanted = given.get("disk")
    own = [disk for disk in disks if wanted in (None, disk.get("id"), disk.get("uuid"), disk.get("name"))]
    if len(own) != 1:
        names = ", ".join(f"{disk.get('name')} ({disk.get('uuid')})" for disk in disks)
        raise ArgumentError(f"Say which `disk` of the backup by its name or uuid: {one_line(names, 600)}.")
    return {"remote": str(backup.get("backupRepository")), "disk": str(own[0].get("id"))}


async def _partitions(work: Work, disk: Mapping[str, str]) -> list[dict[str, Any]]:
    return objects_in(await work.ask(PARTITIONS, disk))


async def _partition(work: Work, disk: Mapping[str, str]) -> dict[str, str]:
    """The partition: as given, else the only one; none for a disk that is one file system."""
    given = work.arguments.get("partition")
    if given is not None:
        return {"partition": str(given)}
    known = [str(each["id"]) for each in await _partitions(work, disk) if each.get("id")]
    if len(known) > 1:
        shown = first_few(known, _SHOWN)
        raise ArgumentError(
            f"The disk has several partitions: say which `partition`, {shown} (list_backup_partitions)."
        )
    return {"partition": known[0]} if known else {}


def _about(partitions: list[dict[str, Any]]) -> list[str]:
    if not partitions:
        return ["The disk has no partitions: leave `partition` out."]
    if any(not each.get("id") for each in partitions):
        return ["XO can't open a partition whose id is empty: it has no signature."]
    return []


async def _require_paths(work: Work, where: Mapping[str, str], paths: list[str]) -> None:
    """Refuse paths that are not on the disk."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        clean = posixpath.normpath(f"/{path.strip('/')}")
        if clean != "/":
            folder, name = posixpath.split(clean)
            folders.setdefault(folder, []).append(name)
    for folder, names in list(folders.items())[:_FOLDERS]:
        found = await work.ask(FILES, {**where, "path": folder if folder == "/" else f"{folder}/"})
        known = {name.rstrip("/") for name in found} if isinstance(found, dict) else set(names)
        lost = [name for name in names if name not in known]
        if lost:
            raise ArgumentError(f"There is no {quoted(lost[0])} in {quoted(folder)}: list_backup_files shows what is.")
