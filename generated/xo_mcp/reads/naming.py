"""Adds names beside ids: which VM, host or disk a record belongs to.

XO's records hold ids only, and its lists of VIFs, VBDs and VDIs mix those of VMs with those of templates, snapshots and
ISOs (XO 6.7.1). Which property of which collection holds an id, and which list has such objects, is decided in
overrides/ (`names_beside`). A collection is asked once at most for all records of an answer.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import CallError
from xo_mcp.reads.fields import Fields
from xo_mcp.text import is_bare_word, one_line
from xo_mcp.types import OMIT, Arguments, Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_BY_ID: Final = 120  # ids that go into one URL; for more, every object's name is asked for
_LONGEST: Final = 80  # characters of a name
_MOST: Final = 5  # names for a list of ids


@dataclass
class Added:
    """Records with names beside their ids.

    Attributes:
        records: Copies, where there was something to add.
        names: Property -> the property that is put after it.
    """

    records: list[Json]
    names: dict[str, str] = field(default_factory=dict)


async def with_names(client: "Client", route: str, records: Sequence[Json], wanted: Fields) -> Added:
    """Put names beside the ids of records.

    Args:
        client: Where to look names up; where that fails, there are none.
        route: Where the records are from: `/vifs`, `/vifs/{id}` or `/vms/{id}/vifs`.
        records: As XO sent them.
        wanted: The properties that were asked for.
    """
    collection = route.removesuffix("/{id}").rpartition("/")[2]
    decided = {
        name: rule
        for name, rule in CONVENTIONS.names_beside.get(collection, {}).items()
        if not wanted.names or name in wanted.names
    }
    if not decided:
        return Added([*records])
    names = _Names(client)
    ids = {name: {each for record in records for each in _ids(record, name, rule)} for name, rule in decided.items()}
    try:
        for name, rule in decided.items():
            await names.learn(ids[name], rule)
    except CallError:
        return Added([*records])
    added = Added([], {name: rule["as"] for name, rule in decided.items() if "inside" not in rule})
    added.records = [_with_names(record, decided, names) for record in records]
    return added


class _Names:
    """Names by id, with what kind of object it is where that is not obvious."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._known: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        self._links: dict[str, str] = {}

    def of(self, identifier: str) -> str | None:
        """The name of the object with an id or, of a link, of the object it leads to."""
        return self._known.get(self._links.get(identifier, identifier))

    def plain(self, identifier: str) -> str | None:
        """The name alone, without what kind of object has it."""
        return self._plain.get(self._links.get(identifier, identifier))

    async def learn(self, ids: Iterable[str], rule: Arguments) -> None:
        """Ask the lists of such objects, until every id has a name."""
        missing = {each for each in ids if each not in self._known}
        if "through" in rule and missing:
            (links, target), *_ = rule["through"].items()
            async for link in self._list(links, missing, {target}):
                user = link.get(target)
                if isinstance(user, str):
                    self._links[str(link["id"])] = user
            missing = {self._links[each] for each in missing if each in self._links} - self._known.keys()
        for collection, kind in rule["in"].items():
            if not missing:
                return
            by = "" if isinstance(kind, str) else str(kind["by"])
            async for found in self._list(collection, missing, {by} if by else set()):
                noun = kind.get(str(found.get(by)), "") if by else kind
                self._plain[str(found["id"])] = name = _name(found)
                self._known[str(found["id"])] = f"{noun} {name}".strip()
            missing -= self._known.keys()

    async def _list(self, collection: str, ids: set[str], more: set[str]) -> AsyncIterator[dict[str, Json]]:
        chosen = f"id:|({' '.join(sorted(ids))})" if len(ids) <= _BY_ID else OMIT
        query: Arguments = {"fields": ",".join(["id", "name_label", *sorted(more)]), "filter": chosen}
        found = (await self._client.request(Call("GET", f"/{collection}", query=query))).data
        for each in found if isinstance(found, list) else ():
            if isinstance(each, dict) and isinstance(each.get("id"), str):
                yield each


def _ids(record: Json, name: str, rule: Arguments) -> Iterator[str]:
    """The ids in a property: itself, one inside of it, or some of a list."""
    value = record.get(name) if isinstance(record, dict) else None
    if "inside" in rule:
        value = value.get(rule["inside"]) if isinstance(value, dict) else None
    for each in value[:_MOST] if isinstance(value, list) else [value]:
        if isinstance(each, str) and is_bare_word(each):
            yield each


def _with_names(record: Json, decided: Mapping[str, Arguments], names: _Names) -> Json:
    if not isinstance(record, dict):
        return record
    shown: dict[str, Json] = {}
    for name, value in record.items():
        shown[name] = value
        rule = decided.get(name)
        if rule is None:
            continue
        owners = ", ".join(dict.fromkeys(filter(None, map(names.of, _ids(record, name, rule)))))
        if owners and _says(record.get(rule.get("said_in", "")), map(names.plain, _ids(record, name, rule))):
            continue
        if owners and "inside" in rule:
            # XO's own address of the object says no more than its id.
            inside = {key: item for key, item in value.items() if key != "href"} if isinstance(value, dict) else {}
            shown[name] = {**inside, rule["as"]: owners}
        elif owners:
            shown[rule["as"]] = owners
    return shown


def _says(text: Json, names: Iterable[str | None]) -> bool:
    """Whether a text of the record has all of these names, as whole words."""
    return isinstance(text, str) and all(name and _has_word(text, name) for name in names)


def _has_word(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(word) : at + len(word) + 1]
        if not any(sign.isalnum() or sign in "-_" for sign in around):
            return True
        at = text.find(word, at + 1)
    return False


def _name(record: Mapping[str, Json]) -> str:
    label = record.get("name_label")
    return one_line(label, _LONGEST) if isinstance(label, str) else ""
