"""Which properties of a record are wanted.

XO 6.7.1 drops unknown `fields` silently and knows top-level properties only; a model must learn of a mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import nearest
from xo_mcp.text import one_line
from xo_mcp.types import Json

EVERYTHING: Final = "*"
NO_TABLE: Final[Mapping[str, str]] = MappingProxyType({})
"""The table of a record whose properties are not known: any name passes."""


@dataclass(frozen=True)
class Fields:
    """Which properties were asked for.

    Attributes:
        names: Top-level properties, `id` first; empty for all of them.
    """

    names: tuple[str, ...]

    @property
    def query(self) -> str:
        """XO's `fields` parameter."""
        return ",".join(self.names) or EVERYTHING

    def of(self, record: Mapping[str, Json]) -> dict[str, Json]:
        """Return these properties of a record, `id` first, without XO's `href`."""
        names = self.names or ("id", *record)
        return {name: record[name] for name in dict.fromkeys(names) if name in record and name != "href"}


def parse_fields(fields: str, known: Mapping[str, str], record: str = "") -> Fields:
    """Read a `fields` argument.

    Args:
        fields: Names with commas between them, or `*`.
        known: The record's properties and their types; empty when they are not known, then any name passes.
        record: The record's name, for messages.

    Raises:
        ArgumentError: There is no name, or one that the record does not have (XO would ignore it silently).
    """
    names = [name.strip() for name in fields.split(",") if name.strip()]
    if not names:
        raise ArgumentError(
            f"`fields` names nothing. Give property names with commas between them{_like(known)}, or `*`."
        )
    if EVERYTHING in names:
        return Fields(())
    for name in names:
        if known and name not in known and name not in CONVENTIONS.fields_everywhere:
            raise ArgumentError(_unknown_field(name, known, record))
    return Fields(tuple(dict.fromkeys(["id", *(name for name in names if name != "href")])))


def _unknown_field(name: str, known: Mapping[str, str], record: str) -> str:
    told = one_line(name, 60)
    top = name.replace("[", ".").split(".")[0]
    if top != name and top in known:
        return f"`fields`: XO takes whole top-level properties, not `{told}`. Ask for `{top}`."
    close = nearest(name[:60], known)
    hint = f"Did you mean {', '.join(f'`{each}`' for each in close)}?" if close else f"It has{_like(known, 12)}."
    return f"`fields`: {record or 'the record'} has no property `{told}`. {hint}"


def _like(known: Mapping[str, str], count: int = 3) -> str:
    if not known:
        return ""
    some = ", ".join(f"`{name}`" for name in list(known)[:count])
    return f" (like {some})" if count <= 3 else f" {some}{' and more' if len(known) > count else ''}"  # noqa: PLR2004
