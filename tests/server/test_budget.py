import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.answer import Answer, View
from xo_mcp.encoding import Written, size, written
from xo_mcp.privacy.sanitizing import sanitized
from xo_mcp.reads.budget import MINIMUM_BUDGET, fit_items, fit_object, fit_text
from xo_mcp.server.presentation import present
from xo_mcp.types import Json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=150)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(TEXT, inner, max_size=12),
    max_leaves=25,
)


def vm(number: int) -> dict[str, object]:
    return {"id": f"{number:08d}-0000-4000-8000-000000000000", "name_label": f"vm {number}", "power_state": "Running"}


def test_an_answer_that_fits_comes_back_unchanged() -> None:
    answer = Answer({"items": [vm(1)], "count": 1, "more": False}, ("A note.",))
    shown = present(answer)
    assert shown.data == answer.data
    assert shown.notes == answer.notes
    assert json.loads(shown.text) == {**answer.data, "_notes": ["A note."]}


def test_a_list_is_cut_between_records_and_says_so_twice() -> None:
    items = [vm(number) for number in range(1000)]
    answer = present(Answer({"items": items, "count": 1000, "more": False}), 5_000)
    shown = answer.data["items"]
    assert isinstance(shown, list)
    assert shown == items[: len(shown)]
    assert 20 < len(shown) < 60
    assert answer.data["count"] == len(shown)
    assert answer.data["more"] is True
    assert answer.data["truncated"] == {"shown": len(shown), "of": 1000}
    assert f"first {len(shown)} of 1000 records" in answer.notes[0]


def test_as_many_records_are_kept_as_fit() -> None:
    items = [vm(number) for number in range(100)]
    cut = fit_items(items, size(items[:7]))
    assert len(cut.items) == 7
    assert len(fit_items(items, size(items[:7]) - 1).items) == 6


def test_records_beyond_the_cut_are_not_even_prepared() -> None:
    prepared: list[object] = []

    def prepare(item: Json) -> Written:
        prepared.append(item)
        return written(item)

    fit_items([vm(number) for number in range(2000)], 1000, prepare)
    assert len(prepared) < 15


def test_a_single_large_record_loses_its_largest_properties() -> None:
    record = {"id": "a", "name_label": "web", "big": ["x" * 40] * 2000, "log": "y" * 50_000}
    answer = present(Answer({"items": [record], "count": 1, "more": False}), 4_000)
    (shown,) = answer.data["items"]
    assert shown["id"] == "a"
    assert shown["name_label"] == "web"
    assert 5 < len(shown["big"]) < 100
    assert shown["log"].startswith("yyyy")
    assert shown["log"].endswith("(cut, 50,000 characters)")
    assert answer.data["truncated"] == {"shown": 1, "of": 1, "shortened": ["big", "log"]}
    assert "`big`, `log`" in answer.notes[0]


def test_a_large_object_keeps_its_small_properties_whole() -> None:
    record = {f"small{index}": index for index in range(20)} | {
        "stack": "s" * 200_000,
        "nested": {"deep": ["d"] * 90_000},
    }
    shown, lost = fit_object(record, 3_000)
    assert lost == ("stack", "nested")
    assert all(shown[f"small{index}"] == index for index in range(20))
    assert size(shown) <= 3_000
    assert len(shown["nested"]["deep"]) > 100


def test_thousands_of_small_properties_are_cut_too() -> None:
    shown, lost = fit_object({f"key{index}": index for index in range(10_000)}, 2_000)
    assert 0 < len(shown) < 200
    assert len(shown) + len(lost) == 10_000


def test_the_names_of_what_was_cut_are_bounded() -> None:
    record = {"n" * 5_000 + str(index): "v" * 3_000 for index in range(40)}
    answer = present(Answer(record), 3_000)
    assert size(answer.data) + size(list(answer.notes)) <= 3_000


def test_a_text_is_cut_at_a_line_end() -> None:
    cut = fit_text("\n".join(f"line {index}" for index in range(1000)), 500)
    assert len(cut.encode()) <= 500
    *lines, mark = cut.split("\n")
    assert lines == [f"line {index}" for index in range(len(lines))]
    assert mark == "\u2026 (cut, 8,889 characters)"


def test_a_flood_of_notes_is_bounded_and_the_first_survive() -> None:
    answer = present(Answer({}, tuple(f"Note {index} {'x' * 300}" for index in range(50))))
    assert answer.notes[0].startswith("Note 0")
    assert size(list(answer.notes)) <= 1_000


@pytest.mark.parametrize("budget", [0, 1, MINIMUM_BUDGET])
def test_a_budget_too_small_to_say_anything_counts_as_the_smallest(budget: int) -> None:
    answer = present(Answer({"items": [vm(number) for number in range(100)]}), budget)
    assert answer.data["items"]
    assert size(answer.data) <= MINIMUM_BUDGET


@given(st.dictionaries(TEXT, JSON, max_size=30), st.lists(TEXT, max_size=6), st.integers(MINIMUM_BUDGET, 6_000))
def test_no_object_breaks_the_budget(data: dict[str, object], notes: list[str], budget: int) -> None:
    answer = present(Answer(data, tuple(notes), View(is_table=True)), budget)
    assert size(answer.data) + size(list(answer.notes)) <= budget
    assert answer.table is not None
    assert len(answer.table.encode()) + size(list(answer.notes)) <= budget
    assert json.loads(answer.encoded) == answer.data
    assert present(Answer(answer.data), budget).data == answer.data


@given(st.lists(st.dictionaries(TEXT, JSON, max_size=6), max_size=40), st.integers(MINIMUM_BUDGET, 6_000))
def test_no_list_breaks_the_budget(items: list[object], budget: int) -> None:
    answer = present(Answer({"items": items, "count": len(items), "more": False}), budget)
    assert size(answer.data) + size(list(answer.notes)) <= budget
    shown = answer.data["items"]
    assert isinstance(shown, list)
    whole = [sanitized(item) for item in items]
    assert shown == whole[: len(shown)] or len(shown) == 1
    assert (len(shown) < len(items) or shown != whole) == ("truncated" in answer.data)
