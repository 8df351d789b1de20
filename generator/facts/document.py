"""Reading a document: bytes in, a JSON object out, or an error that says what is wrong with it.

The bytes are data from the network. Whatever they hold, the result is plain JSON of bounded size and depth.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

from generator.errors import DocumentError, SourceError
from generator.facts.nesting import json_steps, yaml_steps

MAX_BYTES = 64 * 1024 * 1024
"""XO 6.7.1 serves 1.5 MB; sixty-four times that can't be a contract."""
MAX_YAML_BYTES = 8 * 1024 * 1024
"""YAML is read by a slow, careful parser."""
MAX_DEPTH = 200
"""XO 6.7.1 nests 24 levels."""
MAX_NODES = 3_000_000
"""YAML aliases can make a small file expand without end."""
YAML_SUFFIXES = (".yaml", ".yml")
READ = ("3.0", "3.1")
"""Versions of OpenAPI that are read; facts are written as 3.0."""
_LONGEST_KEY = 60
_SHOWN_STEPS = 8

Json = dict[str, Any]


class _JsonConstructor(SafeConstructor):
    """YAML restricted to what JSON can say; a timestamp stays the text it was."""


_JsonConstructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def read_document(path: Path) -> Json:
    """Read a JSON, NDJSON or YAML file.

    Args:
        path: `.yaml` and `.yml` are YAML, everything else is JSON.

    Raises:
        SourceError: The file is not there or must not be read.
        DocumentError: As for `parse_document`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or 'unknown reason'}", place=str(path)) from error
    return parse_document(data, str(path))


def parse_document(data: bytes, origin: str) -> Json:
    """Parse a document.

    Any JSON encoding (UTF-8, 16, 32, with or without byte order mark) is read, and NDJSON in which one line is the
    document.

    Args:
        data: The bytes.
        origin: File name or URL, for messages; a name ending in `.yaml` or `.yml` is YAML.

    Raises:
        DocumentError: Not JSON or YAML, no object, a key twice, NaN or infinity, too large, too deep, or text that is
            no Unicode.
    """
    is_yaml = origin.lower().endswith(YAML_SUFFIXES)
    limit = MAX_YAML_BYTES if is_yaml else MAX_BYTES
    if len(data) > limit:
        raise DocumentError(f"larger than {limit // 1024 // 1024} MiB", place=origin)
    if not data.strip():
        raise DocumentError("empty", place=origin)
    try:
        document = _yaml(data) if is_yaml else _json(_text(data))
        document = _plain(document)
    except RecursionError as error:
        steps = yaml_steps(data, MAX_DEPTH) if is_yaml else json_steps(_text(data), MAX_DEPTH)
        raise DocumentError(_too_deep(steps), place=origin) from error
    except _RefusalError as error:
        raise DocumentError(str(error), place=origin, hint=error.hint) from error
    if not isinstance(document, dict):
        raise DocumentError(f"an OpenAPI document is an object, this is {_kind(document)}", place=origin)
    return document


def check_version(document: Json, origin: str) -> None:
    """Refuse what is neither OpenAPI 3.0 nor 3.1.

    Raises:
        DocumentError: Another version, no version, or no `paths`.
    """
    if "swagger" in document and "openapi" not in document:
        raise DocumentError(
            f"Swagger {_short(document['swagger'])}; OpenAPI 3.0 or 3.1 is needed",
            place=origin,
            hint="Convert it first, for example with: npx swagger2openapi --outfile openapi.json FILE",
        )
    version = document.get("openapi")
    if version is None:
        raise DocumentError("no OpenAPI document: `openapi` is missing", place=origin)
    if version_of(document) not in READ:
        raise DocumentError(
            f"OpenAPI {_short(version)}; only {' and '.join(READ)} are read",
            place=origin,
            hint="Export the document as 3.1 or 3.0.",
        )
    if "paths" not in document and version_of(document) != "3.0":
        raise DocumentError(
            "no operations: `paths` is missing",
            place=origin,
            hint="Tools are made of what can be called; webhooks and components alone are nothing of that kind.",
        )
    if not isinstance(document.get("paths"), dict):
        raise DocumentError("no OpenAPI document: `paths` must be an object", place=origin)


def version_of(document: Json) -> str:
    """The OpenAPI version without its patch number: `3.0`, `3.1`."""
    return ".".join(str(document.get("openapi")).split(".")[:2])


class _RefusalError(ValueError):
    """Why the document is refused; the caller adds where it came from."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def _text(data: bytes) -> str:
    try:
        return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _RefusalError(f"not text: {error.reason} at byte {error.start}") from error


