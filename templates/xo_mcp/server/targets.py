"""Resolves the objects of `run_on_many`: ids, names or SQL, fixed before anybody is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError, Forbidden, NotFound
from xo_mcp.inventory.engine import run
from xo_mcp.inventory.execution import Limits
from xo_mcp.objects.finding import Record, ambiguous, first_few, matching, missing, objects_of, parents_of, quoted
from xo_mcp.objects.kinds import Kind, kinds, looks_like_id
from xo_mcp.safety.coercion import plain_id
from xo_mcp.text import one_line

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.definitions import Entry
    from xo_mcp.session import Session

MOST: Final = 200
"""Objects of one call."""


@dataclass(frozen=True)
class Target:
    """One object.

    Attributes:
        id: Of it.
        name: What it is called, if it has a name.
        pool: The pool it is in, if that is known.
    """

    id: str
    name: str = ""
    pool: str = ""


@dataclass(frozen=True)
class Targets:
    """The objects, each once.

    Attributes:
        chosen: In the order in which they were named.
        notes: About names and doubles.
    """

    chosen: tuple[Target, ...]
    notes: tuple[str, ...] = ()


async def chosen(session: "Session", entry: "Entry", wanted: "Sequence[str] | Mapping[str, Any]") -> Targets:
    """Find the objects.

    Args:
        session: With XO.
        entry: The tool, which knows the kind of its object.
        wanted: Ids and names, or `{"sql": ...}`.

    Raises:
        ArgumentError: None, or more than allowed, are meant; some do not exist, are of another kind, or share a name.
        CallError: XO does not answer.
    """
    given = (
        await _selected(session, wanted["sql"]) if isinstance(wanted, Mapping) else [plain_id(one) for one in wanted]
    )
    known = kinds_of(entry)
    records = await _records(session.client, entry, known)
    found: dict[str, Target] = {}
    notes: list[str] = []
    doubles = 0
    unknown: list[str] = []
    for text in given:
        record = records.get(text) if records is not None else {"id": text}
        if record is None and not looks_like_id(text):
            record = await _by_name(session.client, text, records or {}, known)
            if record is not None:
                notes.append(f"{quoted(text)} was taken for {one_line(str(record['id']))}.")
        if record is None:
            unknown.append(text)
            continue
        target = _target(record, known)
        doubles += target.id in found
        found.setdefault(target.id, target)
    if unknown:
        raise _unknown(unknown, records or {}, known, selected=isinstance(wanted, Mapping))
    if doubles:
        notes.append(f"{doubles:,} were named twice, and are done once.")
    _require_some(len(found))
    return Targets(tuple(found.values()), tuple(notes))


async def looked_up(client: "Client", entry: "Entry", targets: Sequence[Target]) -> dict[str, Record]:
    """The objects as XO shows them now: id -> name and state; those that no longer exist are left out."""
    records = await _records(client, entry, kinds_of(entry))
    return {target.id: records[target.id] for target in targets if records and target.id in records}


def kinds_of(entry: "Entry") -> tuple[Kind, ...]:
    """The kinds that the object of a tool may be of."""
    names = entry.facts.kinds.get(entry.facts.subject, "")
    return tuple(kinds()[name] for name in names.split() if name in kinds())


async def _selected(session: "Session", sql: str) -> list[str]:
    found = await run(session.client, sql, limits=Limits(rows=MOST + 1), release=session.config.known_release)
    position = next((at for at, name in enumerate(found.columns) if name.casefold() == "id"), None)
    if position is None:
        raise ArgumentError(f"Nothing was done: the SQL must select `id`, and selects {first_few(found.columns)}.")
    if len(found.rows) > MOST:
        raise ArgumentError(
            f"Nothing was done: the SQL selects more than {MOST} objects. Narrow it down, with LIMIT say."
        )
    if not found.rows:
        raise ArgumentError(f"Nothing was done: the SQL selects nothing. {' '.join(found.notes)}".rstrip())
    return [str(row[position]) for row in found.rows]


async def _records(client: "Client", entry: "Entry", known: Iterable[Kind]) -> dict[str, Record] | None:
    """Id -> object, of all that the tool may be about, with what questions show; nothing where XO lists none."""
    every: dict[str, Record] = {}
    answered = False
    for kind in known:
        wanted = {"$pool", *kind.traits, *CONVENTIONS.states, *_warned_of(entry)}
        try:
            records = await objects_of(client, kind, *sorted(wanted))
        except (NotFound, Forbidden):
            continue
        answered = True
        every |= {str(one["id"]): one for one in records}
    return every if answered else None


def _warned_of(entry: "Entry") -> Iterable[str]:
    """Properties on which the tool's warning depends."""
    return {name.partition(".")[0] for case in entry.facts.warning for name in case.get("when", {})}


async def _by_name(client: "Client", name: str, records: Mapping[str, Record], known: Sequence[Kind]) -> Record | None:
    """The one object with this name, if there is one.

    Raises:
        ArgumentError: Several have it.
    """
    same = matching(name, records.values(), [kind.label for kind in known])
    if len(same) > 1:
        raise ambiguous(known[0], name, same, await parents_of(client, known[0], same))
    return same[0] if same else None


def _target(record: Record, known: Iterable[Kind]) -> Target:
    name = next((record[kind.label] for kind in known if kind.label and record.get(kind.label)), "")
    pool = record.get("$pool")
    return Target(str(record["id"]), str(name), pool if isinstance(pool, str) else "")


def _unknown(
    unknown: Sequence[str], records: Mapping[str, Record], known: Sequence[Kind], *, selected: bool
) -> ArgumentError:
    if not selected:
        names = [one.get(kind.label) for one in records.values() for kind in known]
        return missing(known, unknown, names)
    noun = " or ".join(kind.noun for kind in known)
    return ArgumentError(
        f"Nothing was done: the SQL selects objects other than a {noun}: {first_few(unknown)}."
        " Select only ids of that kind."
    )


def _require_some(count: int) -> None:
    if count > MOST:
        raise ArgumentError(
            f"Nothing was done: {count:,} objects are more than the {MOST} of one call. Do it in several."
        )
    if not count:
        raise ArgumentError("Nothing was done: no object was named.")
