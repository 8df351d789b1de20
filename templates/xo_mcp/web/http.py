"""The streamable HTTP transport: host and origin checks always armed, nothing but loopback without authentication."""

import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import anyio
import uvicorn
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from xo_mcp.addresses import is_loopback
from xo_mcp.config.config import Config
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.release import VERSION
from xo_mcp.web import metrics_page
from xo_mcp.web.bearer import FileTokens
from xo_mcp.web.client_quotas import ClientQuotas
from xo_mcp.web.connections import ACCEPTED, KEPT, LARGEST_HEAD, BoundedProtocol, most_connections
from xo_mcp.web.entrance import Entrance, NamedOrigins
from xo_mcp.web.oauth import AccessTokens, oauth_settings
from xo_mcp.web.ratelimit import Buckets, RateLimit
from xo_mcp.web.rejected_origins import RejectedOrigins
from xo_mcp.web.stopping import Server
from xo_mcp.web.subjects import Subjects

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from xo_mcp.cluster.store import Store
    from xo_mcp.telemetry.metrics import Metrics

PATH: Final = "/mcp"
HEALTH: Final = ("/health", "/healthz", "/livez")
"""As balancers and Kubernetes ask: that it answers is all there is to know."""
READY: Final = "/readyz"
"""Whether calls would work now."""
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - distinguished, not bound to
log = get_logger("http")
Unready = Callable[[], Awaitable[str | None]]


def authentication(config: Config) -> dict[str, Any]:
    """The SDK's arguments for checking bearer tokens, empty when clients need none.

    Raises:
        ConfigError: Anybody on the network could connect; or the token file or the settings of OAuth are unusable.
    """
    by_issuer = oauth_settings(config)
    if by_issuer is not None:
        subjects = Subjects(config.oauth_identities, config) if config.oauth_identities else None
        if subjects is None and config.require_own_identity:
            raise ConfigError(
                "--require-own-identity needs --oauth-identities, which says as which XO user a client acts"
            )
        tokens = AccessTokens(
            str(config.oauth_issuer),
            str(config.oauth_resource),
            subjects=subjects,
            known_only=config.require_own_identity,
        )
        return {"auth": by_issuer, "token_verifier": tokens}
    if config.oauth_identities is not None:
        raise ConfigError("--oauth-identities needs --oauth-issuer, whose tokens say who a client is")
    if config.auth_token_file is None:
        if config.require_own_identity:
            raise ConfigError(
                "--require-own-identity needs --auth-token-file or --oauth-identities, which say as which XO user a "
                "client acts"
            )
        if not is_loopback(config.host):
            raise ConfigError(
                f"{config.sources.get('host', '--host')}: {config.host} can be reached from other machines, and without"
                " authentication everybody there could use this server: give --auth-token-file or --oauth-issuer, or"
                " listen on 127.0.0.1"
            )
        return {}
    # The SDK wants an issuer even where tokens come from a file; without a resource URL it is shown nowhere.
    settings = AuthSettings(issuer_url=AnyHttpUrl("http://localhost"), resource_server_url=None)
    return {"auth": settings, "token_verifier": FileTokens(config.auth_token_file, config)}


def _reload(tokens: object) -> Callable[[], object]:
    """What SIGHUP does: read the clients' tokens again, which happens with each request, too."""
    if isinstance(tokens, AccessTokens) and tokens.subjects is not None:
        return tokens.subjects.refresh
    return tokens.refresh if isinstance(tokens, FileTokens) else lambda: None


def guard(config: Config) -> str:
    """Say whom the server lets in, in a few words."""
    if config.oauth_issuer:
        scopes = f" with {' '.join(config.oauth_scopes)}" if config.oauth_scopes else ""
        return f"access tokens of {config.oauth_issuer} for {config.oauth_resource}{scopes}"
    return "bearer tokens" if config.auth_token_file else "no authentication, this machine only"


def web_app(
    server: "MCPServer[Any]",
    config: Config,
    unready: Unready,
    store: "Store | None" = None,
    figures: "Metrics | None" = None,
) -> "Starlette":
    """The ASGI application: `/mcp`, `/health` and `/readyz` for balancers, and `/metrics` where it has figures."""
    for path in HEALTH:
        server.custom_route(path, methods=["GET"])(_health)
    server.custom_route(READY, methods=["GET"])(partial(_ready, unready))
    if figures is not None:
        metrics_page.show_beside(server, config, figures, security(config))
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=not config.http_sessions,
        max_request_body_size=config.max_request_size,
        transport_security=security(config),
        host=config.host,
    )
    app.router.redirect_slashes = False
    # The first one is outermost.
    first = [Middleware(Entrance)]
    if config.trusted_proxies:
        first.append(Middleware(ProxyHeadersMiddleware, trusted_hosts=list(config.trusted_proxies)))
    if config.allowed_origins:
        first.append(Middleware(NamedOrigins, origins=_origins(config)))
    app.user_middleware[:0] = first
    app.user_middleware.append(Middleware(RejectedOrigins))
    app.user_middleware.append(Middleware(ClientQuotas, store=store))
    if config.rate_limit:
        exempt = frozenset({*HEALTH, READY})
        limit = Middleware(RateLimit, buckets=Buckets(config.rate_limit), exempt=exempt, store=store)
        # Last, so that it knows who was authenticated.
        app.user_middleware.append(limit)
    return app


