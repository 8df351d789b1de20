"""What an upgrade leaves to a person: decisions about new operations, and decisions whose operation was removed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.compare.diff import Diff
from generator.compare.diffview import markdown
from generator.model.model import Model
from generator.review.blocks import (
    argument_blocks,
    method_blocks,
    open_arguments,
    operation_blocks,
    split_blocks,
    table_blocks,
)

EVERY_TEST = "make check test-ci"
FILL_IN = (
    "fill in the blocks, `effect: read|write|destructive|grants_access`, and a `warning` for what is destructive or "
    "grants access. Until each has its `effect`, `make regenerate` refuses to build."
)
LAST_STEPS = (
    "`make regenerate snapshots`, then read `git diff generated tests/snapshots`: what agents can newly do.",
    f"`{EVERY_TEST}`: the check names what is still to be decided or described.",
    "Rewrite the draft in CHANGELOG.md for those who use the tools, and commit.",
)


def page(diff: Diff, model: Model) -> str:
    """The work list as Markdown: what is to be decided, the whole diff, and what to do next.

    Args:
        diff: Against the release before.
        model: What was built of the new one.
    """
    stale = list(stale_lines(model, diff.moved))
    methods = len(model.methods.undecided) if model.methods else 0
    arguments = sum(map(len, open_arguments(model, diff.new.overrides).values()))
    sections = (
        (f"{len(model.uncurated)} tools to decide about", list(operation_blocks(diff, model)), FILL_IN),
        (f"{len(stale)} decisions about what was removed", [f"- {line}" for line in stale], "rename or remove them."),
        (
            f"{arguments} arguments of described tools to decide about",
            list(argument_blocks(model, diff.new.overrides)),
            "say what must be given, and of what an id is (`kind`).",
        ),
        (
            f"{len(model.outlived)} decisions that only older releases need",
            [f"- {entry.text}" for entry in model.outlived],
            "name what came in its place as well; keep them while those releases are served.",
        ),
        ("Tables of the inventory to describe", list(table_blocks(model)), "say what a row is."),
        (
            f"{methods} JSON-RPC methods to decide about",
            list(method_blocks(diff, model)),
            "keep one of the three ways.",
        ),
        (
            "Values of split routes to decide about",
            list(split_blocks(diff, model)),
            "make each a tool, or leave it out.",
        ),
    )
    left = [section for section in sections if section[1]]
    lines = [f"# To do for {diff.new.title}", ""]
    for heading, content, _ in left:
        lines += [f"## {heading}", "", *content, ""]
    steps = [*(f"{heading}: {step}" for heading, _, step in left), *LAST_STEPS]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join([*lines, markdown(diff), "## What to do next", "", *numbered, ""])


def stale_lines(model: Model, moved: Mapping[str, str]) -> Iterator[str]:
    """Every decision about something that was removed, with what it may be called now."""
    for entry in model.stale:
        if not entry.argument and entry.key in moved:
            yield f"{entry.file}: {entry.key} moved; rename the key to {moved[entry.key]}"
        else:
            # What another decision is renamed to is no candidate.
            nearest = tuple(key for key in entry.nearest if key not in moved.values())
            yield replace(entry, nearest=nearest).text


def changelog_entry(diff: Diff, model: Model) -> str:
    """A draft for CHANGELOG.md: what operators can do now, what they must look at, what maintainers do next."""
    lines = [f"### {diff.new.title}", ""]
    fresh = {name: change.text for change in diff.changes if change.kind == "operation-added" for name in change.tools}
    lines += [f"- New tool `{name}`: {text.removeprefix('new tool: ')}" for name, text in sorted(fresh.items())]
    grouped: dict[str, list[str]] = {}
    for change in diff.of("breaking"):
        if change.text:
            grouped.setdefault(change.text, []).extend(name for name in change.tools)
    lines += [f"- **Breaking**, {_names(names)}: {text}." for text, names in grouped.items()]
    arguments: dict[str, list[str]] = {}
    for change in diff.of("additive"):
        if change.text.startswith("argument "):
            arguments.setdefault(change.text, []).extend(change.tools)
    lines += [f"- {_names(names)}: {text}." for text, names in arguments.items()]
    left = f"; {len(model.uncurated)} tools and {len(model.stale)} old decisions to look at" if model.uncurated else ""
    counts = diff.counts
    lines += [f"- For maintainers: {counts['operations_new']} operations, {counts['operations_old']} before{left}.", ""]
    return "\n".join(lines)


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "every tool"
