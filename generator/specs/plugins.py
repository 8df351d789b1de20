"""Routes that XO's plugins add: a live XO reports those of the plugins it runs, `specs/plugins/` what we know of them.

In XO's own document such an operation has no operationId and the tag `external` (seen on XO 6.7.1).
"""

from collections.abc import Sequence

from generator.api.combining import Schema
from generator.facts.paths import METHODS

PREFIX = "/plugins/"
Routes = dict[str, Schema]
"""Plugin -> path -> path item."""


def plugin_of(path: str) -> str | None:
    """The plugin a route belongs to, or nothing for a route of XO itself."""
    if not path.startswith(PREFIX):
        return None
    return path.removeprefix(PREFIX).partition("/")[0] or None


def without_plugins(document: Schema) -> Schema:
    """A document without the routes of plugins."""
    paths = {path: item for path, item in document["paths"].items() if plugin_of(path) is None}
    return document if len(paths) == len(document["paths"]) else {**document, "paths": paths}


def plugin_routes(document: Schema, known: Sequence[Schema]) -> Routes:
    """The routes of plugins that a document has, with the tags we gave them (XO's `external` says nothing)."""
    found: Routes = {}
    tags = {path: _tags(item) for ours in known for path, item in ours["paths"].items()}
    for path, item in document["paths"].items():
        plugin = plugin_of(path)
        if plugin is not None:
            found.setdefault(plugin, {})[path] = _tagged(item, tags.get(path, {}))
    return found


def join_plugins(document: Schema, known: Sequence[Schema]) -> list[Schema]:
    """Put a live XO's document and what we know of plugins together, each route once.

    Args:
        document: Facts of a live XO, routes of plugins among them.
        known: Our documents of plugins, each with `x-xo-plugin`.

    Returns:
        The document without plugin routes; then one document per plugin: its live routes with the tags we gave them
        (XO's `external` says nothing), and our routes that the live XO did not report.
    """
    live = plugin_routes(document, known)
    result = [without_plugins(document)]
    for ours in known:
        plugin = str(ours.get("x-xo-plugin"))
        fresh = routes = live.pop(plugin, {})
        missing = {path: rest for path, item in ours["paths"].items() if (rest := _omitted(item, routes.get(path, {})))}
        if fresh:
            result.append({**document, "x-xo-plugin": plugin, "paths": dict(sorted(fresh.items()))})
        if missing:
            result.append({**ours, "paths": missing})
    for plugin, routes in sorted(live.items()):
        result.append({**document, "x-xo-plugin": plugin, "paths": routes})
    return result


def _tags(item: Schema) -> dict[str, list[str]]:
    return {method: item[method].get("tags", []) for method in METHODS if method in item}


def _tagged(item: Schema, tags: dict[str, list[str]]) -> Schema:
    return {name: {**part, "tags": tags[name]} if name in tags else part for name, part in item.items()}


def _omitted(ours: Schema, live: Schema) -> Schema:
    """The methods of a path item that the live XO does not have."""
    kept = {name: part for name, part in ours.items() if name not in METHODS or name not in live}
    return kept if any(name in METHODS for name in kept) else {}
