"""Sends a request, signed in, and again where that helps and does no harm; follows XO's one redirect."""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self, TypeAlias

import httpx2

from xo_mcp import observing
from xo_mcp.api import redirects, replies
from xo_mcp.api.auth import Credentials
from xo_mcp.api.blocking import size_read
from xo_mcp.api.refusals import Refusals
from xo_mcp.api.replies import media_type_of
from xo_mcp.api.retry import Retries, RetryPolicy
from xo_mcp.api.settings import ClientSettings, Patience
from xo_mcp.api.transport import open_http
from xo_mcp.api.unreachable import no_answer
from xo_mcp.logs import get_logger

Content: TypeAlias = "bytes | AsyncIterable[bytes] | None"

_LOG: Final = get_logger("client")
_MAX_ERROR: Final = 1024 * 1024
"""Bytes of an error answer that are looked at."""
_SIGN_IN: Final = ("Cookie", "Authorization")
"""Headers that say who we are: one of them, and only ours, because XO refuses both together."""
_SEEN: Final = "watched"
"""The extension of an answer kept open that holds what watches it."""


@dataclass(frozen=True)
class Sending:
    """One request, ready to be sent, perhaps more than once."""

    method: str
    operation: str
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


class Sender:
    """Sends requests to one XO; use it as an async context manager.

    Args:
        settings: Which XO, how patiently.
        credentials: Who we are there.
        refusals: Turns XO's errors into ours.
        retries: How often a request is repeated.
        sleep: Waits some seconds between tries.

    Raises:
        ConfigError: A CA file can't be used, or a proxy variable is wrong.
    """

    def __init__(
        self,
        settings: ClientSettings,
        credentials: Credentials,
        refusals: Refusals,
        retries: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._refusals = refusals
        self._retries = retries
        self._sleep = sleep
        self._http, self._blocking = open_http(settings)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        await self._blocking.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._blocking.__aexit__(kind, error, trace)
        await self._http.__aexit__(kind, error, trace)

    async def exchange(self, sending: Sending, *, keep_open: bool = False) -> tuple[httpx2.Response, bytes]:
        """Send until there is a good answer, or an error that repeating does not help.

        Args:
            sending: What to send.
            keep_open: Leave the body of a good answer unread.
        """
        retries = Retries(self._retries, sending.method, replayable=sending.replayable)
        while True:
            try:
                response, content = await self.once(sending, keep_open=keep_open)
            except httpx2.RequestError as failure:
                pause = retries.after_failure(failure)
                if pause is None:
                    raise no_answer(
                        failure,
                        operation=sending.operation,
                        url=sending.url,
                        settings=self._settings,
                        patience=sending.patience,
                    ) from failure
            else:
                if response.is_success:
                    return response, content
                if response.is_redirect and sending.replayable:
                    # Ends at once: what is redirected to can't be redirected again.
                    clean = self._refusals.clean
                    url = redirects.follow(
                        response,
                        operation=sending.operation,
                        url=sending.url,
                        settings=self._settings,
                        clean=clean,
                    )
                    sending = replace(sending, url=url)
                    continue
                error = self._refusals.error(sending.operation, response.status_code, media_type_of(response), content)
                pause = retries.after_answer(
                    response, too_fast=error.code == "too_fast", disabled=error.code == "mcp_disabled"
                )
                if pause is None:
                    raise error
            _LOG.info("%s failed for now, again in %.1f s", sending.operation, pause)
            observing.request_repeated(sending.operation)
            await self._sleep(pause)

    async def once(self, sending: Sending, *, keep_open: bool) -> tuple[httpx2.Response, bytes]:
        """Send a single time; see `exchange`.

        Raises:
            RequestError: There was no answer.
        """
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
        with observing.request("rest", sending.operation) as seen:
            length = request.headers.get("Content-Length", "")
            seen.sent = int(length) if length.isdecimal() else 0
            response = await http.send(request, stream=True)
            seen.status = str(response.status_code)
            if response.is_success and keep_open:
                seen.goes_on = True
                response.extensions[_SEEN] = seen
                return response, b""
            try:
                return response, await self._read(sending, response)
            finally:
                seen.size = response.num_bytes_downloaded

    async def _read(self, sending: Sending, response: httpx2.Response) -> bytes:
        """Read an answer whole; of an error, what can be had."""
        limit = self._settings.max_reply if response.is_success else _MAX_ERROR
        try:
            content, cut = await replies.read(response, limit, partial=not response.is_success)
        except httpx2.DecodingError as failure:
            raise replies.damaged(response.status_code, sending.operation, self._settings.names.url) from failure
        if cut and response.is_success:
            raise replies.too_large(response.status_code, sending.operation, limit)
        return content


async def leave(response: httpx2.Response) -> None:
    """Close an answer that was kept open, read or not."""
    try:
        await response.aclose()
    finally:
        seen: observing.Seen = response.extensions[_SEEN]
        seen.size = size_read(response)
        seen.end()
