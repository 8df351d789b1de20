"""One tool call, from arguments to MCP content: check, ask, do, record."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mcp.server.request_state import authenticated_principal
from mcp.shared.exceptions import MCPError

from xo_mcp import observing
from xo_mcp.answer import Answer
from xo_mcp.bounds import LINE, TEXT
from xo_mcp.config.config import Config
from xo_mcp.config.instances import ONLY
from xo_mcp.definitions import Entry
from xo_mcp.errors import ArgumentError, XoMcpError
from xo_mcp.logs import explained, get_logger
from xo_mcp.parsing import object_in
from xo_mcp.reads.taskview import UNSETTLED
from xo_mcp.safety import policy
from xo_mcp.safety.audit import Attempt
from xo_mcp.safety.trail import Trail
from xo_mcp.safety.validation import Validator
from xo_mcp.server.app import App
from xo_mcp.server.confirm import How
from xo_mcp.server.handlers import handler_of
from xo_mcp.server.merging import QUERY
from xo_mcp.server.outcomes import came_to, fault, outcome_of, since, who
from xo_mcp.server.presentation import presented
from xo_mcp.server.question import Compose, Question, ask_about
from xo_mcp.server.requests import Request, Result, Toolbox
from xo_mcp.server.results import to_error, to_result

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

    from xo_mcp.api.client import Client
    from xo_mcp.objects.moves import Tracked
    from xo_mcp.server.many import Batch
    from xo_mcp.xo import Xo

NONE_OFFERED: Final[Mapping[str, Entry]] = MappingProxyType({})
log = get_logger("calls")


class Caller:
    """Carries calls out in one session with XO, whichever surface they come through.

    Args:
        config: Says which calls must be confirmed.
        app: Holds the session.
        tools: What all callers of this server share.
        offered: The tools that may be called, by each of their names.
        instance: What the XO is called, where there are several.
    """

    def __init__(
        self,
        config: Config,
        app: App,
        tools: Toolbox,
        offered: Mapping[str, Entry] = NONE_OFFERED,
        *,
        instance: str = ONLY,
    ) -> None:
        self._config = config
        self._app = app
        self._operations = tools.operations
        self._confirmer = tools.confirmer
        self._audit = tools.audit
        self._quotas = tools.quotas
        self._offered = offered
        self._can_query = QUERY in offered
        self._instance = instance
        self._validators: dict[str, Validator] = {}

    async def call(self, request: Request) -> Result:
        """Call a tool; failures come back as results, because a model must read them.

        Raises:
            MCPError: The protocol itself was broken.
        """
        return await self.carried_out(request, self._call)

    async def carried_out(self, request: Request, work: Callable[[Request, Trail], Awaitable[Result]]) -> Result:
        """Do the work of a call within the client's quotas, observed and recorded; see `call`."""
        with observing.call(request.entry.name) as seen:
            result = await self._recorded(request, work, seen)
            if seen.is_watched:
                seen.outcome, seen.size = came_to(result)
        return result

    async def _recorded(
        self, request: Request, work: Callable[[Request, Trail], Awaitable[Result]], seen: observing.CallSeen
    ) -> Result:
        """Do the work of a call, and keep a record of what becomes of it."""
        trail = self.trail(request.entry, request.arguments, request.context)
        try:
            client = authenticated_principal(request.context.request_context)
            async with self._quotas.taken_everywhere(request.entry.facts.kind, client):
                return await work(request, trail)
        except XoMcpError as error:
            seen.error = type(error).__name__
            reason = explained(f"{error}{since(request.entry, error)}")
            await trail.end(outcome_of(error, trail), reason=reason, task=request.task)
            return to_error(reason)
        except MCPError as error:
            await trail.end("failed", reason=error.message, task=request.task)
            raise
        except Exception as error:
            seen.error = type(error).__name__
            log.exception("%s failed unexpectedly", request.entry.name)
            await trail.end("failed", reason=type(error).__name__, task=request.task)
            return to_error(fault(request.entry, started=trail.started))
        except BaseException:
            await trail.end("cancelled", task=request.task)
            raise

    def trail(self, entry: Entry, arguments: Mapping[str, Any], context: "Context[Any, Any] | None") -> Trail:
        """Begin the record of a call; reads leave none."""
        audit = self._audit if entry.facts.effect != "read" else None
        attempt = Attempt.now(entry.name, arguments, who(context) if audit and context else {})
        named = {"instance": self._instance} if self._instance else {}
        return Trail(audit, replace(attempt, xo=named))

    def checked(self, request: Request) -> dict[str, Any]:
        """The arguments of a call, valid, by the names of the function's parameters.

        Raises:
            ArgumentError: They are not.
        """
        given, _ = self._split(request)
        return request.entry.parameters(self._validator(request.entry).check(given))

    async def xo(self, request: Request, many: Callable[[], Awaitable[Answer]] | None = None) -> "Xo":
        """The call's view of XO.

        Args:
            request: The call.
            many: Calls another tool on many objects.
        """
        # The facade pulls in every part of the library, which a start need not wait for.
        from xo_mcp.xo import Xo

        owner = authenticated_principal(request.context.request_context)
        progress = _Progress(request.context)
        return Xo(await self._app.session(), progress, owner=owner, started=request.tasks.append, many=many)

    async def _each(self, request: Request, trail: Trail, batch: "Batch", how: str | None) -> Answer:
        """Call another tool on many objects."""
        from xo_mcp.xo import Xo  # as in `xo`

        session = await self._app.session()
        owner = authenticated_principal(request.context.request_context)

        def facade(waits: bool, tasks: list[str]) -> Xo:
            return Xo(session, owner=owner, started=tasks.append, waits=waits)

        def begin(given: Mapping[str, Any]) -> Trail:
            return self.trail(batch.entry, given, request.context).within(trail)

        return await batch.run(facade, begin, how, _Progress(request.context))

    async def result_of(self, request: Request, answer: Answer) -> Result:
        """An answer as the client gets it."""
        from xo_mcp.inventory.continuing import rest_of  # brings the inventory, which a call that fails does without

        session = await self._app.session()
        go_on = rest_of if self._can_query else None
        shown = await presented(request.with_rename(answer), self._config.output_budget, session.client.redact, go_on)
        return to_result(shown, request.context.protocol_version)

    async def _call(self, request: Request, trail: Trail) -> Result:
        entry = request.entry
        given, token = self._split(request)
        arguments = self._validator(entry).check(given)
        named: tuple[str, ...] = ()
        if entry.facts.kinds:
            arguments, named = await self._by_ids(entry, arguments)
            trail.about(arguments)
        batch = await self._batch(arguments) if entry.facts.kind == policy.MANY else None
        if batch is not None:
            trail.about(batch.audited)
        how: str | None = None
        if policy.may_ask(entry, self._config):
            verdict = await self._confirm(request, arguments, token, batch)
            if verdict is not None and not isinstance(verdict, str):
                await trail.end("asked")
                return verdict
            how = verdict
        if trail.is_kept:
            trail.acts_as(await self._app.user())
        tracked = await self._tracked(entry, arguments)
        await trail.start(how)
        xo = await self.xo(request, None if batch is None else partial(self._each, request, trail, batch, how))
        answer = await handler_of(entry)(xo, **entry.parameters(arguments))
        if tracked is not None:
            answer = await tracked.with_moves(answer)
        said = object_in(answer.data)
        pending = str(said.get("status")) in UNSETTLED
        await trail.end("pending" if pending else "done", task=request.task or said.get("taskId"))
        answer = replace(answer, notes=(*named, *answer.notes)) if named else answer
        return await self.result_of(request, answer)

    async def _by_ids(self, entry: Entry, arguments: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The arguments with ids instead of names, and notes about that."""
        from xo_mcp.objects.names import names_in, resolved  # brings the inventory, as the facade does

        if not names_in(entry.facts, arguments):
            return arguments, ()
        found = await resolved((await self._app.session()).client, entry.facts, arguments)
        return found.arguments, found.notes

    async def _tracked(self, entry: Entry, arguments: Mapping[str, Any]) -> "Tracked | None":
        """The objects that a call may move, and where they are."""
        if not entry.facts.moves:
            return None
        from xo_mcp.objects.moves import track  # few calls move anything

        return await track(await self._app.session(), entry, arguments)

    async def _batch(self, arguments: Mapping[str, Any]) -> "Batch":
        """What `run_on_many` is to do, and to what exactly."""
        from xo_mcp.server.batching import batch_of  # only `run_on_many` needs it

        session = await self._app.session()
        return await batch_of(session, self._offered, self._validator, self._operations, arguments)

    async def _confirm(
        self, request: Request, arguments: Mapping[str, Any], token: str | None, batch: "Batch | None"
    ) -> How | Result | None:
        """Have a person agree; nobody is asked about what needs it only sometimes, and does not now."""
        from xo_mcp.objects.consequences import ConsequenceQuery  # brings the inventory, which few calls need

        entry = request.entry if batch is None else batch.entry
        if batch is not None and batch.is_dry_run:
            return None
        session = await self._app.session()
        query = ConsequenceQuery(session, entry, arguments) if batch is None else batch.consequence_query
        if not policy.asks(entry, self._config) and not await query.reasons():
            return None
        if batch is not None:
            return await self._confirmer.ask(request.context, partial(self._with_instance, batch.compose), token)

        async def compose() -> Question:
            consequences = await _consequences(session.client, entry, arguments)
            found = await query.run()
            return await ask_about(session.client, entry, arguments, self._operations, (*consequences, *found.lines))

        return await self._confirmer.ask(request.context, partial(self._with_instance, compose), token)

    async def _with_instance(self, compose: Compose) -> Question:
        """A question with the name of the XO it is about, where there are several."""
        question = await compose()
        return question.of(self._instance) if self._instance else question

    def _split(self, request: Request) -> tuple[dict[str, Any], str | None]:
        """Take the confirmation out of the arguments of a tool that changes something."""
        given = dict(request.arguments)
        if request.entry.facts.effect == "read" or policy.TOKEN_ARGUMENT in request.entry.schema.get("properties", {}):
            return given, None
        token = given.pop(policy.TOKEN_ARGUMENT, None)
        if token is not None and not isinstance(token, str):
            raise ArgumentError(f"{policy.TOKEN_ARGUMENT} must be the text an earlier answer gave.")
        return given, token or None

    def _validator(self, entry: Entry) -> Validator:
        if entry.name not in self._validators:
            longest = LINE if entry.facts.effect == "read" else TEXT
            self._validators[entry.name] = Validator(entry.name, entry.schema, longest, entry.facts)
        return self._validators[entry.name]


async def _consequences(client: "Client", entry: Entry, arguments: Mapping[str, Any]) -> Sequence[str]:
    """What a call will do, where that can be found out."""
    if entry.facts.builder is None:
        return ()
    from xo_mcp.builders.dispatch import consequences  # few tools have a builder

    return await consequences(client, entry.facts.builder, arguments)


class _Progress:
    """Passes progress on to the client, which only hears of it when it asked to."""

    def __init__(self, context: "Context[Any, Any]") -> None:
        self._context = context

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        await self._context.report_progress(done, total, message)
