"""Names for ids: an exact name that one object of a kind has is taken for its id."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.errors import ArgumentError, Forbidden, NotFound
from xo_mcp.nearest import nearest
from xo_mcp.objects.kinds import Kind, kinds, looks_like_id
from xo_mcp.objects.places import replaced, texts_at
from xo_mcp.parsing import objects_in
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.definitions import Facts

SHOWN: Final = 5
"""Objects of one name that an error lists."""
_POOL: Final = "$pool"
_PLACES: Final = {_POOL: "pools", "$container": "hosts"}
"""Property of an object -> the collection of what it is in, for telling two apart."""
_FOLLOWS: Final = ("$snapshot_of", "$container", "jobId")
"""Properties that hold the id of what an object belongs to."""
Record = Mapping[str, Json]


@dataclass(frozen=True)
class Wanted:
    """A name that stands where an id is wanted.

    Attributes:
        place: In the arguments.
        name: As it was given.
        kinds: What it may be the name of.
    """

    place: str
    name: str
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Resolved:
    """Arguments that hold ids only.

    Attributes:
        arguments: To call the tool with.
        notes: Whole sentences about which name was taken for which object.
        names: Id -> the name that was given for it.
    """

    arguments: dict[str, Any]
    notes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def names_in(facts: "Facts", arguments: Mapping[str, Any]) -> list[Wanted]:
    """The names among the arguments of a tool; none for most calls, and then nothing is asked of XO."""
    found = []
    for place, collections in sorted(facts.kinds.items(), key=lambda entry: entry[0] != facts.subject):
        for text in dict.fromkeys(texts_at(arguments, place)):
            if looks_like_id(text):
                continue
            named = tuple(kinds()[name] for name in collections.split() if kinds()[name].label)
            if named:
                found.append(Wanted(place, text, named))
    return found


async def resolved(
    client: "Client", facts: "Facts", arguments: Mapping[str, Any], pools: Collection[str] = ()
) -> Resolved:
    """Put ids in the place of names; each name costs a request, ids cost none.

    Args:
        client: Where to ask.
        facts: Of the tool.
        arguments: Validated.
        pools: Those of the objects that it is about, where the arguments do not name these.

    Raises:
        ArgumentError: No object has the name, or several have; the message names the nearest, or tells them apart.
        CallError: XO does not answer.
    """
    search = _Search(client, facts, dict(arguments), frozenset(pools))
    notes: list[str] = []
    names: dict[str, str] = {}
    for wanted in names_in(facts, arguments):
        kind, record = await search.find(wanted)
        if record is None:
            continue
        identity = str(record["id"])
        if identity != wanted.name:
            search.arguments = replaced(search.arguments, wanted.place, {wanted.name: identity})
            names[identity] = wanted.name
            notes.append(f"{_quoted(wanted.name)} was taken for the {kind.noun} {identity}.")
    return Resolved(search.arguments, tuple(dict.fromkeys(notes)), names)


@dataclass
class _Search:
    """Finds the objects that the arguments of one call name.

    Attributes:
        client: Where to ask.
        facts: Of the tool.
        arguments: With the ids that are known so far.
        pools: Those of the objects that the call is about, where they are several.
        found: What names stood for so far.
    """

    client: "Client"
    facts: "Facts"
    arguments: dict[str, Any]
    pools: frozenset[str] = frozenset()
    found: list[Record] = field(default_factory=list)

    async def find(self, wanted: Wanted) -> tuple[Kind, Record | None]:
        """The one object that a name means; none where this XO does not list them: then the call itself tells."""
        silent = True
        for kind in wanted.kinds:
            try:
                records = await called(self.client, kind, wanted.name)
            except (NotFound, Forbidden):
                continue
            silent = False
            if len(records) > 1:
                records = await self._narrowed(wanted, records)
            if len(records) > 1:
                raise ArgumentError(await _several(self.client, kind, wanted, records))
            if records:
                self.found.append(records[0])
                return kind, records[0]
        if silent:
            return wanted.kinds[0], None
        raise ArgumentError(await _none(self.client, wanted))

    async def _narrowed(self, wanted: Wanted, records: Sequence[Record]) -> Sequence[Record]:
        """Those that fit the other arguments: of the VM, on the host or in the pool that these name."""
        others = {place: names for place, names in self.facts.kinds.items() if place != wanted.place}
        given = {text for place in others for text in texts_at(self.arguments, place)}
        near = [one for one in records if any(one.get(tell) in given for tell in _FOLLOWS)]
        records = near or records
        if len(records) == 1 or wanted.place in self.facts.any_pool or not all(one.get(_POOL) for one in records):
            return records
        pools = set(self.pools) or {str(record[_POOL]) for record in self.found if record.get(_POOL)}
        pools |= {text for place in others if others[place] == "pools" for text in texts_at(self.arguments, place)}
        pools = pools or await self._pools(others)
        inside = [one for one in records if one[_POOL] in pools]
        return inside if len(pools) == 1 and inside else records

    async def _pools(self, others: Mapping[str, str]) -> set[str]:
        """The pool of the first object that was given by id."""
        for place, names in others.items():
            kind = kinds()[names.split()[0]]
            identity = next(texts_at(self.arguments, place), None)
            if identity is None or _POOL not in kind.tells:
                continue
            try:
                reply = await self.client.request(Call("GET", f"{kind.route}/{{id}}", path={"id": identity}))
            except (NotFound, Forbidden):
                continue
            pool = reply.data.get(_POOL) if isinstance(reply.data, dict) else None
            if isinstance(pool, str):
                return {pool}
        return set()


async def called(client: "Client", kind: Kind, name: str) -> Sequence[Record]:
    """The objects of a kind that have a name, or the one with this id; XO's filter finds parts of names too."""
    quoted = _quoted(name)
    one = f"{kind.label}:{quoted}"
    query: dict[str, Json] = {
        "fields": ",".join(["id", kind.label, *kind.tells]),
        "filter": one if " " in name else f"|({one} id:{quoted})",
    }
    reply = await client.request(Call("GET", kind.route, query=query))
    records = objects_in(reply.data)
    same = [record for record in records if record.get("id") == name]
    return same or [record for record in records if record.get(kind.label) == name and record.get("id")]


