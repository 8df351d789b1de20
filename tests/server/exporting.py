"""What tests of exports share: one export, and servers that send it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from transfer_server import Wire
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.transfer.download import download
from xo_mcp.types import Call

UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"
ROUTE = "/vms/{id}.{format}"
PATH = {"id": UUID, "format": "xva"}
MIB = 1 << 20
OCTETS = "application/octet-stream"


async def export(client: Client, folder: Path, **changes: Any) -> Answer:
    """Export one VM."""
    return await download(client, folder, Call("GET", ROUTE, PATH, changes.pop("query", {})), **changes)


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def sends(*pieces: bytes) -> Callable[[Wire], Awaitable[None]]:
    """A server that sends an export in these pieces."""

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        await wire.chunks(*pieces)

    return handler


async def sends_nothing(wire: Wire) -> None:
    """Send an export without a byte."""
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks()
