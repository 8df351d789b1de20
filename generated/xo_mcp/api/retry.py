"""When a request is repeated: only where that can't do something twice."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from xo_mcp.api.unreachable import is_name_error, is_tls_error

_REPEATABLE: Final = frozenset({"GET", "HEAD"})
"""What can be done twice without harm; a second DELETE would answer 404 for what the first one did."""
_UNAUTHORIZED: Final = 401
_PASSING: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and after how many seconds.

    Attributes:
        tries: Tries in all.
        first: Longest pause before the second try; each later one may be twice as long.
        longest: Longest pause of all; a server that asks for more (`Retry-After`) is not asked again.
        restart: Pause after a 401 to a token, which XO 6.7.1 gives right ones too for 0.6 s after it started.
        login: Pause after "too fast authentication tries", which XO 6.7.1 says for 2 s after a wrong login.
    """

    tries: int = 4
    first: float = 0.25
    longest: float = 8.0
    login: float = 2.1
    restart: float = 0.7


class Retries:
    """The tries of one call.

    Args:
        policy: How often.
        method: Of the request.
        replayable: Whether the body can be sent again.
    """

    def __init__(self, policy: RetryPolicy, method: str, *, replayable: bool) -> None:
        self._policy = policy
        self._repeatable = method in _REPEATABLE
        self._replayable = replayable
        self._tried = 0
        self._login_waited = False
        self._restart_waited = False

    def after_failure(self, error: httpx2.RequestError) -> float | None:
        """Seconds to wait before trying again after a failed connection; `None`: don't."""
        if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
            # Nothing was sent. A bad certificate or an unknown name stays so, and a timeout has waited long already.
            patient = isinstance(error, httpx2.ConnectTimeout) and self._tried > 0
            lasting = patient or is_tls_error(error) or is_name_error(error)
            return None if lasting else self._pause()
        broken = isinstance(error, (httpx2.NetworkError, httpx2.RemoteProtocolError))
        return self._pause() if broken and self._repeatable and self._replayable else None

    def after_answer(self, response: httpx2.Response, *, too_fast: bool, disabled: bool) -> float | None:
        """Seconds to wait before trying again after an error status; `None`: don't.

        Args:
            response: The answer.
            too_fast: XO throttles logins: nobody was signed in, so nothing was done, whatever the method.
            disabled: XO's administrator switched MCP off.
        """
        if too_fast:
            if self._login_waited or not self._replayable:
                return None
            self._login_waited = True
            return self._policy.login
        if response.status_code == _UNAUTHORIZED:
            return self._after_unauthorized(response)
        if disabled or response.status_code not in _PASSING or not (self._repeatable and self._replayable):
            return None
        wanted = retry_after(response.headers.get("Retry-After"))
        if wanted is None:
            return self._pause()
        return None if wanted > self._policy.longest or self._pause() is None else wanted

    def _after_unauthorized(self, response: httpx2.Response) -> float | None:
        """Once more for a token: nobody was signed in, so nothing was done, whatever the method."""
        if self._restart_waited or not self._replayable or "Cookie" not in response.request.headers:
            return None
        self._restart_waited = True
        return self._policy.restart

    def _pause(self) -> float | None:
        self._tried += 1
        if self._tried >= self._policy.tries:
            return None
        most = min(self._policy.longest, self._policy.first * 2 ** (self._tried - 1))
        return random.uniform(most / 2, most)  # noqa: S311 - spreads clients, hides nothing


def retry_after(header: str | None) -> float | None:
    """Read `Retry-After`, seconds or a date (RFC 9110, 10.2.3); `None` when there is none, or none readable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