async def _several(client: "Client", kind: Kind, wanted: Wanted, found: Sequence[Record]) -> str:
    differ = [tell for tell in kind.tells if len({str(one.get(tell)) for one in found}) > 1]
    places: dict[Json, str] = {}
    for tell in differ:
        if tell in _PLACES:
            places |= await _names_of(client, kinds().get(_PLACES[tell]))
    shown = []
    for one in found[:SHOWN]:
        told = ", ".join(f"{tell.strip('$')} {_trait(one.get(tell), places)}" for tell in differ)
        shown.append(f"{one['id']}{f' ({told})' if told else ''}")
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (
        f"Nothing was done: {len(found)} objects of the kind {kind.noun} are called {_quoted(wanted.name)}:"
        f" {'; '.join(shown)}{more}. Call again with the id of the one that is meant."
    )


def _trait(value: Json, places: Mapping[Json, str]) -> str:
    return _quoted(places[value]) if isinstance(value, str) and value in places else one_line(str(value), 60)


async def _names_of(client: "Client", kind: Kind | None) -> dict[Json, str]:
    """Id -> name of every object of a kind; nothing when XO does not say."""
    if kind is None or not kind.label:
        return {}
    try:
        reply = await client.request(Call("GET", kind.route, query={"fields": f"id,{kind.label}"}))
    except (NotFound, Forbidden):
        return {}
    known = [one for one in objects_in(reply.data) if isinstance(one.get("id"), str)]
    return {one["id"]: str(one[kind.label]) for one in known if one.get(kind.label)}


async def _none(client: "Client", wanted: Wanted) -> str:
    names: dict[Json, str] = {}
    for kind in wanted.kinds:
        names |= await _names_of(client, kind)
    noun = " or ".join(kind.noun for kind in wanted.kinds)
    meant = ", ".join(_quoted(name) for name in nearest(wanted.name, names.values()))
    hint = f" Nearest: {meant}." if meant else ""
    doubt = "" if names else " XO shows none at all to this user."
    return (
        f"Nothing was done: there is no {noun} whose id or exact name is {_quoted(wanted.name)} ({wanted.place})."
        f"{hint}{doubt}"
    )


def _quoted(name: str) -> str:
    """In quotes, as XO's filter language and readers take it."""
    return json.dumps(name, ensure_ascii=False)
