"""An export of 1 GiB over loopback against curl: throughput with the sha256 included, processor time, memory growth."""

import hashlib
import resource
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import anyio
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.serve import build

from bench.session import Served, fake_xo

GIB = 1 << 30
GOAL_RATIO = 0.6
GOAL_MIB = 16


async def _exports(served: Served, folder: Path, rounds: int) -> dict[str, float]:
    config = Config(url=served.url, token=served.token, toolsets=("all",), download_dir=folder, enable_actions=True)
    ours, curls, digests, growth = [], [], [], []
    async with Client(build(config)) as client:
        listed = await client.call_tool("list_vms", {"limit": 1, "filter": "power_state:Halted"})
        vm_id = listed.structured_content["items"][0]["id"]
        for _ in range(rounds):
            before = _Used.by(resource.RUSAGE_SELF)
            answer = await client.call_tool("export_vm_xva", {"id": vm_id}, read_timeout_seconds=600)
            ours.append(_Used.by(resource.RUSAGE_SELF).since(before))
            growth.append(ours[-1].peak)
            assert not answer.is_error, answer.content
            _remove(answer.structured_content["path"])
            target = folder / "curl.xva"
            curls.append(_curl(served, vm_id, target))
            digests.append(_digest(target))
            _remove(str(target))
    return {
        "export MiB/s": 1024 / statistics.median(each.wall for each in ours),
        "curl MiB/s": 1024 / statistics.median(each.wall for each in curls),
        "curl and SHA-256 MiB/s": 1024
        / statistics.median(curl.wall + digest for curl, digest in zip(curls, digests, strict=True)),
        "export / curl": statistics.median(curl.wall / one.wall for one, curl in zip(ours, curls, strict=True)),
        "export CPU s": statistics.median(each.cpu for each in ours),
        "curl CPU s": statistics.median(each.cpu for each in curls),
        "memory growth MiB": max(growth),
    }


@dataclass(frozen=True)
class _Used:
    """What processes took so far: seconds by the clock and of the processor, MiB at the peak."""

    wall: float
    cpu: float
    peak: float

    @classmethod
    def by(cls, who: int) -> Self:
        usage = resource.getrusage(who)
        return cls(time.perf_counter(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def since(self, before: Self) -> Self:
        return replace(self, wall=self.wall - before.wall, cpu=self.cpu - before.cpu, peak=self.peak - before.peak)


def _remove(path: str) -> None:
    Path(path).unlink()


def _curl(served: Served, vm_id: str, target: Path) -> _Used:
    command = ["curl", "-sf", "--noproxy", "*", "-b", f"authenticationToken={served.token}", "-o", str(target)]
    before = _Used.by(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, f"{served.url}/rest/v0/vms/{vm_id}.xva"], check=True)
    return _Used.by(resource.RUSAGE_CHILDREN).since(before)


def _digest(path: Path) -> float:
    """Seconds that the SHA-256 of a file takes, which an export has when it ends."""
    start = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - start


def measure(rounds: int = 5) -> dict[str, float]:
    """Medians over interleaved rounds; the memory is the most that one export added to the process's peak."""
    with fake_xo(export_bytes=GIB) as served, tempfile.TemporaryDirectory() as folder:
        return anyio.run(_exports, served, Path(folder), rounds)
