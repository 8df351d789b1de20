"""The table of XO releases we know, `specs/releases.toml`: which, since when, from what."""

import datetime as dt
import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import DocumentError
from generator.library import library_module

if TYPE_CHECKING:
    from xo_mcp.releases import release_detection
else:
    release_detection = library_module("releases.release_detection")

FILE = "releases.toml"
HEADER = """\
# Every XO release under specs/, oldest first; `python -m generator import` keeps this table.
# date: when XO released it. rest-api: `info.version`, which does not identify the operations (6.7 and 6.7.1 share one).
# sha256: of the raw Swagger that was imported. operations: how many.
"""
USUAL_PARTS = 2
"""XO counts major and minor; a third number is a patch."""
order = release_detection.order
"""The sort key of a release, as the server reads it."""


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        release: Its number, e.g. `6.7.1`; a `.0` at the end is left out.
        date: ISO date of the release; empty when nobody said it.
        rest_api: Version of XO's rest-api package.
        sha256: Of the raw document.
        operations: How many.
    """

    release: str
    rest_api: str
    sha256: str
    operations: int
    date: str = ""


def is_release(text: object) -> bool:
    """Whether a text is a release number."""
    return isinstance(text, str) and release_detection.RELEASE.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether a text is an ISO date, as the table writes it."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def spelling(release: str, specs: Path) -> str:
    """A release as its file in a folder spells it; where there is none, as XO's changelog does: 6.7, then 6.7.1."""
    names = (path.name.removeprefix("xo-").removesuffix(".json") for path in sorted(specs.glob("xo-*.json")))
    return next((name for name in names if is_release(name) and order(name) == order(release)), _usual(release))


def _usual(release: str) -> str:
    """6.7.0 is called 6.7, and 6.0.0 is 6.0."""
    parts = release.split(".")
    while len(parts) > USUAL_PARTS and not parts[-1].strip("0"):
        parts.pop()
    return ".".join(parts)


def load_releases(specs: Path) -> dict[str, Release]:
    """Read the table, oldest release first; empty when there is none.

    Raises:
        DocumentError: The table can't be read.
    """
    path = specs / FILE
    if not path.is_file():
        return {}
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("release", [])
        known = [Release(**{key.replace("-", "_"): value for key, value in row.items()}) for row in rows]
        return {entry.release: entry for entry in sorted(known, key=lambda entry: order(entry.release))}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise DocumentError(f"is no table of releases: {error}", place=str(path)) from error


def render_releases(releases: Iterable[Release]) -> str:
    """The table as TOML, oldest release first."""
    blocks = [HEADER]
    for entry in sorted(releases, key=lambda entry: order(entry.release)):
        rows = {key.replace("_", "-"): value for key, value in asdict(entry).items() if value != ""}
        # A JSON string or number is the same in TOML.
        lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
        blocks.append("\n".join(["[[release]]", *lines]) + "\n")
    return "\n".join(blocks)
