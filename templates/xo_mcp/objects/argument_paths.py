"""Paths inside arguments, as definitions name them: `id`, `vdis[].sr`, values and keys (`srIdByVdiId{}`, `{key}`)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from xo_mcp.locations import EACH

KEY: Final = "{key}"
_STEP: Final = re.compile(r"\[\]|\{\}|\{key\}|[^.\[{]+")


def texts_at(arguments: Mapping[str, Any], path: str) -> Iterator[str]:
    """Every text at a path."""
    return _texts(arguments, _STEP.findall(path))


def replaced(arguments: Mapping[str, Any], path: str, instead: Mapping[str, str]) -> dict[str, Any]:
    """The arguments with some texts at a path changed; what was given stays as it is.

    Args:
        arguments: Of a tool.
        path: Where.
        instead: Text -> what replaces it.
    """
    changed: dict[str, Any] = _replaced(arguments, _STEP.findall(path), instead)
    return changed


def _texts(value: Any, steps: Sequence[str]) -> Iterator[str]:
    if not steps:
        if isinstance(value, str):
            yield value
        return
    if steps[0] == KEY:
        yield from value if isinstance(value, Mapping) else ()
        return
    for key in _keys(value, steps[0]):
        yield from _texts(value[key], steps[1:])


def _replaced(value: Any, steps: Sequence[str], instead: Mapping[str, str]) -> Any:
    if not steps:
        return instead.get(value, value) if isinstance(value, str) else value
    if steps[0] == KEY:
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
    if step == "{}":
        return tuple(value)
    return (step,) if step in value else ()
