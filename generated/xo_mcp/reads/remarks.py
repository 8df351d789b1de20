"""Notes about what records imply but do not say, from one more list; declared in overrides/.

`left_out`: XO lists nothing of a disabled backup repository, and says nothing of it. `selects`: a backup job whose
pattern fits no VM looks like any other (XO 6.7.1).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from xo_mcp.api.privileges import MYSELF, user_id
from xo_mcp.decisions import CONVENTIONS, decision
from xo_mcp.errors import CallError
from xo_mcp.parsing import objects_in
from xo_mcp.reads.patterns import matches, properties_of
from xo_mcp.text import one_line
from xo_mcp.types import Arguments, Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_NAMED: Final = 5  # objects named in a message
_LONGEST: Final = 60  # characters of a name


async def remarks_on(client: "Client", call: Call, found: Sequence[Json]) -> list[str]:
    """Say what the records do not; nothing when XO does not answer.

    Args:
        client: Where to look.
        call: What was read.
        found: The records, as XO sent them.
    """
    decided = decision(call.operation)
    try:
        remark = await _left_out(client, call, decided.left_out) if decided.left_out else None
        remark = remark or (await _selecting_nothing(client, decided.selects, found) if decided.selects else None)
    except CallError:
        return []
    return [remark] if remark else []


async def _left_out(client: "Client", call: Call, check: Arguments) -> str | None:
    when: Mapping[str, Json] = check["when"]
    owners = await _records(client, check["owners"], {"id", *CONVENTIONS.names, *when})
    asked = await _owners_asked(client, call, check["argument"])
    every = not asked or "*" in asked
    silent = [
        owner
        for owner in owners
        if all(owner.get(name) == value for name, value in when.items()) and (every or owner.get("id") in asked)
    ]
    return _filled(check, names=_names(silent)) if silent else None


async def _owners_asked(client: "Client", call: Call, argument: str) -> list[Json]:
    if argument not in call.path:
        asked = call.query.get(argument)
        return asked if isinstance(asked, list) else []
    asked = call.path[argument]
    return [await user_id(client) if asked == MYSELF and call.route.startswith("/users/") else asked]


async def _selecting_nothing(client: "Client", check: Arguments, found: Sequence[Json]) -> str | None:
    jobs = [job for job in found if isinstance(job, dict) and isinstance(job.get(check["property"]), dict)]
    if not jobs:
        return None
    patterns = [job[check["property"]] for job in jobs]
    needed = {"id", "tags", *(name for pattern in patterns for name in properties_of(pattern))}
    every = await _records(client, check["among"], needed)
    # To somebody who sees no object, no pattern fits any.
    among = [each for each in every if not _is_skipped(each, check["except_tags"])]
    if not every:
        return None
    idle = [job for job, pattern in zip(jobs, patterns, strict=True) if not any(matches(pattern, one) for one in among)]
    return _filled(check, count=f"{len(every):,}", names=_names(idle)) if idle else None


def _filled(check: Arguments, **values: str) -> str:
    text = str(check["text"])
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _is_skipped(record: Mapping[str, Json], tags: Sequence[str]) -> bool:
    own = record.get("tags")
    return isinstance(own, list) and any(tag in own for tag in tags)


async def _records(client: "Client", route: str, properties: set[str]) -> list[dict[str, Json]]:
    query: dict[str, Json] = {"fields": ",".join(sorted(properties))}
    found = (await client.request(Call("GET", route, query=query))).data
    return objects_in(found)


def _names(records: Sequence[Mapping[str, Json]]) -> str:
    shown = [f"`{one_line(_name(each), _LONGEST)}`" for each in records[:_NAMED]]
    more = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return f"{', '.join(shown)}{more}"


def _name(record: Mapping[str, Json]) -> str:
    texts = (record.get(name) for name in (*CONVENTIONS.names, "id"))
    return next((text for text in texts if isinstance(text, str) and text), "?")
