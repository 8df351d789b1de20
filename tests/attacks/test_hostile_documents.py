"""An XO whose description of itself is no such thing: the server starts, and goes on for everybody else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
import xo_mcp
from desk import EVERYTHING
from test_outside_texts import answering
from xo_mcp.api.client import Client, ClientSettings
from xo_mcp.config.config import resolve
from xo_mcp.definitions import load_entries
from xo_mcp.events.hub import EventHub
from xo_mcp.releases.probing import probe
from xo_mcp.server import app
from xo_mcp.session import Session

pytestmark = pytest.mark.anyio
OF_XO = ("actions", "api", "builders", "events", "inventory", "objects", "reads", "releases", "rpc", "transfer")
DOCUMENTS = [
    b"[" * 100_000 + b"]" * 100_000, b'{"paths":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    b"[" + b"0," * 2_000_001 + b"0]", b"[1]", b"1", b"null", b'{"paths": 5}', b'{"paths": {"/x": 5}, "info": []}',
    b"\xff", b"",
]  # fmt: skip


async def test_no_document_keeps_the_server_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with answering() as xo:
        config = resolve({}, {**EVERYTHING, "XO_URL": xo.url, "XO_TOKEN": "x" * 43, "XO_MCP_NO_JSONRPC": "1"})
        for document in DOCUMENTS:
            xo.body = document
            assert await probe(config, load_entries()) is None, document[:40]


async def test_background_work_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app, "AGAIN", 0)
    tried, done = [], anyio.Event()

    async def work(session: Session) -> None:
        del session
        tried.append(1)
        if len(tried) < 3:
            raise RecursionError
        done.set()

    config = resolve({}, {"XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "x" * 43})
    held = app.App(config, work)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(held.run)
        assert isinstance((await held.session()).client, Client)
        with anyio.fail_after(5):
            await done.wait()
        held.stop()


async def test_work_for_events_that_fails_ends_nothing_else():
    async def work() -> None:
        raise RecursionError

    async with Client(ClientSettings(url="http://127.0.0.1:9", token="x" * 43)) as client, EventHub(client) as hub:
        hub.keep(work())
        await anyio.wait_all_tasks_blocked()


def unguarded() -> Iterator[str]:
    """Places where JSON of XO is read by what nesting without end makes fail."""
    root = Path(xo_mcp.__file__).parent
    for path in (path for folder in OF_XO for path in (root / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guarded = {
            id(inner)
            for outer in ast.walk(tree)
            if isinstance(outer, ast.Try) and any("RecursionError" in ast.dump(each) for each in outer.handlers)
            for part in outer.body
            for inner in ast.walk(part)
        }
        for node in ast.walk(tree):
            reads = isinstance(node, ast.Call) and ast.unparse(node.func) == "json.loads" and id(node) not in guarded
            if reads and "read_bytes" not in ast.unparse(node):  # those bytes came with the package
                yield f"{path.relative_to(root)}:{node.lineno}"


def test_json_of_xo_is_read_within_bounds():
    assert list(unguarded()) == []
