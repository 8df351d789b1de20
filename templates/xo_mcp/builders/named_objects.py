"""Objects that arguments name: by id, or by a name that only one of them has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.parsing import objects_in
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Call

Record: TypeAlias = Mapping[str, Any]
_SHOWN: Final = 5
"""Objects of one name that a message tells apart."""


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    Attributes:
        route: Of the list.
        noun: What a person calls it.
        lister: The tool that lists them.
        named: The property that holds the name.
        fields: Further properties that are asked for.
    """

    route: str
    noun: str
    lister: str
    named: str = "name_label"
    fields: tuple[str, ...] = ()


VMS: Final = Kind("/vms", "VM", "list_vms", fields=("tags", "power_state", "$pool"))
SRS: Final = Kind("/srs", "SR", "list_srs", fields=("content_type",))
POOLS: Final = Kind("/pools", "pool", "list_pools")
PROXIES: Final = Kind("/proxies", "proxy", "list_proxies", "name")
REPOSITORIES: Final = Kind(
    "/backup-repositories", "backup repository", "list_backup_repositories", "name", ("enabled", "proxy")
)
JOBS: Final = Kind("/backup-jobs", "backup job", "list_backup_jobs", "name", ("type",))
SCHEDULES: Final = Kind("/schedules", "schedule", "list_schedules", "name", ("jobId", "cron", "timezone", "enabled"))


async def every(work: Work, kind: Kind) -> Sequence[Record]:
    """All objects of a kind that this XO user may see, with their ids and names.

    Raises:
        CallError: XO could not be asked.
    """
    wanted = ",".join(("id", kind.named, *kind.fields))
    reply = await work.client.request(Call("GET", kind.route, query={"fields": wanted}))
    return objects_in(reply.data)


async def find(work: Work, kind: Kind, named: Sequence[str]) -> list[Record]:
    """The objects that ids or names stand for, in their order, each once.

    Raises:
        ArgumentError: One of them is nothing, or several.
        CallError: XO could not be asked.
    """
    known = await every(work, kind) if named else []
    found = [pick(kind, name, known) for name in named]
    return list({str(record["id"]): record for record in found}.values())


async def find_one(work: Work, kind: Kind, named: str) -> Record:
    """The object that an id or a name stands for; see `find`."""
    return (await find(work, kind, [named]))[0]


async def id_or_none(work: Work, kind: Kind, named: Any) -> str | None:
    """The id of the object that an id or a name stands for; nothing for null, which unsets a property; see `find`."""
    return None if named is None else str((await find_one(work, kind, str(named)))["id"])


def pick(kind: Kind, named: str, known: Sequence[Record]) -> Record:
    """The one of `known` that an id or a name stands for.

    Raises:
        ArgumentError: Nothing, or several.
    """
    wanted = named.strip()
    by_id = [record for record in known if record.get("id") == wanted]
    by_name = [record for record in known if record.get(kind.named) == wanted]
    found = by_id or by_name
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(record["id"]) for record in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ArgumentError(f"{len(found)} {plural(kind)} are called {quoted(wanted)}: give the id, {ids}{more}.")
    names = [str(record.get(kind.named)) for record in known if record.get(kind.named)]
    hint = suggestion(wanted, names) or "."
    raise ArgumentError(f"There is no {kind.noun} {quoted(wanted)}{hint} {kind.lister} shows them.")


def list_argument(given: Mapping[str, Any], name: str) -> list[Any]:
    """The entries of an argument that is a list; none when it is not given."""
    found = given.get(name)
    return found if isinstance(found, list) else []


def plural(kind: Kind) -> str:
    """The noun for several."""
    return f"{kind.noun[:-1]}ies" if kind.noun.endswith("y") else f"{kind.noun}s"


def quoted(text: str) -> str:
    """A text of a caller inside a message."""
    return f"`{one_line(text, 80)}`"


def name_of(kind: Kind, record: Record) -> str:
    """What a person calls an object: its name, its id where it has none."""
    return one_line(str(record.get(kind.named) or record.get("id")), 80)
