import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.privacy.sanitizing import sanitized
from xo_mcp.text import neutral_text, one_line

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("web\u202egnp.exe", "web\\u202egnp.exe"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041\U000e0042", "\\U000e0041\\U000e0042"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("c1\x9b", "c1\\x9b"),
        ("\ud800", "\\ud800"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_an_invisible_character_becomes_visible(hostile: str, shown: str) -> None:
    assert neutral_text(hostile) == shown


def test_ordinary_text_of_any_language_stays_as_it_is() -> None:
    ordinary = "a\tb\nc caf\u00e9 \u0437\u0438\u043c\u0430 \u4e2d\u6587 \u0639\u0631 \U0001f600 \u2764\ufe0f"
    assert neutral_text(ordinary) == ordinary


def test_windows_line_ends_become_plain_ones() -> None:
    assert neutral_text("a\r\nb\rc") == "a\nb\\x0dc"


def test_no_hidden_character_of_unicode_is_left_out() -> None:
    every = (chr(code) for code in range(sys.maxunicode + 1))
    hidden = [each for each in every if unicodedata.category(each) in HIDDEN and each not in "\t\n"]
    assert [hex(ord(each)) for each in hidden if neutral_text(each) == each] == []


def test_property_names_are_data_too() -> None:
    assert sanitized({"k\u202e": ["v\u200b", {"n": None}]}) == {"k\\u202e": ["v\\u200b", {"n": None}]}


def test_nesting_without_end_is_cut() -> None:
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    assert "(nested too deep)" in str(sanitized(deep))  # type: ignore[arg-type]


def test_a_sentence_takes_one_short_line() -> None:
    assert one_line("two\nlines\u202e") == "two lines\\u202e"
    assert len(one_line("x" * 1000)) == 200


@given(JSON)
def test_neutral_twice_is_neutral_once(value: object) -> None:
    once = sanitized(value)  # type: ignore[arg-type]
    assert sanitized(once) == once
    str(once).encode()
