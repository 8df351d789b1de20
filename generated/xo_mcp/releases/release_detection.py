"""Which XO release has which operation (`releases.json`), and recognising a release by its operations."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
PACKAGE: Final = "xo_mcp"
FILE: Final = "releases.json"
ALIKE: Final = 0.5
"""Share of its operations that a document must have in common with a release to be XO's."""
RELEASE: Final = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True)
class Likeness:
    """The release whose operations an XO has.

    Attributes:
        release: The nearest release we know.
        exact: Its operations are those, no more and no less.
        newer: It has all of the newest release, and more.
    """

    release: str
    exact: bool
    newer: bool

    @property
    def text(self) -> str:
        """In a sentence's part."""
        if self.exact:
            return f"XO {self.release}"
        return f"newer than XO {self.release}" if self.newer else f"nearest to XO {self.release}"


def order(release: str) -> tuple[int, ...]:
    """The sort key of a release: 6.10 after 6.9, 6.0 the same as 6.0.0. The generator uses it too.

    Raises:
        ValueError: It is not a release number.
    """
    if not RELEASE.fullmatch(release):
        raise ValueError(f"{release!r} is not a release number")
    parts = numbers(release)
    while len(parts) > 1 and parts[-1] == 0:
        parts = parts[:-1]
    return parts


def numbers(release: str) -> tuple[int, ...]:
    """The numbers of a release as it is written, for what distinguishes 6.1, which is every 6.1.x, from 6.1.0."""
    return tuple(int(part) for part in release.split("."))


def shape(operation: str) -> str:
    """An operation whatever its parameters are called."""
    return re.sub(r"\{[^{}]*\}", "{}", operation)


def newest() -> str | None:
    """The newest release we know; nothing where no history came with the package."""
    rows = _table().get("releases", ())
    return str(rows[-1]["release"]) if rows else None


def identify(operations: frozenset[str], rest_api: str) -> Likeness | None:
    """Recognise the release by its operations.

    Args:
        operations: Shapes of `METHOD /path`, routes of plugins left out.
        rest_api: `info.version` of the document; it decides only between releases with the same operations.

    Returns:
        Nothing when the operations are like those of no release.
    """
    every = _operations()
    versions = {str(row["release"]): str(row["rest_api"]) for row in _table().get("releases", ())}
    release = nearest_release(operations, rest_api, every, versions)
    if release is None:
        return None
    return Likeness(
        release,
        exact=every[release] == operations,
        newer=release == newest() and every[release] < operations,
    )


def nearest_release(
    operations: frozenset[str], rest_api: str, releases: Mapping[str, frozenset[str]], versions: Mapping[str, str]
) -> str | None:
    """Recognise a release by its operations. The generator uses it too.

    Args:
        operations: Of the XO in question, spelled as in `releases`.
        rest_api: `info.version` of its document. It decides between releases that fit equally well, then the newer
            release wins: that hides less.
        releases: Release -> its operations.
        versions: Release -> its `info.version`.

    Returns:
        Nothing when fewer than half of the nearest release's operations are there.
    """
    if not releases or not operations:
        return None
    release = max(
        releases,
        key=lambda name: (-len(releases[name] ^ operations), versions.get(name) == rest_api, order(name)),
    )
    return release if len(releases[release] & operations) >= ALIKE * len(releases[release]) else None


@cache
def _table() -> Mapping[str, Any]:
    file = resources.files(PACKAGE) / FILE
    table: Mapping[str, Any] = json.loads(file.read_bytes()) if file.is_file() else {}
    return table


@cache
def _operations() -> dict[str, frozenset[str]]:
    """Release -> the shapes of its operations, oldest first."""
    table = _table()
    since = {key: order(release) for key, release in table.get("since", {}).items()}
    removed = {key: order(release) for key, release in table.get("removed", {}).items()}
    result = {}
    for row in table.get("releases", ()):
        at = order(row["release"])
        result[str(row["release"])] = frozenset(
            shape(key) for key, first in since.items() if first <= at and not (key in removed and removed[key] <= at)
        )
    return result


def operations_of(document: Any) -> frozenset[str]:
    """Every operation of an OpenAPI document, as `shape` writes it; empty when it is something else."""
    paths = document.get("paths") if isinstance(document, Mapping) else None
    return frozenset(
        shape(f"{method.upper()} {path}")
        for path, methods in (paths.items() if isinstance(paths, Mapping) else ())
        if isinstance(methods, Mapping)
        for method in methods
        if method in METHODS
    )
