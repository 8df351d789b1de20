"""Calls of a server with several XOs: each goes to the one that `instance` names, or a query to all."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, PromptReference, Resource, ResourceTemplate, ResourceTemplateReference

from xo_mcp.config.instances import EVERYWHERE, INSTANCE
from xo_mcp.errors import ArgumentError, XoMcpError
from xo_mcp.inventory.execution import ROWS
from xo_mcp.inventory.id_case import in_any_case
from xo_mcp.inventory.together import missing, of_all, run_together
from xo_mcp.logs import REDACTOR
from xo_mcp.nearest import suggestion
from xo_mcp.server.completions import CompletionRequest, fitting
from xo_mcp.server.merging import QUERY
from xo_mcp.server.requests import Request, Result
from xo_mcp.server.resources import GUIDES, SCHEME
from xo_mcp.server.results import to_error
from xo_mcp.text import as_sent, one_line
from xo_mcp.types import OMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver.context import Context

    from xo_mcp.definitions import Entry
    from xo_mcp.safety.trail import Trail
    from xo_mcp.server.view import View


class Router:
    """Carries calls out at the XO they name.

    Args:
        views: What the client sees of each XO.
    """

    def __init__(self, views: "Mapping[str, View]") -> None:
        self._views = views

    async def call(self, request: Request) -> Result:
        """Call a tool; failures come back as results."""
        rest = dict(request.arguments)
        name = rest.pop(INSTANCE, None)
        if name == EVERYWHERE and request.entry.name == QUERY:
            return await self._query_all(replace(request, arguments=rest))
        try:
            view, entry = self._chosen(name, request.entry)
        except ArgumentError as error:
            await self.trail(request.entry, request.arguments, request.context).end("refused", reason=str(error))
            return to_error(str(error))
        return await view.caller.call(replace(request, entry=entry, arguments=rest))

    def trail(self, entry: "Entry", arguments: Mapping[str, Any], context: "Context[Any, Any] | None") -> "Trail":
        """Begin the record of a call that is not carried out."""
        name = arguments.get(INSTANCE)
        view = self._views.get(name) if isinstance(name, str) else None
        return (view or next(iter(self._views.values()))).caller.trail(entry, arguments, context)

    def _chosen(self, name: Any, wanted: "Entry") -> "tuple[View, Entry]":
        """The XO that is named, and the tool as it offers it.

        Raises:
            ArgumentError: None of that name is known to this client, or it does not offer the tool.
        """
        if not isinstance(name, str) or name not in self._views:
            fault = "is missing" if name is None else f"{one_line(str(name), 60)!r} is unknown"
            hint = suggestion(str(name), self._views, count=1) if name is not None else ""
            raise ArgumentError(f"`{INSTANCE}` {fault}{hint}: it names the XO, one of {', '.join(self._views)}.")
        view = self._views[name]
        entry = _offered(view, wanted.name)
        if entry is None:
            why = view.offer.hidden.get(wanted.name, "it is not offered there")
            raise ArgumentError(f"{name} does not offer {wanted.name}: {why}.")
        return view, entry

    async def _query_all(self, request: Request) -> Result:
        """Put one query to every XO, and answer the rows of all."""
        offering = {name: _offered(view, QUERY) for name, view in self._views.items()}
        views = {name: self._views[name] for name, entry in offering.items() if entry is not None}
        if not views:
            return to_error(f"No XO offers {QUERY}.")
        first = next(iter(views.values()))
        request = replace(request, entry=_offered(first, QUERY) or request.entry)
        return await first.caller.carried_out(request, partial(_rows_of_all, views))


async def _rows_of_all(views: "Mapping[str, View]", request: Request, trail: "Trail") -> Result:
    """Put a query that was checked to every XO that can be reached."""
    del trail
    first = next(iter(views.values()))
    given = {"limit": ROWS, "format": "json", "filename": OMIT, **first.caller.checked(request)}
    sql, span = given.pop("sql"), given.pop("span", "hour")
    async with AsyncExitStack() as stack:
        fleets, facades = {}, {}
        failed: dict[str, XoMcpError] = {}
        for name, view in views.items():
            try:
                facade = await view.caller.xo(request)
                fleets[name] = await stack.enter_async_context(facade.fleet(span))
            except XoMcpError as error:
                failed[name] = error
            else:
                facades[name] = facade
        if not fleets:
            raise of_all(failed)
        # Any that works can put the answer together.
        name, xo = next(iter(facades.items()))
        limits = await xo.limits_of_query(**given)
        found = await in_any_case(sql, partial(run_together, fleets, limits=limits))
    whole = replace(found, notes=(*missing(failed), *found.notes))
    return await views[name].caller.result_of(request, await xo.answer_from_inventory(whole, **given))


def _offered(view: "View", name: str) -> "Entry | None":
    return next((entry for entry in view.offer.entries if entry.name == name), None)


async def values_of(views: "Mapping[str, View]", wanted: "CompletionRequest") -> list[str]:
    """What an argument may be at several XOs; one that does not answer hurts no other.

    Args:
        views: What the client sees of each XO.
        wanted: `instance` among the other arguments names one of them; without it, a prompt may be about any.

    Raises:
        MCPError: There is no such prompt or template.
    """
    template = None if isinstance(wanted.reference, PromptReference) else wanted.reference.uri
    if template is not None:
        uri = template.replace(f"{SCHEME}{{{INSTANCE}}}/", SCHEME)
        if uri == template and not uri.startswith(GUIDES):
            raise MCPError(INVALID_PARAMS, f"Unknown resource template: {as_sent(uri, 100)}")
        wanted = replace(wanted, reference=ResourceTemplateReference(uri=uri))
    if wanted.name == INSTANCE:
        return fitting(views, wanted.typed)
    named = wanted.others.get(INSTANCE)
    chosen = [view for name, view in views.items() if name == named or (template is None and not named)]
    if template is not None and template.startswith(GUIDES):
        chosen = [next(iter(views.values()))]
    found: list[list[str]] = [[] for _ in chosen]

    async def ask(position: int, view: "View") -> None:
        found[position] = await view.values(wanted)

    try:
        async with anyio.create_task_group() as tasks:
            for position, view in enumerate(chosen):
                tasks.start_soon(ask, position, view)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return fitting(dict.fromkeys(value for values in found for value in values), wanted.typed)


class ManyResources:
    """The resources of several XOs: `xo://<instance>/vms/<id>`.

    Args:
        views: What the client sees of each XO.
    """

    def __init__(self, views: "Mapping[str, View]") -> None:
        self._views = views

    def resources(self) -> list[Resource]:
        """Every guide, once."""
        return next(iter(self._views.values())).resources.resources()

    def templates(self) -> list[ResourceTemplate]:
        """One template per collection that one of the XOs shows, with the XO's name in it."""
        found: dict[str, ResourceTemplate] = {}
        for view in self._views.values():
            for template in view.resources.templates():
                address = template.uri_template
                if not address.startswith(GUIDES):
                    address = f"{SCHEME}{{{INSTANCE}}}/{address.removeprefix(SCHEME)}"
                found.setdefault(address, template.model_copy(update={"uri_template": address}))
        return list(found.values())

    async def read(self, uri: str) -> "Iterable[ReadResourceContents]":
        """Read one resource.

        Raises:
            ResourceNotFoundError: There is nothing at this address.
            ResourceError: XO refused, or could not be reached.
        """
        name, inner = self.split(uri)
        return await self._views[name].read(inner)

    def split(self, uri: str) -> tuple[str, str]:
        """The XO that an address is of, and the address there; guides are the same for all.

        Raises:
            ResourceNotFoundError: No XO has it.
        """
        if uri.startswith(GUIDES):
            return next(iter(self._views)), uri
        name, _, rest = uri.removeprefix(SCHEME).partition("/")
        known = uri.startswith(SCHEME) and name in self._views
        # Guides are the same for all, at one address.
        if not known or f"{SCHEME}{rest}/".startswith(GUIDES):
            raise ResourceNotFoundError(f"There is no resource {one_line(REDACTOR.redact(uri))}")
        return name, f"{SCHEME}{rest}"
