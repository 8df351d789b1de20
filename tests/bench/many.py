"""What `run_on_many` costs over the bare requests that it makes, the same number at once."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import anyio
import httpx2
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.many import AT_ONCE
from xo_mcp.server.serve import build

from bench.figures import Figure
from bench.rounds import Timed, compare
from bench.session import Served, fake_xo

VMS = 200
TASK_SECONDS = 0.25  # a quick snapshot; on real storage it takes one second and more
GOAL = 1.3
ALL = "SELECT id FROM vms"
BUSY_SECONDS = 0.0035
"""How long each answer keeps XO's one thread busy: what a real XO of 2,000 VMs needs for one of them."""
Change = Callable[[httpx2.AsyncClient, str], Awaitable[None]]


def _config(served: Served) -> Config:
    return Config(url=served.url, token=served.token, toolsets=("all",), enable_actions=True)


async def _ours(client: Client, tool: str, **arguments: str) -> None:
    given = {"tool": tool, "targets": {"sql": ALL}, "arguments": arguments}
    result = await client.call_tool("run_on_many", given)
    if result.is_error or (result.structured_content or {}).get("done") != VMS:
        raise RuntimeError(str(result.content))


def _bare(bare: httpx2.AsyncClient, change: Change) -> Timed:
    """Which VMs there are, and the requests of a change of each."""

    async def run() -> None:
        vms = iter((await bare.get("/vms", params={"fields": "id"})).json())

        async def work() -> None:
            for vm in vms:
                await change(bare, vm["id"])

        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(work)

    return run


async def _snapshot(bare: httpx2.AsyncClient, vm: str) -> None:
    """Start it, and wait for its task."""
    started = await bare.post(f"/vms/{vm}/actions/snapshot", json={})
    ended = await bare.get(f"/tasks/{started.json()['taskId']}", params={"wait": "true"})
    if ended.json()["status"] != "success":
        raise RuntimeError(ended.text)


async def _tagged(served: Served, rounds: int) -> dict[str, float]:
    names = count()

    async def tag(bare: httpx2.AsyncClient, vm: str) -> None:
        (await bare.put(f"/vms/{vm}/tags/bare-{next(names)}")).raise_for_status()

    async with _both(served) as (bare, client):
        ours = partial(_ours, client, "add_vm_tag")
        return await compare({"ours": lambda: ours(tag=f"ours-{next(names)}"), "bare": _bare(bare, tag)}, rounds)


async def _snapshots(served: Served, rounds: int) -> dict[str, float]:
    async with _both(served) as (bare, client):
        ours = partial(_ours, client, "snapshot_vm")
        return await compare({"ours": ours, "bare": _bare(bare, _snapshot)}, rounds)


@asynccontextmanager
async def _both(served: Served) -> AsyncIterator[tuple[httpx2.AsyncClient, Client]]:
    cookies = {"authenticationToken": served.token}
    url = f"{served.url}/rest/v0"
    async with (
        httpx2.AsyncClient(base_url=url, cookies=cookies, trust_env=False, timeout=120) as bare,
        Client(build(_config(served))) as client,
    ):
        yield bare, client


def measure() -> list[Figure]:
    """Median milliseconds over interleaved rounds."""
    with fake_xo(vms=VMS, task_seconds=TASK_SECONDS) as served:
        snapshots = anyio.run(_snapshots, served, 2)
    with fake_xo(vms=VMS, busy_seconds=BUSY_SECONDS) as served:
        tags = anyio.run(_tagged, served, 3)
    with fake_xo(vms=VMS) as served:
        at_once = anyio.run(_tagged, served, 3)
    return [
        _figure(f"a snapshot of {VMS} VMs (tasks of {TASK_SECONDS * 1000:.0f} ms)", snapshots, most=GOAL),
        _figure(f"a tag for {VMS} VMs ({BUSY_SECONDS * 1000} ms of XO each)", tags, most=GOAL),
        _figure(f"a tag for {VMS} VMs (an XO that takes no time)", at_once),
    ]


def _figure(what: str, found: Mapping[str, float], most: float | None = None) -> Figure:
    return Figure(
        what=f"run_on_many, {what}",
        value=found["ours"],
        base=found["bare"],
        reference=f"the bare requests, {AT_ONCE} at once",
        unit="ms",
        most=most,
    )
