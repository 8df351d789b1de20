"""What `specs/` holds, so that no test names the newest XO release, its date, or how much it has.

A test asks here (`NEWEST`), or pins the release whose behaviour it is about (`PINNED`): both go on holding when XO
releases another. `tests/generator/test_newest.py` finds literals that would not.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SPECS = Path(__file__).resolve().parents[1] / "specs"
METHODS = ("get", "put", "post", "patch", "delete")
"""Those that XO's REST API answers to."""
PINNED = "6.7.1"
"""A release that tests know by heart: what is said of it stays true, whichever the newest is."""
PINNED_SPEC = SPECS / f"xo-{PINNED}.json"
"""Its facts, for a fake XO of that release: `running_fake_xo(spec=PINNED_SPEC)`."""


@dataclass(frozen=True)
class Release:
    """A row of `specs/releases.toml`.

    Attributes:
        name: Its number, as XO's changelog writes it.
        date: The day it came out, in ISO form; empty when nobody gave it.
        rest_api: Version of XO's rest-api package.
        operations: How many its document has.
    """

    name: str
    date: str
    rest_api: str
    operations: int

    @property
    def minor(self) -> str:
        """Its number without that of the patch."""
        return ".".join(self.name.split(".")[:2])

    @property
    def spec(self) -> Path:
        """Its facts."""
        return SPECS / f"xo-{self.name}.json"

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts, read anew: the caller may change them."""
        return dict(json.loads(self.spec.read_bytes()))


def number(release: str) -> tuple[int, ...]:
    """Tell an order of releases: 6.10 is newer than 6.9."""
    return tuple(int(part) for part in release.split("."))


def _releases() -> tuple[Release, ...]:
    rows = tomllib.loads((SPECS / "releases.toml").read_text(encoding="utf-8"))["release"]
    found = [Release(row["release"], row.get("date", ""), row["rest-api"], row["operations"]) for row in rows]
    return tuple(sorted(found, key=lambda release: number(release.name)))


RELEASES = _releases()
"""Every release, oldest first."""
NEWEST, PREVIOUS = RELEASES[-1], RELEASES[-2]
EPOCHS = (RELEASES[0], RELEASES[len(RELEASES) // 2], NEWEST)
"""Three that represent all, where each costs seconds."""
_MAJOR, _MINOR = (int(part) for part in NEWEST.name.split(".")[:2])
NEXT = f"{_MAJOR}.{_MINOR + 1}"
"""A release that XO has not made yet."""
LATER = f"{_MAJOR}.{_MINOR + 2}"
"""One after that."""


@cache
def operations(spec: Path = NEWEST.spec) -> dict[str, dict[str, Any]]:
    """The operations of a facts file, by `METHOD /path`."""
    paths = json.loads(spec.read_bytes())["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, item in paths.items()
        for method, operation in item.items()
        if method in METHODS
    }


@cache
def plugin_operations() -> dict[str, dict[str, Any]]:
    """The operations of XO's plugins that its document omits, by `METHOD /path`."""
    return {
        key: operation
        for file in sorted((SPECS / "plugins").glob("*.json"))
        for key, operation in operations(file).items()
    }
