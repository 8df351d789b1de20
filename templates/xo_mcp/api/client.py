"""The HTTP client of one Xen Orchestra: a pool of connections, signed in, careful about repeating requests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import anyio
import anyio.to_thread
import httpx2

from xo_mcp.api import replies
from xo_mcp.api.auth import Credentials
from xo_mcp.api.paths import encode_body, encode_query, fill
from xo_mcp.api.refusals import Refusals, mcp_disabled
from xo_mcp.api.replies import Reply, media_type_of
from xo_mcp.api.retry import RetryPolicy
from xo_mcp.api.sending import Content, Sender, Sending, leave
from xo_mcp.api.settings import ClientSettings, Patience, Timeouts
from xo_mcp.api.transport import exactly
from xo_mcp.api.unreachable import broken_off, no_answer, what_next
from xo_mcp.errors import ArgumentError, NotFound, Unauthorized, Unreachable
from xo_mcp.parsing import LARGE
from xo_mcp.privacy.redaction import Secrets
from xo_mcp.types import Call, Omit

if TYPE_CHECKING:
    from xo_mcp.api.jsonrpc import JsonRpc

__all__ = ["Client", "ClientSettings", "McpStatus", "Reply", "RetryPolicy", "Timeouts"]


@dataclass(frozen=True)
class McpStatus:
    """What XO says about MCP.

    Attributes:
        enabled: Always true: `McpDisabled` is raised otherwise.
        known: Whether this XO has the switch; older releases don't.
    """

    enabled: bool
    known: bool


class Client:
    """A pooled client of one XO; use it as an async context manager.

    Args:
        settings: Which XO, as whom, how patiently.
        retries: How often a call is repeated.
        sleep: Waits some seconds between tries.

    Raises:
        ConfigError: A token or CA file can't be used, or a proxy variable is wrong.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        retries: RetryPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._settings = settings
        self._base = settings.base
        self._secrets = Secrets()
        self._credentials = Credentials(settings, self._secrets)
        self._refusals = Refusals(self._secrets, self._credentials)
        self._sender = Sender(settings, self._credentials, self._refusals, retries or RetryPolicy(), sleep)

    def __repr__(self) -> str:
        return f"<Client of {self._base}>"

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.__aexit__(kind, error, trace)

    @property
    def base(self) -> str:
        """URL of the REST API, ending in `/rest/v0`."""
        return str(self._base)

    @property
    def url_setting(self) -> str:
        """What the operator calls the setting of the URL."""
        return self._settings.names.url

    def on_forbidden(self, heard: Callable[[str], None]) -> None:
        """Set what is called for each request that XO's user may not make, with `GET /vms/{id}` or a method."""
        self._refusals.heard = heard

    async def signed_in(self) -> str:
        """A fingerprint of the credentials in use."""
        return await self._credentials.digest()

    @cached_property
    def jsonrpc(self) -> "JsonRpc":
        """XO's other API, over which nothing goes before it is asked for."""
        from xo_mcp.api.jsonrpc import JsonRpc  # brings websockets, which few sessions need
        from xo_mcp.api.rpc_refusals import Wording

        wording = Wording(self._refusals.clean, self._refusals.forbid)
        return JsonRpc(self._settings, self._credentials, wording, self.probe_mcp_status)

    @asynccontextmanager
    async def stream_file(self, address: str) -> AsyncIterator[httpx2.Response]:
        """Fetch a file that XO holds ready, once, at an address that is a secret by itself.

        It is asked for without signing in, and never a second time: XO answers that with its web page.

        Args:
            address: Path from the root, `/api/...`, as XO said it.

        Yields:
            An answer with a status below 300, its body not yet read.

        Raises:
            XoError: XO answered with an error; Unreachable: it did not answer; TransferError: it broke off.
        """
        operation = "GET a file of XO"
        headers = {"Accept-Encoding": "identity"}
        response, _ = await self._at_secret_address(
            Sending(
                "GET", operation, self._beside_api(address), None, headers, "transfer", anonymous=True, blocking=True
            ),
            keep_open=True,
        )
        try:
            yield response
        except httpx2.RequestError as error:
            raise broken_off(error, operation=operation) from error
        finally:
            await leave(response)

    async def send_file(self, address: str, content: AsyncIterator[bytes], size: int) -> str:
        """Send a file to an address that XO takes it at, once, and that is a secret by itself.

        Args:
            address: Path from the root, `/api/...`, as XO said it.
            content: Of the file.
            size: Bytes of it.

        Returns:
            XO's answer as text; empty when it is its web page, as for an address that was used before.

        Raises:
            XoError: XO answered with an error; Unreachable: it did not answer.
        """
        # Of a form, XO loses the body (xo-server 5.207.2).
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        url = self._beside_api(address)
        response, said = await self._at_secret_address(
            Sending("POST", "POST a file to XO", url, content, headers, "transfer", anonymous=True), keep_open=False
        )
        return "" if "html" in media_type_of(response) else said.decode(errors="replace")

    def _beside_api(self, address: str) -> httpx2.URL:
        """The URL of a path from XO's root that is a secret by itself."""
        self._secrets.learn(address)
        root = self._base.raw_path.decode("ascii").removesuffix("/rest/v0")
        return self._base.copy_with(raw_path=f"{root}{address}".encode("ascii"))

    async def _at_secret_address(self, sending: Sending, *, keep_open: bool) -> tuple[httpx2.Response, bytes]:
        """Send once only, and refuse all but a good answer."""
        operation, settings = sending.operation, self._settings
        try:
            response, content = await self._sender.once(sending, keep_open=keep_open)
        except httpx2.RequestError as error:
            raise no_answer(
                error, operation=operation, url=sending.url, settings=settings, patience="transfer"
            ) from error
        if not response.is_success:
            raise self._refusals.error(operation, response.status_code, media_type_of(response), content)
        return response, content

    def redact(self, text: str) -> str:
        """Return a text of an answer without the credentials of this client, in whatever form they travel."""
        return self._secrets.redact_record(text)

    async def request(self, call: Call, *, patience: Patience = "normal") -> Reply:
        """Send a request and read the whole answer.

        Args:
            call: What to send; of the body, an object loses what is `OMIT`.
            patience: How long XO may stay silent; with `wait` the caller bounds the time (`anyio.fail_after`).

        Raises:
            ArgumentError: Refused before anything was sent.
            XoError: XO answered with an error, a redirect, or something unreadable.
            Unreachable: No answer.
        """
        sending = self._sending(call, patience)
        if not isinstance(call.body, Omit):
            headers = {**sending.headers, "Content-Type": call.content_type or "application/json"}
            sending = replace(sending, content=encode_body(call.body), headers=headers)
        return await self._reply(sending)

    @asynccontextmanager
    async def stream(
        self,
        call: Call,
        *,
        content: Content = None,
        headers: Mapping[str, str] | None = None,
        patience: Patience = "transfer",
        blocking: bool = False,
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request, and hand on the answer while it comes.

        The answer is asked for uncompressed, so that sizes are those of the content. Only a call that can be repeated
        without harm is, and only until the first byte of a good answer.

        Args:
            call: What to ask for; its body is not looked at.
            content: The body, for example of an import; give its `Content-Length` in `headers`, or it goes in chunks.
            headers: Sent too; those that sign us in can't be replaced.
            patience: How long XO may stay silent.
            blocking: Over a connection of its own that a thread may read, see `Line`; such a request has no body.

        Yields:
            An answer with a status below 300, its body not yet read.

        Raises:
            ArgumentError: Refused before anything was sent.
            XoError: XO answered with an error or a redirect.
            Unreachable: No answer.
            TransferError: The answer broke off, or `content` has another length than announced.
        """
        sending = self._sending(call, patience)
        sent = httpx2.Headers({"Accept-Encoding": "identity", **(headers or {})})
        length = sent.get("Content-Length")
        if length is not None and content is not None and not isinstance(content, bytes):
            content = exactly(content, int(length), sending.operation)
        sending = replace(sending, content=content, headers=sent, blocking=blocking)
        response, _ = await self._sender.exchange(sending, keep_open=True)
        try:
            yield response
        except httpx2.RequestError as error:
            raise broken_off(error, operation=sending.operation) from error
        finally:
            await leave(response)

    async def probe_mcp_status(self) -> McpStatus:
        """Ask, without signing in, whether XO's administrator allows MCP.

        Raises:
            McpDisabled: MCP is switched off.
            XoError: XO answered with another error; Unreachable: it did not answer.
        """
        sending = replace(self._sending(Call("GET", "/mcp/status"), "normal"), anonymous=True)
        try:
            reply = await self._reply(sending)
        except (NotFound, Unauthorized):
            # An XO without the switch answers 404; one that asks who we are does not know the route as open to all.
            return McpStatus(enabled=True, known=False)
        if isinstance(reply.data, dict) and reply.data.get("enabled") is False:
            raise mcp_disabled(reply.status)
        return McpStatus(enabled=True, known=True)

    def _sending(self, call: Call, patience: Patience) -> Sending:
        """Build the URL, and see that nothing on the way changed it."""
        target, parameters = fill(call.route, call.path), encode_query(call.query)
        wanted = f"{target}?{parameters}" if parameters else target
        try:
            url = httpx2.URL(f"{self._base}{wanted}")
        except httpx2.InvalidURL as error:
            raise ArgumentError(f"The arguments are too long for one request of {call.operation}.") from error
        if url.raw_path != self._base.raw_path + wanted.encode("ascii"):
            raise ArgumentError(f"The arguments can't be put into {call.route} unchanged.")
        return Sending(call.method, call.operation, url, None, {}, patience)

    async def _reply(self, sending: Sending) -> Reply:
        total = self._settings.timeouts.total
        try:
            # A byte a second breaks no timeout between two reads.
            with anyio.fail_after(total if sending.patience in ("normal", "change") else None):
                response, content = await self._sender.exchange(sending)
        except TimeoutError as error:
            raise Unreachable(
                f"XO did not finish its answer to {sending.operation} within {total:g} s."
                f" {what_next(sending.operation)}"
            ) from error
        if len(content) < LARGE:
            return replies.parse(response, content, sending.operation, self._settings.names.url)
        return await anyio.to_thread.run_sync(
            replies.parse, response, content, sending.operation, self._settings.names.url
        )
