"""Which XO release brought every operation, argument and enum value, and which one dropped it.

`specs/history.json` keeps the answer, so that a build reads one small file instead of every release. It is worked out
from the facts under `specs/`, by `import` whenever a release comes in, and held against them by `check`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.contract import METHODS, Contract, Shape, contracts
from generator.errors import DocumentError
from generator.releases import FILE as TABLE
from generator.releases import Release, load_releases, order, render_releases
from generator.schema import Schema
from generator.specs import plugin_files, release_files
from generator.sums import FILE as SUMS
from generator.sums import unrecorded

if TYPE_CHECKING:
    from generator.importer import ImportReport

FILE = "history.json"


@dataclass(frozen=True)
class Span:
    """From which release on something is there, and which release dropped it; what came back counts from its return."""

    since: str
    removed: str | None = None


@dataclass(frozen=True)
class Input:
    """One argument, or a place inside it; `values` are those of an enumeration that came later or were dropped."""

    span: Span
    values: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """One operation through the releases.

    Attributes:
        deprecated: The release that deprecated it.
        inputs: `query.limit`, `body.vdis[].size` -> its own span.
    """

    span: Span
    deprecated: str | None = None
    inputs: dict[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """All operations of all releases; empty for a stranger's API.

    Attributes:
        releases: Oldest first.
        operations: `METHOD /path` -> its life.
    """

    releases: tuple[str, ...] = ()
    operations: dict[str, Life] = field(default_factory=dict)

    def since(self, key: str) -> str | None:
        """The release that brought an operation; nothing when no release we know has it."""
        life = self.operations.get(key)
        return life.span.since if life else None

    def keys_of(self, release: str) -> frozenset[str]:
        """The operations of one release."""
        return frozenset(key for key, life in self.operations.items() if _covers(life.span, release))

    def inputs_since(self, key: str, place: str) -> dict[str, str]:
        """Places at and below one argument that came later than its operation -> the release that brought them."""
        life = self.operations.get(key)
        if life is None:
            return {}
        return {
            name: entry.span.since
            for name, entry in life.inputs.items()
            if is_within(name, place) and entry.span.removed is None and entry.span.since != life.span.since
        }

    def values_since(self, key: str, place: str) -> dict[str, dict[str, str]]:
        """Places at and below one argument -> enum values that came later than the place -> their release."""
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
            if is_within(name, place)
        }
        return {name: values for name, values in found.items() if values}

    def knows_argument(self, key: str, name: str) -> bool:
        """Whether the operation has, or had, an argument of that name in any release."""
        life = self.operations.get(key)
        places = (f"{where}.{name}" for where in ("path", "query", "body"))
        return life is not None and any(place in life.inputs for place in places)

    def knows_value(self, key: str, place: str, value: str) -> bool:
        """Whether a later release added this value to an enumeration, or an earlier one had it."""
        life = self.operations.get(key)
        return life is not None and place in life.inputs and value in life.inputs[place].values

    def newer_than(self, release: str) -> frozenset[str]:
        """Operations that only came after a release; none when it is no number."""
        try:
            limit = order(release)
        except ValueError:
            return frozenset()
        return frozenset(key for key, life in self.operations.items() if order(life.span.since) > limit)


def is_within(place: str, argument: str) -> bool:
    """Whether a place is an argument or lies inside it."""
    return place == argument or place.startswith((f"{argument}.", f"{argument}["))


def trace(documents: Iterable[tuple[str, Schema]]) -> History:
    """Work out the history.

    Args:
        documents: Release and facts, oldest first.
    """
    releases: list[str] = []
    lives: dict[str, Life] = {}
    for release, document in documents:
        found = contracts(document)
        for key, life in lives.items():
            if key not in found and life.span.removed is None:
                lives[key] = replace(life, span=replace(life.span, removed=release))
        for key, contract in found.items():
            lives[key] = _lived(lives.get(key), contract, release)
        releases.append(release)
    return History(tuple(releases), dict(sorted(lives.items())))


def trace_folder(specs: Path) -> History:
    """Work out the history from every `xo-<release>.json` of a folder.

    Raises:
        DocumentError: A file is no facts file.
    """
    return trace(read_folder(specs).items())


def read_folder(specs: Path) -> dict[str, Schema]:
    """The facts of every release of a folder, oldest first, taken as they are: `import` checked them.

    Raises:
        DocumentError: A file is no facts file.
    """
    found = {}
    for release, path in release_files(specs).items():
        try:
            content = json.loads(path.read_bytes())
        except ValueError as error:
            raise DocumentError(f"not JSON: {error}", place=str(path)) from error
        if not isinstance(content, dict) or "paths" not in content:
            raise DocumentError("is no facts file", place=str(path))
        found[release] = content
    return found


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
        raise DocumentError(
            "is no history", place=str(path), hint="`python -m generator import` writes it anew."
        ) from error


def render_history(history: History) -> str:
    """The history as JSON, what goes without saying left out."""
    content = {
        "releases": list(history.releases),
        "operations": {key: _entry(life) for key, life in history.operations.items()},
    }
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def record_release(specs: Path, report: "ImportReport", *, date: str = "") -> None:
    """Take an imported release into the table of releases and the history.

    Args:
        specs: The folder that holds the facts, already written.
        report: What came in. When it changed nothing, the table keeps the fingerprint of the document it knows: that
            of another rendering, or of facts, says nothing new.
        date: ISO date of the release, when it is known.

    Raises:
        DocumentError: The table or a facts file can't be read.
    """
    known = load_releases(specs)
    before = known.get(report.release)
    entry = Release(report.release, report.rest_api, report.source_sha256, report.operations, date)
    if before is not None:
        same = report.change == "unchanged"
        entry = replace(entry, sha256=before.sha256 if same else entry.sha256, date=date or before.date)
    _write(specs / TABLE, render_releases({**known, entry.release: entry}.values()))
    _write(specs / FILE, render_history(trace_folder(specs)))


def stale_records(specs: Path) -> list[str]:
    """What the table of releases and the history say otherwise than the facts beside them, a line each.

    Raises:
        DocumentError: One of the files can't be read.
    """
    documents = read_folder(specs)
    known = load_releases(specs)
    found = [f"{TABLE} names {release}, and there is no xo-{release}.json" for release in known.keys() - documents]
    for release, document in documents.items():
        entry = known.get(release)
        operations = sum(method in item for item in document["paths"].values() for method in METHODS)
        facts = (document["info"]["version"], operations)
        if entry is None:
            found.append(f"{TABLE} does not name {release}")
        elif (entry.rest_api, entry.operations) != facts:
            found.append(f"{TABLE}: {release} has {operations} operations and rest-api {facts[0]}")
    if render_history(trace(documents.items())) != render_history(load_history(specs)):
        found.append(f"{FILE} is not what the facts give")
    found += [
        f"{path.relative_to(specs)} is not what {SUMS} beside it says; import it anew: --file FILE --out FILE"
        for path in unrecorded([*release_files(specs).values(), *plugin_files(specs)])
    ]
    return sorted(found)


def _write(path: Path, text: str) -> None:
    """Replace a file, all of it or nothing."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)


