"""Figures for Prometheus: beside `/mcp`, to the same clients, or at a port of their own, under the same bounds."""

from typing import TYPE_CHECKING, Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.responses import Response as PlainResponse
from starlette.routing import Route

from xo_mcp.config.config import Config
from xo_mcp.web.entrance import Entrance

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from xo_mcp.telemetry.metrics import Metrics

METRICS: Final = "/metrics"


def begin(config: Config) -> "Metrics | None":
    """Count from now on, where the operator wants that.

    Raises:
        ConfigError: The extra is not installed.
    """
    if not (config.metrics or config.metrics_port):
        return None
    from xo_mcp.telemetry import metrics  # only where it is wanted, and installed

    return metrics.start()


def show_beside(
    server: "MCPServer[Any]", config: Config, figures: "Metrics", security: TransportSecuritySettings
) -> None:
    """Show the figures beside `/mcp`, to the same clients.

    Args:
        server: What answers there.
        config: Says whether clients have tokens.
        figures: What is shown.
        security: Host and Origin headers to answer.
    """
    is_open = config.auth_token_file is None and config.oauth_issuer is None
    names = TransportSecurityMiddleware(security)

    async def show(request: "Request") -> "Response":
        # Where no token is asked for, a page in a browser on this machine could reach it through a name of its own.
        if is_open and (refused := await names.validate_request(request)):
            return refused
        if not is_open and not isinstance(request.scope.get("user"), AuthenticatedUser):
            return JSONResponse({"error": "invalid_token"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return _page(figures)

    server.custom_route(METRICS, methods=["GET"])(show)


def alone(figures: "Metrics") -> "ASGIApp":
    """The figures alone, for everybody who can connect: names of tools and counts, nothing else."""

    async def show(_: "Request") -> "Response":
        return _page(figures)

    return Starlette(routes=[Route(METRICS, show)], middleware=[Middleware(Entrance)])


def _page(figures: "Metrics") -> "Response":
    return PlainResponse(figures.page(), headers={"Content-Type": figures.content_type})
