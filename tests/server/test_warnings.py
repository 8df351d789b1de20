"""What a person is warned of, by the object the call is about."""

from typing import Any

import pytest
from xo_mcp.definitions import load_entries
from xo_mcp.safety.warnings import warning_of

ENTRIES = {entry.facts.operation: entry for entry in load_entries()}


@pytest.mark.parametrize(
    ("vm", "words"),
    [
        ({"power_state": "Running"}, "is Running: XO powers it off hard, then deletes it with its disks"),
        ({"power_state": "Halted"}, "deleted with its disks"),
        (None, "deleted with its disks"),
        ({"power_state": "Running", "blockedOperations": {"destroy": "true"}}, "protected against deletion"),
        ({"power_state": "Running", "blockedOperations": {"destroy": False}}, "is Running"),
    ],
)
def test_deleting_a_vm_says_what_becomes_of_it(vm: dict[str, Any] | None, words: str) -> None:
    assert words in (warning_of(ENTRIES["DELETE /vms/{id}"].facts.warning, vm) or "")


def test_sizes_are_readable_and_left_out_where_unknown() -> None:
    cases = ENTRIES["DELETE /vdis/{id}"].facts.warning
    assert warning_of(cases, {"size": 2**30}) == "All data on the disk (1 GiB) is lost."
    assert warning_of(cases, {"size": None}) == warning_of(cases) == "All data on the disk is lost."


def test_texts_of_the_object_stay_on_one_line_and_are_never_filled_in_again() -> None:
    cases = [{"text": "It is called {name_label} ({power_state})."}]
    seen = {"name_label": "a\n{power_state}\u202e", "power_state": "Running"}
    assert warning_of(cases, seen) == "It is called a {power_state}\\u202e (Running)."


def test_nothing_is_said_where_no_case_fits() -> None:
    assert warning_of([]) is None
    assert warning_of([{"when": {"power_state": ["Running"]}, "text": "x"}], {"power_state": "Halted"}) is None
    assert warning_of([{"when": {"power_state": ["Running"]}, "text": "x"}], {"power_state": ["Running"]}) is None


def test_every_destructive_tool_has_words_of_its_own() -> None:
    said = {}
    for entry in load_entries():
        if entry.facts.effect == "destructive":
            text = warning_of(entry.facts.warning)
            assert text, entry.name
            said.setdefault(text, set()).add(entry.facts.operation)
    assert said
    assert [operations for operations in said.values() if len(operations) > 1] == []
