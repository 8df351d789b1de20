"""Puts a question to a person in words they know: what will happen to which object, by the name it has in XO."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.privacy.masking import masked_argument
from xo_mcp.privacy.secret_names import HIDDEN
from xo_mcp.safety.policy import SERIOUS
from xo_mcp.safety.warnings import NOTHING_SAID, warning_of
from xo_mcp.server.leaves import written, written_text
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.definitions import Entry

PATIENCE: Final = 10
"""Seconds all names together may take to look up."""
MAX_LOOKUPS: Final = 5
LONGEST: Final = 6_000
"""Characters a question may have: what can't be shown whole can't be agreed to."""
LONGEST_OF_MANY: Final = 14_000
"""The same of several objects, a list of which is read faster."""
SHORT: Final = 60
"""Characters of a name among several."""
MAX_STATE: Final = 120
"""Characters of a state, as XO gives it."""
DIGITS: Final = 24
"""Of the digest of a question: 96 bits."""
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Question:
    """What is to be confirmed.

    Attributes:
        tool: Name of the tool.
        arguments: As validated, so that spelling one differently makes it another question.
        message: What will happen to which object, in which state, for a person.
        exactly: What the agreement holds for beyond what is shown, such as all ids where some are named.
    """

    tool: str
    arguments: Mapping[str, Any]
    message: str
    exactly: str = ""

    def of(self, instance: str) -> "Question":
        """The same about one of several XOs: an agreement holds for that one."""
        return replace(
            self, arguments={**self.arguments, "instance": instance}, message=f"On {instance}: {self.message}"
        )

    @property
    def digest(self) -> str:
        """A digest of the question: an agreement holds for the one that was asked."""
        agreed = f"{self.message}\0{self.exactly}" if self.exactly else self.message
        return hashlib.sha256(agreed.encode(errors="replace")).hexdigest()[:DIGITS]


Compose = Callable[[], Awaitable[Question]]
"""Composes the question from what XO shows now."""


async def ask_about(
    client: "Client",
    entry: "Entry",
    arguments: Mapping[str, Any],
    operations: Collection[str],
    consequences: Sequence[str] = (),
    *,
    subject: str | None = None,
    seen: Sequence[Mapping[str, Any]] = (),
) -> Question:
    """Compose the question a call must be confirmed with.

    It is composed again before anything is done, and what was agreed to holds only for the same words: so it names what
    matters to the decision, and no figure that changes by itself.

    Args:
        client: Looks names up; at most a handful, within seconds.
        entry: The tool.
        arguments: Validated.
        operations: Every `METHOD /path` this package knows.
        consequences: Whole sentences about what this call will do, found out for it.
        subject: What it is about, in words, where that is several objects.
        seen: These objects, for what they are warned of.

    Raises:
        NotFound: The object it is about does not exist, so there is nothing to ask.
        ArgumentError: The arguments are too much to be shown to a person.
    """
    found = await _look_up(client, entry, arguments, operations)
    about = [] if subject is None else [subject]
    about += [_label(name, arguments[name], found.get(name)) for name in _placeholders(entry) if name in arguments]
    rest = [
        _label(name, value, found.get(name)) for name, value in arguments.items() if name not in _placeholders(entry)
    ]
    lines = [f"{entry.title}: {'; '.join(about)}." if about else f"{entry.title}."]
    if rest:
        lines.append(f"With {'; '.join(rest)}.")
    main = next((found[name] for name in _placeholders(entry) if name in found), None)
    lines += _warnings(entry, [*seen, *([] if seen else [main])])
    message = "\n".join(lines)
    longest = LONGEST if subject is None else LONGEST_OF_MANY
    if len(message) > longest:
        raise ArgumentError(
            f"Nothing was done: {entry.name} needs a person's agreement, and these arguments are more than can be shown"
            f" to one ({len(message):,} characters, at most {longest:,}). Do it in several calls."
        )
    return Question(entry.name, arguments, "\n".join([message, *consequences]))


def named_object(identity: str, seen: Mapping[str, Any] | None, digits: int | None = None) -> str:
    """One of several objects: `"web-1" (5f2c..., Running)`, or its id where it no longer exists.

    Args:
        identity: Its id.
        seen: The object as XO shows it now.
        digits: Characters of the id that are shown beside a name.
    """
    if seen is None:
        return f"{written(identity)} (not found)"
    short = {key: one_line(str(seen[key]), SHORT) for key in CONVENTIONS.names if isinstance(seen.get(key), str)}
    return _label("id", identity[:digits] if any(short.values()) else identity, {**seen, **short})


def _warnings(entry: "Entry", seen: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """What must be known of the objects, each thing once."""
    found = dict.fromkeys(warning_of(entry.facts.warning, one) for one in seen)
    warnings = [warning for warning in found if warning]
    return warnings or ([NOTHING_SAID] if entry.facts.effect in SERIOUS else [])


async def _look_up(
    client: "Client", entry: "Entry", arguments: Mapping[str, Any], operations: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Argument name to the object it names, for those that could be found in time."""
    routes = _routes(entry, arguments, operations)
    subjects = _placeholders(entry)
    seen: dict[str, Mapping[str, Any]] = {}
    with anyio.move_on_after(PATIENCE):
        for name, route in list(routes.items())[:MAX_LOOKUPS]:
            try:
                reply = await client.request(Call("GET", route, path={"id": arguments[name]}))
            except NotFound:
                if subjects and name == subjects[0]:
                    raise
            except CallError:
                continue
            else:
                if isinstance(reply.data, dict):
                    seen[name] = reply.data
    return seen


def _routes(entry: "Entry", arguments: Mapping[str, Any], operations: Collection[str]) -> dict[str, str]:
    """Argument name to the GET of the object it names: `/vms/{id}` by the path, `hostId` and `snapshotId` by name."""
    found: dict[str, list[str]] = {}
    parts = _route(entry).split("/")
    for before, part in pairwise(parts):
        if placeholder := PLACEHOLDER.match(part):
            found[placeholder[1]] = [f"/{before}/{{id}}"]
    for name in arguments:
        if name not in found and len(name) > len("id"):
            singular = re.sub(r"_?ids?$", "", name, flags=re.IGNORECASE)
            found[name] = [f"/{singular}s/{{id}}", f"/vm-{singular}s/{{id}}"]
    return {
        name: route
        for name, routes in found.items()
        if isinstance(arguments.get(name), str)
        for route in routes
        if f"GET {route}" in operations
    }


def _placeholders(entry: "Entry") -> list[str]:
    return PLACEHOLDER.findall(_route(entry))


def _route(entry: "Entry") -> str:
    """Where its object is named: in its own path, or for a JSON-RPC method in that of the GET."""
    return entry.facts.reads or "" if entry.facts.is_call else entry.facts.route


def _label(argument: str, value: Json, seen: Mapping[str, Any] | None) -> str:
    """`"web-1" (5f2c..., Running)`, or the value itself where there is no name for it; after the argument's name."""
    label = "" if argument == "id" else f"{argument} "
    value = masked_argument(value, argument)
    if value == HIDDEN:
        return f"{label}{HIDDEN}"
    if seen is not None:
        name = next((str(seen[key]) for key in CONVENTIONS.names if isinstance(seen.get(key), str) and seen[key]), None)
        if name is not None:
            state = next((str(seen[key]) for key in CONVENTIONS.states if isinstance(seen.get(key), str)), None)
            about = ", ".join([written(value).strip('"'), *([one_line(state, MAX_STATE)] if state else [])])
            return f"{label}{written_text(name)} ({about})"
    return f"{label}{written(value)}"
