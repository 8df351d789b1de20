"""One request keeps nobody else waiting: arguments as large as a request may be, for each tool, and what is beside."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
from desk import ENTRIES, EVERYTHING
from fake_xo.server import FakeXo
from listener import Served
from wire import headers, http_server, processor_seconds, request

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads what a process took from /proc"),
]
ROOM = 1_000_000
"""Bytes: nearly what a request may have (`--max-request-size`)."""
MOST = 1.0
"""Seconds of the processor that one request may take. Everybody else waits as long."""
UNDER_LIMIT = 15_000
HOSTILE = {
    "quotes": lambda size: '\\"' * (size // 4),
    "brackets": lambda size: "(" * size,
    "slashes": lambda size: "/\\/" * (size // 4),
    "words": lambda size: "a-1 " * (size // 4),
    "URLs": lambda size: "a://:" * (size // 5),
    "wrong items": lambda size: [{}] * (size // 4),
    "numbers": lambda size: [0] * (size // 3),
    "JSON": lambda size: "[" + "0," * (size // 2) + "0]",
    "names": lambda size: {f"k{n}": 0 for n in range(size // 12)},
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with FakeXo(vms=5, lag=0) as xo:
        settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING}
        with http_server(settings, "--rate-limit", "0") as server:
            warm_up(server, "list_vms", {})
            yield server


def warm_up(served: Served, name: str, arguments: dict[str, Any]) -> None:
    """The first call loads most of the library, once."""
    message = request("tools/call", name=name, arguments=arguments)
    httpx2.post(served.url, json=message, headers=headers("tools/call", name), timeout=60).raise_for_status()


async def cost(http: httpx2.AsyncClient, served: Served, method: str, **parameters: Any) -> float:
    """Seconds of the processor that a request takes; the server must answer it, and be well meanwhile."""
    began = processor_seconds(served.pid)
    message = json.dumps(request(method, **parameters))
    named = parameters.get("name") if len(str(parameters.get("name", ""))) < 100 else None
    well: list[bool] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_ask_how_it_is, http, served, well)
        answer = await http.post(served.url, content=message, headers=headers(method, named))
        assert answer.status_code < 500
        assert "fault in this server" not in answer.text
    assert well == [True]
    return processor_seconds(served.pid) - began


async def _ask_how_it_is(http: httpx2.AsyncClient, served: Served, well: list[bool]) -> None:
    """Ask meanwhile; how long it waits is measured in processor time, which no other program changes."""
    well.append((await http.get(f"{served.base}/health")).status_code == 200)


def tried() -> Iterator[tuple[str, str, Any]]:
    """Tool, argument and value: every argument of every tool, those that are alike in several tools once."""
    known: set[str] = set()
    for entry in ENTRIES.values():
        properties = entry.schema["properties"]
        fresh = {name: schema for name, schema in properties.items() if _key(name, schema) not in known}
        known |= {_key(name, schema) for name, schema in fresh.items()}
        for name, schema in (fresh or dict(list(properties.items())[:1])).items():
            for value in values_for(name, schema, len(known)):
                yield entry.name, name, value


def _key(name: str, schema: dict[str, Any]) -> str:
    return json.dumps([name, {key: value for key, value in schema.items() if key != "description"}])


def values_for(name: str, schema: dict[str, Any], number: int) -> Iterator[Any]:
    """What is tried for an argument: everything where it is read closely, else one of everything in turn."""
    kinds = list(HOSTILE.values())
    thorough = name in {"filter", "sql", "query"}
    sizes = (ROOM, UNDER_LIMIT) if thorough else (ROOM if number % 2 else UNDER_LIMIT,)
    kind = schema.get("type")
    fitting = kinds[5:7] if kind == "array" else [kinds[8]] if kind == "object" else kinds
    for size in sizes:
        yield from (make(size) for make in (kinds if thorough else [fitting[number % len(fitting)]]))


async def test_no_argument_of_any_tool_takes_long(served: Served):
    slow = {}
    async with httpx2.AsyncClient(timeout=60, headers={"Content-Type": "application/json"}) as http:
        for tool, argument, value in tried():
            plain = dict.fromkeys(ENTRIES[tool].schema.get("required", ()), "x")
            took = await cost(http, served, "tools/call", name=tool, arguments={**plain, argument: value})
            if took > MOST:
                slow[f"{tool}.{argument}", str(value)[:20]] = took
    assert slow == {}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_what_stands_beside_arguments_takes_no_longer(served: Served, kind: str):
    value = HOSTILE[kind](ROOM)
    text = value if isinstance(value, str) else json.dumps(value)
    async with httpx2.AsyncClient(timeout=60, headers={"Content-Type": "application/json"}) as http:
        for method, parameters in (
            ("tools/call", {"name": text, "arguments": {}}),
            ("tools/call", {"name": "list_vms", "arguments": value if isinstance(value, dict) else {text: 1}}),
            ("prompts/get", {"name": text, "arguments": {}}),
            ("prompts/get", {"name": "health_check", "arguments": {"pool": text}}),
            ("resources/read", {"uri": f"xo://vms/{text}"}),
            ("resources/read", {"uri": text}),
            (text[:1000].strip(), {}),
        ):
            assert await cost(http, served, method, **parameters) < MOST, method


@pytest.mark.parametrize("kind", HOSTILE)
async def test_the_search_surface_takes_no_longer(kind: str):
    value = HOSTILE[kind]
    with FakeXo(vms=5, lag=0) as xo:
        settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING, "XO_MCP_SURFACE": "search"}
        with http_server(settings, "--rate-limit", "0") as served:
            warm_up(served, "search_tools", {"query": "start a VM"})
            async with httpx2.AsyncClient(timeout=60, headers={"Content-Type": "application/json"}) as http:
                for size in (ROOM, 900):
                    for name, arguments in (
                        ("search_tools", {"query": value(size)}),
                        ("describe_tools", {"names": [value(size)]}),
                        ("call_tool_read", {"name": value(size)}),
                        ("call_tool_write", {"name": "create_vm", "arguments": {"vdis": value(size)}}),
                    ):
                        assert await cost(http, served, "tools/call", name=name, arguments=arguments) < MOST, name
