"""Backups of XO's configuration and of pools' databases: listed, restored, deleted.

XO lists them by repository, with the whole record of the pool in each, and checks no id (XO 6.7.1). Their ids are
`<repository>/xo-config-backups/<schedule>/<time>` and `<repository>/xo-pool-metadata-backups/<schedule>/<pool>/<time>`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from xo_mcp.answer import Answer, Records
from xo_mcp.api.connections import doubts_about_empty
from xo_mcp.builders.arguments import id_argument, list_argument
from xo_mcp.builders.collections import POOLS, REPOSITORIES
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, existing, objects_of, quoted
from xo_mcp.parsing import number_in, object_in, objects_in
from xo_mcp.reads.records import parse_limit
from xo_mcp.rpc.calls import Work
from xo_mcp.types import Call

LIST: Final = "metadataBackup.list"
RESTORE: Final = "metadataBackup.restore"
LIMIT: Final = 50
KEPT: Final = ("id", "timestamp", "backupRepository", "jobName", "scheduleName", "jobId", "scheduleId")


async def run(work: Work) -> Answer:
    """List, restore or delete.

    Raises:
        ArgumentError: There is no such backup, repository or pool.
        CallError: XO refused or did not answer.
    """
    if work.method == LIST:
        return await _list(work)
    backup = await _backup(work, str(work.arguments["id"]))
    if work.method != RESTORE:
        return await replace(work, arguments={"id": backup["id"]}).run()
    return await _restore(work, backup)


async def _list(work: Work) -> Answer:
    given = work.arguments
    chosen = list_argument(given, "remotes")
    wanted = await (
        existing(work.client, REPOSITORIES, chosen, "enabled")
        if chosen
        else objects_of(work.client, REPOSITORIES, "enabled")
    )
    found = await _all(work, [str(each["id"]) for each in wanted if each.get("enabled") is not False])
    if given.get("kind") is not None:
        found = [each for each in found if each["kind"] == given["kind"]]
    limit = given.get("limit")
    # Without repositories to ask, XO itself is not asked who this is.
    notes = [] if wanted else await doubts_about_empty(work.client, Call("GET", REPOSITORIES.route), filtered=False)
    return Answer(Records(found, parse_limit(limit if isinstance(limit, int) else LIMIT)), tuple(notes))


async def _all(work: Work, repositories: list[str]) -> list[dict[str, Any]]:
    """All metadata backups of repositories, the newest first."""
    if not repositories:
        return []
    trees = await work.ask(LIST, {"remotes": repositories})
    found = list(_flat(trees))
    return sorted(found, key=lambda each: -number_in(each.get("timestamp")))


def _flat(trees: Any) -> Iterator[dict[str, Any]]:
    """Each backup of XO's two trees: `xo` by repository, `pool` by repository and pool."""
    parts = object_in(trees)
    for backups in _values(parts.get("xo")):
        for backup in objects_in(backups):
            yield {"kind": "xo", **_summary(backup)}
    for pools in _values(parts.get("pool")):
        for pool, backups in pools.items() if isinstance(pools, dict) else ():
            for backup in objects_in(backups):
                record = backup.get("pool")
                name = record.get("name_label") if isinstance(record, dict) else None
                yield {"kind": "pool", "pool": pool, **({"poolName": name} if name else {}), **_summary(backup)}


def _values(found: Any) -> list[Any]:
    return list(found.values()) if isinstance(found, dict) else []


def _summary(backup: dict[str, Any]) -> dict[str, Any]:
    return {name: backup[name] for name in KEPT if backup.get(name) not in (None, "")}


async def _backup(work: Work, wanted: str) -> dict[str, Any]:
    repository = await id_argument(work, REPOSITORIES, wanted.partition("/")[0])
    for backup in await _all(work, [repository]):
        if backup.get("id") == wanted:
            return backup
    raise ArgumentError(f"There is no metadata backup {quoted(wanted)}. list_metadata_backups shows them.")


async def _restore(work: Work, backup: Record) -> Answer:
    """Overwrite XO's configuration, or the database of a pool."""
    named = work.arguments.get("pool")
    params: dict[str, Any] = {"id": backup["id"]}
    if backup["kind"] == "xo":
        if named is not None:
            raise ArgumentError("This is a backup of XO's own configuration, not of a pool: leave `pool` out.")
    else:
        params["pool"] = await id_argument(work, POOLS, named or backup["pool"])
    answer = await replace(work, arguments=params).run()
    what = "XO's users, jobs, schedules and servers are" if backup["kind"] == "xo" else "The pool's database is"
    return Answer(answer.data, (*answer.notes, f"{what} as in the backup now; sign-ins of others may have ended."))
