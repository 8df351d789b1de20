"""Fills in the work list of an upgrade, as a maintainer would: from the decisions in `decisions.yaml`."""

import copy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

DECISIONS = Path(__file__).with_name("decisions.yaml")


def decide(overrides: Path) -> None:
    """Write the decisions into the overrides.

    Args:
        overrides: The folder.

    Raises:
        LookupError: One is about what no file decides.
    """
    yaml = YAML()
    yaml.width = 120
    yaml.preserve_quotes = True
    decisions: dict[str, Any] = YAML(typ="safe").load(DECISIONS)
    files = {path.name: yaml.load(path) for path in sorted(overrides.glob("*.yaml"))}
    before = copy.deepcopy(files)
    for name, description in decisions["new_files"].items():
        files[name] = CommentedMap({"description": description, "operations": {}})
        files[name].yaml_set_start_comment("yaml-language-server: $schema=schema.json")
    for name, blocks in decisions["add"].items():
        files[name]["operations"].update(blocks)
    _move_and_remove(files, decisions)
    _correct(files, decisions)
    for name, content in files.items():
        if content != before.get(name):
            yaml.dump(content, overrides / name)


def _move_and_remove(files: dict[str, Any], decisions: dict[str, Any]) -> None:
    for old, new in decisions["move"].items():
        operations = _holder(files, old)
        operations[new] = operations.pop(old)
    for key, words in decisions["change"].items():
        _holder(files, key)[key].update(words)
    for key in decisions["remove"]:
        del _holder(files, key)[key]


def _correct(files: dict[str, Any], decisions: dict[str, Any]) -> None:
    """Decisions about operations that stayed, whose arguments or formats did not."""
    for key, names in decisions["remove_argument"].items():
        for name in names:
            del _holder(files, key)[key]["arguments"][name]
    for key, names in decisions["rename_argument"].items():
        arguments = _holder(files, key)[key]["arguments"]
        for old, new in names.items():
            arguments[new] = arguments.pop(old)
    files["inventory.yaml"]["inventory"]["tables"].update(decisions["tables"])
    for key, tools in decisions["split"].items():
        _holder(files, key)[key]["split"]["tools"].update(tools)


def _holder(files: dict[str, Any], key: str) -> dict[str, Any]:
    """The operations of the file that decides about a key."""
    for content in files.values():
        if key in (content.get("operations") or {}):
            operations: dict[str, Any] = content["operations"]
            return operations
    raise LookupError(f"no file in overrides/ decides about {key}")
