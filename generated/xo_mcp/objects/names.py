"""Accepts names for ids: an exact name that one object of a kind has is replaced by its id."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.definitions import Facts
from xo_mcp.errors import Forbidden, NotFound
from xo_mcp.objects.argument_texts import replaced, texts_at
from xo_mcp.objects.finding import Record, ambiguous, by_id_or_name, missing, names_by_id, parents_of, quoted
from xo_mcp.objects.kinds import Kind, can_be_asked_for, kinds, looks_like_id
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_POOL: Final = "$pool"
_FOLLOWS: Final = ("$snapshot_of", "$container", "jobId")
"""Properties that hold the id of what an object belongs to."""


@dataclass(frozen=True)
class Wanted:
    """A name where an id is wanted.

    Attributes:
        path: In the arguments.
        name: As it was given.
        kinds: What it may be the name of.
    """

    path: str
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


def names_in(facts: Facts, arguments: Mapping[str, Any]) -> list[Wanted]:
    """The names among the arguments of a tool; none for most calls, and then nothing is asked of XO."""
    found = []
    for path, collections in sorted(facts.kinds.items(), key=lambda entry: entry[0] != facts.subject):
        for text in dict.fromkeys(texts_at(arguments, path)):
            if looks_like_id(text):
                continue
            named = tuple(kinds()[name] for name in collections.split() if kinds()[name].label)
            if named:
                found.append(Wanted(path, text, named))
    return found


async def resolved(
    client: "Client", facts: Facts, arguments: Mapping[str, Any], pools: Collection[str] = ()
) -> Resolved:
    """Replace names by ids; each name costs a request, ids cost none.

    Args:
        client: Where to ask.
        facts: Of the tool.
        arguments: Validated.
        pools: Those of the objects that it is about, where the arguments do not name these.

    Raises:
        ArgumentError: No object has the name, or several have; the message names the nearest, or distinguishes them.
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
            search.arguments = replaced(search.arguments, wanted.path, {wanted.name: identity})
            names[identity] = wanted.name
            notes.append(f"{quoted(wanted.name)} was taken for the {kind.noun} {identity}.")
    return Resolved(search.arguments, tuple(dict.fromkeys(notes)), names)


async def with_ids(client: "Client", collections: Mapping[str, str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Replace ids and names by ids of objects that exist; unlike `resolved`, ids are looked up too.

    Args:
        client: Where to ask; each text costs a request.
        collections: Argument -> collection of the object that it names.
        arguments: Others are kept as they are.

    Raises:
        ArgumentError: No object has the id or name, or several have; the message names the nearest, or distinguishes
            them.
        CallError: XO does not answer.
    """
    search = _Search(client, Facts(kinds=collections), dict(arguments))
    for name, collection in collections.items():
        text = arguments.get(name)
        if not isinstance(text, str):
            continue
        kind = kinds()[collection]
        if not can_be_asked_for(text):
            raise missing([kind], [text], argument=name)
        _, record = await search.find(Wanted(name, text, (kind,)))
        if record is not None:
            search.arguments[name] = record["id"]
    return search.arguments


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
    facts: Facts
    arguments: dict[str, Any]
    pools: frozenset[str] = frozenset()
    found: list[Record] = field(default_factory=list)

    async def find(self, wanted: Wanted) -> tuple[Kind, Record | None]:
        """The one object that a name means; none where this XO does not list them: then the call itself decides."""
        silent = True
        for kind in wanted.kinds:
            try:
                records = await by_id_or_name(self.client, kind, wanted.name)
            except (NotFound, Forbidden):
                continue
            silent = False
            if len(records) > 1:
                records = [*await self._narrowed(wanted, records)]
            if len(records) > 1:
                raise ambiguous(kind, wanted.name, records, await parents_of(self.client, kind, records))
            if records:
                self.found.append(records[0])
                return kind, records[0]
        if silent:
            return wanted.kinds[0], None
        names: dict[Json, str] = {}
        for kind in wanted.kinds:
            names |= await names_by_id(self.client, kind)
        remark = "" if names else " XO shows none at all to this user."
        raise missing(wanted.kinds, [wanted.name], names.values(), argument=wanted.path, remark=remark)

    async def _narrowed(self, wanted: Wanted, records: Sequence[Record]) -> Sequence[Record]:
        """Those that fit the other arguments: of the VM, on the host or in the pool that these name."""
        others = {path: names for path, names in self.facts.kinds.items() if path != wanted.path}
        given = {text for path in others for text in texts_at(self.arguments, path)}
        near = [one for one in records if any(one.get(trait) in given for trait in _FOLLOWS)]
        records = near or records
        if len(records) == 1 or wanted.path in self.facts.any_pool or not all(one.get(_POOL) for one in records):
            return records
        pools = set(self.pools) or {str(record[_POOL]) for record in self.found if record.get(_POOL)}
        pools |= {text for path in others if others[path] == "pools" for text in texts_at(self.arguments, path)}
        pools = pools or await self._pools(others)
        inside = [one for one in records if one[_POOL] in pools]
        return inside if len(pools) == 1 and inside else records

    async def _pools(self, others: Mapping[str, str]) -> set[str]:
        """The pool of the first object that was given by id."""
        for path, names in others.items():
            kind = kinds()[names.split()[0]]
            identity = next(texts_at(self.arguments, path), None)
            if identity is None or _POOL not in kind.traits:
                continue
            try:
                reply = await self.client.request(Call("GET", f"{kind.route}/{{id}}", path={"id": identity}))
            except (NotFound, Forbidden):
                continue
            pool = reply.data.get(_POOL) if isinstance(reply.data, dict) else None
            if isinstance(pool, str):
                return {pool}
        return set()
