"""Restores VM backups as new VMs, and runs health checks of backups.

XO accepts settings that it does not know, ignores `useDifferentialRestore` where its own facts declare it, and answers
an unknown backup with a path on its machine (XO 6.7.1).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from xo_mcp.actions.expectations import creation
from xo_mcp.actions.polling import eventually
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.builders.collections import BACKUPS, RESTORE_LOGS, SRS, VMS
from xo_mcp.errors import ArgumentError, CallError, Unreachable
from xo_mcp.objects.finding import Record, name_of, objects_of, quoted, read, with_id
from xo_mcp.parsing import objects_in
from xo_mcp.reads.taskview import has_ended, progress_of, step_of
from xo_mcp.rpc.calls import Work
from xo_mcp.rpc.following import Watch
from xo_mcp.text import one_line

RESTORE: Final = "backupNg.importVmBackup"
VM: Final = "/vms/{id}"
_LOG_LAG: Final = 12.0
"""Seconds until a log is shown: XO keeps its list for 10."""


async def run(work: Work) -> Answer:
    """Restore a backup, or try it out.

    Raises:
        ArgumentError: The backup, the SR or a disk does not exist.
        CallError: XO refused or did not answer.
    """
    given = work.arguments
    archive = await read_backup(work, str(given["id"]))
    known = await objects_of(work.client, SRS, "content_type")
    sr = _storage(str(given["sr"]), known)
    settings = _settings(given, archive, known)
    sent = replace(work, arguments={"id": archive["id"], "sr": sr["id"], "settings": settings})
    watch = RestoreWatch(sent, str(archive["id"]))
    try:
        answer = await sent.run(watch)
    except Unreachable as error:
        if work.method != RESTORE:
            raise
        answer = await _described(work, await watch.restored(error), archive)
        note = "XO did not answer, but its log of the restore names this VM."
        return replace(answer, notes=(note, *answer.notes))
    made = answer.data.get("id") if isinstance(answer.data, dict) else None
    if work.method != RESTORE or not isinstance(made, str):
        return answer
    return await _described(work, made, archive)


async def read_backup(work: Work, backup: str) -> Record:
    """A VM backup by its id.

    Raises:
        ArgumentError: There is none.
        CallError: XO could not be asked.
    """
    return {"id": backup, **await read(work.client, BACKUPS, backup)}


def _storage(sr_id: str, known: Sequence[Record]) -> Record:
    sr = with_id(SRS, sr_id, known)
    if sr.get("content_type") == "iso":
        raise ArgumentError(f"{name_of(SRS, sr)} holds ISO images: choose an SR for disks of VMs (list_srs).")
    return sr


def _settings(given: dict[str, Any], archive: Record, known: Sequence[Record]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if given.get("new_mac_addresses"):
        settings["newMacAddresses"] = True
    if given.get("tag") is not None:
        settings["additionalVmTag"] = given["tag"]
    if given.get("differential"):
        if archive.get("mode") != "delta":
            raise ArgumentError("`differential` is for delta backups, and this one is full: leave it out.")
        settings["useDifferentialRestore"] = True
    if given.get("disk_srs"):
        settings["mapVdisSrs"] = _disk_srs(given["disk_srs"], archive, known)
    return settings


def _disk_srs(wanted: list[dict[str, Any]], archive: Record, known: Sequence[Record]) -> dict[str, Any]:
    """Where each disk goes, by its uuid; null for one that is left out."""
    disks = objects_in(archive.get("disks"))
    if not disks:
        raise ArgumentError("This is a full backup, whose disks can't be chosen: leave `disk_srs` out.")
    found: dict[str, Any] = {}
    for entry in wanted:
        named = str(entry["disk"])
        own = [disk for disk in disks if named in (disk.get("uuid"), disk.get("id"), disk.get("name"))]
        if len(own) != 1:
            choices = ", ".join(f"{disk.get('name')} ({disk.get('uuid')})" for disk in disks)
            raise ArgumentError(f"The backup has no single disk {quoted(named)}. It has: {one_line(choices, 600)}.")
        sr = entry.get("sr")
        found[str(own[0].get("uuid"))] = None if sr is None else _storage(str(sr), known)["id"]
    if len(found) == len(disks) and not any(found.values()):
        raise ArgumentError("`disk_srs` leaves out every disk: nothing would be restored.")
    return found


class RestoreWatch(Watch):
    """Watches a restore by the log that XO keeps of it, which reads show up to 10 s late.

    Args:
        work: The call.
        backup: Id of the backup.

    Attributes:
        log: Id of the log, once it was found.
    """

    def __init__(self, work: Work, backup: str) -> None:
        super().__init__(work.client, work.method, work.arguments, work.progress, work.started)
        self.log: str | None = None
        self._work = work
        self._backup = backup
        self._older: frozenset[str] = frozenset()

    async def prepare(self) -> None:
        """Note the logs of former restores."""
        await super().prepare()
        with suppress(CallError):
            self._older = frozenset(str(log["id"]) for log in await objects_of(self._work.client, RESTORE_LOGS))

    async def step(self, seconds: float) -> tuple[float, float, str] | None:
        """Which step is being done, and how many are."""
        own = await self._own_logs()
        if not own:
            return await super().step(seconds)
        self.log = str(own[-1]["id"])
        done = progress_of(own[-1])
        if done:
            return done, 100, step_of(own[-1])
        passed, total, _ = await super().step(seconds) or (0.0, seconds, "")
        return passed, total, step_of(own[-1])

    def follow_up(self) -> str:
        """How to follow it when the time is up."""
        shown = f'get_restore_log with id "{self.log}"' if self.log else "list_restore_logs"
        return f"{super().follow_up()}; {shown} says how it ended and, in `result`, which VM was made"

    async def outcome(self, error: Unreachable) -> CallError:
        """The error of a restore that got no answer; what its task shows is added until its log has ended."""
        return error if await self._ended_log() else await super().outcome(error)

    async def restored(self, error: Unreachable) -> str:
        """The VM that a restore without an answer made.

        Raises:
            Unreachable: The log of the restore names none; says what it shows.
        """
        goes_on = await self.finds_pending()
        log = await eventually(self._ended_log, max(_LOG_LAG, self._work.timeout or 0) if goes_on else _LOG_LAG)
        if log is None:
            raise error
        result = log.get("result")
        made = result.get("id") if isinstance(result, dict) else None
        if log.get("status") == "success" and isinstance(made, str):
            return made
        raise Unreachable(f'{error} Its log says {log.get("status")} (get_restore_log with id "{log["id"]}").')

    def _is_own(self, log: Record) -> bool:
        data = log.get("data")
        return str(log.get("id")) not in self._older and isinstance(data, dict) and data.get("backupId") == self._backup

    async def _own_logs(self) -> list[Record]:
        wanted = ("start", "end", "status", "message", "data", "result", "tasks")
        with suppress(CallError):
            return list(filter(self._is_own, await objects_of(self._work.client, RESTORE_LOGS, *wanted)))
        return []

    async def _ended_log(self) -> Record | None:
        """The newest of its logs that has ended."""
        return next(filter(has_ended, reversed(await self._own_logs())), None)


async def _described(work: Work, made: str, archive: Record) -> Answer:
    """The VM that was made, as reads show it."""
    expected = creation(VM, made)
    note = None if expected is None else await wait_until_visible(work.client, expected)
    vm = archive.get("vm")
    data: dict[str, Any] = {"status": "success", "id": made}
    with suppress(CallError):
        data |= await read(work.client, VMS, made, "name_label", "power_state", "tags", "$pool")
    notes = [note] if note else []
    notes.append("The VM is halted: start_vm starts it.")
    if not work.arguments.get("new_mac_addresses"):
        name = quoted(str(vm.get("name_label"))) if isinstance(vm, dict) else "the original"
        notes.append(f"It has the MAC addresses of {name}: do not run both in one network.")
    return Answer(data, tuple(notes))
