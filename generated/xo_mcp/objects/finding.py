"""Finds objects by id or by exact name, with an error message where that is not exactly one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xo_mcp.errors import ArgumentError, CallError, Forbidden, NotFound
from xo_mcp.nearest import nearest
from xo_mcp.objects.kinds import Kind, kinds
from xo_mcp.parsing import object_in, objects_in
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

Record: TypeAlias = Mapping[str, Any]
SHOWN: Final = 5
"""Objects that an error lists."""
_PARENTS: Final = {"$pool": "pools", "$container": "hosts"}
"""Property that says where an object is -> the collection of that."""
_LONGEST: Final = 80  # characters of a name in a message


async def objects_of(client: "Client", kind: Kind, *properties: str, where: str = "") -> list[Record]:
    """All objects of a kind that this XO user may see: their ids, names and `properties`.

    Args:
        client: Where to look.
        kind: Of the objects.
        properties: To be read besides id and name.
        where: A filter in XO's language; without it, all.

    Raises:
        CallError: XO refused or did not answer.
    """
    wanted = dict.fromkeys(name for name in ("id", kind.label, *properties) if name)
    query: dict[str, Json] = {"fields": ",".join(wanted), **({"filter": where} if where else {})}
    reply = await client.request(Call("GET", kind.route, query=query))
    return [record for record in objects_in(reply.data) if record.get("id")]


async def by_id_or_name(client: "Client", kind: Kind, text: str) -> list[Record]:
    """The object with this id, or those with this name, asked for by XO's filter, which finds parts of names too.

    Raises:
        CallError: XO refused or did not answer.
    """
    whole = json.dumps(text, ensure_ascii=False)
    named = f"{kind.label}:{whole}"
    query: dict[str, Json] = {
        "fields": ",".join(["id", kind.label, *kind.traits]),
        "filter": named if " " in text else f"|({named} id:{whole})",
    }
    reply = await client.request(Call("GET", kind.route, query=query))
    return matching(text, (record for record in objects_in(reply.data) if record.get("id")), [kind.label])


async def existing(client: "Client", kind: Kind, ids: Iterable[Json], *properties: str) -> list[Record]:
    """The objects with these ids, in their order, each once.

    Args:
        client: Where to look.
        kind: Of the objects.
        ids: Names have been replaced by ids before.
        properties: To be read besides id and name.

    Raises:
        ArgumentError: There is no object with one of the ids.
        CallError: XO refused or did not answer.
    """
    wanted = list(dict.fromkeys(str(each) for each in ids))
    known = await objects_of(client, kind, *properties) if wanted else []
    return [with_id(kind, each, known) for each in wanted]


async def read(client: "Client", kind: Kind, object_id: Json, *properties: str) -> dict[str, Any]:
    """One object: of its properties those that are named here, all where none is.

    Raises:
        ArgumentError: There is no such object.
        CallError: XO refused or did not answer.
    """
    try:
        reply = await client.request(Call("GET", f"{kind.route}/{{id}}", path={"id": str(object_id)}))
    except NotFound as error:
        raise missing([kind], [str(object_id)]) from error
    record = object_in(reply.data)
    return {name: record[name] for name in properties if name in record} if properties else record


def matching(text: str, records: Iterable[Record], labels: Iterable[str]) -> list[Record]:
    """The object with this id; where there is none, those with this name.

    Args:
        text: An id or a name.
        records: What is known.
        labels: The properties that are names.
    """
    known = list(records)
    names = [label for label in labels if label]
    same = [record for record in known if record.get("id") == text]
    return same or [record for record in known if any(record.get(label) == text for label in names)]


def with_id(kind: Kind, object_id: str, records: Sequence[Record]) -> Record:
    """The one of `records` with this id.

    Raises:
        ArgumentError: None has it.
    """
    wanted = object_id.strip()
    found = next((record for record in records if record.get("id") == wanted), None)
    if found is None:
        raise missing([kind], [wanted], (record.get(kind.label) for record in records))
    return found


def ambiguous(
    kind: Kind, name: str, found: Sequence[Record], parents: Mapping[Json, str] | None = None
) -> ArgumentError:
    """The error about a name that several objects have; it distinguishes them.

    Args:
        kind: Of the objects.
        name: Of all of them.
        found: The objects, with what distinguishes them as far as it is known.
        parents: Id -> name of what they are in.
    """
    names = parents or {}
    differ = [trait for trait in kind.traits if len({str(one.get(trait)) for one in found}) > 1]
    shown = []
    for one in found[:SHOWN]:
        traits = ", ".join(f"{trait.strip('$')} {_trait(one.get(trait), names)}" for trait in differ)
        shown.append(f"{one_line(str(one['id']), _LONGEST)}{f' ({traits})' if traits else ''}")
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ArgumentError(
        f"Nothing was done: {len(found)} objects of the kind {kind.noun} are called {quoted(name)}:"
        f" {'; '.join(shown)}{more}. Call again with the id of the one that is meant."
    )


async def parents_of(client: "Client", kind: Kind, found: Sequence[Record]) -> dict[Json, str]:
    """Id -> name of the pools or hosts that objects of one name are in, as far as XO shows them."""
    names: dict[Json, str] = {}
    for trait in kind.traits:
        if trait in _PARENTS and len({str(one.get(trait)) for one in found}) > 1:
            names |= await names_by_id(client, kinds().get(_PARENTS[trait]))
    return names


def missing(
    wanted: Sequence[Kind], texts: Sequence[str], names: Iterable[Json] = (), *, argument: str = "", remark: str = ""
) -> ArgumentError:
    """The error about ids or names that no object has; it names the nearest.

    Args:
        wanted: What the objects may be.
        texts: As they were given; at least one.
        names: Those of the objects that there are.
        argument: The argument it is in, where that is not obvious.
        remark: What else there is to say.
    """
    noun = " or ".join(kind.noun for kind in wanted)
    close = nearest(texts[0], [name for name in names if isinstance(name, str)])
    hint = f" Nearest: {', '.join(map(quoted, close))}." if close else ""
    listers = " or ".join(kind.lister for kind in wanted if kind.lister)
    where = f" ({argument})" if argument else ""
    which = "whose id or exact name is" if any(kind.label for kind in wanted) else "with the id"
    lister = f" {listers} {'shows' if ' ' not in listers else 'show'} them." if listers else ""
    return ArgumentError(
        f"Nothing was done: there is no {noun} {which} {first_few(texts)}{where}.{hint}{remark}{lister}"
    )


async def names_by_id(client: "Client", kind: Kind | None) -> dict[Json, str]:
    """Id -> name of every object of a kind; empty when XO does not say."""
    if kind is None or not kind.label:
        return {}
    try:
        records = await objects_of(client, kind)
    except (NotFound, Forbidden):
        return {}
    return {one["id"]: str(one[kind.label]) for one in records if isinstance(one["id"], str) and one.get(kind.label)}


async def described(client: "Client", kind: Kind, ids: Iterable[Json]) -> list[str]:
    """Objects as people know them, `web-1 (5f2c...)`; an id alone where XO does not say."""
    try:
        names = await names_by_id(client, kind)
    except CallError:
        names = {}
    shown = ((one_line(str(each), _LONGEST), names.get(each)) for each in ids)
    return [f"{one_line(name, _LONGEST)} ({each})" if name else each for each, name in shown]


def name_of(kind: Kind, record: Record) -> str:
    """What a person calls an object: its name, its id where it has none."""
    return one_line(str(record.get(kind.label) or record.get("id")), _LONGEST)


def quoted(name: str) -> str:
    """A name on one line and in quotes, as readers and XO's filter language take it."""
    return json.dumps(one_line(name, _LONGEST), ensure_ascii=False)


def first_few(texts: Sequence[str], most: int = SHOWN) -> str:
    """The first of some ids or names, quoted, and how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(map(quoted, texts[:most])) + more


def _trait(value: Json, parents: Mapping[Json, str]) -> str:
    return quoted(parents[value]) if isinstance(value, str) and value in parents else one_line(str(value), 60)
