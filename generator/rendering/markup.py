"""Text that enters the reference page: only as characters, escaped in this one place."""

import base64
import hashlib
from html import escape

from generator.api.combining import Schema
from generator.names.pytext import visible

MOST_VALUES = 8


def html(text: str) -> str:
    """Characters of an element or of a quoted attribute, inert and visible whatever `text` holds."""
    return escape(visible(str(text)), quote=True)


def fingerprint(source: str) -> str:
    """What a Content-Security-Policy calls an inline script or style: nothing else of its kind may run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def inert_json(text: str) -> str:
    """JSON of ASCII inside a script element: nothing in it can end that."""
    return text.replace("<", "\\u003c")


def type_of(schema: Schema) -> str:
    """The type of an argument for a reader: `string`, `integer or null`, `gzip | zstd`; not yet escaped."""
    values = schema.get("enum")
    if values:
        more = " | ..." if len(values) > MOST_VALUES else ""
        return " | ".join(str(value) if value != "" else '""' for value in values[:MOST_VALUES]) + more
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(choice) for choice in schema["anyOf"]))
    return str(schema.get("type", "any"))
