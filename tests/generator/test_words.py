"""The words of the tools are our own, name tools that exist, and tell neighbours apart."""

import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
THEIRS = Path(__file__).with_name("xo-word-runs.txt")
"""Fingerprints of the runs of words in XO's documents until 6.7.1; its licence keeps the texts themselves out of here.

`python tests/generator/test_words.py swagger.json ...` prints those of more documents.
"""
DEFINITIONS = sorted((ROOT / "generated" / "xo_mcp" / "definitions").glob("*.json"))
TAGS: dict[str, list[dict[str, Any]]] = {
    document["tag"]: [entry["tool"] for entry in document["tools"]]
    for document in (json.loads(path.read_text(encoding="utf-8")) for path in DEFINITIONS)
}
TOOLS = {tool["name"]: tool for tools in TAGS.values() for tool in tools}
VERBS = {name.partition("_")[0] for name in TOOLS}
RUN: Final = 6
"""So many words in a row are a sentence of somebody's."""
NAME: Final = re.compile(r"(?<![$\w])[a-z]+(?:_[a-z]+)+\b")
SINCE: Final = re.compile(r"\s*XO \d+\.\d+(?:\.\d+)?\+\.?$")
"""What the generator adds; it tells no two tools apart."""
PAIRS = [
    ("clean_shutdown_vm", "hard_shutdown_vm"),
    ("clean_reboot_vm", "hard_reboot_vm"),
    ("pause_vm", "suspend_vm"),
    ("unpause_vm", "resume_vm"),
    ("forget_sr", "delete_sr"),
    ("forget_sr", "unplug_pbd"),
    ("delete_vbd", "disconnect_vbd"),
    ("delete_vif", "disconnect_vif"),
    ("revert_vm_to_snapshot", "clone_vm"),
    ("snapshot_vm", "revert_vm_to_snapshot"),
    ("migrate_vm", "migrate_vdi"),
    ("list_alarms", "list_messages"),
    ("list_messages", "list_tasks"),
    ("list_backups", "list_backup_logs"),
    ("list_backup_jobs", "list_backup_logs"),
    ("list_backup_logs", "list_restore_logs"),
    ("list_backup_repositories", "list_srs"),
    ("import_vdi_to_sr", "import_vdi_to_existing"),
    ("import_vdi_to_existing", "import_vdi_to_existing_raw"),
    ("import_vdi_to_sr", "import_vm_xva"),
    ("detach_host", "forget_host"),
    ("disable_host", "clean_shutdown_host"),
    ("clean_reboot_host", "smart_reboot_host"),
    ("rolling_reboot_pool", "rolling_update_pool"),
    ("get_host_audit_log", "list_audit_records"),
    ("list_hosts", "list_servers"),
    ("add_server", "add_host_to_pool"),
    ("list_vm_snapshots", "list_vdi_snapshots"),
    ("list_vifs", "list_pifs"),
    ("delete_task", "abort_task"),
    ("create_vdi", "create_vbd"),
    ("create_pool_network", "create_internal_network"),
]
"""Neighbours that are easily taken for each other."""


