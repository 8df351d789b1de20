"""An export of 1 GiB over loopback against curl: throughput with the sha256 included, and memory growth."""

import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import anyio
from mcp import Client
from xo_mcp.program.config import Config
from xo_mcp.server.serve import build

from bench.session import Served, fake_xo

GIB = 1 << 30
GOAL_RATIO = 0.5
GOAL_MIB = 16


async def _exports(served: Served, folder: Path, rounds: int) -> dict[str, float]:
    config = Config(url=served.url, token=served.token, toolsets=("all",), download_dir=folder, enable_actions=True)
    ours, curls, growth = [], [], []
    async with Client(build(config)) as client:
        listed = await client.call_tool("list_vms", {"limit": 1, "filter": "power_state:Halted"})
        vm_id = listed.structured_content["items"][0]["id"]
        for _ in range(rounds):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            start = time.perf_counter()
            answer = await client.call_tool("export_vm_xva", {"id": vm_id}, read_timeout_seconds=600)
            ours.append(GIB / (time.perf_counter() - start))
            growth.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
            assert not answer.is_error, answer.content
            _remove(answer.structured_content["path"])
            curls.append(_curl(served, vm_id, folder))
    return {
        "export MiB/s": statistics.median(ours) / 2**20,
        "curl MiB/s": statistics.median(curls) / 2**20,
        "export / curl": statistics.median(one / other for one, other in zip(ours, curls, strict=True)),
        "memory growth MiB": max(growth),
    }


def _remove(path: str) -> None:
    Path(path).unlink()


def _curl(served: Served, vm_id: str, folder: Path) -> float:
    target = folder / "curl.xva"
    command = ["curl", "-sf", "--noproxy", "*", "-b", f"authenticationToken={served.token}", "-o", str(target)]
    start = time.perf_counter()
    subprocess.run([*command, f"{served.url}/rest/v0/vms/{vm_id}.xva"], check=True)
    took = time.perf_counter() - start
    target.unlink()
    return GIB / took


def measure(rounds: int = 3) -> dict[str, float]:
    """Medians over interleaved rounds; the memory is the most that one export added to the process's peak."""
    with fake_xo(export_bytes=GIB) as served, tempfile.TemporaryDirectory() as folder:
        return anyio.run(_exports, served, Path(folder), rounds)
