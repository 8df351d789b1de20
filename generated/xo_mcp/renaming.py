"""Properties inside arguments that clients spell differently from the API: `filter_name` for `filter[name]`.

Not every client takes every name, so that definitions hold names which all take; here the API's own come back.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xo_mcp.locations import ANY_KEY, EACH


def restored(arguments: Mapping[str, Any], renamed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give properties the API's names.

    Args:
        arguments: As the client sent them, checked.
        renamed: `{"in": [...], "name": ..., "sent_as": ...}`: the steps from the arguments to the object that has the
            property (names, `[]` for each item, `*` for each free key), its name here, and the API's.

    Returns:
        New arguments; those that came in are as they were.
    """
    result = dict(arguments)
    # Inner names first: the steps to them are written in the names of the definition.
    for entry in sorted(renamed, key=lambda entry: -len(entry["in"])):
        first, *steps = entry["in"]
        if first in result:
            result[first] = _renamed(result[first], steps, entry["name"], entry["sent_as"])
    return result


def _renamed(value: Any, steps: list[str], name: str, sent_as: str) -> Any:
    if not steps:
        if not isinstance(value, dict) or name not in value:
            return value
        return {sent_as if key == name else key: inner for key, inner in value.items()}
    step, *rest = steps
    if step == EACH:
        return [_renamed(item, rest, name, sent_as) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    return dict(_inside(value, step, rest, name, sent_as))


def _inside(value: dict[str, Any], step: str, rest: list[str], name: str, sent_as: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        yield key, _renamed(inner, rest, name, sent_as) if step in (key, ANY_KEY) else inner
