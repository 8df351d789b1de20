"""Which XO release a tool, its arguments and their values need, in the names a tool's user knows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.history.history import History
from generator.library import Location
from generator.model.arguments import Argument
from generator.model.earlier import Earlier, earlier_demands
from generator.specs.releases import order


@dataclass(frozen=True)
class Since:
    """When XO got a tool and what it has; everything is empty when that is unknown.

    Attributes:
        tool: The release that brought it.
        oldest: The oldest release there is a history of.
        arguments: Argument, or a location inside it (`vdis[].size`), that came later -> release.
        values: Argument -> release -> the enum values it added.
        earlier: What earlier releases want of an argument instead.
    """

    tool: str | None = None
    oldest: str | None = None
    arguments: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()

    @property
    def is_newer(self) -> bool:
        """Whether an XO we support may lack the tool."""
        return self.tool is not None and self.tool != self.oldest

    def sentence(self, argument: str | None = None) -> str:
        """What a model reads: nothing where every supported XO has it."""
        if argument is not None:
            return f"XO {self.arguments[argument]}+." if argument in self.arguments else ""
        return f"XO {self.tool}+." if self.is_newer else ""

    @property
    def later(self) -> list[str]:
        """What came later than the tool, a line each: `createVtpm 6.1.2`."""
        return [f"{name} {release}" for name, release in self.arguments.items()] + [
            f"{name}={', '.join(values)} {release}"
            if len(values) <= MOST_VALUES
            else f"{len(values)} values of {name} {release}"
            for name, releases in self.values.items()
            for release, values in releases.items()
        ]

    @property
    def text(self) -> str:
        """For a table: the release, then what came later."""
        if self.tool is None:
            return ""
        return f"{self.tool} ({'; '.join(self.later)})" if self.later else self.tool

    @property
    def facts(self) -> dict[str, Any]:
        """As data, what is empty left out."""
        every = {"since": self.tool, "arguments_since": self.arguments, "values_since": self.values}
        return {name: value for name, value in every.items() if value}


MOST_VALUES = 4
ANY_RELEASE = "0"
"""Older than every release."""


def since_of(
    history: History,
    key: str,
    arguments: Sequence[Argument],
    fixed: tuple[str, str] | None = None,
    decided: Mapping[str, str] | None = None,
) -> Since:
    """Look a tool up.

    Args:
        history: Of the API.
        key: `METHOD /path`.
        arguments: Those of the tool.
        fixed: The path parameter and value a split decided.
        decided: Arguments whose release only XO's changelog has -> that release.
    """
    since = history.since(key)
    if since is None:
        return Since()
    if fixed is not None:
        later = history.values_since(key, f"path.{fixed[0]}").get(Location(f"path.{fixed[0]}"), {})
        since = later.get(fixed[1], since)
    names: dict[str, str] = {}
    values: dict[str, dict[str, list[str]]] = {}
    for entry in arguments:
        location = location_of(entry)
        if entry.sent_in == "extra":
            continue
        for inner, release in history.inputs_since(key, location).items():
            names[inner.moved(location, entry.name)] = release
        for inner, found in history.values_since(key, location).items():
            by_release = _by_release(found)
            if by_release:
                values[inner.moved(location, entry.name)] = by_release
    argument_names: dict[str, str] = {location_of(entry): entry.name for entry in arguments if entry.sent_in != "extra"}
    earlier = tuple(earlier_demands(history.operations[key], argument_names))
    return Since(since, history.releases[0], {**names, **(decided or {})}, values, earlier)


def since_of_method(history: History, key: str, arguments: Sequence[Argument]) -> Since:
    """Look a tool over JSON-RPC up: what the oldest release has whose methods we have, older ones are taken to have.

    Args:
        history: Of the methods.
        key: `CALL method`.
        arguments: Those of the tool.
    """
    found = since_of(history, key, arguments)
    if not found.is_newer:
        found = replace(found, tool=None)
    earlier = (replace(entry, since=ANY_RELEASE) if entry.since == found.oldest else entry for entry in found.earlier)
    return replace(found, earlier=tuple(earlier))


def location_of(entry: Argument) -> Location:
    """Where the API has an argument."""
    return Location("body" if entry.sent_in == "raw" else f"{entry.sent_in}.{entry.sent_as}")


def _by_release(values: dict[str, str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for value, release in values.items():
        found[release].append(value)
    return {release: sorted(found[release]) for release in sorted(found, key=order)}
