"""XO's privileges as data: all of them, and nothing else of the text they are in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newest import EPOCHS, PINNED, Release
from wordy import wordy

from generator.errors import SpecError
from generator.facts.document import read_document
from generator.facts.facts import import_document
from generator.facts.paths import METHODS
from generator.facts.privileges import check_privileges, parse_privileges

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "specs" / f"xo-{PINNED}.json"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def privileges(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {key: operation["x-privileges"] for key, operation in operations(document) if "x-privileges" in operation}


def test_the_figures_of_xo_6_7_1():
    found = privileges(read_document(COMMITTED))
    assert len(found) == 255
    assert sum(len(entries) for entries in found.values()) == 287
    assert found["POST /vms/{id}/actions/start"] == [
        {"action": "start", "resource": "vm"},
        {"action": "allow-vm", "resource": "host", "when": {"argument": "hostId"}},
    ]


def test_every_condition_of_xo_6_7_1_is_understood_but_one():
    found = privileges(read_document(COMMITTED))
    vague = [key for key, entries in found.items() for entry in entries if entry.get("when") == {"conditional": True}]
    assert vague == ["POST /acl-roles/{id}/actions/copy"]


@pytest.mark.parametrize("release", EPOCHS, ids=lambda release: release.name)
def test_as_many_come_out_as_the_text_has(release: Release):
    raw = wordy(release.facts)
    facts, _ = import_document(raw, release.name)
    expected = {key: len(re.findall(r"- resource:", operation["description"])) for key, operation in operations(raw)}
    found = privileges(facts)
    assert {key: len(found.get(key, ())) for key in expected} == expected
    assert found == privileges(release.facts)


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("- resource: vm, action: start", {}),
        ("  * resource:vm,action:start  ", {}),
        ("- resource: vm, action: start (if an hostId is specified)", {"when": {"argument": "hostId"}}),
        ("- resource: vm, action: start (if hostId is passed)", {"when": {"argument": "hostId"}}),
        (
            "- resource: vm, action: start (if install.repository is passed)",
            {"when": {"argument": "install.repository"}},
        ),
        ("- resource: vm, action: start (if `force: true`)", {"when": {"argument": "force", "value": True}}),
        ("- resource: vm, action: start (if `force: false`)", {"when": {"argument": "force", "value": False}}),
        ("- resource: vm, action: start (if not self)", {"when": {"self": False}}),
        ("- resource: vm, action: start (grants all fields)", {"when": {"instead": True}}),
        ("- resource: vm, action: start (on the target SR)", {"on": "target"}),
        ("- resource: vm, action: start (on the destination host)", {"on": "destination"}),
        ("- resource: vm, action: start (e.g. anything at all)", {}),
        ("- resource: vm, action: start (if the moon is full)", {"when": {"conditional": True}}),
        ("- resource: vm, action: start (if moon is passed)", {"when": {"conditional": True}}),
    ],
)
def test_one_line(line: str, more: dict[str, Any]):
    arguments = {"hostId", "install", "force"}
    assert parse_privileges(f"Words.\n{line}\nMore words.", arguments) == [
        {"action": "start", "resource": "vm", **more}
    ]


def test_one_privilege_per_field():
    line = "- resource: vm, action: update:&lt;field&gt; (e.g. update:cpus, ...)"
    assert parse_privileges(line, ()) == [{"action": "update:<field>", "resource": "vm"}]


@pytest.mark.parametrize(
    "line",
    [
        "Starts a VM.",
        "resource: vm, action: start",
        "- resource: vm",
        "- resource: v m, action: start",
        "- resource: vm, action: start a war",
        "- resource: vm, action: start; drop table",
        "- resource: VM, action: start",
        "- resource: vm, action: __import__('os')",
        f"- resource: {'v' * 100}, action: start",
        "- resource: vm, action: start (unclosed",
    ],
)
def test_what_is_no_privilege(line: str):
    assert parse_privileges(line, ()) == []


@given(st.text(alphabet="- resource:vmaction,start()if`.{}<&lt;>\n\"'\\", max_size=120))
@settings(deadline=None)
def test_whatever_is_read_is_accepted_again(text: str):
    found = parse_privileges(f"- resource: vm, action: start ({text})\n{text}", {"vm"})
    assert check_privileges(found, "here") == found
    assert " " not in json.dumps(found, separators=(",", ":"))


@pytest.mark.parametrize(
    "entries",
    [
        {},
        ["vm:start"],
        [{"resource": "vm"}],
        [{"resource": "vm", "action": "start it now"}],
        [{"resource": "vm", "action": 1}],
        [{"resource": "vm", "action": "start", "why": "x"}],
        [{"resource": "vm", "action": "start", "on": "the moon"}],
        [{"resource": "vm", "action": "start", "when": "always"}],
        [{"resource": "vm", "action": "start", "when": {}}],
        [{"resource": "vm", "action": "start", "when": {"argument": "a b"}}],
        [{"resource": "vm", "action": "start", "when": {"self": "no"}}],
        [{"resource": "vm", "action": "start", "when": {"self": False, "instead": True}}],
    ],
)
def test_malformed_data_is_refused_by_place(entries: Any):
    with pytest.raises(SpecError) as caught:
        check_privileges(entries, "GET /vms > x-privileges")
    assert str(caught.value).startswith("GET /vms > x-privileges")
