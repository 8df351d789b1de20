"""`xen-orchestra-mcp doctor`: finds what keeps the server from working, before a client does.

Only reads: it signs in, asks who it is and what that user may do, and counts.
"""

import ssl
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import anyio

from xo_mcp.addresses import is_loopback
from xo_mcp.api.access import client_settings
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy, Timeouts
from xo_mcp.api.connections import doubts_about_empty
from xo_mcp.api.privileges import Rights, read_rights
from xo_mcp.api.settings import SettingNames
from xo_mcp.api.unreachable import cause_of, is_tls_error
from xo_mcp.config.config import Config
from xo_mcp.config.instances import load_instances
from xo_mcp.definitions import load_entries
from xo_mcp.errors import CallError, ConfigError, McpDisabled, NotFound, Unauthorized, XoError
from xo_mcp.parsing import object_in
from xo_mcp.program.check_results import PRIVILEGES, CheckResult, as_json, as_text, fail, failed, ok, warn
from xo_mcp.program.local_checks import check_secret_files, look_around
from xo_mcp.release import XO_RELEASE
from xo_mcp.releases.probing import DOCUMENT, PLUGINS
from xo_mcp.releases.release_detection import identify, newest, operations_of
from xo_mcp.releases.releases import AUTO
from xo_mcp.safety.policy import offer
from xo_mcp.types import Call, Json

PATIENCE: Final = Timeouts(connect=5, normal=10)
RETRIES: Final = RetryPolicy(tries=2)
CORRECT: Final = "Correct that setting; `xen-orchestra-mcp config` shows where each comes from."


def examine(config: Config, patience: Timeouts = PATIENCE) -> list[CheckResult]:
    """Check everything, what is nearest first; what can't work after a failure is not tried.

    Args:
        config: What the server would be started with.
        patience: How long XO may take for each answer.
    """
    near = list(look_around(config))
    known = {result.text for result in near}
    try:
        instances = load_instances(config)
    except ConfigError as error:
        return [*near, fail("instances", str(error), CORRECT)]
    far: list[CheckResult] = []
    for name, own in instances.items():
        files = check_secret_files(own, ["token_file"]) if config.instances else ()
        far += _of(name, [*files, *anyio.run(_visit, own, patience)])
    return [*near, *(result for result in far if result.text not in known)]


def _of(name: str, found: list[CheckResult]) -> list[CheckResult]:
    """Results with the name of the XO they are about, where there are several."""
    if not name:
        return found
    return [
        replace(result, check=f"{name}: {result.check}", next=result.next and f"{name}: {result.next}")
        for result in found
    ]


def report(config: Config, *, json_wanted: bool) -> int:
    """Print what was found.

    Returns:
        The exit code: 1 when the server can't work like this.
    """
    results = examine(config)
    sys.stdout.write(as_json(results) if json_wanted else as_text(results))
    return int(failed(results))


async def _visit(config: Config, patience: Timeouts) -> list[CheckResult]:
    found: list[CheckResult] = []
    try:
        settings = replace(client_settings(config), timeouts=patience)
        async with Client(settings, retries=RETRIES) as client:
            found.append(_address(settings, client))
            visit = Visit(client, config, settings.names)
            for question in visit.questions:
                found.append(await question())
                if failed(found[-1:]):
                    break
    except ConfigError as error:
        advice = str(error).partition(": ")[2]
        found.append(fail("settings", str(error), f"S{advice[1:]}." if advice.startswith("set ") else CORRECT))
    except CallError as error:
        found.append(fail("answers", str(error), "Look at XO's own log, then try again."))
    return found


def _address(settings: ClientSettings, client: Client) -> CheckResult:
    if settings.base.scheme == "http" and not is_loopback(settings.base.host):
        return warn(
            "address", f"{client.base}: the credentials travel unencrypted", f"Use https:// in {settings.names.url}."
        )
    return ok("address", client.base)


class Visit:
    """Asks XO one question after the other.

    Args:
        client: Open.
        config: What the server would be started with.
        names: What the operator calls the settings of the client.
    """

    def __init__(self, client: Client, config: Config, names: SettingNames) -> None:
        self._client = client
        self._names = names
        self._where = f"Give the address of Xen Orchestra itself in {names.url}."
        self._config = config
        self._admin: bool | None = None

    @property
    def questions(self) -> tuple[Callable[[], Awaitable[CheckResult]], ...]:
        """In an order in which each needs those before it."""
        return self.connection, self.identity, self.login, self.privileges, self.pools, self.release, self.jsonrpc

    async def _get(self, route: str, **query: Json) -> Json:
        return (await self._client.request(Call("GET", route, query=query))).data

    async def connection(self) -> CheckResult:
        """TCP, TLS, and the administrator's switch for MCP, which needs no login."""
        try:
            await self._client.probe_mcp_status()
        except McpDisabled as error:
            return fail("MCP switch", error.detail, "Ask XO's administrator to set `enabled = true` under `[mcp]`.")
        except XoError as error:
            return fail("Xen Orchestra", error.detail, error.hint or self._where)
        except CallError as error:
            return _not_connected(error, self._names)
        if self._config.insecure:
            return warn(
                "TLS", "any certificate is accepted", f"Give the authority's file with {self._names.ca_file} instead."
            )
        trusted = ", its certificate is trusted" if self._client.base.startswith("https") else ""
        return ok("connection", f"something answers{trusted}")

    async def identity(self) -> CheckResult:
        """See that it is an XO that answers: its `/ping` says `pong` to anybody."""
        try:
            data = await self._get("/ping")
        except Unauthorized as error:
            return _not_signed_in(error)
        except CallError as error:
            return fail("Xen Orchestra", str(error), self._where)
        if isinstance(data, dict) and data.get("result") == "pong":
            return ok("Xen Orchestra", "it is one, and lets MCP clients in")
        return fail("Xen Orchestra", "what answers is not Xen Orchestra", self._where)

    async def login(self) -> CheckResult:
        """Who XO thinks we are."""
        try:
            data = await self._get("/users/me")
        except NotFound:
            return ok("login", "signed in; this XO does not say as whom")
        except XoError as error:
            return _not_signed_in(error)
        user = object_in(data)
        name = user.get("name") or user.get("email") or "a user without a name"
        self._admin = user.get("permission") == "admin"
        return ok("login", f"signed in as {name}, {'an' if self._admin else 'no'} administrator")

    async def privileges(self) -> CheckResult:
        """What that user may do, as far as it matters here."""
        if self._admin:
            spare = "" if self._config.enable_actions else ", though this server only reads: a reader's token would do"
            return ok(PRIVILEGES, f"all{spare}")
        if self._admin is None:
            return ok(PRIVILEGES, "unknown, as this XO does not say who signed in")
        try:
            rights = await read_rights(self._client)
        except XoError as error:
            return warn(PRIVILEGES, f"XO does not report them: {error.detail}", "Look at XO's own log, then try again.")
        if rights is None:
            return ok(PRIVILEGES, "this XO does not report them (it does since 6.4)")
        judged = _judged(set(rights.granted), acting=self._config.enable_actions)
        return replace(judged, text=f"{judged.text}{self._hidden(rights)}")

    def _hidden(self, rights: Rights) -> str:
        """Which tools are of no use to this user."""
        offered = offer(load_entries(), self._config).entries
        missing = {entry.name: reason for entry in offered if (reason := rights.lacks(entry))}
        if not missing:
            return ""
        name, reason = next(iter(missing.items()))
        how = "are hidden for that" if self._config.hide_forbidden else "would be refused (--no-hide-forbidden)"
        return f"; {len(missing)} of {len(offered)} tools {how}, such as {name}: {reason}"

    async def pools(self) -> CheckResult:
        """Whether there is anything to see."""
        data = await self._get("/pools", fields="id,name_label")
        if isinstance(data, list) and data:
            names = [str(pool.get("name_label")) for pool in data if isinstance(pool, dict)]
            return ok("pools", f"{len(data)} visible: {', '.join(names)}")
        doubts = await doubts_about_empty(self._client, Call("GET", "/pools"), filtered=False)
        return warn("pools", " ".join(["none visible.", *doubts]), "Connect a pool in XO, or let this user read it.")

    async def jsonrpc(self) -> CheckResult:
        """Whether XO's other API can be reached, over a WebSocket, and takes the same login."""
        check = "JSON-RPC"
        if self._config.no_jsonrpc:
            return ok(check, "not used, by --no-jsonrpc")
        advice = "Let WebSockets through to /api/ in the proxy before XO, or start with --no-jsonrpc."
        try:
            async with self._client.jsonrpc.connected():
                pass
        except CallError as error:
            return warn(check, f"tools that need it will fail: {error}", advice)
        if self._admin is False:
            return ok(check, "signed in; most tools that need it are for XO administrators")
        return ok(check, "signed in over a WebSocket")

    async def release(self) -> CheckResult:
        """Which release it is, by its operations: nothing names it (XO 6.7.1)."""
        check = "XO release"
        try:
            document = await self._get(DOCUMENT)
        except CallError:
            document = None
        operations = frozenset(each for each in operations_of(document) if PLUGINS not in each)
        found = identify(operations, _rest_api(document))
        if found is None:
            return warn(check, "its operations are like those of none", "See that no proxy changes XO's answers.")
        wanted = self._config.xo_release
        if wanted not in (None, AUTO, found.release) and not found.release.startswith(f"{wanted}."):
            return warn(check, f"{found.text}, and not {wanted}", f"Give --xo-release {found.release} (or auto).")
        if found.release == newest():
            return ok(check, f"{found.text}; this server was made for XO {XO_RELEASE}")
        older = f"{found.text}; this server was made for XO {XO_RELEASE} and offers what that one lacks"
        return warn(check, older, f"Hide that with --xo-release {found.release} (or auto).")


def _not_connected(error: CallError, names: SettingNames) -> CheckResult:
    cause = error.__cause__
    if cause is not None and cause_of(cause, ssl.SSLCertVerificationError) is not None:
        return fail("TLS", str(error), f"Give the file of XO's certificate authority with {names.ca_file}.")
    if cause is not None and is_tls_error(cause):
        return fail("TLS", str(error), f"Check whether {names.url} must start with http:// or https://.")
    advice = str(error).partition(": ")[2]
    return fail(
        "connection", str(error), advice[:1].upper() + advice[1:] or "Wait until XO has started, and try again."
    )


def _not_signed_in(error: XoError) -> CheckResult:
    return fail("login", error.detail, error.hint or "Create a new token in XO.")


def _judged(granted: set[tuple[str, str]], *, acting: bool) -> CheckResult:
    check = PRIVILEGES
    if not granted:
        return warn(check, "no role: lists will be empty", "Give the user a role in XO, one that reads at least.")
    text = f"{len(granted)}, on {', '.join(sorted({resource for resource, _ in granted}))}"
    if acting and all(action == "read" for _, action in granted):
        return warn(
            check, f"{text}; all of them only read", "Drop --enable-actions, or give the user a role that acts."
        )
    if acting and not granted & {("task", "read"), ("task", "*")}:
        missing = f"{text}; without task:read, actions show no progress"
        return warn(check, missing, "Add the privilege task:read to the user's role.")
    return ok(check, text)


def _rest_api(document: Json) -> str:
    information = document.get("info") if isinstance(document, dict) else None
    return str(information.get("version", "")) if isinstance(information, dict) else ""
