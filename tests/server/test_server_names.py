"""What the server is called, what it looks like in menus, and that its list follows an XO that is upgraded."""

import base64
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import anyio
import pytest
from fake_xo.server import FakeXo
from mcp import Client
from mcp.types import ToolListChangedNotification
from newest import SPECS
from serving import ERAS, over_stdio, variables
from xo_mcp.config.config import resolve
from xo_mcp.server import views
from xo_mcp.server.serve import build

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("given", "name", "title"), [("", "xen-orchestra", "Xen Orchestra"), ("lab\n1", "lab 1", "lab 1")]
)
async def test_the_operator_names_it(era: str, given: str, name: str, title: str):
    async with Client(
        build(resolve({}, {"XO_URL": "http://127.0.0.1:9", "XO_MCP_SERVER_NAME": given})), mode=era
    ) as client:
        said = client.server_info
        assert said is not None
        assert (said.name, said.title) == (name, title)
        assert said.website_url == "https://xen-orchestra.com"
        # It goes out with every answer of the stateless protocol.
        assert said.icons is None


async def test_icons_of_prompts_and_guides_need_no_request():
    async with Client(build(resolve({}, {"XO_URL": "http://127.0.0.1:9"}))) as client:
        shown: list[Any] = [*(await client.list_prompts()).prompts, *(await client.list_resources()).resources]
    for each in shown:
        (icon,) = each.icons
        head, _, content = icon.src.partition(",")
        assert head == "data:image/svg+xml;base64"
        picture = ET.fromstring(base64.b64decode(content))  # noqa: S314 - our own
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"href" not in base64.b64decode(content)
        assert len(icon.src) < 400


async def test_an_upgrade_of_xo_changes_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(views, "EVERY", 0.1)
    reported = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            reported.set()

    async def names() -> set[str]:
        return {tool.name for tool in (await client.list_tools()).tools}

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with FakeXo(vms=1, port=port, spec=SPECS / "xo-6.1.2.json") as old:
        config = resolve({"xo_release": "auto"}, variables(old))
        server = await anyio.to_thread.run_sync(build, config)
        client = Client(server, mode="legacy", message_handler=hear)
        await client.__aenter__()
        assert "list_acl_roles" not in await names()
        await client.call_tool("list_vms", {"limit": 1})
    try:
        with FakeXo(vms=1, port=port), anyio.fail_after(30):
            while "list_acl_roles" not in await names():  # noqa: ASYNC110 - notified or not, the list must follow
                await anyio.sleep(0.05)
            await reported.wait()
    finally:
        await client.__aexit__(None, None, None)


@pytest.mark.parametrize(("release", "follows"), [("auto", True), ("", False)])
async def test_a_list_that_may_change_is_announced_as_such(package: Path, release: str, follows: bool):
    own = {"XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "x", "XO_MCP_HIDE_FORBIDDEN": "0", "XO_MCP_XO_RELEASE": release}
    async with over_stdio(package, own) as client:
        assert client.server_capabilities.tools is not None
        assert bool(client.server_capabilities.tools.list_changed) is follows


def test_a_start_imports_nothing_that_only_some_calls_need():
    """A start costs what that of a server with one tool does; what is asked for later is imported then."""
    late = (
        "xo_mcp.server.watching", "xo_mcp.server.subscribing", "xo_mcp.server.completions", "xo_mcp.server.resources",
        "xo_mcp.server.prompts", "xo_mcp.inventory.together", "xo_mcp.program.clients", "xo_mcp.telemetry.metrics",
        "redis", "prometheus_client", "opentelemetry.sdk", "tomlkit", "ruamel.yaml", "tomllib", "sqlite3",
    )  # fmt: skip
    program = (
        "import sys\nimport anyio\nfrom xo_mcp.config.config import resolve\nfrom xo_mcp.server.serve import build\n"
        "server = build(resolve({}, {'XO_URL': 'http://127.0.0.1:9', 'XO_TOKEN': 'x'}))\n"
        "assert anyio.run(server.list_tools)\n"
        f"print([name for name in {late!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
