"""What a person fills in after an upgrade, as YAML to copy: operations, JSON-RPC methods, values of splits, tables."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from json import dumps

from generator.api.combining import Schema, describe_kinds
from generator.api.methods import key_of
from generator.compare.diff import Diff
from generator.model.model import Model
from generator.model.overrides import Overrides
from generator.model.tool import Tool
from generator.review.curation import SELF_EVIDENT, WARNED, undescribed_arguments, undescribed_tables

NEW_FILE = ("# yaml-language-server: $schema=schema.json", "description: # what the tag is about", "operations:")
PLAIN_KEY = re.compile(r"[A-Za-z_][\w.\[\]]*", re.ASCII)


def operation_blocks(diff: Diff, model: Model) -> Iterator[str]:
    """A block for each operation nobody described, by the file it belongs into: lines of Markdown.

    Args:
        diff: Against the release before.
        model: What was built of the new one.
    """
    first = {tool.key: tool for tool in reversed(model.uncurated) if tool.operation is not None}
    tools = sorted(first.values(), key=lambda tool: (_file(tool), tool.key))
    known = set(diff.new.overrides.files.values())
    for file, group in groupby(tools, _file):
        is_new = bool(known) and file not in known
        yield f"In `overrides/{file}`, {'which is new' if is_new else 'below `operations:`'}:"
        yield from _fenced(*(NEW_FILE if is_new else ()), *(line for tool in group for line in _operation(tool, diff)))


def open_arguments(model: Model, overrides: Overrides) -> dict[str, dict[str, str]]:
    """What described tools take and nobody decided about: operation -> argument -> its decision, to fill in."""
    silent = frozenset(overrides.shared.described_in_instructions)
    found: dict[str, dict[str, str]] = {}
    for tool in model.tools:
        if not tool.curated or tool.key not in overrides.files:
            continue
        words = {str(entry.name): "description: " for entry in undescribed_arguments(tool, silent)}
        kinds = dict.fromkeys(tool.undecided_subjects, "kind: ")
        for name in [*words, *(name for name in kinds if name not in words)]:
            decision = ", ".join(part for part in (words.get(name), kinds.get(name)) if part)
            found.setdefault(tool.key, {}).setdefault(name, decision)
    return found


def argument_blocks(model: Model, overrides: Overrides) -> Iterator[str]:
    """A block for each file that decides about operations with such arguments."""
    found = open_arguments(model, overrides)
    tools = {tool.key: tool for tool in model.tools}
    for file, keys in groupby(sorted(found, key=lambda key: (overrides.files[key], key)), overrides.files.__getitem__):
        yield f"In `overrides/{file}`, below `arguments:` of what is decided there already:"
        lines = []
        for key in keys:
            types = {str(entry.name): entry.annotation for entry in tools[key].arguments}
            lines += [f"  {key}:", "    arguments:"]
            for name, decision in found[key].items():
                lines.append(f"      {_key(name)}: {{{decision}}} # {_comment(types.get(name, 'inside another'))}")
        yield from _fenced(*lines)


def method_blocks(diff: Diff, model: Model) -> Iterator[str]:
    """A block for each JSON-RPC method nobody decided about."""
    origins = {target: key for key, target in diff.moved.items()}
    source = diff.new.methods or diff.new.known_methods
    lines = []
    for name in model.methods.undecided if model.methods else ():
        key = key_of(name)
        lines.append(f"  {key}:")
        if key in origins:
            lines.append(f"    # moved from {_comment(origins[key])}: rename that key instead")
        lines += _method(source.facts.get(name, {}) if source else {})
    if lines:
        yield "A tool is decided in the file of its tag, everything else in `overrides/jsonrpc.yaml`,"
        yield "below `operations:`. One of the three lines is the decision:"
        yield from _fenced(*lines)


def split_blocks(diff: Diff, model: Model) -> Iterator[str]:
    """A block for each value of a split route that is no tool yet."""
    for split in model.splits:
        if not split.undecided:
            continue
        file = diff.new.overrides.files.get(split.key, "")
        yield f"In `overrides/{file}`. A value is a tool of its own, or left out:"
        tools = [f"        {_comment(value)}: {{name: , title: , description: }}" for value in split.undecided]
        out = [f"      #   {_comment(value)}: why it is no tool" for value in split.undecided]
        yield from _fenced(f"  {split.key}:", "    split:", "      tools:", *tools, "      # left_out:", *out)


def table_blocks(model: Model) -> Iterator[str]:
    """A line of YAML for each table of the inventory nobody described."""
    keys = undescribed_tables(model)
    if keys:
        yield "In `overrides/inventory.yaml`, below `inventory:` and `tables:`: what a row is."
        yield from _fenced(*(f"    {key}: {{about: }}" for key in keys))


def _file(tool: Tool) -> str:
    return f"{tool.tags[0]}.yaml"


def _fenced(*lines: str) -> list[str]:
    return ["", "```yaml", *lines, "```", ""]


def _operation(tool: Tool, diff: Diff) -> Iterator[str]:
    operation = tool.operation
    origin = next((key for key, target in diff.moved.items() if target == tool.key), None)
    yield f"  {tool.key}:"
    if origin:
        yield f"    # moved from {_comment(origin)}: rename that key instead"
    former = [str(old.name) for old in diff.old.tools(origin or tool.key) if old.name != tool.name]
    if former:
        yield f"    # its tool was {_comment(', '.join(former))}: keep that `name`, or put it under `aliases`"
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


def _method(facts: Mapping[str, Schema]) -> Iterator[str]:
    params = facts.get("params", {})
    yield f"    # for {_comment(facts.get('permission'))}"
    for name, schema in params.get("properties", {}).items():
        needed = ", required" if name in params.get("required", ()) else ""
        yield f"    # parameter {_comment(name)}: {_comment(describe_kinds(schema))}{needed}"
    yield "    # name: of a tool, with title, description and effect"
    yield "    # instead_of: what does the same, e.g. GET /vms"
    yield "    # drop: why it is never offered"


def _key(name: str) -> str:
    """A name of a document as a key of YAML."""
    return name if PLAIN_KEY.fullmatch(name) else dumps(name)


def _comment(text: object) -> str:
    """Text of a document inside a YAML comment: one line of printable characters."""
    return "".join(char for char in " ".join(str(text or "none").split()) if char.isprintable())
