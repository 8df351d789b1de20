"""Who is asking: token cookie or Basic, never both."""

import asyncio
import base64
import binascii
import hashlib
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any

from fake_xo.errors import ApiError
from fake_xo.identity import Clock
from fake_xo.options import Options
from fake_xo.store import Record, Store


def password_hash(password: str) -> str:
    """What the store keeps of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


class Authentication:
    """Checks credentials, and slows down who guesses passwords."""

    def __init__(self, store: Store, clock: Clock, options: Options) -> None:
        self._store = store
        self._clock = clock
        self._options = options
        self._failures: dict[str, float] = {}
        self._started = float("-inf")
        self.passwords: dict[str, str] = {}

    def restarted(self) -> None:
        """Know nobody for `restart_seconds`."""
        self._started = time.monotonic()

    async def user(self, headers: dict[str, str]) -> Record:
        """The user of a request.

        Args:
            headers: Lower-case names.

        Raises:
            ApiError: 401 without good credentials, 400 with two kinds of them, 500 right after a wrong password.
        """
        token = _cookie(headers.get("cookie", ""), "authenticationToken")
        authorization = headers.get("authorization", "")
        if token and authorization:
            raise ApiError(400, "Only one authentication method may be used at a time")
        if time.monotonic() - self._started < self._options.restart_seconds:
            raise ApiError(401, "invalid credentials")
        if token:
            return self.by_token(token)
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise ApiError(401, "invalid credentials")
        return await self._by_password(credentials)

    def by_token(self, token: str) -> Record:
        """The user of a token.

        Raises:
            ApiError: 401.
        """
        record = self._store.actual("tokens", token)
        if record is None or record["expiration"] <= self._clock.ms():
            raise ApiError(401, "invalid credentials")
        user = self._store.actual("users", record["user_id"])
        if user is None:
            raise ApiError(401, "invalid credentials")
        return user

    async def _by_password(self, credentials: str) -> Record:
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise ApiError(401, "invalid credentials") from None
        return await self.by_login(name, password)

    async def by_login(self, name: str, password: str) -> Record:
        """The user of a name and password.

        Raises:
            ApiError: 401; 500 right after a wrong password.
        """
        if time.monotonic() - self._failures.get(name, -1e9) < self._options.auth_throttle:
            raise ApiError(500, "too fast authentication tries")
        await asyncio.sleep(self._options.basic_seconds)
        user = next((user for user in self._store.every("users") if user["email"] == name), None)
        if user is None or self.passwords.get(user["id"]) != password_hash(password):
            self._failures[name] = time.monotonic()
            raise ApiError(401, "invalid credentials")
        self._failures.pop(name, None)
        return user


def _cookie(header: str, name: str) -> str:
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(header)
    except CookieError:
        return ""
    return cookie[name].value if name in cookie else ""


def public(user: Record) -> Any:
    """A user as reads show it."""
    return user | {"pw_hash": "***obfuscated***"}
