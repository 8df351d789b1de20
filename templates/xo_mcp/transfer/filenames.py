"""Names of the files we write: from the route or the caller, safe on every system, the same for the same object."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.text import as_sent, neutral_text
from xo_mcp.types import Arguments

MAX_BYTES: Final = 200
"""Longest name, as UTF-8: file systems end at 255, and the temporary name and a number need some of it."""

_FORBIDDEN: Final = frozenset('<>:"/\\|?*')  # what Windows refuses; all others refuse only `/`
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_COMPRESSED: Final = ("", ".gz", ".zst", ".xz", ".lz4")
_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,10})$")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class FileName:
    """A safe name.

    Attributes:
        stem: What comes before the extension.
        extension: With its dot, or empty.
    """

    stem: str
    extension: str

    def __str__(self) -> str:
        return self.numbered(1)

    def numbered(self, number: int) -> str:
        """The first name is bare, the next ones are `name (2).xva`, `name (3).xva`."""
        return f"{self.stem}{self.extension}" if number == 1 else f"{self.stem} ({number}){self.extension}"


def name_of(route: str, path: Arguments) -> FileName:
    """Derive a name from what is exported.

    Args:
        route: Like `/vms/{id}.{format}` or `/hosts/{id}/logs.tgz`.
        path: Values of its placeholders.

    Returns:
        `vm-<id>.xva`, `host-<id>-logs.tgz`: the same object always gets the same name.
    """
    segments = [segment for segment in route.split("/") if segment]
    words = [
        _singular(segment) if following.startswith("{") else segment for segment, following in pairwise([*segments, ""])
    ]
    text = _PLACEHOLDER.sub(lambda match: str(path.get(match[1], "")), "-".join(words))
    found = _EXTENSION.search(text)
    return safe_name(text[: found.start()] if found else text, found[0] if found else "")


def given_name(name: str, extension: str) -> FileName:
    """Make the name a caller wishes safe; it ends in `extension`, which says what the file is.

    Args:
        name: Any text; folders are not followed, their separators become `_`.
        extension: With its dot, or empty. `x.xva.gz` counts as ending in `.xva`.

    Raises:
        ArgumentError: Nothing usable is left.
    """
    lowered = name.strip().lower()
    for compressed in _COMPRESSED:
        whole = f"{extension}{compressed}"
        if whole and lowered.endswith(whole):
            return safe_name(name.strip()[: -len(whole)], whole)
    return safe_name(name, extension)


def safe_name(stem: str, extension: str) -> FileName:
    """Replace, cut or drop whatever could confuse a file system, a shell or a reader.

    Args:
        stem: Any text.
        extension: With its dot, or empty; known to be safe.

    Raises:
        ArgumentError: Nothing usable is left.
    """
    text = "".join(_harmless(sign) for sign in unicodedata.normalize("NFC", stem))
    # No hidden files, nothing that reads as an option, nothing Windows drops silently.
    text = " ".join(text.split()).lstrip(".-~ ").rstrip(". ")
    if _RESERVED.fullmatch(text.partition(".")[0].rstrip()):
        text = f"_{text}"
    room = MAX_BYTES - len(extension.encode())
    text = text.encode(errors="replace")[:room].decode(errors="ignore").rstrip(". ")
    if not any(sign.isalnum() for sign in text):
        shown = as_sent(stem)
        raise ArgumentError(f"`filename` {shown!r} holds nothing a file can be called by: use letters and digits.")
    return FileName(text, extension)


def _harmless(sign: str) -> str:
    if sign in _FORBIDDEN:
        return "_"
    if sign.isspace():
        return " "
    # Control, reordering, private and unassigned characters, and what draws nothing.
    unseen = unicodedata.category(sign).startswith("C") or neutral_text(sign) != sign
    return "" if unseen else sign


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s")
