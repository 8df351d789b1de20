"""`make soak`: ten minutes of faults, disconnects and ends in the middle of work; fails where anything is left over.

Half of the time one server runs, and what it holds when it is quiet again is compared with what it held after it had
warmed up. Then servers are asked to end, one after another, while exports and changes are under way.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.to_thread
from attacks.wire import http_server
from fake_xo import FakeXo, running_fake_xo
from listener import Served

from soak import watched
from soak.mischief import Mischief
from soak.signs import Holding, tracebacks, unfinished, wait_for_parts, wait_until_ended, without_end

WARM, LONG = 1 / 6, 1 / 2
"""Shares of the time: before the first look, and until the second."""
ENDS = 4
"""Servers that are asked to end in the middle of work."""
EXPORTS = 5
QUIET = 12
"""Seconds after which nothing is under way any more, and connections that were kept are closed."""
LOOKS = 3
"""How often what a server holds is looked at after it is warm. A leak grows from each look to the next."""
MORE_MEMORY, MORE_DESCRIPTORS, MORE_THREADS, MORE_OBJECTS = 16, 8, 4, 3_000
"""MiB, descriptors, threads and Python objects that a server may hold more at the last look than at the first."""


def main() -> int:
    """Run it; answers the exit code."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long, about (600)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats the order of an earlier run")
    wanted = parser.parse_args()
    print(f"{wanted.seconds:g} s, seed {wanted.seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="xo-mcp-soak-") as folder,
        running_fake_xo(vms=20, lag=0, measuring=True) as xo,
    ):
        soak = Soak(xo, Path(folder), wanted.seconds, random.Random(wanted.seed))  # noqa: S311 - no secret
        anyio.run(soak.run)
    for name, count in sorted(soak.mischief.counts.items()):
        print(f"  {count:6} {name}")
    for complaint in soak.complaints:
        print(f"FAILED: {complaint}")
    print("failed" if soak.complaints else "nothing was left over")
    return 1 if soak.complaints else 0


class Soak:
    """One run.

    Args:
        xo: The fake XO.
        folder: For exports and the audit log.
        seconds: How long, about.
        chance: Decides what happens when.
    """

    def __init__(self, xo: FakeXo, folder: Path, seconds: float, chance: random.Random) -> None:
        self.mischief = Mischief(xo, chance)
        self.complaints: list[str] = []
        self._xo = xo
        self._exports, self._audit, self._holding = folder / "exports", folder / "audit.log", folder / "held"
        self._seconds = seconds

    async def run(self) -> None:
        """Run it all, and collect complaints."""
        await self._look_for_leaks()
        for number in range(ENDS):
            await self._end_in_the_middle(number, self._seconds * (1 - WARM - LONG) / ENDS)
        self.complaints += self.mischief.complaints[:5]

    @contextmanager
    def _server(self) -> Iterator[Served]:
        settings = {
            "XO_URL": self._xo.url, "XO_TOKEN": self._xo.admin_token, "XO_MCP_TOOLSETS": "all",
            "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_CONFIRM": "none", "XO_MCP_DOWNLOAD_DIR": str(self._exports),
            "XO_MCP_AUDIT_LOG": str(self._audit), watched.FILE: str(self._holding),
        }  # fmt: skip
        with http_server(settings, "--rate-limit", "0", module="soak.watched") as served:
            yield served
        self.complaints += tracebacks(served.lines)
        self.complaints += [f"part file left: {name}" for name in unfinished(self._exports)]
        self.complaints += [f"audit line without an end: {line[:300]}" for line in without_end(self._audit)]
        for file in self._exports.glob("*") if self._exports.exists() else ():
            file.unlink()

    async def _look_for_leaks(self) -> None:
        with self._server() as served:
            before = after = await self._held(served, self._seconds * WARM)
            print(f"warm:         {before}", flush=True)
            for number in range(LOOKS):
                earlier, after = after, await self._held(served, self._seconds * LONG / LOOKS)
                print(f"look {number + 1} of {LOOKS}:  {after} ({after.more(earlier)})", flush=True)
            if unfinished(self._exports):
                self.complaints.append("a part file is left while the server runs")
        for what, more, bound in (
            ("MiB", after.mebibytes - before.mebibytes, MORE_MEMORY),
            ("descriptors", after.descriptors - before.descriptors, MORE_DESCRIPTORS),
            ("threads", after.threads - before.threads, MORE_THREADS),
            (f"objects ({after.more(before)})", after.objects.total() - before.objects.total(), MORE_OBJECTS),
        ):
            if more > bound:
                self.complaints.append(f"it holds {more:.1f} {what} more than when it was warm")

    async def _held(self, served: Served, seconds: float) -> Holding:
        """What a server holds once it is quiet again after some seconds of everything."""
        await self.mischief.against(served, seconds)
        self._xo.xo.faults.clear()
        await anyio.sleep(QUIET)
        return await anyio.to_thread.run_sync(Holding.of, served.pid, self._holding)

    async def _end_in_the_middle(self, number: int, seconds: float) -> None:
        with self._server() as served:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.mischief.against, served, seconds)
                await anyio.sleep(seconds / 2)
                tasks.start_soon(self.mischief.exports, served, EXPORTS)
                await anyio.sleep(seconds / 2)
                exports = await anyio.to_thread.run_sync(wait_for_parts, self._exports, EXPORTS)
                self.mischief.is_ending = True
                os.kill(served.pid, signal.SIGTERM)
                took = await anyio.to_thread.run_sync(wait_until_ended, served.pid)
                print(f"end {number + 1} of {ENDS}:   took {took:.1f} s, with {exports} exports", flush=True)
                tasks.cancel_scope.cancel()
            self.mischief.is_ending = False


if __name__ == "__main__":
    sys.exit(main())
