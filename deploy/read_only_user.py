"""Makes an XO user who may only read, and saves a token of theirs. Needs XO 6.4 or newer, and Python alone.

XO_URL=https://xo.example.org XO_ADMIN_TOKEN=... python3 read_only_user.py mcp-reader xo-token

The first argument is the user's name, the second the file the token goes to (mode 600). Run it again for a new token,
or for a role that lacks privileges of a newer XO: what is there is kept. When something fails, what was made is removed
again. Set SSL_CERT_FILE when the authority of XO's certificate is not among the system's.
"""

import base64
import ipaddress
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RESOURCES = (
    "acl-privilege", "acl-role", "alarm", "backup-archive", "backup-job", "backup-log", "backup-repository", "group",
    "host", "message", "network", "pbd", "pci", "pgpu", "pif", "pool", "proxy", "restore-log", "schedule", "server",
    "sm", "sr", "task", "user", "vbd", "vdi", "vdi-snapshot", "vif", "vm", "vm-controller", "vm-snapshot",
    "vm-template",
)  # fmt: skip
LIVES = ("182 days", "90 days", None)
"""How long the token is asked to live: XO allows half a year unless it is configured otherwise; None: what XO gives."""
USUAL = "as long as XO gives by itself"
ADMINISTRATORS = "the dashboard (get_dashboard), the records of the audit plugin, and tokens of other users"
VARIABLES = {
    "XO_URL": "the address of XO, such as https://xo.example.org",
    "XO_ADMIN_TOKEN": "an authentication token of an XO administrator",
}
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer."""
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, UNPROCESSABLE = 400, 401, 404, 422
BY_PROXIES = (502, 504)
"""Statuses of proxies that gave XO up, while it may be working."""
LOOKS, PAUSE = 6, 0.4
"""How often what an answer that never came has made is looked for, and the seconds between: reads lag behind."""


class ScriptError(Exception):
    """It can't go on; the text says why and what to do."""


class RefusedError(ScriptError):
    """XO answered with an error.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The address that XO redirects to must not get the administrator's cookie."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the redirect is then an error like any other."""


class Xo:
    """XO's REST API as one user.

    Args:
        url: Of XO.
        login: The header that signs in.

    Raises:
        ScriptError: The URL can't be used.
    """

    def __init__(self, url: str, login: Mapping[str, str]) -> None:
        if not is_private(url):
            raise ScriptError("XO_URL must start with https:// (http:// only on this machine)")
        self._base = url.rstrip("/").removesuffix("/rest/v0") + "/rest/v0"
        self._login = login
        self._open = urllib.request.build_opener(NoRedirects).open

    def as_user(self, name: str, password: str) -> "Xo":
        """The same XO for somebody else."""
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        return Xo(self._base, {"Authorization": f"Basic {basic}"})

    def ask(self, method: str, route: str, **body: str) -> Any:
        """Send JSON; answers JSON, or nothing.

        Raises:
            RefusedError: XO answered with an error, or a redirect.
            ScriptError: It did not answer.
        """
        content = json.dumps(body).encode() if body or method in {"POST", "PUT"} else None
        headers = {**self._login, "Content-Type": "application/json"}
        request = urllib.request.Request(self._base + route, content, headers, method=method)  # noqa: S310 - seen above
        try:
            with self._open(request, timeout=60) as answer:
                text = answer.read(LARGEST)
            return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            said = f"XO answered {error.code} to {method} {route}: {self._said(error)}"
            if error.code == UNAUTHORIZED and "Cookie" in self._login:
                said = f"XO_ADMIN_TOKEN is wrong, expired or revoked: create a new one in XO ({said})"
            raise RefusedError(error.code, said) from None
        except (OSError, ValueError) as error:
            raise ScriptError(f"XO can't be reached or read: {self._without_login(str(error))}") from None

    def _said(self, error: urllib.error.HTTPError) -> str:
        if error.headers.get("Location"):
            return "a redirect, which is not followed. Write the address it leads to into XO_URL if it is XO's."
        text = error.read(10_000).decode(errors="replace")
        return ascii(self._without_login(text))[1:-1][:500]

    def _without_login(self, text: str) -> str:
        for header in self._login.values():
            # `authenticationToken=...` or `Basic ...`
            secret = header.removeprefix("authenticationToken=").removeprefix("Basic ")
            if secret:  # nothing is found between any two characters
                text = text.replace(secret, "(not shown)")
        return text


