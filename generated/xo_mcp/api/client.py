"""Talks HTTP with one Xen Orchestra: one pooled connection set, signed in, patient, careful about repeating."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import anyio
import anyio.to_thread
import httpx2

from xo_mcp import observing
from xo_mcp.api import redirects, replies
from xo_mcp.api.auth import Credentials
from xo_mcp.api.paths import encode_body, encode_query, fill
from xo_mcp.api.refusals import Refusals, mcp_disabled
from xo_mcp.api.replies import Reply, media_type_of
from xo_mcp.api.retry import Retries, RetryPolicy
from xo_mcp.api.settings import ClientSettings, Patience, Timeouts
from xo_mcp.api.transport import exactly, open_http
from xo_mcp.api.unreachable import broken_off, no_answer, what_next
from xo_mcp.errors import ArgumentError, NotFound, Unauthorized, Unreachable
from xo_mcp.logs import get_logger
from xo_mcp.parsing import LARGE
from xo_mcp.privacy.redaction import Secrets
from xo_mcp.types import Call, Omit

if TYPE_CHECKING:
    from xo_mcp.api.jsonrpc import JsonRpc

__all__ = ["Client", "ClientSettings", "McpStatus", "Reply", "RetryPolicy", "Timeouts"]

Content: TypeAlias = "bytes | AsyncIterable[bytes] | None"

_LOG: Final = get_logger("client")
_MAX_ERROR: Final = 1024 * 1024
"""Bytes of an error answer that are looked at."""
_SIGN_IN: Final = ("Cookie", "Authorization")
"""Headers that say who we are: one of them, and only ours, because XO refuses both together."""


@dataclass(frozen=True)
class McpStatus:
    """What XO says about MCP.

    Attributes:
        enabled: Always true: `McpDisabled` is raised otherwise.
        known: Whether this XO has the switch; older releases don't.
    """

    enabled: bool
    known: bool


@dataclass(frozen=True)
class _Sending:
    """One request, ready to be sent, perhaps more than once."""

    method: str
    asked: str
    url: httpx2.URL
    content: Content
    headers: Mapping[str, str]
    patience: Patience
    anonymous: bool = False
    blocking: bool = False

    @property
    def replayable(self) -> bool:
        """Whether the body can be sent again."""
        return self.content is None or isinstance(self.content, bytes)


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
        self._retries = retries or RetryPolicy()
        self._sleep = sleep
        self._secrets = Secrets()
        self._credentials = Credentials(settings, self._secrets)
        self._refusals = Refusals(self._secrets, self._credentials)
        self._http, self._blocking = open_http(settings)

    def __repr__(self) -> str:
        return f"<Client of {self._base}>"

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        await self._blocking.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._blocking.__aexit__(kind, error, trace)
        await self._http.__aexit__(kind, error, trace)

    @property
    def base(self) -> str:
        """URL of the REST API, ending in `/rest/v0`."""
        return str(self._base)

    async def signed_in(self) -> str:
        """Tell the credentials in use from others, without being any."""
        return await self._credentials.digest()

    @cached_property
    def jsonrpc(self) -> "JsonRpc":
        """XO's other API, over which nothing goes before it is asked for."""
        from xo_mcp.api.jsonrpc import JsonRpc
        from xo_mcp.api.rpc_refusals import Wording

        wording = Wording(self._refusals.clean)
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
        asked = "GET a file of XO"
        self._secrets.learn(address)
        root = self._base.raw_path.decode("ascii").removesuffix("/rest/v0")
        url = self._base.copy_with(raw_path=f"{root}{address}".encode("ascii"))
        headers = {"Accept-Encoding": "identity"}
        sending = _Sending("GET", asked, url, None, headers, "transfer", anonymous=True, blocking=True)
        try:
            response, content = await self._once(sending, keep_open=True)
        except httpx2.RequestError as error:
            raise no_answer(
                error, asked=asked, url=url, timeouts=self._settings.timeouts, patience="transfer"
            ) from error
        if not response.is_success:
            raise self._refusals.error(asked, response.status_code, media_type_of(response), content)
        try:
            yield response
        except httpx2.RequestError as error:
            raise broken_off(error, asked=asked) from error
        finally:
            await response.aclose()

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
        asked = "POST a file to XO"
        self._secrets.learn(address)
        root = self._base.raw_path.decode("ascii").removesuffix("/rest/v0")
        url = self._base.copy_with(raw_path=f"{root}{address}".encode("ascii"))
        # Of a form, XO loses the body (xo-server 5.207.2).
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        sending = _Sending("POST", asked, url, content, headers, "transfer", anonymous=True)
        try:
            response, said = await self._once(sending, keep_open=False)
        except httpx2.RequestError as error:
            raise no_answer(
                error, asked=asked, url=url, timeouts=self._settings.timeouts, patience="transfer"
            ) from error
        if not response.is_success:
            raise self._refusals.error(asked, response.status_code, media_type_of(response), said)
        return "" if "html" in media_type_of(response) else said.decode(errors="replace")

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
            headers = {**sending.headers, "Content-Type": "application/json"}
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
            content = exactly(content, int(length), sending.asked)
        sending = replace(sending, content=content, headers=sent, blocking=blocking)
        response, _ = await self._exchange(sending, keep_open=True)
        try:
            yield response
        except httpx2.RequestError as error:
            raise broken_off(error, asked=sending.asked) from error
        finally:
            await response.aclose()

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

    def _sending(self, call: Call, patience: Patience) -> _Sending:
        """Build the URL, and see that nothing on the way changed it."""
        target, parameters = fill(call.route, call.path), encode_query(call.query)
        wanted = f"{target}?{parameters}" if parameters else target
        try:
            url = httpx2.URL(f"{self._base}{wanted}")
        except httpx2.InvalidURL as error:
            raise ArgumentError(f"The arguments are too long for one request of {call.operation}.") from error
        if url.raw_path != self._base.raw_path + wanted.encode("ascii"):
            raise ArgumentError(f"The arguments can't be put into {call.route} unchanged.")
        return _Sending(call.method, call.operation, url, None, {}, patience)

    async def _reply(self, sending: _Sending) -> Reply:
        total = self._settings.timeouts.total
        try:
            # A byte a second breaks no timeout between two reads.
            with anyio.fail_after(total if sending.patience in ("normal", "change") else None):
                response, content = await self._exchange(sending)
        except TimeoutError as error:
            raise Unreachable(
                f"XO did not finish its answer to {sending.asked} within {total:g} s. {what_next(sending.asked)}"
            ) from error
        if len(content) < LARGE:
            return replies.parse(response, content, sending.asked)
        return await anyio.to_thread.run_sync(replies.parse, response, content, sending.asked)

    async def _exchange(self, sending: _Sending, *, keep_open: bool = False) -> tuple[httpx2.Response, bytes]:
        """Send until there is a good answer, or an error that repeating does not help.

        Args:
            sending: What to send.
            keep_open: Leave the body of a good answer unread.
        """
        retries = Retries(self._retries, sending.method, replayable=sending.replayable)
        while True:
            try:
                response, content = await self._once(sending, keep_open=keep_open)
            except httpx2.RequestError as failure:
                pause = retries.after_failure(failure)
                if pause is None:
                    timeouts = self._settings.timeouts
                    raise no_answer(
                        failure, asked=sending.asked, url=sending.url, timeouts=timeouts, patience=sending.patience
                    ) from failure
            else:
                if response.is_success:
                    return response, content
                if response.is_redirect and sending.replayable:
                    # Ends at once: what is redirected to can't be redirected again.
                    clean = self._refusals.clean
                    url = redirects.follow(response, asked=sending.asked, url=sending.url, base=self._base, clean=clean)
                    sending = replace(sending, url=url)
                    continue
                error = self._refusals.error(sending.asked, response.status_code, media_type_of(response), content)
                pause = retries.after_answer(
                    response, too_fast=error.code == "too_fast", disabled=error.code == "mcp_disabled"
                )
                if pause is None:
                    raise error
            _LOG.info("%s failed for now, again in %.1f s", sending.asked, pause)
            observing.request_repeated(sending.asked)
            await self._sleep(pause)

    async def _once(self, sending: _Sending, *, keep_open: bool) -> tuple[httpx2.Response, bytes]:
        headers = httpx2.Headers(sending.headers)
        for name in _SIGN_IN:
            headers.pop(name, None)
        if not sending.anonymous:
            headers.update(await self._credentials.headers())
        http = self._blocking if sending.blocking else self._http
        request = http.build_request(
            sending.method,
            sending.url,
            content=sending.content,
            headers=headers,
            timeout=self._settings.timeouts.of(sending.patience),
        )
        with observing.request("rest", sending.asked) as seen:
            response = await http.send(request, stream=True)
            seen.status = str(response.status_code)
        if response.is_success and keep_open:
            return response, b""
        limit = self._settings.max_reply if response.is_success else _MAX_ERROR
        try:
            content, cut = await replies.read(response, limit, partial=not response.is_success)
        except httpx2.DecodingError as failure:
            raise replies.damaged(response.status_code, sending.asked) from failure
        if cut and response.is_success:
            raise replies.too_large(response.status_code, sending.asked, limit)
        return response, content
