"""The `fields` of a read: which properties of a record are returned.

XO 6.7.1 drops unknown `fields` silently, inside of objects too (`memory.size`); a model must learn of a mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import nearest
from xo_mcp.reads.record_table import RecordTable
from xo_mcp.text import as_sent
from xo_mcp.types import Json

EVERYTHING: Final = "*"
_LONGEST: Final = 100  # characters of a name
HIDDEN: Final = frozenset({"href", *CONVENTIONS.internal})
"""Properties that no answer shows: addresses and references of XO and XenServer."""
NO_TABLE: Final[Mapping[str, str]] = MappingProxyType({})
"""The table of a record whose properties are not known: any name passes."""


@dataclass(frozen=True)
class Fields:
    """Which properties were asked for.

    Attributes:
        names: Properties, `id` first, one inside an object with a dot (`memory.size`); empty for all of them.
    """

    names: tuple[str, ...]

    @property
    def query(self) -> str:
        """XO's `fields` parameter."""
        return ",".join(self.names) or EVERYTHING


def parse_fields(fields: str, known: Mapping[str, str], record: str = "") -> Fields:
    """Read a `fields` argument.

    Args:
        fields: Names with commas between them, or `*`; `memory.size` for one inside an object.
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
        _require_known(name, known, record)
    wanted = dict.fromkeys(["id", *(name for name in names if name != "href")])
    # XO answers a whole object and a part of it as the whole.
    return Fields(tuple(name for name in wanted if "." not in name or name.partition(".")[0] not in wanted))


def projected(record: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    """These properties of a record, in this order, as XO nests them: `memory.size` is `{"memory": {"size": ...}}`."""
    found: dict[str, Json] = {}
    for name in names:
        top, *rest = name.split(".") if name not in record else [name]
        if top not in record or top in HIDDEN:
            continue
        if not rest:
            found[top] = record[top]
        else:
            _take(record[top], rest, found, top)
    return found


def _take(value: Json, path: Sequence[str], into: dict[str, Json], key: str) -> None:
    """Copy what is inside of an object into a copy of the objects around it."""
    first, *rest = path
    if not isinstance(value, dict) or first not in value:
        return
    around = into.setdefault(key, {})
    if not isinstance(around, dict):
        return
    if rest:
        _take(value[first], rest, around, first)
    else:
        around[first] = value[first]


def _require_known(name: str, known: Mapping[str, str], record: str) -> None:
    if name in CONVENTIONS.internal:
        raise ArgumentError(
            f"`fields`: `{name}` is XenServer's own reference, which no tool takes. Ask for `id` or `uuid`."
        )
    if not known or name in known or name in CONVENTIONS.fields_everywhere:
        return
    top, *rest = name.split(".")
    if not rest or top not in known:
        raise ArgumentError(_unknown_field(name, known, record))
    table = RecordTable.of(known)
    for depth, inner in enumerate(rest, 1):
        path = (top, *rest[: depth - 1])
        field = table.field(path)
        shown = ".".join(path)
        if field is not None and field.type not in ("object", "any"):
            raise ArgumentError(f"`fields`: `{shown}` is not an object with parts. Ask for `{shown}` as a whole.")
        inside = table.inside(path)
        if inside and inner not in inside and (field is None or not field.open):
            near = nearest(inner[:60], inside) or list(inside)
            names = ", ".join(f"`{shown}.{each}`" for each in near[:3])
            raise ArgumentError(f"`fields`: `{shown}` has no `{as_sent(inner, _LONGEST)}`. There is {names}.")


def _unknown_field(name: str, known: Mapping[str, str], record: str) -> str:
    top = name.replace("[", ".").replace(":", ".").split(".")[0]
    if top != name and top in known:
        return f"`fields`: a part of `{top}` is written with a dot, `{top}.name`, not `{as_sent(name, _LONGEST)}`."
    close = nearest(name[:60], known)
    hint = f"Did you mean {', '.join(f'`{each}`' for each in close)}?" if close else f"It has{_like(known, 12)}."
    return f"`fields`: {record or 'the record'} has no property `{as_sent(name, _LONGEST)}`. {hint}"


def _like(known: Mapping[str, str], count: int = 3) -> str:
    if not known:
        return ""
    some = ", ".join(f"`{name}`" for name in list(known)[:count])
    return f" (like {some})" if count <= 3 else f" {some}{' and more' if len(known) > count else ''}"  # noqa: PLR2004
