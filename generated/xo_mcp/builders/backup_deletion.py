"""Deletes VM backups; for unknown ones XO answers `true` (XO 6.7.1), so they are looked up first."""

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.restores import read_backup
from xo_mcp.errors import ArgumentError
from xo_mcp.rpc.calls import Work


async def run(work: Work) -> Answer:
    """Delete backups that are all known.

    Raises:
        ArgumentError: One of them is unknown or immutable.
        CallError: XO refused or did not answer.
    """
    ids = list(dict.fromkeys(str(each) for each in list_argument(work.arguments, "ids")))
    found = [await read_backup(work, backup) for backup in ids]
    kept = [str(backup["id"]) for backup in found if backup.get("isImmutable") is True]
    if kept:
        raise ArgumentError(
            f"Nothing was deleted: {kept[0]} is immutable, its repository keeps it until its time is up."
        )
    await work.call(work.method, {"ids": ids})
    size = sum(backup["size"] for backup in found if isinstance(backup.get("size"), int))
    data = {"status": "done", "deleted": len(found), "size": size}
    return Answer({name: value for name, value in data.items() if value})
