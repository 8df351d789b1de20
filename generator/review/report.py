"""What a build made of a document, as numbers that add up and lists that say why."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from generator.model.methods import MethodCount
from generator.model.model import Model
from generator.names.counts import counted
from generator.names.pytext import visible

_MOST_NAMES = 5


def summary(model: Model) -> dict[str, Any]:
    """The report as data.

    `operations + plugin_operations - dropped + added_by_splits + local + method_tools` is `tools`.
    """
    split_tools = [name for split in model.splits for name in split.tools]
    return {
        "release": model.release,
        "rest_api": model.rest_api,
        "operations": model.operations,
        "plugin_operations": model.plugin_operations,
        "dropped": len(model.drops),
        "split": len(model.splits),
        "added_by_splits": len(split_tools) - len(model.splits),
        "local": sum(tool.operation is None for tool in model.tools),
        "method_tools": len(model.methods.tools) if model.methods else 0,
        "tools": len(model.tools),
        "by_effect": {
            effect: sum(tool.hints.effect == effect for tool in model.tools)
            for effect in ("read", "write", "destructive", "grants_access")
        },
        "denied": sorted(str(tool.name) for tool in model.tools if tool.hints.denied),
        "drops": {drop.key: drop.reason for drop in model.drops},
        "drops_by_kind": dict(Counter(drop.kind for drop in model.drops).most_common()),
        "left_out": [{"operation": entry.key, "parameter": entry.name, "why": entry.why} for entry in model.left_out],
        "lost_subtypes": dict(model.lost_subtypes),
        "mistakes": dict(model.mistakes),
        "splits": {
            split.key: {"parameter": split.parameter, "tools": list(split.tools), "undecided": list(split.undecided)}
            for split in model.splits
        },
        "uncurated": sorted(str(tool.name) for tool in model.uncurated),
        "undecided": sorted(str(tool.name) for tool in model.undecided),
        "stale": [entry.text for entry in model.stale],
        "outlived": [entry.text for entry in model.outlived],
        "for_newer_releases": list(model.ahead),
        "methods": _methods(model.methods),
    }


def _methods(count: MethodCount | None) -> dict[str, Any] | None:
    """JSON-RPC methods: `tools`, `served`, `never` and `undecided` together are `total`."""
    if count is None:
        return None
    return {
        "release": count.release,
        "xo_server": count.server,
        "total": count.total,
        "tools": dict(count.tools),
        "served": dict(count.served),
        "never": dict(count.never),
        "undecided": list(count.undecided),
    }


def show(model: Model) -> RenderableType:
    """The report for a person."""
    data = summary(model)
    numbers = Table(
        "", "operations", title=visible(f"XO {model.release}, rest-api {model.rest_api}"), title_justify="left"
    )
    for label, value in (
        ("in the document", data["operations"]),
        ("of plugins", data["plugin_operations"]),
        ("dropped", -data["dropped"]),
        (f"more tools from {data['split']} split routes", data["added_by_splits"]),
        ("tools of the server itself", data["local"]),
        ("tools of JSON-RPC methods", data["method_tools"]),
        ("tools", data["tools"]),
    ):
        numbers.add_row(label, str(value))
    effects = ", ".join(f"{count} {effect}" for effect, count in data["by_effect"].items())
    splits = data["splits"].items()
    undecided = [f"{key}: {value}" for key, entry in splits for value in entry["undecided"]]
    return Group(
        numbers,
        Text(f"{effects}; {len(data['denied'])} denied by XO for danger"),
        _table("Dropped", ("operation", "why"), data["drops"].items()),
        _table(
            "Parameters left out",
            ("operation", "parameter", "why"),
            ((entry["operation"], entry["parameter"], f"it {entry['why']}") for entry in data["left_out"]),
        ),
        _table("Subtypes left out", ("schema", "how many"), data["lost_subtypes"].items()),
        _table("Mistakes left out", ("place", "what"), data["mistakes"].items()),
        _table("Split", ("operation", "tools"), ((key, ", ".join(entry["tools"])) for key, entry in splits)),
        _names("Values nobody decided about", undecided),
        _names("Not curated", data["uncurated"]),
        _names("Effect undecided", data["undecided"]),
        _names("Decisions about what was removed", data["stale"]),
        _names("Decisions that only older releases need", data["outlived"]),
        _names("Decisions for newer releases", data["for_newer_releases"]),
        *_show_methods(data["methods"]),
    )


def _show_methods(methods: dict[str, Any] | None) -> list[RenderableType]:
    if methods is None:
        return []
    title = f"JSON-RPC methods of XO {methods['release']}, xo-server {methods['xo_server']}"
    numbers = Table("", "methods", title=title, title_justify="left")
    for label, name in (
        ("tools", "tools"),
        ("what another operation does", "served"),
        ("never offered", "never"),
        ("undecided", "undecided"),
    ):
        numbers.add_row(label, str(len(methods[name])))
    numbers.add_row("in all", str(methods["total"]))
    return [
        numbers,
        _table("What another operation does", ("method", "operation"), methods["served"].items()),
        _table("Never offered", ("method", "why"), methods["never"].items()),
        _names("Methods nobody decided about", methods["undecided"]),
    ]


def _table(title: str, columns: tuple[str, ...], rows: Any) -> RenderableType:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    return table if table.row_count else Text("")


def _names(title: str, names: list[str]) -> RenderableType:
    return Text(visible(f"{title} ({len(names)}): {', '.join(names)}") if names else f"{title}: none")


def losses(model: Model) -> Iterator[str]:
    """What of the document no tool offers: operations, parameters and subtypes, a line for each kind of reason."""
    drops = Counter(drop.kind for drop in model.drops)
    yield from (f"no tool for {counted(count, 'operation')}: {visible(kind)}" for kind, count in drops.most_common())
    left_out: dict[str, list[str]] = {}
    for entry in model.left_out:
        left_out.setdefault(entry.why, []).append(f"{entry.name or '(no name)'} of {entry.key}")
    for why, names in sorted(left_out.items(), key=lambda group: -len(group[1])):
        yield visible(f"left out {counted(len(names), 'parameter')}: it {why} ({_some(names)})")
    yield from (visible(f"left out what {what}: {place}") for place, what in model.mistakes.items())
    for place, count in model.lost_subtypes.items():
        yield f"left out {counted(count, 'subtype')} of {visible(place)}: its discriminator leads to no schema here"


def _some(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])
