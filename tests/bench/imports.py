"""An import of 1 GiB over loopback against `curl -T`, and the memory it takes."""

import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import anyio
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.serve import build

from bench.figures import Figure
from bench.session import Served, fake_xo

GIB = 1 << 30
PIECE = bytes(range(256)) * 4096
GOAL_RATIO = 0.5
GOAL_MIB = 16


def _file(folder: Path) -> Path:
    """Something to import, in the page cache for both sides."""
    file = folder / "disk.raw"
    with file.open("wb") as target:
        for _ in range(GIB // len(PIECE)):
            target.write(PIECE)
    return file


def _curl(served: Served, vdi: str, file: Path) -> float:
    command = ["curl", "-sf", "--noproxy", "*", "-b", f"authenticationToken={served.token}", "-T", str(file)]
    start = time.perf_counter()
    subprocess.run([*command, f"{served.url}/rest/v0/vdis/{vdi}.raw"], check=True)
    return GIB / (time.perf_counter() - start)


async def _imports(served: Served, folder: Path, rounds: int) -> list[Figure]:
    config = Config(
        url=served.url, token=served.token, toolsets=("all",), enable_actions=True, confirm="none", upload_dir=folder
    )
    file = _file(folder)
    ours, curls, growth = [], [], []
    async with Client(build(config)) as client:
        listed = await client.call_tool("list_vdis", {"limit": 1})
        vdi = listed.structured_content["items"][0]["id"]
        for _ in range(rounds):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            start = time.perf_counter()
            answer = await client.call_tool(
                "import_vdi_to_existing_raw", {"id": vdi, "file": file.name}, read_timeout_seconds=600
            )
            ours.append(GIB / (time.perf_counter() - start))
            growth.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
            assert not answer.is_error, answer.content
            curls.append(_curl(served, vdi, file))
    return [
        Figure(
            what="import of 1 GiB", value=statistics.median(ours) / 2**20, base=statistics.median(curls) / 2**20,
            reference="curl -T", unit="MiB/s", least=GOAL_RATIO,
        ),
        Figure(
            what="peak memory of that import", value=max(growth), base=0, reference="before it", unit="MiB",
            most=GOAL_MIB, added=True,
        ),
    ]  # fmt: skip


def measure(rounds: int = 3) -> list[Figure]:
    """Medians over interleaved rounds; the memory is the most that one import added to the process's peak."""
    with fake_xo() as served, tempfile.TemporaryDirectory() as folder:
        return anyio.run(_imports, served, Path(folder), rounds)
