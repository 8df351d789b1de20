"""Imports a document from anywhere as a facts file under `specs/`."""

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.errors import SourceError
from generator.facts.document import parse_document
from generator.facts.facts import extract_facts, import_document, serialize, write_facts
from generator.facts.paths import keys_of
from generator.facts.repairs import AppliedRepair, unneeded
from generator.importing.sources import Source, fetch
from generator.layout import SPECS
from generator.names.counts import counted
from generator.specs import sums
from generator.specs.plugins import without_plugins
from generator.specs.releases import spelling

FILE_NAME = re.compile(r"xo-(\d+(?:\.\d+)+)(?:-[^/]*)?\.(?:json|ya?ml)")
_RELEASE = re.compile(r"\d+(\.\d+){1,3}")


@dataclass(frozen=True)
class ImportReport:
    """What an import brought in.

    Attributes:
        origin: Where the document came from.
        out: The facts file.
        release: The XO release; empty when none was named.
        rest_api: `info.version` of the document, XO's rest-api package.
        operations: How many.
        change: What happened to the file: `new`, `changed` or `unchanged`.
        repairs: What had to be put right.
        unneeded: Repairs that this document does not need any more, by name.
        source_sha256: Of the bytes that came in.
        left_out: Operations of plugins, which are no part of a release, as `METHOD /path`.
    """

    origin: str
    out: Path
    release: str
    rest_api: str
    operations: int
    change: str
    repairs: tuple[AppliedRepair, ...]
    unneeded: tuple[str, ...]
    source_sha256: str
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON data."""
        return asdict(self) | {"out": str(self.out)}

    @property
    def text(self) -> str:
        """The report for people, a few lines; plain text, no markup."""
        release = f"XO {self.release}, " if self.release else ""
        lines = [
            f"{counted(self.operations, 'operation')} ({release}rest-api {self.rest_api}) from {self.origin}",
            f"{self.out}: {self.change}",
            *(f"repaired {entry.name} in {counted(entry.places, 'place')}: {entry.why}" for entry in self.repairs),
        ]
        if self.left_out:
            count = counted(len(self.left_out), "operation")
            lines.append(f"left out, as specs/plugins/ is about plugins: {count}, {', '.join(self.left_out)}")
        if self.unneeded:
            lines.append(f"repairs it does not need: {', '.join(self.unneeded)}")
        return "\n".join(lines)


def import_spec(
    source: Source, *, release: str | None = None, out: Path | None = None, plugins: bool = True
) -> ImportReport:
    """Fetch a document and write its facts.

    Args:
        source: Where it is.
        release: The XO release, e.g. `6.7.1`. A document does not say it; a file named `xo-6.7.1-....json`, or facts,
            do. It can be left out where `out` is given.
        out: The facts file; absent: `specs/xo-<release>.json`.
        plugins: Keep what XO's plugins add. A live XO reports its own; a release is the same for everybody.

    Raises:
        SourceError: The document can't be had, its release is unknown, or the facts file can't be written.
        DocumentError: It is no OpenAPI document of a version that is read.
        SpecError: It is wrong at a named place.
    """
    if release is not None and not _RELEASE.fullmatch(release):
        raise SourceError(f"{release!r} is not a release", place="--release", hint="Give one like 6.7.1.")
    if release is None and source.file is not None and (match := FILE_NAME.fullmatch(source.file.name)):
        release = match[1]
    if release is None and out is None and source.file is None:
        raise _unknown_release()
    if release is not None:
        release = spelling(release, out.parent if out else SPECS)
    data, origin = fetch(source)
    raw = parse_document(data, origin)
    facts, repairs = import_document(raw, origin, release=release)
    every = keys_of(facts)
    if not plugins:
        facts = extract_facts(without_plugins(facts))
    release = facts.get("x-xo-release")
    if out is None:
        if release is None or not _RELEASE.fullmatch(release):
            raise _unknown_release()
        out = SPECS / f"xo-{release}.json"
    return ImportReport(
        origin=origin,
        out=out,
        release=release or "",
        rest_api=facts["info"]["version"],
        operations=count_operations(facts),
        left_out=tuple(sorted(set(every) - set(keys_of(facts)))),
        change=_write(facts, out),
        repairs=tuple(repairs),
        unneeded=tuple(unneeded(facts)),
        source_sha256=hashlib.sha256(data).hexdigest(),
    )


def count_operations(facts: dict[str, Any]) -> int:
    """How many operations a facts document has."""
    return len(keys_of(facts))


def _unknown_release() -> SourceError:
    return SourceError("the XO release is not known", hint="A document does not say it: give --release, e.g. 6.7.1.")


def _write(facts: dict[str, Any], out: Path) -> str:
    before = out.read_bytes() if out.is_file() else None
    try:
        if before != serialize(facts):
            write_facts(facts, out)
        sums.record(out)
    except OSError as error:
        raise SourceError(f"cannot be written: {error.strerror or 'unknown reason'}", place=str(out)) from error
    if before is None:
        return "new"
    return "unchanged" if before == out.read_bytes() else "changed"
