"""What `run_on_many` costs over the bare requests that it makes, the same number at once."""

from collections.abc import Awaitable, Callable
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


async def _compared(served: Served, rounds: int) -> dict[str, float]:
    cookies = {"authenticationToken": served.token}
    url = f"{served.url}/rest/v0"
    names = count()

    async def tag(bare: httpx2.AsyncClient, vm: str) -> None:
        (await bare.put(f"/vms/{vm}/tags/bare-{next(names)}")).raise_for_status()

    async with (
        httpx2.AsyncClient(base_url=url, cookies=cookies, trust_env=False, timeout=120) as bare,
        Client(build(_config(served))) as client,
    ):
        return await compare(
            {
                "tag": lambda: _ours(client, "add_vm_tag", tag=f"ours-{next(names)}"),
                "tag bare": _bare(bare, tag),
                "snapshot": lambda: _ours(client, "snapshot_vm"),
                "snapshot bare": _bare(bare, _snapshot),
            },
            rounds,
        )


def measure() -> list[Figure]:
    """Median milliseconds over interleaved rounds."""
    with fake_xo(vms=VMS, task_seconds=TASK_SECONDS) as served:
        found = anyio.run(_compared, served, 3)
    bare = f"the bare requests, {AT_ONCE} at once"
    tasks = f"tasks of {TASK_SECONDS * 1000:.0f} ms"
    return [
        Figure(
            what=f"run_on_many, a snapshot of {VMS} VMs ({tasks})", value=found["snapshot"],
            base=found["snapshot bare"], reference=bare, unit="ms", most=GOAL,
        ),
        Figure(
            what=f"run_on_many, a tag for {VMS} VMs (answered at once)", value=found["tag"], base=found["tag bare"],
            reference=bare, unit="ms",
        ),
    ]  # fmt: skip
