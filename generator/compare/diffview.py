"""Renders a diff for people: for a terminal and as Markdown."""

from collections import defaultdict
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from generator.compare.diff import Change, Diff
from generator.compare.verdict import LEVELS
from generator.names.pytext import code, visible

HEADINGS = {
    "breaking": "Breaking: what worked may not",
    "additive": "Additive: what is possible now",
    "internal": "Internal: nothing a tool's user notices",
}
STYLES = {"breaking": "bold red", "additive": "bold green", "internal": "bold"}
MOST_NAMES = 12


def markdown(diff: Diff) -> str:
    """The whole diff as a Markdown page."""
    lines = [f"# {visible(diff.old.title)} to {visible(diff.new.title)}", "", summary(diff), ""]
    if diff.level is None:
        return "\n".join([*lines[:3], ""])
    lines += ["## For users of the tools", ""]
    for level in reversed(LEVELS):
        messages = list(_messages(diff.of(level)))
        if messages:
            lines += [f"### {level.capitalize()}", "", *(f"- {_inert(line)}" for line in messages), ""]
    if lines[-2] == "## For users of the tools":
        lines += ["Nothing changes.", ""]
    lines += ["## In the API", ""]
    for level in reversed(LEVELS):
        changes = diff.of(level)
        if changes:
            lines += [f"### {HEADINGS[level]}", "", *(f"- {_inert(line)}" for line in _api(changes)), ""]
    return "\n".join(lines)


def terminal(diff: Diff) -> RenderableType:
    """The same for a terminal: tools first, then the API."""
    parts: list[RenderableType] = [Text(visible(f"{diff.old.title} to {diff.new.title}"), "bold"), Text(summary(diff))]
    for level in reversed(LEVELS):
        changes = diff.of(level)
        if not changes:
            continue
        parts += [Text(""), Text(f"{HEADINGS[level]} ({len(changes)})", STYLES[level])]
        messages = list(_messages(changes))
        if messages:
            parts += [Text("  as tools"), *(Text(f"    {visible(line)}") for line in messages), Text("  as API")]
        parts += [Text(f"    {visible(line)}") for line in _api(changes)]
    return Group(*parts)


def summary(diff: Diff) -> str:
    """The figures in a sentence or two."""
    counts = diff.counts
    if diff.level is None:
        return f"No change: {counts['operations_new']} operations on both sides."
    moved = counts.get("operation-moved", 0)
    moves = f", {moved} moved" if moved else ""
    return (
        f"{counts['operations_old']} operations became {counts['operations_new']}: "
        f"{counts.get('operation-added', 0)} added, {counts.get('operation-removed', 0)} removed{moves}. "
        f"{counts['breaking']} changes are breaking, {counts['additive']} additive, {counts['internal']} internal."
    )


def _messages(changes: list[Change]) -> Iterator[str]:
    """What users of tools read; the same about several tools is said once."""
    grouped: dict[str, dict[str, None]] = defaultdict(dict)
    for change in changes:
        if change.text:
            grouped[change.text].update(dict.fromkeys(change.tools))
    for message, names in grouped.items():
        yield f"{_some_names(list(names)) or 'Every tool'}: {message}"


def _api(changes: list[Change]) -> Iterator[str]:
    """What changed in the API; the same in several operations is said once."""
    grouped: dict[str, dict[str, None]] = defaultdict(dict)
    for change in changes:
        grouped[change.api][change.operation] = None
    for text, operations in grouped.items():
        yield f"{_some_names(list(filter(None, operations))) or 'Every operation'}: {text}"


def _inert(line: str) -> str:
    """A line without HTML; names in code have none already."""
    return visible(line).replace("<", "&lt;")


def _some_names(names: list[str]) -> str:
    shown = ", ".join(code(name) for name in names[:MOST_NAMES])
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown
