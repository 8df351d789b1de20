"""Screens of VMs, through the whole server: as they are, saved, and why there is none."""

import base64
import io
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.rfb import HEIGHT, WIDTH, pixel
from mcp.types import CallToolResult, ImageContent
from PIL import Image

EVERYTHING = {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all", "XO_MCP_CONFIRM": "none"}


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0.05, task_seconds=0.01) as running:
        yield running


def variables(fake: FakeXo, **more: str) -> dict[str, str]:
    return {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, **EVERYTHING, **more}


@pytest.fixture
def desk(fake: FakeXo, tmp_path: Path) -> Iterator[Desk]:
    with Desk(variables(fake, XO_MCP_DOWNLOAD_DIR=str(tmp_path / "files"))) as opened:
        yield opened


def content(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


def text(result: CallToolResult) -> str:
    return " ".join(getattr(part, "text", "") for part in result.content)


def shown(result: CallToolResult) -> Image.Image:
    (picture,) = [part for part in result.content if isinstance(part, ImageContent)]
    return Image.open(io.BytesIO(base64.b64decode(picture.data)))


def test_a_screen_is_shown_as_it_is(fake: FakeXo, desk: Desk):
    machine = fake.find("vms", power_state="Running")
    result = desk.call("get_vm_screenshot", id=machine["id"])
    assert content(result)["name_label"] == machine["name_label"]
    image = shown(result)
    assert image.size == (WIDTH, HEIGHT)
    assert all(image.getpixel((x, y)) == pixel(x, y) for x in range(WIDTH) for y in range(HEIGHT))


def test_a_screen_can_be_saved(fake: FakeXo, desk: Desk):
    machine = fake.find("vms", power_state="Running")["id"]
    saved = content(desk.call("get_vm_screenshot", id=machine, format="file", wake=False))
    with Image.open(saved["path"]) as image:
        assert image.getpixel((5, 7)) == pixel(5, 7)
    assert Path(saved["path"]).stat().st_size == saved["size"]


def test_no_screen_is_explained(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    halted = desk.call("get_vm_screenshot", id=fake.find("vms", power_state="Halted")["id"])
    assert halted.is_error
    assert "Halted" in text(halted)
    assert desk.call("get_vm_screenshot", id="nope").is_error
    running = fake.find("vms", power_state="Running")["id"]
    with Desk(variables(fake) | {"XO_TOKEN": fake.operator_token}) as other:
        refused = other.call("get_vm_screenshot", id=running)
    assert refused.is_error
    assert "administrator" in text(refused)
    monkeypatch.setattr("xo_mcp.rpc.screens.SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fake.options.console = f"127.0.0.1:{silent.getsockname()[1]}"
        hanging = desk.call("get_vm_screenshot", id=running)
    assert hanging.is_error
    assert "no picture within" in text(hanging)


@pytest.mark.skipif(shutil.which("Xtigervnc") is None, reason="tigervnc-standalone-server is not installed")
def test_a_real_vnc_server_is_read(fake: FakeXo, desk: Desk):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "Xtigervnc",
        ":77",
        "-rfbport",
        str(port),
        "-localhost",
        "-SecurityTypes",
        "None",
        "-geometry",
        "320x200",
    ]
    server = subprocess.Popen([*command, "-depth", "24"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        fake.options.console = f"127.0.0.1:{port}"
        image = shown(desk.call("get_vm_screenshot", id=fake.find("vms", power_state="Running")["id"]))
        assert image.size == (320, 200)
        assert image.mode == "RGB"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the VNC server did not start")
