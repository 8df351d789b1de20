"""Turns the arguments of `run_on_many` into calls, or into the reason why they can't be made."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.objects.names import resolved
from xo_mcp.safety.policy import MANY
from xo_mcp.server.many import Batch
from xo_mcp.server.targets import chosen
from xo_mcp.text import one_line

if TYPE_CHECKING:
    from xo_mcp.definitions import Entry
    from xo_mcp.safety.validation import Validator
    from xo_mcp.session import Session

FILES: Final = frozenset({"upload", "download", "fetch"})
"""Kinds of tools that take or make a file: one at a time."""


async def batch_of(
    session: "Session",
    offered: "Mapping[str, Entry]",
    validator: "Callable[[Entry], Validator]",
    operations: Collection[str],
    given: Mapping[str, Any],
) -> Batch:
    """Find out what `run_on_many` is to do.

    Args:
        session: With XO.
        offered: The tools that may be called, by name.
        validator: Checks the arguments of one.
        operations: Every `METHOD /path` this package knows.
        given: The arguments of `run_on_many`, checked.

    Raises:
        ArgumentError: The tool can't be called on many objects, arguments or objects are wrong.
        CallError: XO does not answer.
    """
    entry = _tool(str(given["tool"]), offered)
    others = dict(given.get("arguments", {}))
    subject = entry.facts.subject
    if subject in others:
        raise ArgumentError(f"Nothing was done: `targets` gives `{subject}`, so `arguments` must not.")
    targets = await chosen(session, entry, given["targets"])
    # All calls are alike but for their object: checked once.
    checked = validator(entry).check({**others, subject: targets.chosen[0].id})
    checked.pop(subject)
    pools = {target.pool for target in targets.chosen}
    named = await resolved(session.client, entry.facts, checked, pools)
    return Batch(
        session,
        operations,
        given,
        entry,
        targets.chosen,
        named.arguments,
        (*targets.notes, *named.notes),
        stops=given.get("on_error", "stop") == "stop",
        is_dry_run=bool(given.get("dry_run", False)),
    )


def _tool(name: str, offered: "Mapping[str, Entry]") -> "Entry":
    entry = offered.get(name)
    shown = one_line(name, 60)
    if entry is None:
        raise ArgumentError(
            f"Nothing was done: no tool {shown} is offered{suggestion(name, offered)}.".replace("?.", "?")
        )
    facts = entry.facts
    if facts.effect == "read" or facts.kind == MANY:
        raise ArgumentError(
            f"Nothing was done: {shown} is not a tool that changes one object. Read with query_inventory."
        )
    if facts.kind in FILES:
        raise ArgumentError(f"Nothing was done: {shown} takes a file. Call it for one object at a time.")
    if not facts.subject:
        raise ArgumentError(f"Nothing was done: {shown} is about no single object that exists already. Call it itself.")
    return entry
