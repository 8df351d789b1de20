"""A record and its JSON are made safe together, the short way or the long one, with the same result."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.encoding import encode
from xo_mcp.privacy.sanitizing import MAXIMUM_DEPTH, sanitize_and_encode, sanitized

PLAIN: dict[str, Any] = {
    "id": "a1",
    "tags": ["x", "y"],
    "memory": {"size": 4, "dynamic": [1, 2.5]},
    "installTime": 1795335755,
}
REMARKABLE: tuple[Any, ...] = (
    "mount -o password=hunter2",
    "smb://joe:hunter2@nas/share",
    "\u00e9t\u00e9",
    "turned\u202e",
    "half a pair \ud800",
    "two\nlines",
    "delete\x7f",
    "escape\x1b[1m",
    'a "quote"',
    float("nan"),
    float("-inf"),
    {"password": "hunter2"},
    {"startTime": 1795335755},
    {"startTime_iso": "theirs", "startTime": 1795335755},
    {"n\u202e": 1},
    {"message": "no", "stack": "Error\n    at x"},
    {"s\ud800": 1},
)
"""What has to be changed, or at least looked at."""
NAMES = st.sampled_from(["a", "id", "password", "installTime", "installTime_iso", "stack", "message", "n\u202e"])
VALUES = st.recursive(
    st.sampled_from(REMARKABLE) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def requires_same(value: Any, names: list[str] | None = None) -> None:
    """Both ways give the same; the text of both is compared, in which NaN is equal to itself."""
    expected = sanitized(value, names)
    shown, encoded = sanitize_and_encode(value, names)
    assert repr(shown) == repr(expected)
    assert encoded == encode(expected)


def deep(levels: int, innermost: Any) -> Any:
    for level in range(levels):
        innermost = [innermost] if level % 2 else {"a": innermost}
    return innermost


@pytest.mark.parametrize("value", REMARKABLE, ids=repr)
def test_what_is_remarkable_is_found_wherever_it_is(value: Any) -> None:
    assert sanitize_and_encode(PLAIN).value == PLAIN | {"installTime_iso": "2026-11-22T08:22:35Z"}
    holders = (value, [value], {"a": value}, {**PLAIN, "a": value}, {**PLAIN, "a": [{"b": {"c": value}}]})
    for holder in holders:
        requires_same(holder)


@pytest.mark.parametrize("levels", [1, MAXIMUM_DEPTH - 1, MAXIMUM_DEPTH, MAXIMUM_DEPTH + 1, 300])
@pytest.mark.parametrize("innermost", [1, "plain", [], {}, {"password": "hunter2"}], ids=repr)
def test_what_is_nested_too_deep_is_cut_the_same(levels: int, innermost: Any) -> None:
    requires_same(deep(levels, innermost))


@given(VALUES, st.lists(NAMES, unique=True))
def test_both_ways_give_the_same(value: Any, names: list[str]) -> None:
    requires_same(value)
    if isinstance(value, dict):
        requires_same(value, [name for name in names if name in value])
