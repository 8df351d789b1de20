"""Data of the reference page's comparison of any two releases: which tool had what, and when."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.history.features import DEPRECATED, Presence
from generator.history.history import History, Life
from generator.library import Location
from generator.model.tool import Tool, argument_of

_OF_ARGUMENTS = frozenset({"argument", "required", "limited", "value", "type"})
_WITH_VALUE = frozenset({"value", "type"})


@dataclass(frozen=True)
class Comparison:
    """Every release against every other, by what each has.

    A presence is a list of releases, counted from 0, at which something came, went, came back, and so on.

    Attributes:
        history: Of the API.
        tools: Today's.
    """

    history: History
    tools: Sequence[Tool]

    @property
    def releases(self) -> Sequence[str]:
        """Oldest first."""
        return self.history.releases

    @cached_property
    def data(self) -> dict[str, Any]:
        """As JSON data: the releases, and a row for each tool, or operation without one, that did not stay the same."""
        return {"releases": list(self.releases), "rows": [row for row in self._rows() if self._differs(row)]}

    @property
    def json(self) -> str:
        """The same as text, as short as it gets."""
        return json.dumps(self.data, separators=(",", ":"), ensure_ascii=True)

    def _rows(self) -> Iterator[dict[str, Any]]:
        by_key: dict[str, list[Tool]] = defaultdict(list)
        for tool in self.tools:
            by_key[tool.key].append(tool)
        for key, life in self.history.operations.items():
            for tool in by_key.get(key, ()):
                yield self._row(key, self._presence_of(tool, life), tool.name, self._of_tool(tool, life))
            if key not in by_key:
                yield self._row(key, self._exists(life), "", _in_tool_terms(life.features.items()))

    def _row(
        self, key: str, there: Sequence[int], tool: str, features: Iterable[tuple[str, Presence]]
    ) -> dict[str, Any]:
        cells = [[*feature.partition(" ")[::2], *self._indexes(presence)] for feature, presence in features]
        return {"tool": str(tool), "key": key, "there": list(there), "features": cells}

    def _differs(self, row: dict[str, Any]) -> bool:
        return row["there"] != [0] or bool(row["features"])

    def _exists(self, life: Life) -> list[int]:
        return self._indexes((life.span.since,) if life.span.removed is None else (life.span.since, life.span.removed))

    def _presence_of(self, tool: Tool, life: Life) -> list[int]:
        """Of a tool: while its operation is there, is not deprecated, and knows the value a split decided."""
        values = [life.features.get(f"value path.{name}={value}") for name, value in tool.fixed]
        deprecated = self._indexes(life.features.get(DEPRECATED, ()))
        needed = [self._exists(life), *(self._indexes(value) for value in values if value)]
        flags = [
            all(_covers(turns, release) for turns in needed) and not _covers(deprecated, release)
            for release in range(len(self.releases))
        ]
        return [release for release, flag in enumerate(flags) if flag != (release > 0 and flags[release - 1])]

    def _of_tool(self, tool: Tool, life: Life) -> Iterator[tuple[str, Presence]]:
        """The features a tool's user notices."""
        removed = {location for location, entry in life.inputs.items() if entry.span.removed is not None}
        for feature, presence in life.features.items():
            kind, _, location = feature.partition(" ")
            where = Location(location.partition("=")[0] if kind in _WITH_VALUE else location)
            # What the library sets by itself is nobody's argument, and what a write answers is the library's word.
            is_seen = where in removed or argument_of(tool, where) if kind in _OF_ARGUMENTS else kind != DEPRECATED
            if is_seen and (kind != "field" or tool.hints.effect == "read"):
                yield from _in_tool_terms([(feature, presence)], tool)

    def _indexes(self, presence: Iterable[str]) -> list[int]:
        return [self.releases.index(release) for release in presence]


def _in_tool_terms(
    features: Iterable[tuple[str, Presence]], tool: Tool | None = None
) -> Iterator[tuple[str, Presence]]:
    """Features under the names of a tool's arguments, or without the part of the request they are in."""
    for feature, presence in features:
        kind, _, location = feature.partition(" ")
        if kind in _OF_ARGUMENTS:
            location, equals, value = location.partition("=") if kind in _WITH_VALUE else (location, "", "")
            where = Location(location)
            own = argument_of(tool, where) if tool else ""
            yield f"{kind} {own or where.below or where}{equals}{value}", presence
        else:
            yield feature, presence


def _covers(turns: Sequence[int], release: int) -> bool:
    return sum(turn <= release for turn in turns) % 2 == 1
