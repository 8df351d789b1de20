"""What is still to be decided or described: a build needs the decisions, `check` the descriptions too."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from generator.api.methods import key_of
from generator.errors import OverrideError
from generator.model.arguments import Argument
from generator.model.model import Model
from generator.model.tool import Tool

SHORTEST, LONGEST = 60, 300
SHORTEST_WARNING = 25
SHOWN = 5
WARNED = frozenset({"destructive", "grants_access"})
"""Effects that a person agrees to only when they were shown what is lost."""
SELF_EVIDENT = frozenset({"id", "tag", "name", "name_label", "file"})
"""Required arguments that need no description of their own."""


def gaps(model: Model, silent: frozenset[str]) -> Iterator[str]:
    """Every gap in the curation, a line each.

    Args:
        model: All tools.
        silent: Arguments that the server's instructions describe for all tools.
    """
    for tool in model.tools:
        yield from _of_tool(tool, silent)
    for split in model.splits:
        for value in split.undecided:
            yield f"{split.key}: nobody decided about {split.parameter}={value}"
    for key, name in undescribed_tables(model).items():
        yield f"table {name} ({key}): `about` in inventory.yaml must say what a row is"
    yield from undecided_methods(model)
    yield from _repeated("description", {str(tool.name): tool.description for tool in model.tools})
    # The tools of one operation, which differ in a format, may lose the same.
    yield from _repeated("warning", {tool.key: _warning_of(tool) for tool in model.tools if tool.warning})


def _of_warning(tool: Tool) -> Iterator[str]:
    if tool.hints.effect in WARNED and not tool.warning:
        yield f"{tool.hints.effect}, but no `warning` says what is lost and for whom"
    for case in tool.warning:
        if len(case.text) < SHORTEST_WARNING:
            yield f"the `warning` {case.text!r} does not say what is lost and for whom"


def _warning_of(tool: Tool) -> str:
    return " ".join(case.text for case in tool.warning)


def _repeated(what: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Tools that are said to be the same."""
    same = defaultdict(list)
    for name, text in texts.items():
        same[text.casefold().strip()].append(name)
    yield from (f"{' and '.join(names)} have the same {what}" for names in same.values() if len(names) > 1)


def require_tools(model: Model) -> None:
    """Refuse to build a server without a tool of the API.

    Raises:
        OverrideError: Nothing in the document can be called; says why.
    """
    if any(tool.operation is not None for tool in model.tools):
        return
    reasons = list(dict.fromkeys(drop.kind for drop in model.drops))
    why = f": {'; '.join(reasons[:SHOWN])}" if reasons else ": it has no operation at all"
    raise OverrideError(
        f"no tool can be made of the document{why}",
        hint="`python -m generator report` names every operation, and why it is not a tool.",
    )


def undescribed_tables(model: Model) -> dict[str, str]:
    """The tables of the inventory of which nobody said what a row is: operation -> name."""
    tables = model.inventory.tables
    return {table.operation: table.name for table in tables if table.operation and not table.lookup and not table.about}


def undecided_methods(model: Model) -> Iterator[str]:
    """The JSON-RPC methods of which nobody said whether they are tools, a line each."""
    for name in model.methods.undecided if model.methods else ():
        yield f"{key_of(name)}: nobody decided about it (a `name`, `instead_of` what does the same, or `drop` and why)"


def require_decided(model: Model) -> None:
    """Refuse to build a tool of which nobody said what it does to the world.

    Raises:
        OverrideError: Names the operations, and what to write.
    """
    keys = [f"{tool.key} ({tool.name})" for tool in model.undecided]
    if keys:
        more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
        raise OverrideError(
            f"nobody decided what it does to the world: {', '.join(keys[:SHOWN])}{more}",
            hint="Add `effect: read|write|destructive|grants_access` in overrides/, and `denied` where XO denies it; "
            "--draft builds with the most careful answer.",
        )


def _of_tool(tool: Tool, silent: frozenset[str]) -> Iterator[str]:
    where = f"{tool.name} ({tool.key})"
    if not tool.curated:
        yield f"{where}: no title and description in overrides/"
        return
    if not SHORTEST <= len(tool.description) <= LONGEST:
        length = len(tool.description)
        yield f"{where}: the description has {length} characters, wanted are {SHORTEST} to {LONGEST}"
    if not tool.description.isascii():
        yield f"{where}: the description is not plain ASCII"
    if not tool.hints.decided:
        yield f"{where}: nobody decided what it does to the world (`effect`, or `denied` where XO denies it)"
    yield from (f"{where}: {gap}" for gap in _of_warning(tool))
    if tool.hints.effect == "destructive" and not tool.asked.consequences and not tool.asked.no_consequences:
        yield f"{where}: destructive, but no `consequences` (SQL) and no `no_consequences` says why none are needed"
    for name in tool.undecided_subjects:
        yield f"{where}: {name} looks like an id: say of what (`kind` of the argument: a collection, or none)"
    for entry in undescribed_arguments(tool, silent):
        yield f"{where}: the required argument {entry.name} has no description"


def undescribed_arguments(tool: Tool, silent: frozenset[str]) -> list[Argument]:
    """The arguments that must be given, and of which nobody said what they are; `silent` as for `gaps`."""
    required = [entry for entry in tool.arguments if entry.required and entry.name not in SELF_EVIDENT | silent]
    return [entry for entry in required if entry.description is None]