def texts(tool: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All words of ours that a model or a person reads of a tool, and where they are."""
    yield f"{tool['name']}: title", tool["title"]
    yield f"{tool['name']}: description", tool["description"]
    for where, text in prose(tool["inputSchema"]):
        yield f"{tool['name']}: {where}", text


def prose(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every title, summary and description of a document, at any depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            path = f"{where}.{name}".lstrip(".")
            if name in {"title", "summary", "description"} and isinstance(item, str):
                yield path, item
            else:
                yield from prose(item, path)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from prose(item, f"{where}[{number}]")


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    said = words(text)
    return zip(*(said[start:] for start in range(RUN)), strict=False)


def fingerprint(run: tuple[str, ...]) -> str:
    return hashlib.sha256(" ".join(run).encode()).hexdigest()[:10]


def fingerprints(theirs: Iterable[str]) -> set[str]:
    """Of every run of six words in texts."""
    return {fingerprint(run) for text in theirs for run in runs(text)}


def copied(ours: Iterable[tuple[str, str]], theirs: set[str]) -> list[str]:
    """Where our words hold a run of six or more of theirs, whose fingerprints are given."""
    return [f"{where}: {' '.join(run)}" for where, text in ours for run in runs(text) if fingerprint(run) in theirs]


def mentioned(text: str) -> set[str]:
    """Names in a text that look like tools: they begin with a verb that a tool begins with."""
    return {name for name in NAME.findall(text) if name.partition("_")[0] in VERBS}


def own(tool: dict[str, Any]) -> list[str]:
    """The words of a description without those that its name and title say already."""
    said = {word.removesuffix("s") for word in words(f"{tool['name'].replace('_', ' ')} {tool['title']}")}
    return [word for word in words(SINCE.sub("", tool["description"])) if word.removesuffix("s") not in said]


def alike(tools: list[dict[str, Any]]) -> list[str]:
    """Pairs of tools whose descriptions say nothing but their names differently."""
    return [f"{one['name']} and {other['name']}" for one, other in combinations(tools, 2) if own(one) == own(other)]


def test_no_sentence_is_copied_from_the_swagger_of_any_release():
    theirs = set(THEIRS.read_text(encoding="utf-8").split())
    assert len(theirs) > 2_000
    assert copied([pair for tool in TOOLS.values() for pair in texts(tool)], theirs) == []


def test_a_planted_copy_is_found_wherever_it_stands():
    swagger = {
        "info": {"description": "One two three."},
        "paths": {"/x": {"get": {"summary": "Powers the *old* mill with the water of a brook."}}},
        "components": {"schemas": {"A": {"properties": {"b": {"description": "Seldom seen by anybody here at noon"}}}}},
    }
    sentences = [text for _, text in prose(swagger)]
    assert len(sentences) == 3
    theirs = fingerprints(sentences)
    inner = {"b": {"items": {"description": "A thing seldom seen by anybody here at noon"}}}
    planted = {
        "name": "get_x",
        "title": "The old mill with the WATER",
        "description": "It powers the old mill, with the wind.",
        "inputSchema": {"type": "object", "properties": inner},
    }
    assert copied(texts(planted), theirs) == [
        "get_x: title: the old mill with the water",
        "get_x: description: powers the old mill with the",
        "get_x: properties.b.items.description: seldom seen by anybody here at",
        "get_x: properties.b.items.description: seen by anybody here at noon",
    ]
    assert copied([("five words", "Who powers the old mill with gas?")], theirs) == []


def test_every_tool_a_text_mentions_exists():
    missing = defaultdict(set)
    for tool in TOOLS.values():
        known = {*TOOLS, *tool["inputSchema"].get("properties", {})}
        for where, text in texts(tool):
            missing[where] |= mentioned(text) - known
    assert {where: names for where, names in missing.items() if names} == {}


def test_a_planted_mention_is_found():
    assert mentioned("To go back: revert_vm. Not power_state, not list_vms.") == {"revert_vm", "list_vms"}


@pytest.mark.parametrize("tag", TAGS)
def test_tools_of_one_tag_are_distinguished_by_more_than_their_names(tag: str):
    assert alike(TAGS[tag]) == []


def test_tools_that_differ_in_their_names_only_are_found():
    planted = [
        {"name": name, "title": title, "description": f"Lists {noun} of a pool. XO 6.{number}+."}
        for number, (name, title, noun) in enumerate(
            [("list_cats", "List cats", "cats"), ("list_dogs", "List dogs", "dogs"), ("list_eels", "List eels", "fish")]
        )
    ]
    assert alike(planted) == ["list_cats and list_dogs"]


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if TOOLS.keys() >= set(pair)])
def test_neighbours_that_are_easily_confused_name_each_other(one: str, other: str):
    assert other in TOOLS[one]["description"] or one in TOOLS[other]["description"]


if __name__ == "__main__":
    found = (text for name in sys.argv[1:] for _, text in prose(json.loads(Path(name).read_bytes())))
    print("\n".join(sorted(fingerprints(found))))