class Reader:
    """The user who may read, with their role; what was made for them can be undone.

    Args:
        xo: As an administrator.
        name: The user's name.
    """

    def __init__(self, xo: Xo, name: str) -> None:
        self._xo = xo
        self._name = name
        self._role_name = f"{name}: read everything"
        self._undo: list[str] = []
        self.skipped: list[str] = []

    def token(self) -> tuple[str, str]:
        """Make what is missing, and a token.

        Returns:
            The token, and how long it is good.
        """
        password = secrets.token_hex(24)
        role = self._role()
        user = self._user(role, password)
        self._grant(role["id"])
        if user not in role.get("userIds", ()):
            self._undo.append(f"/acl-roles/{role['id']}/users/{user}")
            self._xo.ask("PUT", f"/acl-roles/{role['id']}/users/{user}")
        # XO gives nobody a token of somebody else, so the user asks; the password is forgotten then.
        return self._token(self._xo.as_user(self._name, password), user)

    def undo(self) -> list[str]:
        """Remove what was made, the last first; answers what could not be removed."""
        return [route for route in reversed(self._undo) if not (self._removed(route) or self._removed(route))]

    def _removed(self, route: str) -> bool:
        try:
            self._xo.ask("DELETE", route)
        except RefusedError as error:
            return error.status == NOT_FOUND
        except ScriptError:
            return False  # perhaps it was, and the second try shows
        return True

    def _made(self, route: str, **body: str) -> dict[str, Any]:
        """Make something, to be removed when a later step fails; without an answer, it is looked for."""
        try:
            made = self._xo.ask("POST", route, **body)
        except RefusedError as error:
            found = self._found(route, body) if error.status in BY_PROXIES else None
            if found is None:
                raise
        except BaseException as error:
            found = self._found(route, body)
            if found is None or not isinstance(error, ScriptError):
                raise
        else:
            found = dict(made)
            self._undo.append(f"{route}/{found['id']}")
        return found

    def _found(self, route: str, body: Mapping[str, str]) -> dict[str, Any] | None:
        """The object that was created although the answer was lost: it has what was sent, and did not exist before."""
        sent = {name: value for name, value in body.items() if name != "password"}
        for look in range(LOOKS):
            time.sleep(PAUSE if look else 0)
            try:
                there = self._xo.ask("GET", f"{route}?fields=*") or []
            except ScriptError:
                continue
            for each in there:
                if sent.items() <= each.items() and not each.get("isTemplate"):
                    self._undo.append(f"{route}/{each['id']}")
                    return dict(each)
        return None

    def _role(self) -> dict[str, Any]:
        roles = self._xo.ask("GET", "/acl-roles?fields=*")
        found = [role for role in roles if role.get("name") == self._role_name and not role.get("isTemplate")]
        if found:
            return dict(found[0])
        return self._made("/acl-roles", name=self._role_name)

    def _user(self, role: Mapping[str, Any], password: str) -> str:
        users = self._xo.ask("GET", "/users?fields=id,name,email,permission")
        found = next((user for user in users if self._name in (user.get("name"), user.get("email"))), None)
        if found is None:
            return str(self._made("/users", name=self._name, password=password)["id"])
        if found.get("permission") == "admin":
            raise ScriptError(
                f"{self._name} is an administrator of this XO, who may do everything: choose another name"
            )
        if found["id"] not in role.get("userIds", ()):
            raise ScriptError(
                f"there is a user {self._name} already, who was not made by this script (it has not the role"
                f" {self._role_name!r}): choose another name, or delete that user in XO"
            )
        self._xo.ask("PATCH", f"/users/{found['id']}", password=password)
        return str(found["id"])

    def _grant(self, role: str) -> None:
        """Give the role what it lacks; it must give nothing but reading."""
        there = self._xo.ask("GET", f"/acl-roles/{role}/privileges?fields=*") or []
        more = sorted({f"{each['action']} on {each['resource']}" for each in there if each.get("action") != "read"})
        if more:
            raise ScriptError(
                f"the role {self._role_name!r} gives more than reading ({', '.join(more)}): delete it in XO"
            )
        known = {each["resource"] for each in there if each.get("effect") == "allow" and not each.get("selector")}
        for resource in RESOURCES:
            if resource in known:
                continue
            try:
                privilege = {"action": "read", "effect": "allow", "resource": resource, "roleId": role}
                self._made("/acl-privileges", **privilege)
            except RefusedError as error:
                if error.status not in {BAD_REQUEST, UNPROCESSABLE}:
                    raise
                self.skipped.append(resource)  # an older XO does not know it

    def _token(self, xo: Xo, user: str) -> tuple[str, str]:
        tokens = f"/users/{user}/authentication_tokens"
        before = {token["id"] for token in xo.ask("GET", f"{tokens}?fields=id") or []}
        for life in LIVES:
            wish = {"description": "xen-orchestra-mcp", **({"expiresIn": life} if life else {})}
            try:
                token = xo.ask("POST", tokens, **wish)["token"]["id"]
            except RefusedError as error:
                if life is None or "expiresIn" not in str(error):
                    raise
            except ScriptError:
                # Without an answer XO may have made one: the new one is it.
                new = [each["id"] for each in xo.ask("GET", f"{tokens}?fields=id") or [] if each["id"] not in before]
                if len(new) != 1:
                    raise
                return str(new[0]), life or USUAL
            else:
                return str(token), life or USUAL
        raise AssertionError


