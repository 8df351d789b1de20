"""Files that XO holds ready at addresses for one use: no login, and its web page the second time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
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
        self._awaited: set[str] = set()
        self.taken: dict[str, bytes] = {}

    def offer(self, file: Ready, name: str = "") -> str:
        """An address for a file, `$getFrom`."""
        secret = (self._identity.fresh("file") + self._identity.fresh("more")).replace("-", "")[:43]
        address = f"/api/{secret}" + (f"/{name}" if name else "")
        self._ready[address] = file
        return address

    def expect(self) -> str:
        """An address that takes a file, `$sendTo`."""
        address = self.offer(Ready(b""))
        del self._ready[address]
        self._awaited.add(address)
        return address

    async def respond(self, request: Request) -> Response:
        """Hand a file over, or take one."""
        return await self.take(request) if request.method == "POST" else self.answer(request.url.path)

    async def take(self, request: Request) -> Response:
        """What sending a file to an address answers: its page, unless it waits for one; of a form, the body is lost."""
        address = request.url.path
        if address not in self._awaited:
            return HTMLResponse(PAGE)
        self._awaited.discard(address)
        if "form" in request.headers.get("content-type", ""):
            return PlainTextResponse("unknown error", 500)
        self.taken[address] = await request.body()
        return PlainTextResponse("config successfully imported")

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