def _json(text: str) -> Any:
    if text.lstrip().startswith("<"):
        raise _RefusalError("HTML or XML, not JSON", "Give the address of the JSON document itself.")
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        lines = [document for document in _documents(text) if "openapi" in document or "swagger" in document]
        if len(lines) == 1:
            return lines[0]
        if lines:
            raise _RefusalError(f"holds {len(lines)} documents, one is expected") from error
        raise _RefusalError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error


def _loads(text: str) -> Any:
    try:
        return json.loads(
            text, strict=False, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except (json.JSONDecodeError, _RefusalError):
        raise
    except ValueError as error:  # an integer of more than 4,300 digits
        raise _RefusalError("a number is too long") from error


def _documents(text: str) -> Iterator[Json]:
    """The lines of NDJSON that are objects."""
    for line in text.splitlines():
        if line.lstrip().startswith("{"):
            try:
                value = _loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(value, dict):
                yield value


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusalError(f"the key {_short(key)} is twice in one object")
            seen.add(key)
    return result


def _no_constant(name: str) -> Any:
    raise _RefusalError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _RefusalError(f"the number {_short(text)} is out of range")
    return value


def _yaml(data: bytes) -> Any:
    # The pure parser speaks YAML 1.2: `on` and `no` stay the text they look like.
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _JsonConstructor
    try:
        return yaml.load(data)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _RefusalError(f"not YAML: {problem}{where}") from error
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        # ruamel lets a scalar it cannot convert escape as whatever Python said.
        raise _RefusalError(f"not YAML: {error}") from error


def _too_deep(steps: list[str]) -> str:
    return f"nested deeper than {MAX_DEPTH} levels at {' > '.join(steps[:_SHOWN_STEPS])} > ..."


def _plain(document: Any) -> Any:
    """Copy into plain JSON, aliases expanded, within bounds."""
    return _Copier().copy(document, 0)


class _Copier:
    """Copies one document.

    Attributes:
        left: Values that may still come.
        steps: Where it is, for messages.
    """

    def __init__(self) -> None:
        self.left = MAX_NODES
        self.steps: list[str] = []

    def copy(self, value: Any, depth: int) -> Any:
        """Copy a value that is so many levels down."""
        self.left -= 1
        if self.left < 0:
            raise _RefusalError(f"expands to more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:
            raise _RefusalError(_too_deep(self.steps))
        del self.steps[depth:]
        if isinstance(value, dict):
            result = {}
            for key, entry in value.items():
                name = _key(key)
                result[name] = self._part(name, entry, depth)
            if len(result) < len(value):
                raise _RefusalError("a key is twice in one object, once as a number and once as text")
            return result
        if isinstance(value, list):
            entries = []
            for index, entry in enumerate(value):
                entries.append(self._part(str(index), entry, depth))
            return entries
        return _scalar(value)

    def _part(self, step: str, value: Any, depth: int) -> Any:
        self.steps[depth:] = [step]
        return self.copy(value, depth + 1)


def _key(key: Any) -> str:
    """YAML keys such as the status 200 are numbers; JSON has text only."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int | str):
        return str(_scalar(str(key)))
    raise _RefusalError(f"the key {_short(key)} is not text")


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _RefusalError(f"text that is not Unicode: {_short(value)}") from error
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise _RefusalError(f"{value} is not a JSON number")
    if value is None or isinstance(value, bool | int | float):
        return value
    raise _RefusalError(f"a value of type {type(value).__name__} is not JSON")


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= _LONGEST_KEY else f"{text[:_LONGEST_KEY]}…")
