"""What one line of the audit log says: JSON of at most 4 kB, without secrets."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.bounds import TEXT, VALUES
from xo_mcp.logs import REDACTOR
from xo_mcp.parsing import object_in
from xo_mcp.privacy.masking import masked_argument

LONGEST: Final = 4_000
"""Characters of a line, before what ties it to the line before it."""
STEPS: Final = ((500, 40), (100, 20), (30, 8), (0, 4))
"""Characters of a text and entries of a list or object that are shown; the first that fits a line is taken."""
DIGITS: Final = 16


def content_of(line: bytes) -> Mapping[str, Any]:
    """Read a line; one that a crash cut off, before anything was done, says nothing."""
    try:
        return object_in(json.loads(line))
    except (ValueError, RecursionError):
        return {}


def compose(fixed: Mapping[str, Any], arguments: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """Write a line.

    Args:
        fixed: What is short and ours, such as `done`, and never taken for a secret.
        arguments: As a client sent them, of any size.
        more: Other texts of somebody else: reason, client.
    """
    masked = _too_large(arguments) or masked_argument(dict(arguments))
    text = ""
    for characters, entries in STEPS:
        shown = {name: _shortened(value, characters or STEPS[-2][0], entries) for name, value in more.items()}
        line = {**fixed, "arguments": _shortened(masked, characters, entries), **shown}
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":"))
        if len(text) <= LONGEST:
            return text
    return json.dumps({**fixed, "arguments": _digest(masked)}, ensure_ascii=True, separators=(",", ":"))


def _shortened(value: Any, characters: int, entries: int) -> Any:
    """A value as far as there is room; what is left out is reported by its length and a digest."""
    if isinstance(value, str):
        # First hidden, then cut: half a secret would not be found.
        text = REDACTOR.redact(value)
        return text if len(text) <= characters else f"{text[:characters]}... ({len(text)} characters, {_digest(text)})"
    if isinstance(value, Mapping):
        first = {
            str(_shortened(str(name), characters or STEPS[-2][0], entries)): _shortened(part, characters, entries)
            for name, part in list(value.items())[:entries]
        }
        rest = dict(list(value.items())[entries:])
        return {**first, "...": f"{len(rest)} more, {_digest(rest)}"} if rest else first
    if isinstance(value, list):
        shown = [_shortened(part, characters, entries) for part in value[:entries]]
        rest_of_list = value[entries:]
        return [*shown, f"... {len(rest_of_list)} more, {_digest(rest_of_list)}"] if rest_of_list else shown
    return value


def _digest(value: Any) -> str:
    """A digest that distinguishes values; of what was masked, so that nobody can try passwords on it."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return f"sha256 {hashlib.sha256(REDACTOR.redact(text).encode()).hexdigest()[:DIGITS]}"


def _too_large(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is said instead of arguments that no call can have: looking at all of them would take long."""
    characters = values = 0
    waiting: list[Any] = [arguments]
    while waiting and values <= VALUES and characters <= TEXT:
        value = waiting.pop()
        values += 1
        characters += len(value) if isinstance(value, str) else 0
        if isinstance(value, (dict, list)):
            # Names are not counted one by one, they make up the same request.
            values += len(value)
            waiting += value.values() if isinstance(value, dict) else value
            characters += sum(map(len, value)) if isinstance(value, dict) else 0
    if values <= VALUES and characters <= TEXT:
        return None
    names = [str(name)[:40] for name in list(arguments)[:10]]
    return {"...": "too large to be recorded", "names": [_shortened(name, STEPS[-2][0], 1) for name in names]}