def is_private(url: str) -> bool:
    """Whether nobody can listen to what goes to a URL: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


def main() -> int:
    """Do it; answers the exit code."""
    try:
        name, file = sys.argv[1:]
        given = {variable: os.environ[variable].strip() for variable in VARIABLES}
    except (ValueError, KeyError):
        print(__doc__, file=sys.stderr)
        return 2
    for variable, value in given.items():
        if not value:
            print(f"{variable} is empty: it must hold {VARIABLES[variable]}.", file=sys.stderr)
            return 2
    if not (name and file):
        print("The user's name and the file for the token must not be empty.", file=sys.stderr)
        return 2
    url, token = given.values()
    target = Path(file)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "Is a directory")
        # A new file, whatever lies there: neither a link nor a file of somebody else's gets the token.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        print(f"{file} can't be written: {error.strerror}. Nothing was changed in XO.", file=sys.stderr)
        return 2
    try:
        with os.fdopen(descriptor, "w") as saved:
            return make(url, token, name, (saved, draft, target))
    finally:
        draft.unlink(missing_ok=True)


def make(url: str, token: str, name: str, file: tuple[Any, Path, Path]) -> int:
    """Make the user and save their token; answers the exit code."""
    saved, draft, target = file
    reader = None
    try:
        reader = Reader(Xo(url, {"Cookie": f"authenticationToken={token}"}), name)
        made, life = reader.token()
        saved.write(f"{made}\n")
        saved.flush()
        os.fsync(saved.fileno())
        draft.replace(target)
    except BaseException as error:
        left = reader.undo() if reader else []
        if not isinstance(error, (ScriptError, OSError)):
            raise
        print(f"{name} was not made: {error}", file=sys.stderr)
        print(f"Left in XO: {', '.join(left)}." if left else "Nothing was left behind in XO.", file=sys.stderr)
        return 1
    print(f"User {name} may read everything and change nothing; a token, good for {life}, is in {target}.")
    if reader.skipped:
        print(f"This XO does not know of {', '.join(reader.skipped)}, so they are left out.")
    print(f"Only administrators can read {ADMINISTRATORS}: tools for these answer that XO refuses.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
