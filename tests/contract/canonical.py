"""One canonical call of each tool, and the requests it sends to XO, in words that are the same in every run."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aims import PLAIN, aimed, candidates, prepare
from desk import Desk, text_of
from fake_xo import FakeXo
from fake_xo.requests import Seen
from values import KINDS, WORDS
from world import World
from xo_mcp.definitions import Entry

SKIPPED = frozenset({"watch", "wait", "chart", "fields", "filename", "format"})
"""Optional arguments that change how an answer is waited for or shown, and nothing that is asked first."""
VALUES: Mapping[str, Any] = {"limit": 2, "points": 2, "filter": "name_label:web", "series": "*"}
AT_ONCE = frozenset({"report", "query_inventory"})
"""Kinds of call that ask for several lists at the same time, which arrive in any order."""
CONSEQUENCES = json.loads((resources.files("xo_mcp") / "objects" / "consequences.json").read_text("utf-8"))
"""Tool -> how it looks first at what a call would do."""
TIME = re.compile(r"\d{10,}(\.\d+)?")
API = "/rest/v0"


def canonical_call(fake: FakeXo, desk: Desk, world: World, entry: Entry) -> dict[str, Any]:
    """Call a tool with everything it takes, or, where these do not go together, with what it needs.

    Returns:
        `{"arguments", "requests"}`, and `refused` where nothing was sent.
    """
    world.restore()
    object_id = candidates(fake, entry)[0]
    smallest = aimed(fake, entry, object_id)
    for arguments in (filled(fake, entry, smallest), smallest):
        world.restore()
        known = _known(fake)
        prepare(fake, desk, entry, object_id)
        sent = len(fake.requests)
        result = desk.call(entry.name, arguments)
        requests = described(fake.requests[sent:], known | set(_texts(arguments)))
        made = (result.structured_content or {}).get("id")
        if entry.name == "open_events_stream" and made:
            desk.call("close_events_stream", id=made)
        if requests or not result.is_error:
            return {"arguments": arguments, "requests": _in_one_order(requests, entry)}
    return {"arguments": smallest, "requests": [], "refused": text_of(result)}


def _in_one_order(requests: list[dict[str, Any]], entry: Entry) -> list[dict[str, Any]]:
    """Reads sorted where they are sent at the same time: a report's, and those a consequence is found in."""
    if entry.facts.kind not in AT_ONCE and entry.name not in CONSEQUENCES:
        return requests
    runs = groupby(requests, key=lambda request: request["method"] == "GET")
    return [each for is_read, run in runs for each in (sorted(run, key=json.dumps) if is_read else run)]


def filled(fake: FakeXo, entry: Entry, smallest: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest call, and a value for every other argument."""
    properties: Mapping[str, Any] = entry.schema["properties"]
    rest = {
        name: VALUES.get(name) or _value(fake, name, schema)
        for name, schema in properties.items()
        if name not in smallest and name not in SKIPPED
    }
    return {**smallest, **rest}


def _value(fake: FakeXo, name: str, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _value(fake, name, next(part for part in schema["anyOf"] if part.get("type") != "null"))
    kind = schema.get("type", "string")
    return _of_kind(fake, name, schema, kind if isinstance(kind, str) else kind[0])


def _of_kind(fake: FakeXo, name: str, schema: Mapping[str, Any], kind: str) -> Any:
    if kind == "object":
        inner = {key: _value(fake, key, part) for key, part in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties", False)
        return inner or ({"key": _value(fake, "", more if isinstance(more, dict) else {})} if more else {})
    if kind == "array":
        return [_value(fake, name, schema.get("items", {}))]
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return PLAIN.get(name) if isinstance(PLAIN.get(name), int) else max(schema.get("minimum", 1), 1)
    return _text(fake, name)


def _text(fake: FakeXo, name: str) -> str:
    if name in KINDS and (found := fake.xo.store.every(KINDS[name])):
        return str(found[0]["id"])
    words = [word for word in WORDS.get(name, ()) if isinstance(word, str)]
    plain = PLAIN.get(name)
    return plain if isinstance(plain, str) else words[0] if words else "text"


def described(requests: Iterable[Seen], known: set[str]) -> list[dict[str, Any]]:
    """Each request once, in order, without what differs by run: ids that were made meanwhile, instants.

    Args:
        requests: As the fake saw them.
        known: Ids and texts that are the same in every run.
    """
    found: list[dict[str, Any]] = []
    for seen in requests:
        one = _as_json(seen, known)
        if one not in found:  # how often something is looked at until it is done depends on the machine
            found.append(one)
    return found


def _as_json(seen: Seen, known: set[str]) -> dict[str, Any]:
    url = urlsplit(seen.target.decode())
    route = seen.route.partition(" ")[2].split("/")
    path = url.path.removeprefix(API).split("/")
    if len(route) == len(path):
        path = [
            "<made>" if "{" in place and unquote(part).partition(".")[0] not in known else unquote(part)
            for place, part in zip(route, path, strict=True)
        ]
    one: dict[str, Any] = {"method": seen.method, "path": "/".join(path)}
    if url.query:
        pairs = parse_qsl(url.query, keep_blank_values=True)
        one["query"] = [f"{name}={TIME.sub('<time>', value)}" for name, value in pairs]
    if seen.size:
        one["body"] = _body(seen)
    return one


def _body(seen: Seen) -> Any:
    try:
        return json.loads(seen.body)
    except ValueError:
        return f"<{seen.size} bytes>"


def _known(fake: FakeXo) -> set[str]:
    records = [record for each in list(fake.xo.store._actual) for record in fake.xo.store.every(each)]
    return {str(record["id"]) for record in records} | {"me"}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
        yield value.partition(".")[0]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def beyond(served: Any, committed: Any, place: str = "") -> dict[str, Any]:
    """What a listed definition says that the committed one does not, by place; `None` for what it leaves out."""
    if served == committed:
        return {}
    if not isinstance(served, dict) or not isinstance(committed, dict):
        return {place: served}
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*committed, *served]):
        inner = f"{place}.{name}" if place else name
        if name not in committed:
            found[inner] = served[name]
        else:
            found |= beyond(served.get(name), committed[name], inner)
    return found
