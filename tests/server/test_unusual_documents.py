"""Tools of other APIs than XO's send what those want: built from tests/hazards, run as a process, seen on the wire."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from mcp import Client
from serving import over_stdio
from small_xo import SmallXo, small_xo

from generator.model.builder import build_model
from generator.model.overrides import Overrides
from generator.rendering.output import build
from generator.specs.specs import load_document

HAZARDS = Path(__file__).resolve().parents[1] / "hazards"
pytestmark = pytest.mark.anyio


class Api:
    """A server built from one hazard, its client, and what it asked."""

    def __init__(self, client: Client, asked: SmallXo, tools: dict[str, str]) -> None:
        self._client, self._asked, self._tools = client, asked, tools

    async def send(self, operation: str, **arguments: Any) -> Any:
        """Call the tool of an operation; answers the request it made."""
        self._asked.seen.clear()
        answer = await self._client.call_tool(self._tools[operation], arguments)
        assert not answer.is_error, answer
        # Whether XO lets AI in at all is asked beside the call.
        return next(asked for asked in self._asked.seen if asked.path != "/mcp/status")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unusual")
    hazards = ("typed-path-parameters", "refused-names", "sent-bodies")
    build(build_model([load_document(HAZARDS / f"{name}.yaml") for name in hazards], Overrides()), folder)
    return folder


@pytest.fixture
async def api(package: Path, tmp_path: Path) -> AsyncIterator[Api]:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    definitions = [json.loads(path.read_text()) for path in (package / "xo_mcp/definitions").glob("*.json")]
    every = [each["tool"] for one in definitions for each in one["tools"]]
    tools = {tool["_meta"]["xo"]["operation"]: tool["name"] for tool in every}
    settings = {
        "XO_MCP_UPLOAD_DIR": str(tmp_path),
        "XO_MCP_ALLOW_DENIED": "1",
        "XO_TOKEN": "a-token-of-tests",
        "XO_MCP_ENABLE_ACTIONS": "1",
        "XO_MCP_TOOLSETS": "all",
    }
    async with small_xo() as (asked, _):
        for operation in tools:
            method, _, path = operation.partition(" ")
            asked.on(f"{method} {quote(path, safe='/{}')}", {})
        settings |= {"XO_URL": asked.url, "XO_MCP_CONFIRM": "none", "XO_MCP_HIDE_FORBIDDEN": "0"}
        async with over_stdio(package, settings) as client:
            yield Api(client, asked, tools)


async def test_path_parameters_of_every_type_are_sent(api: Api):
    assert (await api.send("GET /whole/{n}", n=7)).path == "/whole/7"
    assert (await api.send("GET /part/{n}", n=1.5)).path == "/part/1.5"
    assert (await api.send("GET /flag/{f}", f=True)).path == "/flag/true"
    assert (await api.send("GET /list/{ids}/end", ids=[1, 2])).path == "/list/1,2/end"
    assert (await api.send("GET /any/{x}", x="abc")).path == "/any/abc"
    assert (await api.send("GET /größe/{n}", n="a")).path == "/größe/a"
    assert (await api.send("GET /sp ace/{a}", a="a b")).path == "/sp ace/a b"
    assert (await api.send("GET /two/{a}{b}", a="x", b="y")).path == "/two/xy"


async def test_names_that_clients_refuse_are_sent_as_the_api_calls_them(api: Api):
    disks = [{"size": 1, "by_key": {"k": {"a_b": "plain", "a_b_2": "slash"}}}, {"size": 2}]
    asked = await api.send(
        "POST /things", filter="f", filter_name="n", uids=["1", "2"], a_b="x", grosse=3,
        first_name="one", body_first_name="other", disks=disks,
    )  # fmt: skip
    assert asked.query == {
        "$filter": ["f"], "filter[name]": ["n"], "uids[]": ["1", "2"], "a b": ["x"], "größe": ["3"],
    }  # fmt: skip
    assert asked.body["first name"] == "one"
    assert asked.body["first_name"] == "other"
    assert asked.body["disks"][0] == {"$size": 1, "by key": {"k": {"a_b": "plain", "a/b": "slash"}}}
    assert asked.body["disks"][1] == {"$size": 2}


async def test_a_body_goes_out_as_the_media_type_that_the_document_names(api: Api):
    sent = {
        "PATCH /merged": "application/merge-patch+json",
        "POST /versioned": "application/vnd.api+json; version=1",
        "POST /dialects": "application/json",
        "POST /whatever": "application/json",
        "POST /injected": "application/json",
        "GET /searched": "application/json",
    }
    for operation, kind in sent.items():
        asked = await api.send(operation, a="x")
        assert (asked.content_type, asked.body) == (kind, {"a": "x"})
    assert (await api.send("PUT /picture", file="a.png")).content_type == "image/png"
    with pytest.raises(KeyError):
        await api.send("POST /parts", a="x")


async def test_arguments_called_like_those_the_server_adds_are_the_apis(api: Api):
    asked = await api.send(
        "DELETE /ours/{id}", id="50% é", query_confirm_token="t", query_instance="i", reserved="a/b?c&d=%20"
    )
    assert asked.path == "/ours/50% é"
    assert asked.query == {"confirm_token": ["t"], "instance": ["i"], "reserved": ["a/b?c&d=%20"]}
