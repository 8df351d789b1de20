"""What statements over the inventory cost over the bare requests that they need."""

import anyio
import httpx2
from mcp import Client
from xo_mcp.config.config import Config
from xo_mcp.server.serve import build

from bench.figures import Figure
from bench.rounds import Timed, compare
from bench.session import Served, fake_xo

FEW, MANY = 500, 20_000
GOAL_MS = 40.0
GOAL_MANY = 1.5
GOAL_LOAD = 1.3
AT_ONCE = 8
COLUMNS = "SELECT id, name_label, power_state, memory_size, container FROM vms"
FIELDS = {"/vms": "id,name_label,power_state,memory.size,$container"}
JOIN = """SELECT s.name_label, count(*), sum(d.usage) FROM vms v JOIN vbds b ON b.VM = v.id JOIN vdis d ON d.id = b.VDI
JOIN srs s ON s.id = d.SR WHERE v.power_state = 'Running' GROUP BY s.id"""
JOINED = {"/vms": "id,power_state", "/vbds": "id,VDI,VM", "/vdis": "id,$SR,usage", "/srs": "id,name_label"}
LOAD = "SELECT name_label, cpu_avg, iops_avg FROM vm_load ORDER BY iops_avg DESC LIMIT 10"


def _config(served: Served) -> Config:
    return Config(url=served.url, token=served.token, toolsets=("all",))


def _bare(served: Served) -> httpx2.AsyncClient:
    cookies = {"authenticationToken": served.token}
    return httpx2.AsyncClient(base_url=f"{served.url}/rest/v0", cookies=cookies, trust_env=False, timeout=120)


async def _statement(client: Client, sql: str) -> None:
    result = await client.call_tool("query_inventory", {"sql": sql})
    if result.is_error:
        raise RuntimeError(str(result.content))


def _lists(bare: httpx2.AsyncClient, fields: dict[str, str]) -> Timed:
    """The requests that a statement needs, each answer parsed."""

    async def one(route: str, names: str) -> None:
        (await bare.get(route, params={"fields": names})).json()

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for route, names in fields.items():
                group.start_soon(one, route, names)

    return together


async def _statements(served: Served, rounds: int) -> dict[str, float]:
    async with _bare(served) as bare, Client(build(_config(served))) as client:
        return await compare(
            {
                "columns": lambda: _statement(client, COLUMNS),
                "columns bare": _lists(bare, FIELDS),
                "join": lambda: _statement(client, JOIN),
                "join bare": _lists(bare, JOINED),
            },
            rounds,
        )


async def _load(served: Served, rounds: int) -> tuple[dict[str, float], int]:
    async with _bare(served) as bare, Client(build(_config(served))) as client:
        found = await bare.get("/vms", params={"fields": "id", "filter": "power_state:Running"})
        running = [vm["id"] for vm in found.json()]

        async def requests() -> None:
            limiter = anyio.CapacityLimiter(AT_ONCE)

            async def one(vm: str) -> None:
                async with limiter:
                    (await bare.get(f"/vms/{vm}/stats", params={"granularity": "minutes"})).json()

            async with anyio.create_task_group() as group:
                for vm in running:
                    group.start_soon(one, vm)

        return await compare({"load": lambda: _statement(client, LOAD), "bare": requests}, rounds), len(running)


def measure() -> list[Figure]:
    """Median milliseconds over interleaved rounds."""
    with fake_xo(vms=FEW) as served:
        few = anyio.run(_statements, served, 9)
        load, running = anyio.run(_load, served, 3)
    with fake_xo(vms=MANY) as served:
        many = anyio.run(_statements, served, 3)
    bare = "the bare requests, parsed"
    return [
        Figure(
            what=f"query_inventory, five columns of {FEW:,} VMs", value=few["columns"], base=few["columns bare"],
            reference=bare, unit="ms", most=GOAL_MS, added=True,
        ),
        Figure(
            what=f"query_inventory, VMs, VBDs, VDIs and SRs joined, {FEW:,} VMs", value=few["join"],
            base=few["join bare"], reference=bare, unit="ms",
        ),
        Figure(
            what=f"query_inventory, five columns of {MANY:,} VMs", value=many["columns"], base=many["columns bare"],
            reference=bare, unit="ms", most=GOAL_MANY,
        ),
        Figure(
            what=f"query_inventory, VMs, VBDs, VDIs and SRs joined, {MANY:,} VMs", value=many["join"],
            base=many["join bare"], reference=bare, unit="ms",
        ),
        Figure(
            what=f"query_inventory, load of {running} running VMs", value=load["load"], base=load["bare"],
            reference=f"{running} bare requests, {AT_ONCE} at once", unit="ms", most=GOAL_LOAD,
        ),
    ]  # fmt: skip
