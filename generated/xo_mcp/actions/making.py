"""After a creation: sets arguments that XO takes only later, reads the object, and compares it with the request.

XO answers an id only. What it ignored of a request (XO 6.7.1 passes over keys it does not know), what a template or an
imported file brought along and which storage it chose, a caller would have to find out in four more calls. Which
arguments are set afterwards and what is reported is decided in overrides/ (`afterwards`, `made`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.actions.read_after_write import run_write
from xo_mcp.answer import Answer
from xo_mcp.decisions import decision
from xo_mcp.errors import CallError
from xo_mcp.parsing import object_in, objects_in
from xo_mcp.reads.fields import Fields
from xo_mcp.reads.naming import with_names
from xo_mcp.text import as_sent
from xo_mcp.types import NOTHING, OMIT, Arguments, Call, Json, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_LOOKS: Final = (0.0, 0.3, 0.7)
"""Seconds before each look while something differs: reads lag behind writes."""
_BLOCK: Final = 4 << 20
"""Bytes by which a size may be rounded up."""
_LONGEST: Final = 120  # characters of a value in a note


async def finished(client: "Client", call: Call, answer: Answer, after: Arguments = NOTHING) -> Answer:
    """Set up the new object, and report what it is.

    Args:
        client: Where to ask.
        call: What made it; its operation's decisions say what to look at.
        answer: Of that.
        after: Arguments that are sent once it is made, by name.

    Returns:
        The answer with `made`, and notes about what differs from the request. Nothing here fails: it was made.
    """
    decided = decision(call.operation)
    given = {name: value for name, value in after.items() if not isinstance(value, Omit) and value not in (None, [])}
    made = answer.data.get("id") if isinstance(answer.data, dict) else None
    if not decided.made or not isinstance(answer.data, dict):
        return answer
    if not isinstance(made, str):
        if given:
            note = f"Not set yet, because XO goes on: {', '.join(given)}. Set it once the object is there."
            return replace(answer, notes=(*answer.notes, note))
        return answer
    notes = [
        note for name, value in given.items() for note in await _set(client, decided.afterwards[name], made, value)
    ]
    asked = {**_body(call), **{name: value for name, value in call.query.items() if value is not OMIT}, **given}
    found, differences = await _look(client, decided.made, made, asked)
    if not found:
        return replace(answer, notes=(*answer.notes, *notes))
    return replace(answer, data={**answer.data, "made": found}, notes=(*answer.notes, *notes, *differences))


def _body(call: Call) -> dict[str, Any]:
    body = call.body if isinstance(call.body, Mapping) else {}
    return {name: value for name, value in body.items() if not isinstance(value, Omit) and value is not None}


async def _set(client: "Client", rule: Arguments, made: str, value: Json) -> list[str]:
    """Send one argument; a list whose values are in the path is sent one by one."""
    method, _, route = rule["operation"].partition(" ")
    name, notes = rule["sends"], []
    in_path = f"{{{name}}}" in route
    for each in value if in_path and isinstance(value, list) else [value]:
        call = Call(method, route, path={"id": made, **({name: each} if in_path else {})})
        sent = call if in_path else replace(call, body={name: each})
        try:
            await run_write(client, sent, reads=rule["reads"])
        except CallError as error:
            notes.append(f"It was made, but `{as_sent(str(each), _LONGEST)}` could not be set: {error}")
    return notes


async def _look(client: "Client", rule: Arguments, made: str, asked: Arguments) -> tuple[dict[str, Json], list[str]]:
    found: dict[str, Json] = {}
    differences: list[str] = []
    for pause in _LOOKS:
        await anyio.sleep(pause)
        try:
            found, differences = await _looked(client, rule, made, asked)
        except CallError:
            return found, []  # not ours to read
        if not differences:
            break
    return found, differences


async def _looked(client: "Client", rule: Arguments, made: str, asked: Arguments) -> tuple[dict[str, Json], list[str]]:
    record = (await client.request(Call("GET", rule["read"], path={"id": made}))).data
    record = object_in(record)
    found = {name: _inside(record, path) for name, path in rule["show"].items()}
    differences = [
        f"Asked for {name} {_value_text(asked[name])}, but it has {_value_text(found[shown])}."
        for name, shown in rule["compare"].items()
        if name in asked and not _fits(asked[name], found[shown])
    ]
    for name, part in rule["parts"].items():
        parts = await _parts(client, part, made)
        found[name] = [{key: each[key] for key in part["show"] if key in each} for each in parts]
        differences += _missing(name, part, parts, asked)
    return {name: value for name, value in found.items() if value is not None}, differences


async def _parts(client: "Client", part: Arguments, made: str) -> list[dict[str, Any]]:
    """The disks or NICs of what was made, with the names of where they are."""
    query = {"fields": "*", "filter": f"{part['by']}:{made}"}
    links = objects_in((await client.request(Call("GET", part["list"], query=query))).data)
    links = [each for each in links if not each.get(part.get("unless", ""))]
    route = part["list"]
    if "of" in part:
        ids = [each[part["of"]] for each in links if isinstance(each.get(part["of"]), str)]
        if not ids:
            return []
        route = part["read"]
        query = {"fields": "*", "filter": f"id:|({' '.join(ids)})"}
        links = objects_in((await client.request(Call("GET", route, query=query))).data)
    named = await with_names(client, route, list[Json](links), Fields((part["named"],)))
    return objects_in(named.records)


def _missing(what: str, part: Arguments, parts: Sequence[Mapping[str, Any]], asked: Arguments) -> list[str]:
    """Say what was asked for and is not among what was made; each part answers one wish."""
    wishes = asked.get(part.get("argument", ""))
    if isinstance(wishes, str):
        # One value for all, such as the storage of an import.
        strange = [each for each in parts if each.get(part["match"][part["argument"]]) != wishes]
        return (
            [f"Asked for {part['argument']} {wishes}, but {len(strange)} of its {what} are elsewhere."]
            if strange
            else []
        )
    left = list(parts)
    missing = []
    for wish in wishes if isinstance(wishes, list) else ():
        wanted = {part["match"][key]: value for key, value in wish.items() if key in part["match"]}
        if wish.get("destroy") or not wanted:
            continue
        fitting = next(
            (each for each in left if all(_fits(value, each.get(key)) for key, value in wanted.items())), None
        )
        if fitting is None:
            sought = ", ".join(f"{key} {_value_text(value)}" for key, value in wish.items() if key in part["match"])
            missing.append(f"Asked for {sought}, but none of its {what} matches.")
        else:
            left.remove(fitting)
    return missing


def _inside(record: Json, path: str) -> Json:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _fits(asked: Json, found: Json) -> bool:
    if isinstance(asked, list) and isinstance(found, list):
        return all(each in found for each in asked)
    if isinstance(asked, (int, float)) and isinstance(found, (int, float)) and not isinstance(asked, bool):
        return asked == found or 0 < found - asked < _BLOCK < asked
    if isinstance(asked, str) and isinstance(found, str):
        return asked.casefold() == found.casefold()
    return asked == found


def _value_text(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(as_sent(str(each), _LONGEST) for each in value[:10]) or "none"
    return "none" if value is None else as_sent(str(value), _LONGEST)