def _origins(config: Config) -> tuple[str, ...]:
    """The named origins as browsers write them."""
    return tuple(origin.rstrip("/").lower() for origin in config.allowed_origins or ())


def security(config: Config) -> TransportSecuritySettings:
    """Host and Origin headers to answer, so that a web page can't reach the server through a name of its own.

    Raises:
        ConfigError: It listens everywhere and nobody said under which names.
    """
    names = list(config.allowed_hosts or ()) or _usual_names(config)
    if not names:
        raise ConfigError(
            "--allowed-hosts is needed to listen on every address: name the hosts clients connect to, such as"
            " mcp.example.org"
        )
    origins = list(_origins(config))
    if not origins and is_loopback(config.host):
        origins = [f"http://{name}" for name in LOOPBACK]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=_with_ports([name.lower() for name in names]),
        allowed_origins=_with_ports(origins),
    )


async def run(
    server: "MCPServer[Any]",
    config: Config,
    closed: threading.Event,
    *,
    tokens: object,
    unready: Unready,
    store: "Store | None" = None,
) -> None:
    """Serve until stopped.

    Args:
        server: What answers.
        config: The operator's decisions.
        closed: Set when every call has ended.
        tokens: What verifies the clients' tokens.
        unready: Says in a word why no call would work now, or nothing.
        store: What workers share, if there are several.

    Raises:
        ConfigError: The address can't be listened on.
    """
    figures = metrics_page.begin(config)
    app = web_app(server, config, unready, store, None if config.metrics_port else figures)
    listener = _listen(config.host, config.port)
    apart = _listen(config.host, config.metrics_port) if config.metrics_port else None
    BoundedProtocol.most = most_connections()
    port = listener.getsockname()[1]
    address = f"http://{_in_url(config.host)}:{port}{PATH}"
    sys.stderr.write(f"xen-orchestra-mcp: listening on {address} ({guard(config)})\n")
    sys.stderr.flush()
    async with anyio.create_task_group() as tasks:
        beside: list[Server] = []
        if figures is not None and apart is not None:
            beside.append(Server(_bounded(metrics_page.alone(figures), config)))
            tasks.start_soon(partial(beside[0].serve, sockets=[apart]))
        await Server(_bounded(app, config)).serve_until_stopped(listener, closed, _reload(tokens))
        for each in beside:
            each.should_exit = True


def _bounded(app: "ASGIApp", config: Config) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        backlog=ACCEPTED,
        timeout_keep_alive=KEPT,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        log_config=None,
        access_log=config.log_level == "debug",
        # Who a client is must not depend on a header it writes itself; see `--trusted-proxies`.
        proxy_headers=False,
        server_header=False,
    )


def _usual_names(config: Config) -> list[str]:
    names = [urlsplit(config.oauth_resource).netloc.lower()] if config.oauth_resource else []
    if is_loopback(config.host):
        return [*names, *LOOPBACK]
    return names if config.host in EVERYWHERE else [*names, _in_url(config.host)]


async def _health(_: "Request") -> "Response":
    return JSONResponse({"status": "ok", "version": VERSION})


async def _ready(unready: Unready, _: "Request") -> "Response":
    reason = await unready()
    if reason is None:
        return JSONResponse({"status": "ok", "version": VERSION})
    return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503, headers={"Retry-After": "5"})


def _listen(address: str, port: int) -> socket.socket:
    host = address.strip("[]")
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0][0]
        made = socket.create_server((host, port), family=family)
        # With its protocol named, asyncio switches Nagle's algorithm off: it costs a kept connection 40 ms an answer.
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=made.detach())
    except OSError as error:
        raise ConfigError(f"can't listen on {address} port {port}: {error.strerror}") from error


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _with_ports(names: list[str]) -> list[str]:
    """Each name with any port, too, unless it says one."""
    found: list[str] = []
    for name in names:
        authority = name.rpartition("//")[2]
        says_port = ":" in authority.rpartition("]")[2]
        found += [name] if says_port else [name, f"{name}:*"]
    return found