def _covers(span: Span, release: str) -> bool:
    return order(span.since) <= order(release) and (span.removed is None or order(release) < order(span.removed))


def _lived(life: Life | None, contract: Contract, release: str) -> Life:
    if life is None or life.span.removed is not None:
        life = Life(Span(release))
    deprecated = (life.deprecated or release) if contract.deprecated else None
    return Life(life.span, deprecated, _inputs(life.inputs, contract.inputs, release))


def _inputs(known: Mapping[str, Input], found: Shape, release: str) -> dict[str, Input]:
    result = {}
    for place in sorted(known.keys() | found.keys()):
        entry = known.get(place)
        if place not in found:
            span = known[place].span
            result[place] = Input(span if span.removed else replace(span, removed=release), known[place].values)
            continue
        fresh = entry is None or entry.span.removed is not None
        span = Span(release) if entry is None or fresh else entry.span
        values = None if entry is None or fresh else entry.values
        result[place] = Input(span, _values(values, found[place].values, span.since, release))
    return result


def _values(
    known: Mapping[str, Span] | None, found: frozenset[str] | None, since: str, release: str
) -> dict[str, Span]:
    """Follow an enumeration; the values of one that has just come are as old as its place."""
    if found is None:
        return {}
    if not known:
        return {value: Span(since) for value in sorted(found)}
    result = {}
    for value in sorted(known.keys() | found):
        span = known.get(value)
        if value not in found and span is not None:
            result[value] = span if span.removed else replace(span, removed=release)
        else:
            result[value] = Span(release) if span is None or span.removed else span
    return result


def _entry(life: Life) -> dict[str, Any]:
    result = _span(life.span, "")
    if life.deprecated:
        result["deprecated"] = life.deprecated
    inputs = {}
    for place, entry in life.inputs.items():
        inputs[place] = _span(entry.span, life.span.since)
        later = {value: _span(span, entry.span.since) for value, span in entry.values.items()}
        later = {value: span for value, span in later.items() if span}
        if later:
            inputs[place]["values"] = later
    if inputs:
        result["inputs"] = inputs
    return result


def _span(span: Span, usual: str) -> dict[str, Any]:
    result = {} if span.since == usual else {"since": span.since}
    return {**result, "removed": span.removed} if span.removed else result


def _life(entry: Mapping[str, Any]) -> Life:
    since = entry["since"]
    inputs = {}
    for place, known in entry.get("inputs", {}).items():
        own = known.get("since", since)
        values = {
            value: Span(span.get("since", own), span.get("removed")) for value, span in known.get("values", {}).items()
        }
        inputs[place] = Input(Span(own, known.get("removed")), values)
    return Life(Span(since, entry.get("removed")), entry.get("deprecated"), inputs)
