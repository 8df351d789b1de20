"""What reads will show once they see a change."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from xo_mcp.decisions import decision
from xo_mcp.errors import CallError, Unreachable
from xo_mcp.types import Arguments, Call, Json

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UNSET: Final = (None, "", "false", False)  # values of a key that is not set

Seen = Callable[[Mapping[str, Json] | None], bool | None]
"""Whether an object as GET shows it (`None`: 404) is as expected; `None` when that can't be known."""


@dataclass(frozen=True)
class Expectation:
    """What reads will show once they see a write.

    Attributes:
        route: The GET to ask.
        path: Its parameters.
        seen: Says whether an answer is as expected.
        what: Names it, for a note.
    """

    route: str
    path: Arguments
    seen: Seen
    what: str


def snake_case(name: str) -> str:
    """`name_label` for `nameLabel`: some bodies have the names of properties so."""
    return _HUMP.sub("_", name).lower()


def not_shown_yet(what: str) -> str:
    """The note on a success that reads do not show."""
    return f"XO accepted this, but reads do not show {what} yet: they lag behind writes. Look again in a moment."


def still_working(error: CallError, reads: str) -> Unreachable:
    """The error of a change that XO did not answer, and that reads do not show."""
    return Unreachable(f"{error} Just now, reads {reads}: XO may still be working on it.")


def expectation(call: Call, reads: str | None, *, strict: bool = False) -> Expectation | None:
    """What reads will show once they see a change.

    Args:
        call: The change, its body as it was sent.
        reads: The route of the object's GET, if it has one.
        strict: Whether values that can't be compared leave it open, rather than being passed over.

    Returns:
        `None` when nothing can be known: there is no GET, or none of the values sent shows in it.
    """
    if reads is None:
        return None
    body = call.body
    if call.method == "DELETE" and call.route == reads:
        return Expectation(reads, call.path, lambda seen: seen is None, "that it was deleted")
    if call.method == "PATCH" and isinstance(body, dict):
        properties = decision(call.operation).shows_in
        return Expectation(
            reads, call.path, lambda seen: _shows(seen, body, properties, strict=strict), "the new values"
        )
    member = member_of(call.route, reads, call.path)
    if member is not None and call.method in ("PUT", "DELETE"):
        put = call.method == "PUT"
        return Expectation(reads, call.path, lambda seen: _holds(seen, *member, wanted=put), "the change")
    return None


def creation(creates: str | None, created: str) -> Expectation | None:
    """Expect a new object; `None` when there is no GET for it.

    Args:
        creates: The GET of such objects.
        created: The new object's id.
    """
    if creates is None:
        return None
    return Expectation(creates, {"id": created}, lambda seen: seen is not None, "the new object")


def member_of(route: str, reads: str, path: Arguments) -> tuple[str, str] | None:
    """Split `/vms/{id}/tags/{tag}` beside `/vms/{id}` into the list it changes and the value: `tags`, what `tag` is."""
    match = re.fullmatch(r"/([\w-]+)/\{([\w-]+)\}", route.removeprefix(reads)) if route.startswith(reads) else None
    value = path.get(match[2]) if match else None
    return (match[1], value) if match and isinstance(value, str) else None


def _holds(seen: Mapping[str, Json] | None, name: str, value: str, *, wanted: bool) -> bool | None:
    members = seen.get(name) if seen is not None else None
    return (value in members) is wanted if isinstance(members, list) else None


def _shows(
    seen: Mapping[str, Json] | None, sent: Mapping[str, Json], properties: Mapping[str, str], *, strict: bool = False
) -> bool | None:
    """Whether an object shows the values of a PATCH, as far as it has properties of these names.

    PATCH /vms takes `nameLabel` where GET has `name_label`; other bodies use GET's own names, unless `properties`
    says otherwise. What XO keeps in another form can't be compared and is passed over.
    """
    if seen is None:
        return False
    verdicts = [_same(_value_in(seen, properties.get(name, name)), value) for name, value in sent.items()]
    known = [verdict for verdict in verdicts if verdict is not None]
    if strict and len(known) < len(verdicts) and all(known):
        return None
    return all(known) if known else None


def _value_in(seen: Mapping[str, Json], path: str) -> Json:
    """The value at `memory.dynamic.1`, or of a property whose name is spelled differently."""
    if "." not in path:
        return seen.get(path if path in seen else snake_case(path))
    value: Json = dict(seen)
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _same(shown: Json, sent: Json) -> bool | None:
    """Whether a value shown is the value sent; `None` when their kinds differ, so that nothing can be known."""
    if sent is None:
        return shown in (None, "")  # null clears
    if isinstance(sent, bool) or isinstance(shown, bool):
        return shown is sent if isinstance(shown, bool) and isinstance(sent, bool) else None
    if isinstance(sent, (int, float)) and isinstance(shown, (int, float)):
        return shown == sent
    if isinstance(sent, str) and isinstance(shown, str):
        return shown == sent
    if isinstance(sent, list) and isinstance(shown, list) and all(isinstance(each, str) for each in [*sent, *shown]):
        return sorted(map(str, sent)) == sorted(map(str, shown))
    return _has_keys(shown, sent) if isinstance(sent, dict) and isinstance(shown, dict) else None


def _has_keys(shown: Mapping[str, Json], sent: Mapping[str, Json]) -> bool | None:
    """Whether an object has what was sent of it: XO merges keys, and drops those that are null or false."""
    verdicts: list[bool | None] = []
    for key, value in sent.items():
        found = next((shown[name] for name in shown if name == key or name.endswith(f"/{key}")), None)
        if isinstance(value, (dict, list)):
            verdicts.append(None)
        elif value is None or value is False:
            verdicts.append(found in _UNSET)
        else:
            verdicts.append(found == value if isinstance(found, type(value)) else str(found) == str(value).lower())
    known = [verdict for verdict in verdicts if verdict is not None]
    return None if len(known) < len(verdicts) and all(known) else all(known)


def state_of(path: Arguments, reads: str, wanted: Mapping[str, str]) -> Expectation:
    """Expect an object to show these values, as texts (`{"power_state": "Running"}`)."""

    def seen(shown: Mapping[str, Json] | None) -> bool | None:
        if shown is None or not any(name in shown for name in wanted):
            return None
        return all(str(shown.get(name)).casefold() == str(value).casefold() for name, value in wanted.items())

    return Expectation(reads, path, seen, " and ".join(f"`{name}` {value}" for name, value in wanted.items()))
