"""The one place where text from a document becomes a Python identifier or a file name.

Everything is ASCII, so that two names that look alike are alike, and Python's own normalisation changes nothing.
"""

import hashlib
import keyword
import re
import unicodedata
from typing import Self

__all__ = ["RESERVED_FUNCTIONS", "ArgumentName", "ModuleName", "PythonName", "ascii_words"]

LONGEST = 60
"""A longer name is cut, and distinguished by a digest of the whole."""
LONGEST_ARGUMENT = 64
"""Of a property's name, in every MCP client."""

RESERVED_ARGUMENTS = frozenset({"xo"})
"""`xo` is the first parameter of every rendered function; a second one would not compile."""

RESERVED_FUNCTIONS = frozenset(
    {"bool", "dict", "float", "int", "list", "object", "set", "str", "tuple", "type"}  # annotations beside it use them
    | {"annotations"}  # `from __future__ import annotations` binds it
)
"""Tool names that would change the meaning of the module they are in."""

RESERVED_FILES = frozenset(
    {"aux", "con", "nul", "prn"}  # Windows opens a device
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)

_WORD = re.compile(r"[A-Z]+s(?![a-z])|[A-Z]+[0-9]*(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+[a-z]*|[A-Z]")
_OUTSIDE = re.compile(r"[^A-Za-z0-9_]+")
_OUTSIDE_ARGUMENT = re.compile(r"[^A-Za-z0-9_.-]+")


class PythonName(str):
    """An argument or function name: a valid ASCII identifier, whatever it was made from.

    A name that is one already stays as it is (`hostId`, `_id`, `type`); `backup-repository` becomes
    `backup_repository`, `class` becomes `class_`, `3d` becomes `x_3d`. Two different texts may give the same name:
    callers that must distinguish them compare.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make one out of any text."""
        name = _OUTSIDE.sub("_", _ascii(text))
        if name.startswith("__") or (_OUTSIDE.match(text) and name.startswith("_")):
            name = name.strip("_")
        if not name.strip("_"):
            name = "x"
        if name[0].isdigit():
            name = f"x_{name}"
        name = _bounded(name, text)
        if keyword.iskeyword(name) or name in RESERVED_ARGUMENTS:
            name = f"{name}_"
        return super().__new__(cls, name)


class ArgumentName(str):
    """The name of a property that every MCP client takes, `^[a-zA-Z0-9_.-]{1,64}$`.

    A name that is one already stays as it is; `$filter` becomes `filter`, `filter[name]` becomes `filter_name`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make one out of any text."""
        if len(text) <= LONGEST_ARGUMENT and text and not _OUTSIDE_ARGUMENT.search(text):
            return super().__new__(cls, text)
        name = _OUTSIDE_ARGUMENT.sub("_", _ascii(text)).strip("_.-") or "x"
        return super().__new__(cls, _bounded(name, text, LONGEST_ARGUMENT - len("_12345678")))


class ModuleName(str):
    """The name of a module and of its file: lower case, an importable identifier, no device on any system."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make one out of any text."""
        name = "_".join(ascii_words(text)) or "x"
        if name[0].isdigit():
            name = f"x_{name}"
        name = _bounded(name, text)
        if keyword.iskeyword(name) or name in RESERVED_FILES:
            name = f"{name}_"
        return super().__new__(cls, name)


def ascii_words(text: str) -> list[str]:
    """Split a name into lower-case ASCII words: `findByStatus`, `find-by-status` and `find_by_status` alike."""
    return [word.lower() for word in _WORD.findall(_ascii(text))]


def _ascii(text: str) -> str:
    """Drop accents; write what has no ASCII form by its code point, so that it stays distinct."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text)
    letters = []
    for char in plain:
        if char.isascii():
            letters.append(char)
        elif char.casefold().isascii():
            letters.append(char.casefold())
        elif char.isalnum():
            letters.append(f"_u{ord(char):x}_")
        elif not unicodedata.combining(char):
            letters.append("_")
    return "".join(letters)


def _bounded(name: str, text: str, longest: int = LONGEST) -> str:
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[:longest]}_{digest}"
