"""One tool call, from arguments to MCP content: check, ask, do, record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, InputRequiredResult

from xo_mcp import policy
from xo_mcp.app import App
from xo_mcp.config import Config
from xo_mcp.confirm import ARGUMENT, Confirmer, How
from xo_mcp.definitions import Entry
from xo_mcp.errors import ArgumentError, XoMcpError
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.results import to_error, to_result
from xo_mcp.validation import Validator

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

log = get_logger("calls")
Result = CallToolResult | InputRequiredResult


@dataclass(frozen=True)
class Request:
    """One call of one tool.

    Attributes:
        entry: The tool.
        arguments: As the client sent them.
        context: Who calls, and how to talk back.
    """

    entry: Entry
    arguments: Mapping[str, Any]
    context: "Context[App, Any]"

    @property
    def app(self) -> App:
        """What all calls share."""
        return self.context.request_context.lifespan_context


class Caller:
    """Carries calls out under one configuration, whichever surface they come through.

    Args:
        config: Says which calls must be confirmed.
        operations: Every `METHOD /path` this package knows, for looking up names.
        confirmer: Asks.
    """

    def __init__(self, config: Config, operations: Collection[str], confirmer: Confirmer) -> None:
        self._config = config
        self._operations = operations
        self._confirmer = confirmer
        self._validators: dict[str, Validator] = {}

    async def call(self, request: Request) -> Result:
        """Call a tool; failures come back as results, because a model must read them.

        Raises:
            MCPError: The protocol itself was broken.
        """
        try:
            return await self._call(request)
        except XoMcpError as error:
            return to_error(REDACTOR.redact(str(error)))
        except MCPError:
            raise
        except Exception:
            log.exception("%s failed unexpectedly", request.entry.name)
            return to_error(
                f"{request.entry.name} failed because of a fault in this server, not in the call. It may or may not"
                " have been done: check before trying again. The server's log has the details."
            )

    async def _call(self, request: Request) -> Result:
        entry = request.entry
        given, token = self._split(request)
        arguments = self._validator(entry).check(given)
        if policy.asks(entry, self._config):
            verdict = await self._confirm(request, arguments, token)
            if not isinstance(verdict, str):
                return verdict
        # The facade pulls in every part of the library, which a start need not wait for.
        from xo_mcp.xo import Xo

        answer = await entry.handler(Xo(request.app, _Progress(request.context)), **entry.parameters(arguments))
        return to_result(answer, request.context.protocol_version)

    async def _confirm(self, request: Request, arguments: Mapping[str, Any], token: str | None) -> How | Result:
        from xo_mcp.question import ask_about

        question = await ask_about(request.app.client, request.entry, arguments, self._operations)
        return await self._confirmer.ask(request.context, question, token)

    def _split(self, request: Request) -> tuple[dict[str, Any], str | None]:
        """Take the confirmation out of the arguments of a tool that changes something."""
        given = dict(request.arguments)
        if request.entry.facts.effect == "read" or ARGUMENT in request.entry.schema.get("properties", {}):
            return given, None
        token = given.pop(ARGUMENT, None)
        if token is not None and not isinstance(token, str):
            raise ArgumentError(f"{ARGUMENT} must be the text an earlier answer gave.")
        return given, token or None

    def _validator(self, entry: Entry) -> Validator:
        if entry.name not in self._validators:
            self._validators[entry.name] = Validator(entry.name, entry.schema)
        return self._validators[entry.name]


class _Progress:
    """Passes progress on to the client, which only hears of it when it asked to."""

    def __init__(self, context: "Context[App, Any]") -> None:
        self._context = context

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        await self._context.report_progress(done, total, message)
