"""What calls of tools cost over the floor: an empty call of a server with one tool, and the bare HTTP request.

Servers are processes of their own, spoken to over stdio; what they answer is not parsed, which is a client's work.
"""

import json
from collections.abc import Callable

import anyio
import httpx2
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.serve import build

from bench.figures import Figure
from bench.rounds import Timed, compare, taking_turns
from bench.session import Served, fake_xo
from bench.spoken import ONE_TOOL, OURS, Spoken, script, speaking

GOALS = {"ping": 1.10, "get_vm": 1.2, "list_vms": 1.35}
WHOLE_GOAL = 2
VMS = 50
FIELDS = "name_label,power_state,CPUs,memory,mainIpAddress,tags,$container,uuid"
AT_ONCE = 20
SIZES = (2000, 20_000)
BIG = 2000


def _floor(rounds: int) -> list[Figure]:
    with (
        fake_xo(vms=2 * VMS) as xo,
        speaking(script(ONE_TOOL)) as one,
        speaking(OURS, XO_URL=xo.url, XO_TOKEN=xo.token, XO_MCP_OUTPUT_BUDGET="1000000000") as ours,
        _bare(xo) as bare,
    ):
        one.hello()
        ours.hello()
        vm = bare.get("/vms", params={"fields": "id", "limit": 1}).json()[0]["id"]
        asked: dict[str, tuple[str, dict[str, object], str, dict[str, object]]] = {
            "ping": ("ping", {}, "/ping", {}),
            "get_vm": ("get_vm", {"id": vm}, f"/vms/{vm}", {}),
            "list_vms": (
                "list_vms", {"fields": FIELDS, "limit": VMS}, "/vms", {"fields": f"id,{FIELDS}", "limit": VMS + 1},
            ),
        }  # fmt: skip
        calls: dict[str, Callable[[], object]] = {"empty": _calling(one, "ping", {})}
        for name, (tool, arguments, route, query) in asked.items():
            calls[name] = _calling(ours, tool, arguments)
            calls[f"bare {name}"] = _requesting(bare, route, query)
        found = taking_turns(calls, rounds)
    shown = {"list_vms": f"list_vms, {VMS} VMs, {FIELDS.count(',') + 1} fields"}
    return [
        Figure(
            what=shown.get(name, name), value=found[name], base=found["empty"] + found[f"bare {name}"],
            reference="an empty call and the bare request", unit="ms", most=goal,
        )
        for name, goal in GOALS.items()
    ]  # fmt: skip


def _calling(server: Spoken, tool: str, arguments: dict[str, object]) -> Callable[[], object]:
    def call() -> object:
        line = server.line("tools/call", name=tool, arguments=arguments)
        assert b'"isError":false' in line, line[:500]
        return line

    return call


def _requesting(bare: httpx2.Client, route: str, query: dict[str, object]) -> Callable[[], object]:
    return lambda: json.loads(bare.get(route, params=query).content)


def _bare(served: Served) -> httpx2.Client:
    cookies = {"authenticationToken": served.token}
    return httpx2.Client(base_url=f"{served.url}/rest/v0", cookies=cookies, trust_env=False, timeout=120)


def _whole(vms: int, rounds: int) -> Figure:
    with (
        fake_xo(vms=vms) as xo,
        speaking(OURS, XO_URL=xo.url, XO_TOKEN=xo.token, XO_MCP_OUTPUT_BUDGET="1000000000") as ours,
        _bare(xo) as bare,
    ):
        ours.hello()
        calls = {
            "ours": _calling(ours, "list_vms", {"fields": "*", "limit": vms}),
            "bare": _requesting(bare, "/vms", {"fields": "*"}),
        }
        found = taking_turns(calls, rounds)
    return Figure(
        what=f"list_vms, all fields of {vms:,} VMs", value=found["ours"], base=found["bare"],
        reference="the bare request, parsed", unit="ms", most=WHOLE_GOAL,
    )  # fmt: skip


def _at_once(call: Timed) -> Timed:
    async def together() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(call)

    return together


async def _together(served: Served, rounds: int) -> Figure:
    config = Config(url=served.url, token=served.token, toolsets=("all",), output_budget=1_000_000_000)
    cookies = {"authenticationToken": served.token}
    bare = httpx2.AsyncClient(base_url=f"{served.url}/rest/v0", cookies=cookies, trust_env=False, timeout=120)
    async with bare, Client(build(config)) as client:
        vm_id = (await bare.get("/vms", params={"fields": "id", "limit": 1})).json()[0]["id"]

        async def ours() -> object:
            return await client.call_tool("get_vm", {"id": vm_id})

        async def theirs() -> object:
            return await bare.get(f"/vms/{vm_id}")

        found = await compare({"ours": _at_once(ours), "bare": _at_once(theirs)}, rounds)
    return Figure(
        what=f"{AT_ONCE} calls of get_vm at once", value=found["ours"], base=found["bare"],
        reference=f"{AT_ONCE} bare requests at once", unit="ms",
    )  # fmt: skip


def measure(rounds: int = 200) -> list[Figure]:
    """Median milliseconds over rounds that take turns."""
    figures = _floor(rounds)
    with fake_xo(vms=BIG) as served:
        figures.append(anyio.run(_together, served, rounds // 4))
    return figures + [_whole(vms, 5 if vms > BIG else 15) for vms in SIZES]
