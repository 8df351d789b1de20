"""The committed facts of XO's JSON-RPC methods, `specs/jsonrpc/xo-<release>.json`."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from generator.api.combining import Schema
from generator.errors import DocumentError
from generator.specs.releases import is_release, order

FOLDER = "jsonrpc"
METHODS_FILE = re.compile(r"xo-(\d+(?:\.\d+)*)\.json")


@dataclass(frozen=True)
class Methods:
    """The methods of one release.

    Attributes:
        release: The XO release.
        server: The version of xo-server that reported them.
        facts: By name: `params` (JSON Schema), `permission`, `objects`.
    """

    release: str
    server: str
    facts: dict[str, Schema] = field(repr=False)


def method_files(specs: Path) -> dict[str, Path]:
    """Every release whose methods we have, oldest first."""
    folder = specs / FOLDER
    found = {match[1]: path for path in folder.glob("xo-*.json") if (match := METHODS_FILE.fullmatch(path.name))}
    return dict(sorted(found.items(), key=lambda entry: order(entry[0])))


def read_methods(path: Path) -> Methods:
    """Read one file.

    Raises:
        DocumentError: It is no facts file of methods.
    """
    try:
        content = json.loads(path.read_bytes())
        return Methods(content["x-xo-release"], content["xo-server"], content["methods"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DocumentError(
            "is no facts file of JSON-RPC methods",
            place=str(path),
            hint="`python -m generator import --jsonrpc` writes them.",
        ) from error


def load_methods(specs: Path, release: str) -> Methods | None:
    """The methods a release is built with: its own, else those of the newest one before it, else the oldest we have.

    Args:
        specs: The folder of the facts.
        release: Of the REST API's facts; anything else than a number takes the newest.

    Raises:
        DocumentError: A file is no facts file of methods.
    """
    files = method_files(specs)
    if not files:
        return None
    known = list(files)
    if is_release(release):
        known = [name for name in known if order(name) <= order(release)] or known[:1]
    return read_methods(files[known[-1]])
