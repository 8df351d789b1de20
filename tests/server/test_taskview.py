"""How a task reads: its reason, its progress, its parts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.reads.taskview import failure_of, progress_of, step_of, trimmed


def test_a_million_empty_lines_before_a_stack_hold_nobody_up() -> None:
    for lines in ("\n" * 1_000_000, " \n\t" * 300_000):
        task = {"status": "failure", "result": {"message": f"boom{lines}end\n    at run (x.js:1:1)"}}
        assert failure_of(task) == ("boom.", None)  # no expression looks at more than the beginning


def test_a_failure_is_looked_for_below_when_the_task_itself_says_nothing() -> None:
    below = {"status": "failure", "result": {"message": "no space left on device"}}
    task = {"status": "failure", "tasks": [{"status": "success"}, {"status": "failure", "tasks": [below]}]}
    assert failure_of(task) == ("no space left on device.", None)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"message": "connect ECONNREFUSED\n    at TCP.x (/opt/x.js:1:1)"}, "connect ECONNREFUSED."),
        ({"message": "lost OpaqueRef:12-ab here", "code": "ECONNRESET"}, "lost (reference) here."),
        ({"name": "ConnectionError"}, "ConnectionError."),
        ("plain text", "plain text."),
        (None, "XO gives no reason."),
        ({"message": "a" * 5000}, "a" * 599 + "\u2026."),
    ],
)
def test_reasons_are_short_and_plain(result: Any, reason: str) -> None:
    assert failure_of({"status": "failure", "result": result})[0] == reason


def test_a_task_keeps_failing_and_pending_parts_first() -> None:
    parts = [{"id": str(index), "status": "success"} for index in range(50)]
    parts[40]["status"] = "failure"
    parts[45]["status"] = "pending"
    shown = trimmed({"id": "t", "tasks": parts})
    assert [each["id"] for each in shown["tasks"]] == ["0", "1", "2", "3", "4", "5", "6", "7", "40", "45"]
    assert shown["tasksNotShown"] == 40


def test_progress_comes_from_the_task_or_its_parts() -> None:
    assert progress_of({"progress": 250}) == 100
    assert progress_of({"properties": {"progress": 12}}) == 12
    assert progress_of({"tasks": [{"status": "success"}, {"status": "pending", "progress": 50}]}) == 75
    assert progress_of({"status": "pending"}) is None
    assert (
        step_of({"properties": {"name": "a"}, "tasks": [{"status": "pending", "properties": {"name": "b"}}]}) == "a: b"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "status", "tasks", "result", "properties", "warnings", "infos", "progress", "code", "message"]
)
TASK = st.recursive(
    st.dictionaries(NAMES, JSON | st.sampled_from(["failure", "pending"]), max_size=6),
    lambda inner: st.dictionaries(NAMES, JSON | st.lists(inner, max_size=3) | inner, max_size=6),
    max_leaves=8,
)


@given(TASK)
def test_no_task_breaks_the_reading(task: dict[str, Any]) -> None:
    assert isinstance(trimmed(task), dict)
    reason, _ = failure_of(task)
    assert 0 < len(reason) < 2_000
    done = progress_of(task)
    assert done is None or 0 <= done <= 100
    step_of(task)
