"""The operator's files that are not files: a pipe or a device keeps its reader waiting for ever."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import client_of
from fake_xo.server import FakeXo
from xo_mcp.api.access import check_access
from xo_mcp.config.config import require_files, resolve
from xo_mcp.errors import ConfigError
from xo_mcp.program.cli import main
from xo_mcp.safety.audit import AuditLog
from xo_mcp.server.serve import build
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="has no such files")]
FILES = (
    "XO_TOKEN_FILE", "XO_CA_FILE", "XO_MCP_AUTH_TOKEN_FILE", "XO_MCP_OAUTH_IDENTITIES", "XO_MCP_CONFIRM_KEY_FILE",
    "XO_MCP_INSTANCES", "XO_MCP_AUDIT_LOG",
)  # fmt: skip
KINDS: dict[str, Any] = {"pipe": os.mkfifo, "folder": Path.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=1, lag=0) as fake:
        yield fake


@pytest.mark.parametrize("variable", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_regular_file_stops_the_start(xo: FakeXo, tmp_path: Path, variable: str, kind: str):
    file = tmp_path / "file"
    KINDS[kind](file)
    settings = {"XO_URL": xo.url.replace("http:", "https:"), "XO_MCP_TRANSPORT": "http", variable: str(file)}
    config = resolve({}, settings if variable == "XO_TOKEN_FILE" else {**settings, "XO_TOKEN": "x" * 20})

    def start() -> None:
        require_files(config)
        check_access(config)
        build(config)

    with pytest.raises(ConfigError) as caught:
        start()
    assert variable in str(caught.value) or "--audit-log" in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_file_that_becomes_something_else_holds_nobody_up(xo: FakeXo, tmp_path: Path, kind: str):
    file = tmp_path / "token"
    file.write_text(xo.admin_token)
    async with client_of(xo.url, token=None, token_file=file) as client:
        await client.request(Call("GET", "/pools", query={"limit": 1}))
        file.unlink()
        KINDS[kind](file)
        with anyio.fail_after(20):
            await client.request(Call("GET", "/pools", query={"limit": 1}))


def test_an_older_file_of_the_audit_log_that_is_a_pipe_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "audit.log"
    AuditLog(file)
    os.mkfifo(file.with_name("audit.log.1"))
    assert main(["audit", "verify", "--audit-log", str(file)]) == 2
    assert "not a regular file" in capsys.readouterr().err
