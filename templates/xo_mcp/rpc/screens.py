"""A picture of a VM's screen, through XO's console."""

from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
from websockets.exceptions import ConnectionClosed

from xo_mcp.answer import Answer, Image, Link
from xo_mcp.errors import ArgumentError, Conflict, Forbidden, Unreachable
from xo_mcp.objects.finding import read
from xo_mcp.objects.kinds import kind
from xo_mcp.rpc.rfb import SHIFT, Picture, Receive, RfbError, Viewer
from xo_mcp.text import one_line
from xo_mcp.transfer.folders import download_folder
from xo_mcp.transfer.saving import save_bytes

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from xo_mcp.api.client import Client
    from xo_mcp.config.config import Config
    from xo_mcp.types import Json

SECONDS: Final = 10.0
"""Until a console is given up; a whole screen took 0.13 s on XO 6.7.1."""
WAKES: Final = 0.5
"""Seconds that a sleeping screen gets after a key."""
AT_ONCE: Final = 2
"""Pictures that are taken at the same time: one may need 200 MiB."""
MOST: Final = 3_000_000
"""Bytes of a picture that is shown; a larger one is made smaller, by halves. A file has it whole."""
VMS: Final = kind("vms")
CONTROLLERS: Final = kind("vm-controllers")
MISSING: Final = (
    "Pictures of screens need Pillow, which is not installed with this server. Its operator can add it with "
    "`pip install 'xen-orchestra-mcp[screens]'`."
)

_turns: Final = anyio.CapacityLimiter(AT_ONCE)


async def screenshot(
    client: "Client",
    config: "Config",
    machine: str,
    *,
    wake: bool = True,
    format: str = "image",  # noqa: A002 - the tool's own argument
) -> Answer:
    """Look at the screen of a running VM.

    Args:
        client: Of the XO.
        config: The operator's decisions.
        machine: The id of a VM or of a host's control domain.
        wake: Press the shift key first, because a guest's screen may sleep.
        format: `image` shows the picture, `file` saves it in the download folder.

    Raises:
        ArgumentError: Pillow or the download folder is missing.
        NotFound: There is no such machine; Conflict: it does not run; Forbidden: no right to its console.
        Unreachable: Its console does not answer.
    """
    try:
        import_module("PIL.Image")
    except ImportError as error:
        raise ArgumentError(MISSING) from error
    if format == "file":
        await anyio.to_thread.run_sync(download_folder, config.download_dir)
    name = await _running(client, machine)
    async with _turns:
        picture = await _look(client, machine, wake=wake)
        png, halved = await anyio.to_thread.run_sync(_png, picture, MOST if format != "file" else None)
    data: dict[str, Json] = {"id": machine, "name_label": name, "width": picture.width, "height": picture.height}
    note = "A screen can show secrets: tell only what was asked for."
    if format != "file":
        smaller = (f"The picture is 1/{2**halved} as wide and high as the screen.",) if halved else ()
        return Answer({**data, "size": len(png)}, (note, *smaller), images=(Image(png),))
    path = await save_bytes(config.download_dir, f"screen-{machine}.png", png, extension=".png")
    link = Link(uri=path.as_uri(), name=path.name, size=len(png), media_type="image/png")
    return Answer({**data, "path": str(path), "size": len(png)}, (note,), links=(link,))


async def _running(client: "Client", machine: str) -> str:
    """The name of a machine that runs: of any other, XO closes the connection without a word."""
    try:
        found = await read(client, VMS, machine, "power_state", "name_label")
    except ArgumentError:
        found = await read(client, CONTROLLERS, machine, "power_state", "name_label")
    state = str(found.get("power_state") or "Running")
    if state != "Running":
        raise Conflict(
            409, "incorrect_state", f"The VM is {one_line(state, 40)}, so it has no screen.", "Start it (start_vm)."
        )
    return str(found.get("name_label") or "")


async def _look(client: "Client", machine: str, *, wake: bool) -> Picture:
    opened = False
    try:
        with anyio.fail_after(SECONDS):
            async with client.jsonrpc.console(machine) as socket:
                opened = True
                viewer = Viewer(_receiver(socket), socket.send)
                width, height = await viewer.greet()
                if wake:
                    await viewer.press(SHIFT)
                    await anyio.sleep(WAKES)
                return await viewer.picture(width, height)
    except RfbError as error:
        raise Unreachable(f"The console of this VM can't be read: {error}.") from error
    except TimeoutError as error:
        raise Unreachable(
            f"The console of this VM showed no picture within {SECONDS:g} s: it hangs, or XO can't reach its host."
        ) from error
    except Unreachable as error:
        if opened:
            raise
        raise Forbidden(
            403,
            "no_console",
            "XO refused access to the console of this VM.",
            "That takes an XO administrator, or an old ACL (operator or admin) on the VM; and a VM with a VNC console, "
            "and a proxy before XO that lets WebSockets through.",
        ) from error


def _receiver(socket: "ClientConnection") -> Receive:
    async def receive() -> bytes:
        try:
            data = await socket.recv()
        except ConnectionClosed as error:
            raise RfbError("the connection was closed") from error
        return data if isinstance(data, bytes) else data.encode("latin-1", errors="replace")

    return receive


def _png(picture: Picture, most: int | None) -> tuple[bytes, int]:
    """The picture as PNG of at most so many bytes, and how often it was halved for that."""
    drawing = import_module("PIL.Image")
    image = drawing.frombytes("RGB", (picture.width, picture.height), picture.pixels, "raw", "BGRX")
    halved = 0
    while True:
        file = BytesIO()
        image.save(file, "PNG")
        if most is None or file.tell() <= most:
            return file.getvalue(), halved
        image, halved = image.reduce(2), halved + 1
