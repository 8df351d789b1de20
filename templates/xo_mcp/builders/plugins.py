"""XO's plugins: their configuration is full of secrets, and XO replaces it as a whole (xo-server 5.207.2)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.parsing import object_in, objects_in
from xo_mcp.privacy.secret_names import HIDDEN, is_secret
from xo_mcp.reads.records import plain
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Json

GET: Final = "plugin.get"
SHOWN: Final = ("id", "name", "loaded", "autoload", "unloadable", "version", "testable")
DETAILS: Final = (*SHOWN, "description", "configuration", "configurationSchema", "testSchema")
_NAMES: Final = 1_000
"""Characters of the names of all plugins; XO's own have 400."""
_SECRET: Final = re.compile(r"(?i)key|hook|cert|pem")
"""Names that plugins give to secrets, besides the usual ones: addresses of webhooks hold their token."""


async def run(work: Work) -> Answer:
    """List plugins, show one, or change the configuration of one.

    Raises:
        ArgumentError: There is no such plugin, or a hidden value was sent back inside a list.
        CallError: XO refused or did not answer.
    """
    if work.method == GET:
        return await _described(work)
    plugin = await _find(work)
    change, before = work.arguments["configuration"], plugin.get("configuration")
    if not isinstance(change, dict) or not change:
        raise ArgumentError("Nothing was changed: `configuration` holds no property.")
    whole = merged(object_in(before), change)
    return await replace(work, arguments={"id": work.arguments["id"], "configuration": whole}).run()


async def _described(work: Work) -> Answer:
    if "id" in work.arguments:
        plugin = await _find(work)
        shown: dict[str, Json] = {name: plugin[name] for name in DETAILS if name in plugin}
        if "configuration" in shown:
            shown["configuration"] = without_secrets(shown["configuration"])
        return Answer(shown)
    found: list[Json] = [
        {**{name: each[name] for name in SHOWN if name in each}, "configured": bool(each.get("configuration"))}
        for each in await _every(work)
    ]
    return plain(found)


async def _every(work: Work) -> list[dict[str, Json]]:
    return objects_in(await work.ask(GET))


async def _find(work: Work) -> dict[str, Json]:
    wanted = work.arguments["id"]
    every = await _every(work)
    for each in every:
        if each.get("id") == wanted:
            return each
    names = ", ".join(sorted(str(each.get("id")) for each in every)) or "none"
    raise ArgumentError(
        f"Nothing was done: there is no plugin {one_line(str(wanted), 60)}. There are: {one_line(names, _NAMES)}."
    )


def merged(before: Mapping[str, Json], change: Mapping[str, Json]) -> dict[str, Json]:
    """A configuration with a change in it: objects are merged, null removes, what was hidden stays.

    Raises:
        ArgumentError: A list holds a hidden value, whose index in the old list is unknown.
    """
    result = dict(before)
    for name, value in change.items():
        old = before.get(name)
        if value is None:
            result.pop(name, None)
        elif value == HIDDEN:
            continue
        elif isinstance(value, dict):
            result[name] = merged(object_in(old), value)
        elif isinstance(value, list) and HIDDEN in str(value):
            raise ArgumentError(
                f"Nothing was changed: the list `{one_line(name, 60)}` needs its hidden values as well."
            )
        else:
            result[name] = value
    return result


def without_secrets(value: Json, *, hide: bool = False) -> Json:
    """A configuration in which texts that may be secrets are hidden."""
    if isinstance(value, dict):
        return {
            name: without_secrets(each, hide=hide or is_secret(name) or _SECRET.search(name) is not None)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(each, hide=hide) for each in value]
    if isinstance(value, str) and value and (hide or "-----BEGIN" in value):
        return HIDDEN
    return value
