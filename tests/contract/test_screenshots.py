"""Screens of VMs, through the whole server: as they are, saved, and why there is none."""

import base64
import io
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from desk import Desk, text_of, variables
from fake_xo import FakeXo
from fake_xo.jsonrpc.rfb import HEIGHT, WIDTH, pixel
from mcp.types import CallToolResult, ImageContent
from PIL import Image
from rpc_desk import done


def shown(result: CallToolResult) -> Image.Image:
    (picture,) = [part for part in result.content if isinstance(part, ImageContent)]
    return Image.open(io.BytesIO(base64.b64decode(picture.data)))


def test_a_screen_is_shown_as_it_is(own: FakeXo, own_desk: Desk):
    machine = own.find("vms", power_state="Running")
    result = own_desk.call("get_vm_screenshot", id=machine["id"])
    assert done(result)["name_label"] == machine["name_label"]
    image = shown(result)
    assert image.size == (WIDTH, HEIGHT)
    assert all(image.getpixel((x, y)) == pixel(x, y) for x in range(WIDTH) for y in range(HEIGHT))


def test_a_screen_can_be_saved(own: FakeXo, own_desk: Desk):
    machine = own.find("vms", power_state="Running")["id"]
    saved = done(own_desk.call("get_vm_screenshot", id=machine, format="file", wake=False))
    with Image.open(saved["path"]) as image:
        assert image.getpixel((5, 7)) == pixel(5, 7)
    assert Path(saved["path"]).stat().st_size == saved["size"]


def test_no_screen_is_explained(own: FakeXo, own_desk: Desk, monkeypatch: pytest.MonkeyPatch):
    halted = own_desk.call("get_vm_screenshot", id=own.find("vms", power_state="Halted")["id"])
    assert halted.is_error
    assert "Halted" in text_of(halted)
    assert own_desk.call("get_vm_screenshot", id="nope").is_error
    running = own.find("vms", power_state="Running")["id"]
    with Desk(variables(own) | {"XO_TOKEN": own.operator_token}) as other:
        refused = other.call("get_vm_screenshot", id=running)
    assert refused.is_error
    assert "administrator" in text_of(refused)
    monkeypatch.setattr("xo_mcp.rpc.screens.SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        own.options.console = f"127.0.0.1:{silent.getsockname()[1]}"
        hanging = own_desk.call("get_vm_screenshot", id=running)
    assert hanging.is_error
    assert "no picture within" in text_of(hanging)


@pytest.mark.skipif(shutil.which("Xtigervnc") is None, reason="tigervnc-standalone-server is not installed")
def test_a_real_vnc_server_is_read(own: FakeXo, own_desk: Desk):
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
        own.options.console = f"127.0.0.1:{port}"
        image = shown(own_desk.call("get_vm_screenshot", id=own.find("vms", power_state="Running")["id"]))
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
