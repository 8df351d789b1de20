"""What calls of tools cost over bare HTTP requests for the same objects: one, twenty at once, big lists."""

import anyio
import httpx2
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.serve import build

from bench.figures import Figure
from bench.rounds import Timed, compare
from bench.session import Served, fake_xo

GOAL_MS = 2.0
AT_ONCE = 20
SIZES = (60, 600, 2000, 20_000)
BIG = 2000


def _config(served: Served) -> Config:
    return Config(url=served.url, token=served.token, toolsets=("all",), output_budget=1_000_000_000)


def _bare(served: Served) -> httpx2.AsyncClient:
    cookies = {"authenticationToken": served.token}
    return httpx2.AsyncClient(base_url=f"{served.url}/rest/v0", cookies=cookies, trust_env=False, timeout=120)


def _at_once(call: Timed) -> Timed:
    async def together() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(call)

    return together


async def _single(served: Served, rounds: int) -> list[Figure]:
    async with _bare(served) as bare, Client(build(_config(served))) as client:
        vm_id = (await bare.get("/vms", params={"fields": "id", "limit": 1})).json()[0]["id"]

        async def ours() -> object:
            return await client.call_tool("get_vm", {"id": vm_id})

        async def theirs() -> object:
            return await bare.get(f"/vms/{vm_id}")

        found = await compare(
            {"ours": ours, "bare": theirs, "ours at once": _at_once(ours), "bare at once": _at_once(theirs)}, rounds
        )
    return [
        Figure(
            what="get_vm", value=found["ours"], base=found["bare"], reference="a bare httpx2 request", unit="ms",
            most=GOAL_MS, added=True,
        ),
        Figure(
            what=f"{AT_ONCE} calls of get_vm at once", value=found["ours at once"], base=found["bare at once"],
            reference=f"{AT_ONCE} bare requests at once", unit="ms",
        ),
    ]  # fmt: skip


async def _lists(served: Served, vms: int, rounds: int) -> dict[str, float]:
    async with _bare(served) as bare, Client(build(_config(served))) as client:

        async def whole() -> object:
            return await client.call_tool("list_vms", {"fields": "*", "limit": vms})

        async def whole_bare() -> object:
            return (await bare.get("/vms", params={"fields": "*"})).json()

        async def usual() -> object:
            return await client.call_tool("list_vms", {})

        async def usual_bare() -> object:
            return (await bare.get("/vms", params={"fields": "id,name_label,power_state", "limit": 51})).json()

        return await compare(
            {"whole": whole, "whole bare": whole_bare, "usual": usual, "usual bare": usual_bare}, rounds
        )


def _list_figures(vms: int, rounds: int) -> list[Figure]:
    with fake_xo(vms=vms) as served:
        found = anyio.run(_lists, served, vms, rounds)
    bare = "a bare request, parsed"
    return [
        Figure(
            what=f"list_vms, all fields of {vms:,} VMs", value=found["whole"], base=found["whole bare"],
            reference=bare, unit="ms",
        ),
        Figure(
            what=f"list_vms as usual, {vms:,} VMs there", value=found["usual"], base=found["usual bare"],
            reference=bare, unit="ms",
        ),
    ]  # fmt: skip


def measure(rounds: int = 200) -> list[Figure]:
    """Median milliseconds over interleaved rounds."""
    with fake_xo(vms=BIG) as served:
        found = anyio.run(_single, served, rounds)
    return found + [figure for vms in SIZES for figure in _list_figures(vms, 3 if vms > BIG else 7)]
