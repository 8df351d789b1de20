"""The committed facts: one file per XO release, and the plugin routes that XO's Swagger omits."""

import json
import re
from pathlib import Path

from generator.api.combining import Schema
from generator.errors import DocumentError
from generator.facts.document import read_document
from generator.specs.releases import order
from generator.specs.sums import is_recorded

RELEASE_FILE = re.compile(r"xo-(\d+(?:\.\d+)*)\.json")
PLUGINS = "plugins"


def release_files(folder: Path) -> dict[str, Path]:
    """Every release's file, oldest release first."""
    found = {match[1]: path for path in folder.glob("xo-*.json") if (match := RELEASE_FILE.fullmatch(path.name))}
    return dict(sorted(found.items(), key=lambda entry: order(entry[0])))


def newest_spec(folder: Path) -> Path:
    """The file of the newest release, by version number.

    Raises:
        DocumentError: There is none.
    """
    found = release_files(folder)
    if not found:
        raise DocumentError(
            "holds no xo-<release>.json", place=str(folder), hint="Bring one in with `python -m generator import`."
        )
    return list(found.values())[-1]


def load_document(path: Path) -> Schema:
    """Read any OpenAPI 3.0 or 3.1 document as facts, raw or already imported.

    Facts that are what an import wrote were repaired and validated then: they are taken as they are.

    Raises:
        DocumentError: It can't be read, or is of another version.
        SpecError: It is wrong at a named place.
    """
    if is_recorded(path):
        facts: Schema = json.loads(path.read_bytes())
        return facts
    # Loading what validates takes longer than a whole build without it.
    from generator.facts.facts import import_document

    facts, _ = import_document(read_document(path), str(path))
    return facts


def load_documents(path: Path) -> list[Schema]:
    """Read a document and the plugin documents beside it (`plugins/*.json`), in a fixed order.

    Raises:
        DocumentError, SpecError: As for `load_document`.
    """
    return [load_document(path), *load_plugins(path.parent)]


def load_plugins(folder: Path) -> list[Schema]:
    """Read what we know of plugins, in a fixed order.

    Raises:
        DocumentError, SpecError: As for `load_document`.
    """
    return [load_document(path) for path in plugin_files(folder)]


def plugin_files(folder: Path) -> list[Path]:
    """The files of the plugins, in a fixed order."""
    return sorted((folder / PLUGINS).glob("*.json"))
