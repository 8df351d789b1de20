from typing import Any

import pytest
from fake_xo import patterns as truth
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.reads.patterns import matches, properties_of

NAMES = st.sampled_from(["tags", "name", "a"])
TEXTS = st.sampled_from(["web", "db", ""])
VALUES = st.recursive(
    TEXTS | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PATTERNS = st.recursive(
    TEXTS | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(NAMES, inner, max_size=2)
        | st.fixed_dictionaries({"__or": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"__and": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"__not": inner})
    ),
    max_leaves=8,
)


@given(PATTERNS, VALUES)
def test_patterns_match_as_in_xo(pattern: Any, value: Any) -> None:
    assert matches(pattern, value) == truth.matches(pattern, value)


@given(st.dictionaries(NAMES, PATTERNS), st.dictionaries(NAMES, VALUES))
def test_only_the_properties_named_decide(pattern: Any, value: dict[str, Any]) -> None:
    seen = {name: each for name, each in value.items() if name in properties_of(pattern)}
    assert matches(pattern, value) == matches(pattern, seen)


@pytest.mark.parametrize("depth", [10, 10_000])
def test_patterns_without_end_fit_nothing_or_something(depth: int) -> None:
    pattern: Any = "web"
    for _ in range(depth):
        pattern = {"__or": [pattern]}
    assert matches(pattern, "web") is (depth < 32)
    assert properties_of(pattern) == set()
