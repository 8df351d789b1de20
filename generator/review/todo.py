"""What an upgrade leaves to a person: decisions about new operations, and decisions whose operation was removed."""

from collections.abc import Iterator, Mapping

from generator.compare.diff import Diff
from generator.compare.diffview import markdown
from generator.model.model import Model
from generator.model.tool import Tool
from generator.review.curation import SELF_EVIDENT, WARNED, undecided_methods, undescribed_tables

EVERY_TEST = "make check test-ci"


def page(diff: Diff, model: Model) -> str:
    """The work list as Markdown: new operations, stale decisions, then the whole diff.

    Args:
        diff: Against the release before.
        model: What was built of the new one.
    """
    lines = [f"# To do for {diff.new.title}", ""]
    blocks = list(curation_blocks(model, {target: key for key, target in diff.moved.items()}))
    lines += [f"## {len(model.uncurated)} tools to decide about", ""]
    for file, block in blocks:
        lines += [f"In `overrides/{file}`, below `operations:`", "", "```yaml", block, "```", ""]
    stale = list(stale_lines(model, diff.moved))
    lines += [f"## {len(stale)} decisions about what was removed", "", *(f"- {line}" for line in stale), ""]
    values = [f"{split.key}: {split.parameter}={value}" for split in model.splits for value in split.undecided]
    tables = list(undescribed_tables(model))
    if tables:
        lines += ["## Tables of the inventory to describe", "", *(f"- {line}" for line in tables), ""]
    methods = list(undecided_methods(model))
    if methods:
        lines += [
            f"## {len(methods)} JSON-RPC methods to decide about",
            "",
            "A tool is decided in the file of its tag, everything else in `overrides/jsonrpc.yaml`.",
            "",
            *(f"- {line}" for line in methods),
            "",
        ]
    if values:
        lines += ["## Values of split routes nobody decided about", "", *(f"- {value}" for value in values), ""]
    return "\n".join([*lines, markdown(diff), *next_steps(len(blocks), len(stale), len(methods), bool(values))])


def next_steps(undescribed: int, stale: int, methods: int, has_values: bool) -> list[str]:
    """What a maintainer does now, in order, as Markdown.

    Args:
        undescribed: Operations without a title and a description.
        stale: Decisions about what was removed.
        methods: JSON-RPC methods nobody decided about.
        has_values: Whether a split route has values nobody decided about.
    """
    steps = []
    if undescribed:
        steps.append(
            "Fill in the blocks above in `overrides/`: `title`, `description`, "
            "`effect: read|write|destructive|grants_access`, and a `warning` for what is "
            "destructive or grants access. Until each has its `effect`, `make regenerate` refuses to build."
        )
    if stale:
        steps.append("Rename or remove the decisions about what was removed.")
    if methods:
        steps.append("Decide about the JSON-RPC methods: until then, `make check` fails.")
    if has_values:
        steps.append("Give each value of a split route a tool of its own, or leave it out, under `split`.")
    steps += [
        "`make regenerate snapshots`, then read `git diff generated tests/snapshots`: what agents can newly do.",
        f"`{EVERY_TEST}`.",
        "Rewrite the draft in CHANGELOG.md for those who use the tools, and commit.",
    ]
    return ["## What to do next", "", *(f"{number}. {step}" for number, step in enumerate(steps, 1)), ""]


def curation_blocks(model: Model, origins: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A YAML block per operation nobody described, and the file it belongs into.

    Args:
        model: All tools.
        origins: New `METHOD /path` -> the one it moved from, whose decisions can be kept.
    """
    seen = set()
    for tool in model.uncurated:
        if tool.operation is not None and tool.key not in seen:
            seen.add(tool.key)
            yield f"{tool.tags[0]}.yaml", "\n".join(_block(tool, origins.get(tool.key)))


def _block(tool: Tool, origin: str | None) -> Iterator[str]:
    operation = tool.operation
    yield f"  {tool.key}:"
    if origin:
        yield f"    # moved from {_comment(origin)}: rename that key instead"
    if operation is not None:
        yield f"    # operationId {_comment(operation.operation_id)}; tags {_comment(', '.join(operation.tags))}"
        yield f"    # privileges {_comment(', '.join(tool.privileges))}; exposure {_comment(operation.exposure)}"
        answers = ", ".join(f"{status} {' '.join(content)}".strip() for status, content in operation.success.items())
        yield f"    # answers {_comment(answers)}"
    yield f"    # call {tool.kind.name}; effect {tool.hints.effect}{'' if tool.hints.decided else ' (decide: effect:)'}"
    for entry in tool.arguments:
        silent = entry.required and entry.name not in SELF_EVIDENT and not entry.description
        needed = (", required: describe it" if silent else ", required") if entry.required else ""
        yield f"    # argument {_comment(entry.name)}: {_comment(entry.annotation)}{needed}"
    yield f"    name: {tool.name}"
    yield "    title:"
    yield "    description:"
    if tool.hints.effect in WARNED:
        yield "    # warning: what is lost, and for whom"
    if tool.hints.effect == "destructive":
        yield "    # consequences: SQL that finds out what else goes; or no_consequences: why that need not be known"


def _comment(text: object) -> str:
    """Text of a document inside a YAML comment: one line of printable characters."""
    return "".join(char for char in " ".join(str(text or "none").split()) if char.isprintable())


def stale_lines(model: Model, moved: Mapping[str, str]) -> Iterator[str]:
    """Every decision about something that was removed, with what it may be called now."""
    for entry in model.stale:
        if not entry.argument and entry.key in moved:
            yield f"{entry.place}: {entry.key} moved; rename the key to {moved[entry.key]}"
        else:
            yield entry.text


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
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))
