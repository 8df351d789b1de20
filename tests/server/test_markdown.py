import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.reads.markdown import CELL, cell, escape, fitting, lines, record, table

HOSTILE = st.text(st.sampled_from("ab _*[]()!|\\`<>&~#\n\r\t:/$\u202e\u200b\x1b") | st.characters(), max_size=60)


def test_records_become_one_line_each() -> None:
    vms = [
        {"id": "1", "name_label": "web-prod_01", "memory": {"size": 4294967296}, "tags": ["a", "b"], "ha": None},
        {"id": "2", "name_label": "db", "startTime": 1794134068, "startTime_iso": "2026-11-08T10:34:28Z", "on": True},
    ]
    assert table(vms) == (
        "|id|name_label|memory|tags|ha|startTime|on|\n"
        "|---|---|---|---|---|---|---|\n"
        "|1|web-prod_01|size: 4 GiB|a, b||||\n"
        "|2|db||||2026-11-08T10:34:28Z|true|"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("two\nlines\r\n| --- |", r"two lines \| --- \|"),
        ("![x](http://evil/?leak)", r"!\[x\](http://evil/?leak)"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("&#x202e;", "&amp;#x202e;"),
        ("**bold** `code` ~~gone~~", r"\*\*bold\*\* \`code\` \~\~gone\~\~"),
        ("_emphasis_ but name_label", r"\_emphasis\_ but name_label"),
        ("\u202egnp", "\\\\u202egnp"),
    ],
)
def test_a_hostile_name_is_only_a_name(name: str, shown: str) -> None:
    assert escape(name) == shown or cell(name) == shown
    assert len(table([{"id": "1", "name": name}]).split("\n")) == 3


def test_property_names_are_escaped_too() -> None:
    assert lines([{"a|b<c": 1}])[0] == r"|a\|b&lt;c|"


def test_no_records_and_no_properties_are_said() -> None:
    assert table([]) == "(none)"
    assert table([{}]) == "(none)"
    assert table(["plain", 3]) == "|value|\n|---|\n|plain|\n|3|"


def test_one_object_reads_downwards() -> None:
    assert record({"id": "1", "size": 1024}) == "|property|value|\n|---|---|\n|id|1|\n|size|1 KiB|"


def test_a_long_value_ends_in_an_ellipsis() -> None:
    assert len(cell("x" * 10_000)) == CELL
    assert cell("x" * 10_000).endswith("\u2026")


def test_the_rows_that_fit_are_counted() -> None:
    items = [{"id": str(index)} for index in range(10, 60)]
    room = len("\n".join(lines(items)[:7]).encode())
    assert fitting(items, room) == 5
    assert fitting(items, room - 1) == 4
    assert fitting(items, 5) == 0


@given(st.lists(st.dictionaries(HOSTILE, HOSTILE | st.lists(HOSTILE) | st.integers(), max_size=4), max_size=4))
def test_no_name_breaks_the_table(items: list[dict[str, object]]) -> None:
    drawn = lines(items)
    if not drawn:
        return
    assert len(drawn) == len(items) + 2
    bars = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in drawn}
    assert len(bars) == 1
    assert not any("\n" in line or "<" in line or "\x1b" in line for line in drawn)
    assert not any(re.search(r"(?<!\\)(?:\\\\)*[\[\]`*]", line) for line in drawn)
