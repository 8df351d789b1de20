"""Checks before a request is sent, for what XO would fail at without a clear error.

Such a request hangs, is refused with an unclear error, or answers with nothing. Which operation needs
which mechanism is decided in overrides/ (`prepare`). A check may look things up; when a look-up fails, the request goes
out as it is and XO has its say.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.decisions import decision
from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.parsing import object_in
from xo_mcp.text import as_sent, one_line
from xo_mcp.types import OMIT, Arguments, Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_POOL_AND_UUID: Final = re.compile(f"{_UUID}-({_UUID})", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_LOOKED_AT: Final = 16  # links of one object; shared disks have a few
_LONGEST: Final = 80  # characters of a name
_PAUSES: Final = (0.2, 0.3, 0.5)
"""Seconds between looks at what may lag: XO's reads lag by 0.15 s to 0.3 s (XO 6.7.1), a real pool's by more."""


async def prepare(client: "Client", call: Call) -> Call:
    """Check a request for the known traps of its operation.

    Returns:
        What to send instead, or the same.

    Raises:
        ArgumentError: The request would hang, or fail for a reason XO does not say.
    """
    for name, parameters in decision(call.operation).prepare.items():
        call = await _MECHANISMS[name](client, call, parameters)
    return call


def hint_after(call: Call) -> str | None:
    """Return what a caller must know about a call that succeeded, `None` when the answer says it all."""
    return decision(call.operation).hint_after


async def _send_uuid(client: "Client", call: Call, parameters: Arguments) -> Call:
    """Replace an id `<pool>-<uuid>`, which lists show and the operation refuses, by the object's uuid."""
    argument, listed_by = parameters["argument"], parameters["listed_by"]
    body = call.body
    if not isinstance(body, Mapping):
        return call
    value = body.get(argument, OMIT)
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"`{argument}` is missing: give an id or uuid that {listed_by} shows.")
    match = _POOL_AND_UUID.fullmatch(value.strip())
    if match is None:
        return call
    uuid: Json = match[1]
    try:
        reply = await client.request(Call("GET", parameters["read"], path={"id": value.strip()}))
        uuid = reply.data.get("uuid", uuid) if isinstance(reply.data, dict) else uuid
    except NotFound as error:
        message = f"There is no {argument} `{as_sent(value)}`. {listed_by} shows the ids."
        raise ArgumentError(message) from error
    except CallError:
        pass  # the end of such an id is the uuid
    return replace(call, body={**body, argument: uuid})


async def _refuse_linked(client: "Client", call: Call, parameters: Arguments) -> Call:
    """Refuse while another object uses the one that the call is about."""
    link = await _link_in_use(client, call.path, parameters)
    if link is None:
        return call
    user = link.get(parameters["user"])
    name = await _name_of(client, parameters["user_read"], user) if isinstance(user, str) else ""
    values = {"user": f"{name}`{user}`", "link": f"`{link.get('id')}`"}
    raise ArgumentError(_filled(parameters["text"], values))


async def _link_in_use(client: "Client", path: Arguments, parameters: Arguments) -> Mapping[str, Json] | None:
    """Find the link that is in use; one whose user was just started may not show it yet, and is read again."""
    unused: list[Mapping[str, Json]] = []
    try:
        links = (await _object(client, parameters["read"], path)).get(parameters["links"])
        for identifier in links[:_LOOKED_AT] if isinstance(links, list) else ():
            link = await _object(client, parameters["linked"], {"id": identifier})
            if link.get(parameters["when"]) is True:
                return link
            unused.append(link)
        late = [link["id"] for link in unused if await _may_lag(client, link, parameters)]
        for pause in _PAUSES if late else ():
            await anyio.sleep(pause)
            for identifier in late:
                link = await _object(client, parameters["linked"], {"id": identifier})
                if link.get(parameters["when"]) is True:
                    return link
    except CallError:
        pass  # no such object, or not ours to see: XO says so itself
    return None


async def _may_lag(client: "Client", link: Mapping[str, Json], parameters: Arguments) -> bool:
    user = link.get(parameters["user"])
    busy: Mapping[str, Json] = parameters.get("busy", {})
    if not busy or not isinstance(user, str) or not isinstance(link.get("id"), str):
        return False
    found = await _object(client, parameters["user_read"], {"id": user})
    return all(found.get(name) == value for name, value in busy.items())


async def _object(client: "Client", route: str, path: Arguments) -> Mapping[str, Json]:
    found = (await client.request(Call("GET", route, path=path))).data
    return object_in(found)


async def _name_of(client: "Client", route: str, identifier: str) -> str:
    try:
        reply = await client.request(Call("GET", route, path={"id": identifier}))
    except CallError:
        return ""
    name = reply.data.get("name_label") if isinstance(reply.data, dict) else None
    return f"`{one_line(name, _LONGEST)}` " if isinstance(name, str) and name else ""


async def _refuse_when(client: "Client", call: Call, parameters: Arguments) -> Call:
    """Refuse for a property of the object that the call is about."""
    try:
        reply = await client.request(Call("GET", parameters["read"], path={"id": call.path.get("id", OMIT)}))
    except CallError:
        return call
    if not isinstance(reply.data, dict) or reply.data.get(parameters["when"]) is not True:
        return call
    values = {name: f"`{one_line(str(value), _LONGEST)}`" for name, value in reply.data.items()}
    raise ArgumentError(_filled(parameters["text"], values))


async def _default_query(_: "Client", call: Call, parameters: Arguments) -> Call:
    """Send query parameters that are missing or empty, where XO would answer nothing without."""
    missing = {name: value for name, value in parameters.items() if call.query.get(name, OMIT) in (OMIT, None, "", [])}
    return replace(call, query={**call.query, **missing}) if missing else call


async def _refuse_escaped(_: "Client", call: Call, parameters: Sequence[Arguments]) -> Call:
    """Refuse texts of lines that came as one, each break as two characters."""
    body = call.body if isinstance(call.body, Mapping) else {}
    for rule in parameters:
        text = body.get(rule["argument"])
        if isinstance(text, str) and "\\n" in text and "\n" not in text.strip():
            raise ArgumentError(f"`{rule['argument']}`: {rule['text']}")
    return call


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put values where a text names them, in one pass: braces in a value are not placeholders."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], "?"), text)


_MECHANISMS: Final[Mapping[str, Callable[["Client", Call, Any], Awaitable[Call]]]] = {
    "send_uuid": _send_uuid,
    "refuse_linked": _refuse_linked,
    "refuse_when": _refuse_when,
    "refuse_escaped": _refuse_escaped,
    "default_query": _default_query,
}
"""By the key of `prepare` in overrides."""
