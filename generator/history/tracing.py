"""Computes the history from all releases under `specs/`, writes it at an import, and checks the committed one."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.api.combining import Schema
from generator.api.contract import Contract, Shape, contracts
from generator.api.methods import methods_document
from generator.errors import DocumentError
from generator.facts.paths import keys_of
from generator.history.features import features
from generator.history.history import FILE, History, Input, Life, Span, load_history, render_history
from generator.library import Location, replace_file
from generator.specs.methods import method_files, read_methods
from generator.specs.releases import FILE as TABLE
from generator.specs.releases import Release, is_date, load_releases, render_releases
from generator.specs.specs import plugin_files, release_files
from generator.specs.sums import FILE as SUMS
from generator.specs.sums import unrecorded

if TYPE_CHECKING:
    from generator.importing.importer import ImportReport


def trace(documents: Iterable[tuple[str, Schema]]) -> History:
    """Work out the history.

    Args:
        documents: Release and facts, oldest first.
    """
    releases: list[str] = []
    lives: dict[str, Life] = {}
    seen: dict[str, list[tuple[str, Contract]]] = {}
    for release, document in documents:
        found = contracts(document)
        for key, life in lives.items():
            if key not in found and life.span.removed is None:
                lives[key] = replace(life, span=replace(life.span, removed=release))
        for key, contract in found.items():
            lives[key] = _lived(lives.get(key), contract, release)
            if lives[key].span.since == release:
                seen[key] = []
            seen[key].append((release, contract))
        releases.append(release)
    return History(
        tuple(releases),
        {key: replace(life, features=features(seen[key])) for key, life in sorted(lives.items())},
    )


def trace_folder(specs: Path) -> History:
    """Work out the history from every `xo-<release>.json` of a folder.

    Raises:
        DocumentError: A file is no facts file.
    """
    return trace(read_folder(specs).items())


def trace_methods(specs: Path) -> History:
    """Work out the history of the JSON-RPC methods, under `CALL method`; its releases are those whose methods we have.

    Raises:
        DocumentError: A file is no facts file of methods.
    """
    every = map(read_methods, method_files(specs).values())
    return trace((methods.release, methods_document(methods.facts)) for methods in every)


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


def record_release(specs: Path, report: "ImportReport", *, date: str = "") -> None:
    """Take an imported release into the table of releases and the history.

    Args:
        specs: The folder that holds the facts, already written.
        report: What came in. When it changed nothing, the table keeps the fingerprint of the document it knows: that
            of another rendering, or of facts, says nothing new.
        date: ISO date of the release, when it is known.

    Raises:
        DocumentError: The table or a facts file can't be read, or the date is not a date.
    """
    if date and not is_date(date):
        raise DocumentError(f"{date!r} is not a date", place="--date", hint="Give one like 2026-08-30.")
    known = load_releases(specs)
    before = known.get(report.release)
    entry = Release(report.release, report.rest_api, report.source_sha256, report.operations, date)
    if before is not None:
        same = report.change == "unchanged"
        entry = replace(entry, sha256=before.sha256 if same else entry.sha256, date=date or before.date)
    replace_file(specs / TABLE, render_releases({**known, entry.release: entry}.values()).encode())
    replace_file(specs / FILE, render_history(trace_folder(specs)).encode())


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
        operations = len(keys_of(document))
        facts = (document["info"]["version"], operations)
        if entry is None:
            found.append(f"{TABLE} does not name {release}; {_anew(release)}")
        elif (entry.rest_api, entry.operations) != facts:
            found.append(f"{TABLE}: {release} has {operations} operations and rest-api {facts[0]}; {_anew(release)}")
    if render_history(trace(documents.items())) != render_history(load_history(specs)):
        found.append(f"{FILE} is not what the facts give; `make regenerate` writes it anew")
    found += [
        f"{path.relative_to(specs)} is not what {SUMS} beside it says; import it anew: --file FILE --out FILE"
        for path in unrecorded([*release_files(specs).values(), *plugin_files(specs)])
    ]
    return sorted(found)


def _anew(release: str) -> str:
    file = f"specs/xo-{release}.json"
    return f"`python -m generator import --file {file} --release {release}` writes it anew"


def _lived(life: Life | None, contract: Contract, release: str) -> Life:
    if life is None or life.span.removed is not None:
        life = Life(Span(release))
    deprecated = (life.deprecated or release) if contract.deprecated else None
    return Life(life.span, deprecated, _inputs(life.inputs, contract.inputs, release))


def _inputs(known: Mapping[Location, Input], found: Shape, release: str) -> dict[Location, Input]:
    result = {}
    for location in sorted(known.keys() | found.keys()):
        entry = known.get(location)
        if location not in found:
            span = known[location].span
            result[location] = Input(span if span.removed else replace(span, removed=release), known[location].values)
            continue
        fresh = entry is None or entry.span.removed is not None
        span = Span(release) if entry is None or fresh else entry.span
        values = None if entry is None or fresh else entry.values
        result[location] = Input(span, _values(values, found[location].values, span.since, release))
    return result


def _values(
    known: Mapping[str, Span] | None, found: frozenset[str] | None, since: str, release: str
) -> dict[str, Span]:
    """Follow an enumeration; the values of one that has just come are as old as its location."""
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
