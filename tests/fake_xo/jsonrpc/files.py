"""Files that XO holds ready at addresses for one use: no login, and its web page the second time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from fake_xo.identity import Identity

PAGE = "<!doctype html><html><head><title>Xen Orchestra</title></head><body><div id=xo-app></div></body></html>"


@dataclass(frozen=True)
class Ready:
    """A file; without content, XO drops the connection or fails."""

    content: bytes
    media_type: str = "application/octet-stream"
    fails: bool = False


class Files:
    """The addresses that are good for one use."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._ready: dict[str, Ready] = {}
        self.taken: dict[str, bytes] = {}

    def offer(self, file: Ready, name: str = "") -> str:
        """An address for a file, `$getFrom`."""
        secret = (self._identity.fresh("file") + self._identity.fresh("more")).replace("-", "")[:43]
        address = f"/api/{secret}" + (f"/{name}" if name else "")
        self._ready[address] = file
        return address

    def answer(self, address: str) -> Response:
        """What a GET of an address answers: the file once, then XO's page, as for any other path here."""
        file = self._ready.pop(address, None)
        if file is None:
            return HTMLResponse(PAGE)
        if file.fails:
            return PlainTextResponse("unknown error", 500)

        async def parts() -> AsyncIterator[bytes]:
            yield file.content

        # Chunked, without a length, as XO sends it.
        return StreamingResponse(parts(), media_type=file.media_type)
