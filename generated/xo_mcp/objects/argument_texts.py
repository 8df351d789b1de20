"""Reads and replaces texts among arguments, at a location: `id`, `vdis[].sr`, `srIdByVdiId.*`, `srIdByVdiId.{key}`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xo_mcp.locations import ANY_KEY, EACH, KEYS, Location


def texts_at(arguments: Mapping[str, Any], location: str) -> Iterator[str]:
    """Every text at a location."""
    return _texts(arguments, Location(location).steps)


def replaced(arguments: Mapping[str, Any], location: str, instead: Mapping[str, str]) -> dict[str, Any]:
    """The arguments with some texts at a location changed; what was given stays as it is.

    Args:
        arguments: Of a tool.
        location: Where.
        instead: Text -> what replaces it.
    """
    changed: dict[str, Any] = _replaced(arguments, Location(location).steps, instead)
    return changed


def _texts(value: Any, steps: Sequence[str]) -> Iterator[str]:
    if not steps:
        if isinstance(value, str):
            yield value
        return
    if steps[0] == KEYS:
        yield from value if isinstance(value, Mapping) else ()
        return
    for key in _keys(value, steps[0]):
        yield from _texts(value[key], steps[1:])


def _replaced(value: Any, steps: Sequence[str], instead: Mapping[str, str]) -> Any:
    if not steps:
        return instead.get(value, value) if isinstance(value, str) else value
    if steps[0] == KEYS:
        return {instead.get(key, key): inner for key, inner in value.items()} if isinstance(value, Mapping) else value
    copy = list(value) if isinstance(value, list) else dict(value) if isinstance(value, Mapping) else value
    for key in _keys(value, steps[0]):
        copy[key] = _replaced(value[key], steps[1:], instead)
    return copy


def _keys(value: Any, step: str) -> Sequence[Any]:
    """The positions or names that a step leads to."""
    if step == EACH:
        return range(len(value)) if isinstance(value, list) else ()
    if not isinstance(value, Mapping):
        return ()
    if step == ANY_KEY:
        return tuple(value)
    return (step,) if step in value else ()
