"""Our parser of XO's filters reads what XO reads, and nothing breaks it."""

import contextlib
import sys

import pytest
from fake_xo.errors import ApiError
from fake_xo.filters import compile_filter
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.amounts import parse_size
from xo_mcp.errors import ArgumentError
from xo_mcp.reads.filter_language import FilterSyntaxError, conditions, parse
from xo_mcp.reads.filter_notes import notes_on
from xo_mcp.reads.filters import explained, prepared
from xo_mcp.reads.record_table import RecordTable

TABLE = RecordTable(
    {"enabled": "boolean", "name_label": "string", "power_state": "string", "tags": "array", "size": "number"},
    {"power_state": {"type": "string", "values": ["Running", "Halted"]}},
)
HOSTILE = st.text(st.sampled_from('abN:()|!"/\\ <>=*?.$-_%&\u202e0123') | st.characters())


@given(HOSTILE)
def test_it_reads_what_xo_reads(expression: str) -> None:
    try:
        parse(expression)
        readable = True
    except FilterSyntaxError:
        readable = False
    wrong = ""
    try:
        compile_filter(expression)
    except ApiError as error:
        wrong = str(error)
    # Numbers and regular expressions are checked beyond the grammar.
    assert readable or wrong
    assert not (readable and wrong.startswith("parse error"))


@given(HOSTILE)
def test_nothing_breaks_the_checks(expression: str) -> None:
    reported: list[str] = []
    try:
        reported += notes_on(prepared(expression, TABLE), TABLE, "XoVm", [])
    except ArgumentError as error:
        reported.append(str(error))
    assert all(len(sentence) < 1_000 for sentence in [*reported, explained(expression)])


def steps(expression: str) -> int:
    """How many functions are called to check a filter."""
    count = 0

    def called(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(called)
    try:
        with contextlib.suppress(ArgumentError):
            prepared(expression, TABLE)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("part", ["(", "!", "a:", "|(", '"', "a ", "/", "a:b ", "\\", "(a) ", "a\u00e9:", "'x' = "])
def test_reading_takes_steps_in_proportion_to_the_length(part: str) -> None:
    prepared("a", TABLE)
    few, many = steps(part * 500), steps(part * 2_000)
    assert many <= 5 * few


def test_what_is_asked_of_which_property() -> None:
    found = [
        (one.path, one.negated) for one in conditions(parse('CPUs:(number:>4 !max:2) !power_state:a "my prop":x on?'))
    ]
    assert found == [
        (("CPUs", "number"), False),
        (("CPUs", "max"), True),
        (("power_state",), True),
        (("my prop",), False),
        (("on",), False),
    ]


@pytest.mark.parametrize(
    ("text", "count", "shown"),
    [
        ("4GiB", 4 << 30, "4 GiB"),
        (" 10 GB", 10**10, "10 GB"),
        ("1.5 tib", 3 << 39, "1.5 TiB"),
        ("512", 512, "512 bytes"),
    ],
)
def test_sizes_are_read(text: str, count: int, shown: str) -> None:
    size = parse_size(text)
    assert size is not None
    assert (size.bytes, str(size), size.unclear) == (count, shown, False)


@pytest.mark.parametrize("text", ["", "GiB", "4 GiBi", "-1", "1e9", "4 G B", "x"])
def test_what_is_no_size_is_none(text: str) -> None:
    assert parse_size(text) is None


def test_a_bare_letter_can_be_either() -> None:
    size = parse_size("4G")
    assert size is not None
    assert size.unclear
    assert (size.bytes, size.other_reading and size.other_reading.bytes) == (4 * 10**9, 4 << 30)
