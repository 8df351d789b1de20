"""The store that workers share: Redis or Valkey, which counts for all of them by one clock, its own.

What is kept: confirmations that were used, calls under way, requests a minute. No argument, no name, no token: clients
are known by a digest under the workers' secret.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Final

import anyio

from xo_mcp.cluster.connection import PATIENCE, SETTING, client, failures, reason_of
from xo_mcp.errors import CallError
from xo_mcp.logs import get_logger

LEASE: Final = 60
"""Seconds after which what a worker counted is forgotten, when it ended without saying so."""
RENEWAL: Final = 20
"""Seconds after which a worker says that what it counted still goes on."""
BREAK: Final = 5.0
"""Seconds for which a store that did not answer is not asked about rates and counts: nobody waits for it meanwhile."""
QUIET: Final = 60
"""Seconds for which a store that does not answer is not mentioned again."""
PURPOSE: Final = b"xo-mcp shared state v1"
DIGITS: Final = 24
log = get_logger("cluster")

TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'level', 'since')
local level, since = tonumber(known[1]) or capacity, tonumber(known[2]) or now
level = math.min(capacity, level + math.max(0, now - since) * rate)
local wait = 0
if level >= 1 then level = level - 1 else wait = (1 - level) / rate end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'since', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(capacity / rate) + 1)
return tostring(wait)
"""
"""A token bucket: seconds to wait, 0 when one was taken."""
COUNT: Final = """
local now = tonumber(redis.call('TIME')[1])
local member, seconds = ARGV[1], tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(ARGV[2 + i]) then return i end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + seconds, member)
  redis.call('EXPIRE', key, seconds * 2)
end
return 0
"""
"""Count a member in every set, unless one of them is full: 0, or which."""
RENEW: Final = """
local now = tonumber(redis.call('TIME')[1])
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'XX', now + tonumber(ARGV[1]), ARGV[1 + i])
  redis.call('EXPIRE', key, tonumber(ARGV[1]) * 2)
end
"""


@dataclass(frozen=True)
class Limit:
    """How many may be under way.

    Attributes:
        name: Of what is counted, with whose it is.
        most: How many.
    """

    name: str
    most: int


class FullError(Exception):
    """Something is under way as often as it may be.

    Args:
        limit: Which of the limits was reached.
    """

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


class Store:
    """What the workers share.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, as the redis client takes it.
        key: The workers' secret, which distinguishes them from others that use the same store.
        lease: Seconds after which what a worker counted is forgotten.

    Raises:
        ConfigError: The URL is malformed, or the client of the store is not installed.
    """

    def __init__(self, url: str, key: bytes, lease: int = LEASE) -> None:
        self._redis = client(url)
        self._secret = hmac.digest(key, PURPOSE, hashlib.sha256)
        # Braces keep all keys together in a Redis cluster, where a script may only use keys of one slot.
        self._prefix = f"{{xo-mcp:{self._digest('prefix')}}}:"
        self._lease = lease
        self._held: dict[str, tuple[str, ...]] = {}
        self._silent_until = self._down_until = 0.0
        self._take = self._redis.register_script(TAKE)
        self._count = self._redis.register_script(COUNT)
        self._renew = self._redis.register_script(RENEW)

    @asynccontextmanager
    async def running(self, renewal: float = RENEWAL) -> AsyncIterator["Store"]:
        """Keep what is counted alive until the block ends, then let go of it."""
        async with anyio.create_task_group() as background:
            background.start_soon(self._keep, renewal)
            try:
                yield self
            finally:
                background.cancel_scope.cancel()
                await self._close()

    async def _close(self) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(PATIENCE):
            await self._redis.aclose()

    async def check(self) -> None:
        """See that the store answers, then leave it.

        Raises:
            CallError: It does not.
        """
        try:
            await self._redis.ping()
        except failures() as error:
            raise CallError(f"the shared state can't be reached: {reason_of(error)}") from error
        finally:
            await self._close()

    async def use_once(self, nonce: str, seconds: int) -> bool:
        """Note that something is used now, for all workers.

        Returns:
            Whether this is the first time.

        Raises:
            CallError: It could not be noted, so that it could be used again.
        """
        try:
            first = await self._redis.set(self._key("used", nonce), "1", nx=True, ex=seconds)
        except failures() as error:
            raise CallError(
                "Nothing was done: this server could not note for all its workers that the confirmation is used"
                f" ({reason_of(error)}). Tell the operator: {SETTING}."
            ) from error
        return bool(first)

    async def take(self, bucket: str, rate: float, capacity: float) -> float | None:
        """Take one from a bucket that fills evenly.

        Args:
            bucket: Whose.
            rate: How many are added in a second.
            capacity: How many it holds.

        Returns:
            0, the seconds to wait because it is empty, or nothing when the store does not answer.
        """
        if self._is_down:
            return None
        try:
            wait = float(await self._take(keys=[self._key("rate", bucket)], args=[rate, capacity]))
        except failures() as error:
            self._complain(error)
            return None
        # Who may write to the store may write anything; the next one comes in that time.
        return min(max(wait, 0.0), 1 / rate) if isfinite(wait) else None

    @asynccontextmanager
    async def counted(self, limits: Sequence[Limit]) -> AsyncIterator[None]:
        """Count something for as long as it is under way, at any worker. Not counted when the store does not answer.

        Raises:
            FullError: There are too many already.
        """
        if self._is_down:
            yield
            return
        member = secrets.token_hex(8)
        keys = tuple(self._key("count", limit.name) for limit in limits)
        try:
            full = int(await self._count(keys=keys, args=[member, self._lease, *(limit.most for limit in limits)]))
        except failures() as error:
            self._complain(error)
            full = 0
        if 0 < full <= len(limits):
            raise FullError(limits[full - 1])
        self._held[member] = keys
        try:
            yield
        finally:
            del self._held[member]
            with anyio.CancelScope(shield=True):
                await self._let_go(member, keys)

    async def _let_go(self, member: str, keys: Sequence[str]) -> None:
        if self._is_down:
            return  # forgotten by itself, see `LEASE`
        try:
            async with self._redis.pipeline(transaction=False) as commands:
                for key in keys:
                    commands.zrem(key, member)
                await commands.execute()
        except failures() as error:
            self._complain(error)

    async def _keep(self, renewal: float) -> None:
        while True:
            await anyio.sleep(renewal)
            held = [(key, member) for member, keys in self._held.items() for key in keys]
            if not held:
                continue
            try:
                await self._renew(keys=[key for key, _ in held], args=[self._lease, *(member for _, member in held)])
            except failures() as error:
                self._complain(error)

    @property
    def _is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def _complain(self, error: BaseException) -> None:
        """Leave the store alone for a while, and say, seldom, that each worker counts for itself now."""
        now = time.monotonic()
        self._down_until = now + BREAK
        if now >= self._silent_until:
            self._silent_until = now + QUIET
            log.warning(
                "%s: each worker counts for itself, for the store does not answer: %s", SETTING, reason_of(error)
            )

    def _key(self, kind: str, name: str) -> str:
        return f"{self._prefix}{kind}:{self._digest(name)}"

    def _digest(self, name: str) -> str:
        return hmac.digest(self._secret, name.encode(), hashlib.sha256).hex()[:DIGITS]
