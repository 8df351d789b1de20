"""What a tool call costs over a bare HTTP request for the same object, and lists of a big pool."""

import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
from mcp import Client
from xo_mcp.program.config import Config
from xo_mcp.server.serve import build

from bench.session import Served, fake_xo

GOAL_MS = 2.0


async def _milliseconds(call: Callable[[], Awaitable[Any]]) -> float:
    start = time.perf_counter()
    await call()
    return (time.perf_counter() - start) * 1000


async def _compare(calls: dict[str, Callable[[], Awaitable[Any]]], rounds: int) -> dict[str, float]:
    """Medians of interleaved calls, after a tenth of them for warming up."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + rounds // 10 + 1):
        for name, call in calls.items():
            took = await _milliseconds(call)
            if number > rounds // 10:
                found[name].append(took)
    return {name: statistics.median(values) for name, values in found.items()}


async def _measure(served: Served, rounds: int) -> dict[str, float]:
    config = Config(url=served.url, token=served.token, toolsets=("all",), output_budget=10_000_000)
    cookies = {"authenticationToken": served.token}
    async with (
        httpx2.AsyncClient(base_url=f"{served.url}/rest/v0", cookies=cookies, trust_env=False) as bare,
        Client(build(config)) as client,
    ):
        vm_id = (await bare.get("/vms", params={"fields": "id", "limit": 1})).json()[0]["id"]
        everything = {"fields": "*", "limit": 10_000}

        async def twenty() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(lambda: client.call_tool("get_vm", {"id": vm_id}))

        async def twenty_bare() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(lambda: bare.get(f"/vms/{vm_id}"))

        one = await _compare(
            {
                "get_vm bare": lambda: bare.get(f"/vms/{vm_id}"),
                "get_vm": lambda: client.call_tool("get_vm", {"id": vm_id}),
                "20 at once bare": twenty_bare,
                "20 at once": twenty,
            },
            rounds,
        )
        big = await _compare(
            {
                "2,000 VMs bare": lambda: bare.get("/vms", params={"fields": "*"}, timeout=60),
                "2,000 VMs": lambda: client.call_tool("list_vms", everything),
                "2,000 VMs, 50 shown": lambda: client.call_tool("list_vms", {}),
            },
            max(3, rounds // 40),
        )
    return {**one, **big}


def measure(rounds: int = 200) -> dict[str, float]:
    """Median milliseconds by name; `<name> bare` is the same request with httpx2 alone."""
    with fake_xo(vms=2000) as served:
        return anyio.run(_measure, served, rounds)
