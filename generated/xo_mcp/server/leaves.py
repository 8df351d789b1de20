"""Writes arguments down for a person who must agree to them: every leaf is there, a long text by its two ends.

A person who agrees to a text of which only the beginning is shown has not seen what follows.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from xo_mcp.text import neutral_text
from xo_mcp.types import Json

LONG: Final = 200
"""Characters from which on a text is shown by its ends."""
END: Final = 80
"""Characters of each end."""
DIGITS: Final = 16


def written(value: Json) -> str:
    """Write a value as JSON on one line; of a long text its beginning, end, length and a digest."""
    if isinstance(value, str):
        return written_text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written_text(name)}: {written(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


def written_text(text: str) -> str:
    """Write a text in quotes. What is added to a long one is outside them, where the text can't reach."""
    if len(text) <= LONG:
        return _quoted(text)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:DIGITS]
    return f"{_quoted(text[:END])} ... {_quoted(text[-END:])} ({len(text):,} characters, SHA-256 {digest})"


def _quoted(text: str) -> str:
    # Somebody else's words: quoted and on one line, so that they can't add a sentence of their own to a question.
    return json.dumps(neutral_text(text), ensure_ascii=False)
