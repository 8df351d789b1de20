"""Which XO release brought every operation, argument and enum value, and which one dropped it.

`specs/history.json` keeps the answer, so that a build reads one small file instead of every release. It is worked out
from the facts under `specs/`, by `import` whenever a release comes in, and compared with them by `check`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator.errors import DocumentError
from generator.history.features import Presence
from generator.library import Location, argument_locations
from generator.specs.releases import order

FILE = "history.json"


@dataclass(frozen=True)
class Span:
    """From which release on something is there, and which release dropped it; what came back counts from its return."""

    since: str
    removed: str | None = None


@dataclass(frozen=True)
class Input:
    """One argument, or a location inside it; `values` are those of an enumeration that came later or were dropped."""

    span: Span
    values: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """One operation through the releases.

    Attributes:
        deprecated: The release that deprecated it.
        inputs: `query.limit`, `body.vdis[].size` -> its own span.
        features: What it did not have all the time, as `features.py` finds it.
    """

    span: Span
    deprecated: str | None = None
    inputs: dict[Location, Input] = field(default_factory=dict)
    features: dict[str, Presence] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """All operations of all releases; empty for a stranger's API.

    Attributes:
        releases: Oldest first.
        operations: `METHOD /path` -> its life.
    """

    releases: tuple[str, ...] = ()
    operations: dict[str, Life] = field(default_factory=dict)

    def beside(self, other: "History") -> "History":
        """This history, and the operations of another one as well."""
        return replace(self, operations={**self.operations, **other.operations})

    def since(self, key: str) -> str | None:
        """The release that brought an operation; nothing when no release we know has it."""
        life = self.operations.get(key)
        return life.span.since if life else None

    def keys_of(self, release: str) -> frozenset[str]:
        """The operations of one release."""
        return frozenset(key for key, life in self.operations.items() if _covers(life.span, release))

    def differs(self, release: str, keys: Collection[str]) -> bool:
        """Whether operations are not those of a release, or of one that nobody knows."""
        return release not in self.releases or self.keys_of(release) != frozenset(keys)

    def inputs_since(self, key: str, location: str) -> dict[Location, str]:
        """Locations at and below one argument that came later than its operation -> the release that brought them."""
        life = self.operations.get(key)
        if life is None:
            return {}
        return {
            name: entry.span.since
            for name, entry in life.inputs.items()
            if name.is_within(location) and entry.span.removed is None and entry.span.since != life.span.since
        }

    def values_since(self, key: str, location: str) -> dict[Location, dict[str, str]]:
        """Locations at and below one argument -> enum values that came later than the location -> their release."""
        life = self.operations.get(key)
        if life is None:
            return {}
        found = {
            name: {
                value: span.since
                for value, span in entry.values.items()
                if span.removed is None and span.since != entry.span.since
            }
            for name, entry in life.inputs.items()
            if name.is_within(location)
        }
        return {name: values for name, values in found.items() if values}

    def knows_argument(self, key: str, name: str) -> bool:
        """Whether the operation has, or had, an argument of that name in any release."""
        life = self.operations.get(key)
        return life is not None and any(location in life.inputs for location in argument_locations(name))

    def knows_value(self, key: str, location: str, value: str) -> bool:
        """Whether a later release added this value to an enumeration, or an earlier one had it."""
        life = self.operations.get(key)
        where = Location(location)
        return life is not None and where in life.inputs and value in life.inputs[where].values

    def knows_field(self, key: str, name: str) -> bool:
        """Whether some releases of an operation answered a property, and others did not."""
        life = self.operations.get(key)
        return life is not None and f"field {name}" in life.features

    def dropped_field(self, key: str, name: str) -> str | None:
        """The release since which an operation no longer answers a property; nothing while it does."""
        life = self.operations.get(key)
        presence = life.features.get(f"field {name}", ()) if life else ()
        return presence[-1] if presence and len(presence) % 2 == 0 else None

    def dropped_fields(self) -> dict[str, str]:
        """Own name of every property that operations no longer answer -> the last release that dropped one."""
        found: dict[str, str] = {}
        for key, life in self.operations.items():
            for feature in life.features:
                kind, _, path = feature.partition(" ")
                release = self.dropped_field(key, path) if kind == "field" else None
                if release is not None:
                    names = path.replace("[]", "").split(".")
                    found |= {name: max(found.get(name, release), release, key=order) for name in names}
        return found

    def newer_than(self, release: str) -> frozenset[str]:
        """Operations that only came after a release; none when it is not a number."""
        try:
            limit = order(release)
        except ValueError:
            return frozenset()
        return frozenset(key for key, life in self.operations.items() if order(life.span.since) > limit)


def load_history(specs: Path) -> History:
    """Read the kept history; empty when there is none.

    Raises:
        DocumentError: The file is not as this generator writes it.
    """
    path = specs / FILE
    if not path.is_file():
        return History()
    try:
        content = json.loads(path.read_bytes())
        lives = {key: _life(entry) for key, entry in content["operations"].items()}
        return History(tuple(content["releases"]), lives)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError("is no history", place=str(path), hint="`make regenerate` writes it anew.") from error


def render_history(history: History) -> str:
    """The history as JSON, what goes without saying left out."""
    content = {
        "releases": list(history.releases),
        "operations": {key: _entry(life) for key, life in history.operations.items()},
    }
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _covers(span: Span, release: str) -> bool:
    return order(span.since) <= order(release) and (span.removed is None or order(release) < order(span.removed))


def _entry(life: Life) -> dict[str, Any]:
    result = _span(life.span, "")
    if life.deprecated:
        result["deprecated"] = life.deprecated
    inputs = {}
    for location, entry in life.inputs.items():
        inputs[location] = _span(entry.span, life.span.since)
        later = {value: _span(span, entry.span.since) for value, span in entry.values.items()}
        later = {value: span for value, span in later.items() if span}
        if later:
            inputs[location]["values"] = later
    if inputs:
        result["inputs"] = inputs
    if life.features:
        result["features"] = {feature: " ".join(presence) for feature, presence in life.features.items()}
    return result


def _span(span: Span, usual: str) -> dict[str, Any]:
    result = {} if span.since == usual else {"since": span.since}
    return {**result, "removed": span.removed} if span.removed else result


def _life(entry: Mapping[str, Any]) -> Life:
    since = entry["since"]
    inputs = {}
    for location, known in entry.get("inputs", {}).items():
        own = known.get("since", since)
        values = {
            value: Span(span.get("since", own), span.get("removed")) for value, span in known.get("values", {}).items()
        }
        inputs[Location(location)] = Input(Span(own, known.get("removed")), values)
    features = {feature: tuple(presence.split()) for feature, presence in entry.get("features", {}).items()}
    return Life(Span(since, entry.get("removed")), entry.get("deprecated"), inputs, features)
